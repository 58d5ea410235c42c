"""A real training worker: it takes a job from Redis in a process of its own and carries out what the database says."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from labelled import label, texts
from servers import wait_until
from trained_models import music, register_classifier

from store.live import queues
from store.records import model_versions, training_runs
from store.records.sites import Site
from store.records.training_runs import TrainingRun
from store.stores import Stores

ROOT = Path(__file__).parents[2]


def told(stores: Stores, run: TrainingRun) -> TrainingRun:
    with stores.database.read() as connection:
        return training_runs.get(connection, run.id)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_is_queued_is_trained_and_promoted_and_the_worker_ends_on_a_signal(stores: Stores, site: Site) -> None:
    general = register_classifier(stores, music())
    label(stores, site, texts(400))
    with stores.database.write() as connection:
        model_versions.activate(connection, general.id)
        run = training_runs.add(connection, "train", actor="Cy", site_id=site.id, promote=True)
    queues.ensure_training(stores.redis)
    settings = stores.settings
    environment = os.environ | {
        "DATABASE_URL": settings.database_url.replace("postgresql+psycopg", "postgresql"),
        "REDIS_URL": settings.redis_url,
        "GATEPOST_DATA": str(settings.data),
        "GATEPOST_SECRET_KEY": settings.secret_key,
        "PYTHONPATH": str(ROOT),
    }

    worker = subprocess.Popen(
        [sys.executable, "-m", "cli.main", "worker", "--queue", "training"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: told(stores, run).state not in ("queued", "running"), 90)
    finally:
        worker.send_signal(signal.SIGTERM)
        ended = worker.wait(30)

    assert (told(stores, run).state, ended) == ("done", 0), told(stores, run).told
    with stores.database.read() as connection:
        own = model_versions.active(connection, site.id)
    assert own is not None
    assert own.id == told(stores, run).model_id


def test_a_run_that_was_given_up_is_said_to_have_failed_and_each_is_claimed_once(stores: Stores) -> None:
    with stores.database.write() as connection:
        first, second = (training_runs.add(connection, "train", actor="Cy") for _ in range(2))
        claimed = [training_runs.claim(connection) for _ in range(3)]
    assert [None if one is None else one.id for one in claimed] == [first.id, second.id, None]

    begun = told(stores, first).started_at
    assert begun is not None
    with stores.database.write() as connection:
        long_ago = begun - training_runs.LONGEST_US - 1
        table = training_runs.training_runs
        connection.execute(table.update().where(table.c.id == first.id).values(started_at=long_ago))
        training_runs.claim(connection)

    assert [told(stores, one).state for one in (first, second)] == ["failed", "running"]
