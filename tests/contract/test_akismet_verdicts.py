"""The Akismet wire: what a check is answered, byte for byte."""

import time

import pytest
from akismet_calls import DEBUG, ERROR, RATHER, RECHECK, THANKS, TIP, HeldScorer, Wire, add_wire, count, guid, set_wires
from builders import HAM, POISON, SPAM, UNSURE, WORST, Caller, Drain, add_site, query, read, states
from flask.testing import FlaskClient
from sqlalchemy import select

from models.vocabulary import Action, Mode, Scorer
from store.records.schema import foreign_comments, review_items
from store.records.sites import HeldAs, Site
from store.stores import Stores


@pytest.fixture
def scorer() -> Scorer:
    return HeldScorer()


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize(
    ("body", "verdict", "tip"),
    [(HAM, b"false", None), (SPAM, b"true", None), (WORST, b"true", "discard"), (UNSURE, b"false", None)],
)
def test_a_decision_becomes_true_or_false(stores: Stores, wire: Wire, body: str, verdict: bytes, tip: str) -> None:
    answer = wire.check(body)

    assert (answer.status_code, answer.data) == (200, verdict)
    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.headers.get(TIP) == tip
    assert {DEBUG, ERROR, RECHECK} & {name for name, _ in answer.headers} == set()
    assert read(stores, guid(answer)).body == body


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize(
    ("held_as", "unsure", "rather"),
    [
        (HeldAs.PROBABLE, "false", "true"),
        (HeldAs.HAM, "false", "false"),
        (HeldAs.SPAM, "true", "true"),
        (HeldAs.HOLD, "false", "false"),
    ],
)
def test_a_held_comment_answers_as_the_site_chose_and_waits_all_the_same(
    stores: Stores, site: Site, wire: Wire, *, held_as: HeldAs, unsure: str, rather: str
) -> None:
    set_wires(stores, site, akismet_held=held_as)

    answers = [wire.check(UNSURE), wire.check(RATHER)]

    assert [answer.get_data(as_text=True) for answer in answers] == [unsure, rather]
    assert [answer.headers.get(TIP) for answer in answers] == [None, None]
    assert [ERROR in answer.headers for answer in answers] == [held_as is HeldAs.HOLD] * 2
    assert states(stores, [guid(answer) for answer in answers]) == ["review", "review"]
    assert query(stores, select(review_items.c.waiting)) == [1, 1]


@pytest.mark.usefixtures("worker")
def test_in_the_other_modes_the_answer_follows_what_was_decided(stores: Stores, client: FlaskClient) -> None:
    shadow = add_wire(client, stores, add_site(stores, Mode.SHADOW))
    everything = add_wire(client, stores, add_site(stores, Mode.REVIEW_ALL))

    assert shadow.verdict(WORST) == "false"
    held = everything.check(WORST)
    assert (held.data, held.headers.get(TIP)) == (b"true", None)
    assert states(stores, [guid(held)]) == ["review"]


@pytest.mark.parametrize(
    ("on_failure", "verdict", "recheck", "error"),
    [
        (Action.APPROVE, "false", True, False),
        (Action.REVIEW, "false", True, True),
        (Action.REJECT, "true", False, False),
    ],
)
def test_without_a_worker_the_answer_comes_in_time_as_the_site_chose(
    stores: Stores,
    site: Site,
    wire: Wire,
    drain_now: Drain,
    *,
    on_failure: Action,
    verdict: str,
    recheck: bool,
    error: bool,
) -> None:
    set_wires(stores, site, on_failure=on_failure)

    began = time.monotonic()
    answer = wire.check(SPAM)
    took = time.monotonic() - began

    assert took < 0.8
    assert answer.get_data(as_text=True) == verdict
    assert (answer.headers.get(RECHECK, "").isdigit(), ERROR in answer.headers) == (recheck, error)
    assert TIP not in answer.headers
    assert states(stores, [guid(answer)]) == ["received"]
    drain_now()
    assert states(stores, [guid(answer)]) == ["rejected"]


def test_asking_again_gives_what_was_decided_meanwhile(stores: Stores, wire: Wire, drain_now: Drain) -> None:
    first = wire.check(SPAM, comment_author="Ana")
    drain_now()

    again = wire.check(SPAM, comment_author="Ana", comment_ID="7", recheck_reason="recheck_queue")

    assert (first.data, again.data) == (b"false", b"true")
    assert guid(again) == guid(first)
    assert RECHECK not in again.headers
    assert count(stores) == 1


def test_asking_again_hears_what_a_reviewer_decided(wire: Wire, as_reviewer: Caller, drain_now: Drain) -> None:
    first = wire.check(UNSURE)
    drain_now()
    (item,) = as_reviewer.get("/v1/review/items").get_json()["items"]
    as_reviewer.post("/v1/review/decisions", {"items": [{"id": item["id"], "version": 1, "action": "reject"}]})

    again = wire.check("the text was lost", guid=guid(first), recheck_reason="retry")

    assert (again.data, guid(again)) == (b"true", guid(first))


def test_an_edit_is_a_comment_of_its_own(stores: Stores, wire: Wire) -> None:
    ids = {guid(wire.check(HAM)), guid(wire.check(HAM, recheck_reason="edit"))}

    assert len(ids) == count(stores) == 2


@pytest.mark.usefixtures("worker")
def test_what_cannot_be_scored_answers_as_the_site_chose_for_failures(stores: Stores, site: Site, wire: Wire) -> None:
    set_wires(stores, site, on_failure=Action.REJECT)

    assert wire.verdict(POISON) == "true"


def test_another_sites_comment_is_not_found_by_its_id(
    stores: Stores, wire: Wire, client: FlaskClient, drain_now: Drain
) -> None:
    theirs = guid(wire.check(SPAM))
    other = add_wire(client, stores, add_site(stores))
    drain_now()

    answer = other.check(HAM, guid=theirs, recheck_reason="retry")

    assert guid(answer) != theirs


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        ({"comment_author": "viagra-test-123"}, "true"),
        ({"comment_author": "akismet-guaranteed-spam"}, "true"),
        ({"comment_author_email": "akismet-guaranteed-spam@example.com"}, "true"),
        ({"user_role": "administrator"}, "false"),
        ({"user_role": "editor, Administrator"}, "false"),
        ({"user_role": "administrator", "comment_author": "viagra-test-123"}, "false"),
    ],
)
def test_a_comment_to_try_a_client_with_leaves_no_trace(
    stores: Stores, wire: Wire, fields: dict[str, str], verdict: str
) -> None:
    answer = wire.check(SPAM, **fields)
    for path in ("submit-spam", "submit-ham"):
        assert wire.post(f"/1.1/{path}", comment_content=SPAM, **fields).data == THANKS

    assert answer.get_data(as_text=True) == verdict
    assert guid(answer).startswith("cmt_")
    assert TIP not in answer.headers
    assert count(stores) == 0


@pytest.mark.parametrize(
    ("sent", "test"),
    [("1", 1), ("true", 1), ("True", 1), ("0", 0), ("false", 0), ("False", 0), ("", 0)],
)
def test_is_test_is_read_as_clients_write_it(stores: Stores, wire: Wire, sent: str, test: int) -> None:
    wire.check(is_test=sent)

    assert query(stores, select(foreign_comments.c.is_test)) == [test]
