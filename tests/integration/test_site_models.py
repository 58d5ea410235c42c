"""The models in force through a worker: each site by its own, a promotion while it runs, and a file that is refused."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import add_site, drain_due, read, record, states
from servers import wait_until
from trained_models import SpamWord, classifier, music, register_classifier

from store.live import queues
from store.records import model_versions
from store.records.model_versions import ModelVersion
from store.records.sites import Site
from store.stores import Stores
from worker.scorer import ActiveScorer

ROOT = Path(__file__).parents[2]
PROMOTED_WITHIN_SECONDS = 5.0


@pytest.fixture
def general(stores: Stores) -> ModelVersion:
    """The active model for all sites."""
    return promote(stores, register_classifier(stores, music()))


def promote(stores: Stores, version: ModelVersion) -> ModelVersion:
    with stores.database.write() as connection:
        return model_versions.activate(connection, version.id)


def decided_by(stores: Stores, comment_id: str) -> str | None:
    decision = read(stores, comment_id).decision
    return None if decision is None else decision.model


def file_of(stores: Stores, version: ModelVersion) -> Path:
    return stores.settings.data / "models" / f"{version.digest}.joblib"


def test_each_comment_is_decided_by_the_model_of_its_site(stores: Stores, site: Site, general: ModelVersion) -> None:
    other = add_site(stores)
    own = promote(stores, register_classifier(stores, classifier(SpamWord.PILLS), site))
    ids = [record(stores, one, "hello")[0] for one in (site, other, site, other)]

    assert drain_due(stores, ActiveScorer(stores)) == 4

    assert [decided_by(stores, comment_id) for comment_id in ids] == [own.id, general.id, own.id, general.id]


def test_without_a_model_that_can_be_loaded_everything_goes_to_review_at_once(
    stores: Stores, site: Site, general: ModelVersion
) -> None:
    content = file_of(stores, general).read_bytes()
    file_of(stores, general).write_bytes(content[:-1])
    scorer = ActiveScorer(stores)
    ids = record(stores, site, "one", "two")

    assert drain_due(stores, scorer) == 2

    assert states(stores, ids) == ["review", "review"]
    decision = read(stores, ids[0]).decision
    assert decision is not None
    assert (decision.decided_by, decision.model, decision.probability) == ("rule", None, None)
    assert "No classifier can be loaded" in decision.reasons

    file_of(stores, general).write_bytes(content)
    scorer.look()
    (later,) = record(stores, site, "three")
    drain_due(stores, scorer)
    assert decided_by(stores, later) == general.id


def test_a_refused_model_of_one_site_sends_that_site_alone_to_review(
    stores: Stores, site: Site, general: ModelVersion
) -> None:
    other = add_site(stores)
    file_of(stores, promote(stores, register_classifier(stores, classifier(SpamWord.PILLS), site))).unlink()
    ids = [record(stores, one, "hello")[0] for one in (site, other)]

    drain_due(stores, ActiveScorer(stores))

    assert states(stores, ids)[0] == "review"
    assert [decided_by(stores, comment_id) for comment_id in ids] == [None, general.id]


@pytest.fixture
def running(stores: Stores, general: ModelVersion) -> Iterator["subprocess.Popen[bytes]"]:
    """A real worker process that has loaded the model for all sites."""
    settings = stores.settings
    environment = os.environ | {
        "DATABASE_URL": settings.database_url.replace("postgresql+psycopg", "postgresql"),
        "REDIS_URL": settings.redis_url,
        "GATEPOST_DATA": str(settings.data),
        "GATEPOST_SECRET_KEY": settings.secret_key,
        "PYTHONPATH": str(ROOT),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "cli.main", "worker"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: queues.alive(stores.redis) == [general.id], 60)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def latest_decider(stores: Stores, site: Site, number: int) -> str | None:
    """Send one comment more and wait for who decided it: so the worker is never idle."""
    (comment_id,) = record(stores, site, f"hello {number}")
    queues.ensure_drain(stores.redis)
    wait_until(lambda: read(stores, comment_id).decision is not None, 30)
    return decided_by(stores, comment_id)


def test_a_promotion_reaches_an_idle_worker_within_five_seconds(
    stores: Stores, general: ModelVersion, running: "subprocess.Popen[bytes]"
) -> None:
    promoted = promote(stores, register_classifier(stores, classifier(SpamWord.PILLS)))
    began = time.monotonic()

    wait_until(lambda: queues.alive(stores.redis) == [promoted.id], 30)

    assert time.monotonic() - began < PROMOTED_WITHIN_SECONDS
    assert running.poll() is None


def test_a_promotion_and_its_rollback_reach_a_busy_worker_within_five_seconds(
    stores: Stores, site: Site, general: ModelVersion, running: "subprocess.Popen[bytes]"
) -> None:
    numbers = iter(range(100_000))
    wait_until(lambda: latest_decider(stores, site, next(numbers)) == general.id, 30)

    promoted = promote(stores, register_classifier(stores, classifier(SpamWord.PILLS), site))
    began = time.monotonic()
    wait_until(lambda: latest_decider(stores, site, next(numbers)) == promoted.id, 30)
    assert time.monotonic() - began < PROMOTED_WITHIN_SECONDS

    with stores.database.write() as connection:
        model_versions.roll_back(connection, site.id)
    began = time.monotonic()
    wait_until(lambda: latest_decider(stores, site, next(numbers)) == general.id, 30)
    assert time.monotonic() - began < PROMOTED_WITHIN_SECONDS


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_file_that_is_damaged_under_a_running_worker_is_noticed_and_so_is_its_repair(
    stores: Stores, site: Site, general: ModelVersion, running: "subprocess.Popen[bytes]"
) -> None:
    content = file_of(stores, general).read_bytes()

    file_of(stores, general).write_bytes(content[:100] + b"x" + content[101:])
    wait_until(lambda: queues.alive(stores.redis) == [""], 10)
    assert queues.count_refused(stores.redis) == 1
    assert latest_decider(stores, site, 1) is None

    file_of(stores, general).write_bytes(content)
    wait_until(lambda: queues.alive(stores.redis) == [general.id], 10)
    assert queues.count_refused(stores.redis) == 0
    assert latest_decider(stores, site, 2) == general.id
