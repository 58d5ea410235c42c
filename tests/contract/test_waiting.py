import time
from collections.abc import Iterator

import pytest
from builders import HAM, UNSURE, Caller, Drain, close
from flask import Flask
from servers import wait_until

from service.app import create_app
from store.records.sites import Site
from store.settings import load_settings
from store.stores import Stores, open_stores


@pytest.fixture
def listening(as_site: Caller) -> Caller:
    """The site, once the process listens for decisions."""
    wait_until(lambda: "Preference-Applied" in as_site.submit(headers={"Prefer": "wait=1"}).headers)
    return as_site


@pytest.fixture
def decided(as_site: Caller, drain_now: Drain, listening: Caller) -> Caller:
    """The site, with a decided comment `a1`: sending it again is answered at once, whatever the wish."""
    as_site.submit(HAM, external_id="a1")
    drain_now()
    return as_site


@pytest.mark.parametrize(("body", "state"), [(HAM, "approved"), (UNSURE, "review")])
def test_who_waits_gets_the_decision_in_the_answer(
    as_site: Caller, worker: None, listening: Caller, body: str, state: str
) -> None:
    answer = as_site.submit(body, headers={"Prefer": "wait=2"})

    assert (answer.status_code, answer.get_json()["state"]) == (200, state)
    assert answer.get_json()["decision"] is not None
    assert answer.headers["Preference-Applied"] == "wait=2"
    assert "Location" not in answer.headers


def test_who_edits_right_after_a_decision_waits_for_that_of_the_edit(
    as_site: Caller, worker: None, listening: Caller
) -> None:
    """The decision of the text before was told a moment ago, and is not the one that is waited for."""
    before = as_site.submit(UNSURE, headers={"Prefer": "wait=5"}).get_json()

    answer = as_site.post(f"/v1/comments/{before['id']}/revisions", {"body": HAM}, Prefer="wait=5")

    assert (answer.status_code, answer.get_json()["revision"]) == (200, 2)
    assert answer.get_json()["decision"]["revision"] == 2


def test_who_waits_in_vain_gets_202_within_the_budget(listening: Caller, drain_now: Drain) -> None:
    began = time.monotonic()

    answer = listening.submit(HAM, headers={"Prefer": "wait=1"})

    assert 0.9 < time.monotonic() - began < 2.0
    assert answer.status_code == 202
    assert answer.headers["Preference-Applied"] == "wait=1"
    drain_now()
    assert listening.get(answer.headers["Location"]).get_json()["state"] == "approved"


@pytest.mark.parametrize(
    ("prefer", "applied"),
    [
        ("wait=1", "wait=1"),
        ("wait=10", "wait=10"),
        ("wait=11", "wait=10"),
        ("wait=999999999", "wait=10"),
        ("wait=99999999999999999999", "wait=10"),
        ("WAIT=3", "wait=3"),
        ('wait="3"', "wait=3"),
        (" respond-async , wait = 3 ", "wait=3"),
        ("wait=3; strict=no", "wait=3"),
        ("wait=0003", "wait=3"),
        ("wait=0", None),
        ("wait=-1", None),
        ("wait=1.5", None),
        ("wait=soon", None),
        ("wait=٣", None),
        ("wait", None),
        ("wait=", None),
        ("waiting=3", None),
        ("respond-async", None),
        (",,;=;,", None),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_wish_above_ten_counts_as_ten_and_what_cannot_be_read_is_ignored(
    decided: Caller, prefer: str, applied: str | None
) -> None:
    answer = decided.submit(HAM, external_id="a1", headers={"Prefer": prefer.encode().decode("latin-1")})

    assert answer.status_code == 200
    assert answer.headers.get("Preference-Applied") == applied


def test_a_decision_that_is_there_already_is_given_without_any_wait(decided: Caller) -> None:
    began = time.monotonic()

    answer = decided.submit(HAM, external_id="a1", headers={"Prefer": "wait=10"})

    assert answer.status_code == 200
    assert time.monotonic() - began < 1.0


@pytest.fixture
def without_redis(stores: Stores) -> Iterator[Flask]:
    given = {"DATABASE_URL": stores.settings.database_url, "REDIS_URL": f"unix://{stores.settings.data}/none.sock"}
    alone = load_settings(given, data=stores.settings.data)
    opened = open_stores(alone)
    made = create_app(alone, opened)
    yield made
    close(made)
    opened.close()


def test_without_redis_a_comment_is_accepted_at_once(
    stores: Stores, site: Site, site_key: str, without_redis: Flask, drain_now: Drain
) -> None:
    caller = Caller(without_redis.test_client(), site_key)
    began = time.monotonic()

    answer = caller.submit(HAM, headers={"Prefer": "wait=10"})

    assert answer.status_code == 202
    assert "Preference-Applied" not in answer.headers
    assert time.monotonic() - began < 1.0
    drain_now()
    assert caller.get(answer.headers["Location"]).get_json()["state"] == "approved"


def test_when_half_of_the_threads_wait_the_next_one_does_not(listening: Caller, stores: Stores, app: Flask) -> None:
    intake = app.extensions["gatepost"][1]
    places = stores.settings.api_threads // 2
    taken = [intake._answers.reserve() for _ in range(places)]

    answer = listening.submit(HAM, headers={"Prefer": "wait=10"})

    assert taken == [True] * places
    assert answer.status_code == 202
    assert "Preference-Applied" not in answer.headers
