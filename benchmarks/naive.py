"""The naive ways to compare with: one RQ job a comment, the model preloaded, one durable commit a decision, no HTTP.

`same` does for each comment what a worker of ours does: reads it with its evidence, judges it with reasons, records the
decision with its event and review item, and tells Redis. `bare` only scores a text that the job itself brings, without
evidence, and inserts one row that nobody reads.
"""

import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from redis import Redis, RedisError
from rq import Queue, SimpleWorker, Worker
from rq.serializers import JSONSerializer

from cli.first_start import first_start
from models import artifact, judge
from models.classifier import ClassifierScorer
from models.thresholds import CAUTIOUS
from models.vocabulary import Comment, Evidence, Mode, Policy
from store.live import embedded
from store.records import claims, migrate, sites
from store.records.group_commit import GroupCommit
from store.records.submissions import NewComment, Submission
from store.records.transitions import Claim
from store.settings import Settings, load_settings
from store.stores import open_stores
from worker import drain, wiring

POLICY = Policy("1", Mode.AUTOMATIC, CAUTIOUS)
WAIT_SECONDS = 120
LEASE_SECONDS = 3600

_loaded: dict[str, Any] = {}


def naive_rate(comments: list[dict[str, Any]], *, forking: bool, same: bool) -> float:
    """Comments decided a second, from the first enqueue to the last committed decision.

    For `same` they are recorded and claimed beforehand, which is not counted.
    """
    with tempfile.TemporaryDirectory(prefix="gatepost-naive-") as directory:
        data = Path(directory)
        settings = load_settings({}, data=data)
        with _redis(data) as client:
            make_jobs = _record_and_claim if same else _bare_table
            jobs = make_jobs(settings, comments)
            with _worker(data, "fork" if forking else "simple", "same" if same else "bare"):
                _wait(lambda: Worker.count(connection=client))
                queue = Queue("naive", connection=client, serializer=JSONSerializer)
                function = "benchmarks.naive.decide_one" if same else "benchmarks.naive.score_one"
                began = time.perf_counter()
                for arguments in jobs:
                    queue.enqueue(function, *arguments, result_ttl=0)
                _wait(lambda: _count_decided(_path(settings)) >= len(comments))
                return len(comments) / (time.perf_counter() - began)


def decide_one(*claim: Any) -> None:
    """The job of `same`: all that a worker does for one comment, in a transaction of its own."""
    process = wiring.process()
    with process.stores.database.read() as connection:
        texts = claims.texts_of(connection, [Claim(*claim)])
        due = drain.gather(process.stores.database, connection, process.memory, texts)
    prepared = drain.prepare(drain.judge_by_site(process.scorer, due))
    with process.stores.database.write() as connection:
        concluded = drain.conclude(connection, prepared)
    drain.announce(process.stores, concluded)


def score_one(external_id: str, body: str) -> None:
    """The job of `bare`: judge one comment and commit the decision durably."""
    [judgement] = judge.judge([Comment(body)], [Evidence()], _loaded["scorer"], [POLICY])
    assert judgement.score is not None
    with sqlite3.connect(_loaded["path"], timeout=10) as database:
        database.execute("PRAGMA synchronous=FULL")
        database.execute(
            "INSERT INTO decisions VALUES (?, ?, ?, ?)",
            (external_id, judgement.action, judgement.score.probability, repr(judgement.reasons)),
        )
    database.close()


def work(data: Path, worker: str, job: str) -> None:
    """Run the worker with the model loaded before the first job."""
    settings = load_settings({}, data=data)
    if job == "same":
        process = wiring.build(settings, "naive")
        process.scorer.current()
        process.stores.database.close()  # A connection must not be shared with the children that are forked.
    else:
        path, _ = artifact.shipped()
        _loaded["scorer"] = ClassifierScorer(artifact.load(path, path.stem), "mdl_naive")
        _loaded["path"] = _path(settings)
    sys.modules.setdefault("benchmarks.naive", sys.modules["__main__"])
    worker_class = Worker if worker == "fork" else SimpleWorker
    client = Redis.from_url(embedded.url(data))
    jobs = Queue("naive", connection=client, serializer=JSONSerializer)
    worker_class([jobs], connection=client, serializer=JSONSerializer, log_job_description=False).work(
        logging_level="ERROR"
    )


def _record_and_claim(settings: Settings, comments: Sequence[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """The comments in a database of ours, all claimed at once; the claims."""
    stores = open_stores(settings)
    migrate.upgrade(stores.database)
    first_start(settings, stores)
    news = [
        NewComment(
            one["body"], external_id=one["external_id"], author_id=one["author"]["id"], page_url=one["page"]["url"]
        )
        for one in comments
    ]
    with stores.database.read() as connection:
        [site] = sites.every(connection)
    GroupCommit(stores.database).submit(Submission(site.id, news))
    with stores.database.write() as connection:
        claimed = claims.claim_due(
            stores.database, connection, limit=len(news), retried=False, lease_seconds=LEASE_SECONDS
        )
    stores.close()
    return [tuple(claim) for claim in claimed]


def _bare_table(settings: Settings, comments: Sequence[dict[str, Any]]) -> list[tuple[Any, ...]]:
    with sqlite3.connect(_path(settings)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE decisions (id TEXT PRIMARY KEY, action TEXT, probability REAL, reasons TEXT)")
    database.close()
    return [(one["external_id"], one["body"]) for one in comments]


@contextmanager
def _redis(data: Path) -> Iterator[Redis]:
    server = embedded.start(data)
    client = Redis.from_url(embedded.url(data))
    try:
        _wait(lambda: _answers(client))
        yield client
    finally:
        server.terminate()
        server.wait()


@contextmanager
def _worker(data: Path, *arguments: str) -> Iterator[None]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GATEPOST_")}
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.naive", str(data), *arguments], env=environment)
    try:
        yield
    finally:
        process.kill()
        process.wait()


def _answers(client: Redis) -> bool:
    try:
        return bool(client.ping())
    except (RedisError, OSError):
        return False


def _count_decided(path: Path) -> int:
    with sqlite3.connect(path) as database:
        [(count,)] = database.execute("SELECT count(*) FROM decisions")
    database.close()
    return int(count)


def _path(settings: Settings) -> Path:
    return settings.data / "gatepost.db"


def _wait(reached: Callable[[], object]) -> None:
    """Return when something holds. Raises RuntimeError where it does not within two minutes."""
    ends = time.monotonic() + WAIT_SECONDS
    while not reached():
        if time.monotonic() > ends:
            raise RuntimeError("The naive worker did not finish in time.")
        time.sleep(0.02)


if __name__ == "__main__":
    work(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
