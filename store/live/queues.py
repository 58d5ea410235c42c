"""Names of the jobs, and the wake-up of a worker. A job takes ids only; the database knows what is due."""

from typing import Any

import redis
from rq import Queue
from rq.serializers import JSONSerializer

SCORING_QUEUE = "scoring"
TRAINING_QUEUE = "training"
DRAIN_JOB = "worker.jobs.drain"
JOB_TIMEOUT_SECONDS = 60
WORKER_ALIVE_SECONDS = 15
_ALIVE_PREFIX = "gatepost:worker:"


def queue(client: redis.Redis, name: str) -> Queue:
    """The RQ queue of that name; jobs are JSON, never pickle."""
    return Queue(name, connection=client, serializer=JSONSerializer)


def ensure_drain(client: redis.Redis) -> bool:
    """Make sure that one drain job is queued; True if this call queued it.

    What counts is the queue itself, so nothing stale can be left behind by a crash.
    """
    scoring = queue(client, SCORING_QUEUE)
    if client.llen(scoring.key):
        return False
    scoring.enqueue(DRAIN_JOB, job_timeout=JOB_TIMEOUT_SECONDS, result_ttl=0, failure_ttl=24 * 3600)
    return True


def report_alive(client: redis.Redis, worker: str, model: str) -> None:
    """Say that a scoring worker lives and which model it has loaded; forgotten after 15 s."""
    client.set(f"{_ALIVE_PREFIX}{worker}", model, ex=WORKER_ALIVE_SECONDS)


def report_gone(client: redis.Redis, worker: str) -> None:
    """Say that a scoring worker has ended."""
    client.delete(f"{_ALIVE_PREFIX}{worker}")


def alive(client: redis.Redis) -> list[str]:
    """The models of the scoring workers that live, one entry a worker."""
    names = list(client.scan_iter(match=f"{_ALIVE_PREFIX}*", count=1000))
    values: Any = client.mget(names) if names else []
    return [value.decode() for value in values if value]
