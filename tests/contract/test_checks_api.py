from math import log
from typing import Any

import pytest
from builders import HAM, POISON, SPAM, UNSURE, Caller, comment, problem, query
from servers import wait_until
from sqlalchemy import select

from store.records.schema import comments, decisions, events
from store.stores import Stores


@pytest.fixture
def listening(as_site: Caller) -> Caller:
    """The site, once the process listens for answers."""
    wait_until(lambda: "Preference-Applied" in as_site.submit(headers={"Prefer": "wait=1"}).headers)
    return as_site


def check(caller: Caller, body: str, **headers: str) -> Any:
    return caller.post("/v1/checks", comment(body), **headers)


@pytest.mark.parametrize(("body", "action"), [(HAM, "approve"), (UNSURE, "review"), (SPAM, "reject")])
def test_a_check_says_what_would_be_decided(listening: Caller, worker: None, body: str, action: str) -> None:
    answer = check(listening, body)

    decision = answer.get_json()["decision"]
    assert (answer.status_code, decision["action"], decision["by"]) == (200, action, "model")
    assert (decision["id"], decision["comment_id"]) == (None, None)


def test_a_check_agrees_with_the_decision_of_the_same_comment(listening: Caller, worker: None) -> None:
    asked = check(listening, UNSURE).get_json()["decision"]
    decided = listening.submit(UNSURE, headers={"Prefer": "wait=5"}).get_json()["decision"]

    same = ("action", "by", "probability", "interval", "reasons", "would", "model", "policy", "revision")
    assert {name: asked[name] for name in same} == {name: decided[name] for name in same}


def test_asked_to_explain_a_check_says_what_the_score_would_be_without_the_words(
    listening: Caller, worker: None
) -> None:
    answer = listening.post("/v1/checks", comment(UNSURE) | {"explain": True}).get_json()

    (reason,) = answer["decision"]["reasons"]
    (without,) = answer["without"]
    assert (tuple(without["span"]), without["probability"]) == (tuple(reason["span"]), 0.02)
    assert without["change"] == pytest.approx(log(0.4 / 0.6) - log(0.02 / 0.98), abs=1e-6)
    assert "without" not in check(listening, UNSURE).get_json()


def test_a_check_leaves_nothing_behind(listening: Caller, worker: None, stores: Stores) -> None:
    wait_until(lambda: all(item["decision"] for item in listening.get("/v1/comments").get_json()["items"]))
    tables = (comments, decisions, events)
    before = [len(query(stores, select(table))) for table in tables]

    check(listening, "clear spam that nobody keeps")

    assert [len(query(stores, select(table))) for table in tables] == before
    assert [key for key in stores.redis.keys("*") if b"check" in key] == []


def test_without_a_worker_a_check_is_unavailable_within_the_wish(listening: Caller) -> None:
    answer = check(listening, HAM, Prefer="wait=1")

    assert problem(answer)[:2] == (503, "unavailable")
    assert "Retry-After" in answer.headers


def test_what_cannot_be_scored_is_unavailable_and_holds_up_no_other(listening: Caller, worker: None) -> None:
    assert problem(check(listening, POISON, Prefer="wait=1"))[0] == 503
    assert check(listening, HAM).status_code == 200


def test_a_bad_check_is_refused_like_a_comment(as_site: Caller) -> None:
    assert problem(as_site.post("/v1/checks", {"body": 1})) == (422, "invalid_request", [("/body", "wrong_type")])
