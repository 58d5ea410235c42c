"""Names of the jobs, and the wake-up of a worker. A job takes ids only; the database knows what is due."""

from typing import Any

import redis
from rq import Queue
from rq.serializers import JSONSerializer

from store.live import lingering

SCORING_QUEUE = "scoring"
TRAINING_QUEUE = "training"
DRAIN_JOB = "worker.jobs.drain"
RECERTIFY_JOB = "worker.jobs.recertify"
TRAINING_JOB = "training.jobs.carry_out"
SIMULATION_JOB = "training.simulate.carry_out"
JOB_TIMEOUT_SECONDS = 60
TRAINING_TIMEOUT_SECONDS = 7200
WORKER_ALIVE_SECONDS = 15
_ALIVE_PREFIX = "gatepost:worker:"


def queue(client: redis.Redis, name: str) -> Queue:
    """The RQ queue of that name; jobs are JSON, never pickle."""
    return Queue(name, connection=client, serializer=JSONSerializer)


def ensure_drain(client: redis.Redis, *, though_lingering: bool = False) -> bool:
    """Make sure that a worker is called: one drain job is queued; True if this call queued it.

    Nobody is called while a worker lingers, who will see what is due, unless `though_lingering`. What counts is the
    queue itself, so nothing stale can be left behind by a crash.
    """
    scoring = queue(client, SCORING_QUEUE)
    pipeline = client.pipeline(transaction=False)
    pipeline.llen(scoring.key)
    pipeline.exists(lingering.KEY)
    queued, lingers = pipeline.execute()
    if queued or (lingers and not though_lingering):
        return False
    scoring.enqueue(DRAIN_JOB, job_timeout=JOB_TIMEOUT_SECONDS, result_ttl=0, failure_ttl=24 * 3600)
    return True


def ensure_recertified(client: redis.Redis, site_id: str) -> None:
    """Call a scoring worker to hold the model in force against what people found on a site."""
    queue(client, SCORING_QUEUE).enqueue(
        RECERTIFY_JOB, site_id, job_timeout=JOB_TIMEOUT_SECONDS, result_ttl=0, failure_ttl=24 * 3600
    )


def ensure_training(client: redis.Redis) -> None:
    """Call a training worker; it carries out everything that the database has queued."""
    queue(client, TRAINING_QUEUE).enqueue(
        TRAINING_JOB, job_timeout=TRAINING_TIMEOUT_SECONDS, result_ttl=0, failure_ttl=24 * 3600
    )


def ensure_simulations(client: redis.Redis) -> None:
    """Call a training worker for what websites want to try on their history."""
    queue(client, TRAINING_QUEUE).enqueue(
        SIMULATION_JOB, job_timeout=TRAINING_TIMEOUT_SECONDS, result_ttl=0, failure_ttl=24 * 3600
    )


def report_alive(client: redis.Redis, worker: str, model: str, n_refused: int = 0) -> None:
    """Say that a scoring worker lives, which model it has loaded (empty: none) and how many models in force it had to
    refuse; forgotten after 15 s."""
    client.set(f"{_ALIVE_PREFIX}{worker}", f"{model} {n_refused}", ex=WORKER_ALIVE_SECONDS)


def report_gone(client: redis.Redis, worker: str) -> None:
    """Say that a scoring worker has ended."""
    client.delete(f"{_ALIVE_PREFIX}{worker}")


def alive(client: redis.Redis) -> list[str]:
    """The models of the scoring workers that live, one entry a worker; empty where it has none."""
    return [model for model, _ in _reports(client)]


def count_refused(client: redis.Redis) -> int:
    """How many models in force the scoring workers that live had to refuse, each worker counting its own."""
    return sum(n_refused for _, n_refused in _reports(client))


def _reports(client: redis.Redis) -> list[tuple[str, int]]:
    names = list(client.scan_iter(match=f"{_ALIVE_PREFIX}*", count=1000))
    values: Any = client.mget(names) if names else []
    reports = [value.decode().partition(" ") for value in values if value is not None]
    return [(model, int(n_refused or 0)) for model, _, n_refused in reports]
