from collections.abc import Iterator
from typing import Any

import pytest
from builders import UNSURE, Caller, Drain, close, record
from flask import Flask

from service.app import create_app
from store.live import queues
from store.records import model_versions
from store.records.sites import Site
from store.settings import Settings, load_settings
from store.stores import Stores

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def ready(caller: Caller) -> tuple[int, dict[str, Any]]:
    answer = caller.get("/readyz")
    return answer.status_code, answer.get_json()


def test_without_a_worker_it_is_degraded_but_takes_comments(as_nobody: Caller) -> None:
    expected = {"status": "degraded", "database": "ok", "redis": "ok", "worker": "missing", "model": None}

    assert ready(as_nobody) == (200, expected)


def test_with_worker_and_model_it_is_ok(stores: Stores, as_nobody: Caller) -> None:
    with stores.database.write() as connection:
        model = model_versions.register(connection, "d" * 64, "shipped", "{}")
        model_versions.activate(connection, model.id)
    queues.report_alive(stores.redis, "w1", model.id)

    expected = {"status": "ok", "database": "ok", "redis": "ok", "worker": "ok", "model": model.id}
    assert ready(as_nobody) == (200, expected)


def test_a_worker_that_could_not_load_its_model_is_degraded(stores: Stores, as_nobody: Caller) -> None:
    queues.report_alive(stores.redis, "w1", "")

    assert ready(as_nobody)[1]["status"] == "degraded"


def test_a_refused_model_is_told_by_readiness_and_metrics_until_it_is_loaded(stores: Stores, as_nobody: Caller) -> None:
    with stores.database.write() as connection:
        model = model_versions.register(connection, "d" * 64, "shipped", "{}")
        model_versions.activate(connection, model.id)
    queues.report_alive(stores.redis, "w1", "", 1)

    refused = {"status": "degraded", "database": "ok", "redis": "ok", "worker": "ok", "model": None}
    assert ready(as_nobody) == (200, refused)
    assert "gatepost_models_refused 1.0" in as_nobody.get("/metrics").get_data(as_text=True)

    queues.report_alive(stores.redis, "w1", model.id, 0)
    assert ready(as_nobody) == (200, refused | {"status": "ok", "model": model.id})
    assert "gatepost_models_refused 0.0" in as_nobody.get("/metrics").get_data(as_text=True)


def test_a_refused_model_of_one_site_is_told_too(stores: Stores, as_nobody: Caller) -> None:
    queues.report_alive(stores.redis, "w1", "mdl_a", 1)

    assert ready(as_nobody)[1]["status"] == "degraded"


def test_the_process_says_that_it_lives(as_nobody: Caller) -> None:
    assert as_nobody.get("/healthz").get_json() == {"status": "ok"}


def test_metrics_count_what_stands_where_and_hold_no_text(
    stores: Stores, site: Site, as_nobody: Caller, drain_now: Drain
) -> None:
    record(stores, site, UNSURE, UNSURE + " canary")
    drain_now()

    text = as_nobody.get("/metrics").get_data(as_text=True)

    assert 'gatepost_revisions{state="review"} 2.0' in text
    assert "gatepost_review_waiting 2.0" in text
    assert "gatepost_deliveries_waiting 0.0" in text
    assert "gatepost_deliveries_dead 0.0" in text
    assert "canary" not in text


def test_metrics_answer_the_loopback_only_without_a_token(client: Any) -> None:
    answer = client.get("/metrics", environ_base={"REMOTE_ADDR": "192.0.2.1"})

    assert answer.status_code == 403
    assert answer.get_json()["code"] == "forbidden"


@pytest.fixture
def guarded(settings: Settings, stores: Stores) -> Iterator[Flask]:
    given = {"REDIS_URL": settings.redis_url, "GATEPOST_METRICS_TOKEN": "metrics-token"}
    own = Stores(load_settings(given, data=settings.data), stores.database, stores.redis)
    made = create_app(own.settings, own)
    yield made
    close(made)


@pytest.mark.parametrize(
    ("header", "status"),
    [("", 401), ("Bearer wrong", 401), ("metrics-tokenx", 401), ("Bearer \xff", 401), ("Bearer metrics-token", 200)],
)
def test_with_a_token_metrics_ask_everybody_for_it(guarded: Flask, header: str, status: int) -> None:
    assert Caller(guarded.test_client(), None).get("/metrics", Authorization=header).status_code == status


def test_unknown_paths_are_one_series_in_the_metrics(as_nobody: Caller) -> None:
    """A scanner must not be able to fill the memory with labels."""
    for n in range(5):
        as_nobody.get(f"/scan/{n}")
        as_nobody.call(f"ODD{n}", "/scan")

    text = as_nobody.get("/metrics").get_data(as_text=True)

    assert "/scan" not in text
    assert "ODD" not in text
