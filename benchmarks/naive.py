"""The naive way to compare with: one RQ job a comment, the model preloaded, one durable commit a decision."""

import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from redis import Redis, RedisError
from rq import Queue, SimpleWorker, Worker
from rq.serializers import JSONSerializer

from models import artifact, judge
from models.classifier import ClassifierScorer
from models.thresholds import CAUTIOUS
from models.vocabulary import Comment, Evidence, Mode, Policy
from store.live import embedded

POLICY = Policy("1", Mode.AUTOMATIC, CAUTIOUS)
WAIT_SECONDS = 120

_loaded: dict[str, object] = {}


def naive_rate(comments: list[dict[str, object]], *, forking: bool) -> float:
    """Comments decided a second, from the first enqueue to the last committed decision; no HTTP on the way."""
    with tempfile.TemporaryDirectory(prefix="gatepost-naive-") as directory:
        data = Path(directory)
        with sqlite3.connect(data / "naive.db") as database:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute(
                "CREATE TABLE decisions (id TEXT PRIMARY KEY, action TEXT, probability REAL, reasons TEXT)"
            )
        server = embedded.start(data)
        client = Redis.from_url(embedded.url(data))
        _wait(client)
        worker = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.naive", str(data), "fork" if forking else "simple"]
        )
        try:
            _wait_for_worker(client)
            jobs = Queue("naive", connection=client, serializer=JSONSerializer)
            began = time.perf_counter()
            for comment in comments:
                jobs.enqueue("benchmarks.naive.score_one", comment["external_id"], comment["body"], result_ttl=0)
            _wait_decided(data, len(comments))
            return len(comments) / (time.perf_counter() - began)
        finally:
            worker.kill()
            worker.wait()
            server.terminate()
            server.wait()


def score_one(external_id: str, body: str) -> None:
    """The job: judge one comment and commit the decision durably."""
    scorer = _loaded["scorer"]
    [judgement] = judge.judge([Comment(body)], [Evidence()], scorer, [POLICY])  # type: ignore[arg-type]
    assert judgement.score is not None
    with sqlite3.connect(os.environ["NAIVE_DATABASE"], timeout=10) as database:
        database.execute("PRAGMA synchronous=FULL")
        database.execute(
            "INSERT INTO decisions VALUES (?, ?, ?, ?)",
            (external_id, judgement.action, judgement.score.probability, repr(judgement.reasons)),
        )
    database.close()


def work(data: Path, kind: str) -> None:
    """Run the worker with the model loaded before the first job."""
    os.environ["NAIVE_DATABASE"] = str(data / "naive.db")
    path, _ = artifact.shipped()
    _loaded["scorer"] = ClassifierScorer(artifact.load(path, path.stem), "mdl_naive")
    sys.modules.setdefault("benchmarks.naive", sys.modules["__main__"])
    worker_class = Worker if kind == "fork" else SimpleWorker
    client = Redis.from_url(embedded.url(data))
    jobs = Queue("naive", connection=client, serializer=JSONSerializer)
    worker_class([jobs], connection=client, serializer=JSONSerializer, log_job_description=False).work(
        logging_level="ERROR"
    )


def _wait(client: Redis) -> None:
    ends = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < ends:
        try:
            client.ping()
            return
        except (RedisError, OSError):
            time.sleep(0.05)


def _wait_for_worker(client: Redis) -> None:
    ends = time.monotonic() + WAIT_SECONDS
    while not Worker.count(connection=client) and time.monotonic() < ends:
        time.sleep(0.05)


def _wait_decided(data: Path, expected: int) -> None:
    ends = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < ends:
        with sqlite3.connect(data / "naive.db") as database:
            [(count,)] = database.execute("SELECT count(*) FROM decisions")
        database.close()
        if count >= expected:
            return
        time.sleep(0.02)


if __name__ == "__main__":
    work(Path(sys.argv[1]), sys.argv[2])
