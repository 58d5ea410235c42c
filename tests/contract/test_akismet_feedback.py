"""The Akismet wire: what a website says after the fact becomes a label and sets the decision right."""

from typing import Any

import pytest
from akismet_calls import BLOG, THANKS, Wire, add_wire, count, guid
from builders import HAM, SPAM, UNSURE, WORST, Caller, Drain, add_site, query, read, states
from flask.testing import FlaskClient
from sqlalchemy import select

from models.vocabulary import State
from store.records import edits
from store.records.evidence_tables import reputations
from store.records.schema import events, foreign_comments, labels, raw_submissions, review_items
from store.stores import Stores

SAID = {"comment_author": "Ana", "comment_author_email": "ana@example.com"}


def standing(stores: Stores) -> list[Any]:
    """Label, source and whether it contradicted us, of the labels that stand."""
    columns = (labels.c.label, labels.c.source, labels.c.decision_id.is_not(None))
    return [
        (kind, source, bool(contradicted))
        for kind, source, contradicted in query(
            stores, select(*columns).where(labels.c.withdrawn_at.is_(None)).order_by(labels.c.id)
        )
    ]


def queued(stores: Stores) -> int:
    """How many items reviewers can claim."""
    return int(stores.redis.zcard("gatepost:review:all"))


def decided(stores: Stores, wire: Wire, drain_now: Drain, body: str, **fields: str) -> str:
    """A comment that has been checked and decided; its id."""
    answer = wire.check(body, **SAID | fields)
    drain_now()
    return guid(answer)


def submit(wire: Wire, kind: str, body: str, **fields: str) -> None:
    answer = wire.post(f"/1.1/submit-{kind}", comment_content=body, **SAID | fields)
    assert (answer.status_code, answer.data) == (200, THANKS)
    assert not [name for name, _ in answer.headers if name.lower().startswith("x-akismet")]


@pytest.mark.parametrize(
    ("body", "kind", "state"),
    [(HAM, "spam", "rejected"), (SPAM, "ham", "approved"), (WORST, "ham", "approved")],
)
def test_what_the_machine_decided_is_corrected(
    stores: Stores, wire: Wire, drain_now: Drain, *, body: str, kind: str, state: str
) -> None:
    comment_id = decided(stores, wire, drain_now, body)

    submit(wire, kind, body, guid=comment_id)

    record = read(stores, comment_id)
    assert record.state == state
    assert record.decision is not None
    assert (record.decision.decided_by, record.decision.reviewer_name) == ("human", "The website")
    assert "The website says" in record.decision.reasons
    assert standing(stores) == [(kind, "feedback", True)]
    last = query(stores, select(events.c.previous_state, events.c.state, events.c.decision_id).order_by(events.c.seq))
    assert last[-1][1:] == (state, record.decision.id)


@pytest.mark.parametrize(("body", "kind"), [(HAM, "ham"), (SPAM, "spam"), (WORST, "spam")])
def test_what_agrees_is_a_label_and_changes_nothing(
    stores: Stores, wire: Wire, drain_now: Drain, body: str, kind: str
) -> None:
    comment_id = decided(stores, wire, drain_now, body)
    before = read(stores, comment_id)

    submit(wire, kind, body, guid=comment_id)

    assert read(stores, comment_id) == before
    assert standing(stores) == [(kind, "feedback", False)]


@pytest.mark.parametrize(("kind", "state"), [("spam", "rejected"), ("ham", "approved")])
def test_what_waits_for_a_reviewer_waits_no_longer(
    stores: Stores, wire: Wire, drain_now: Drain, kind: str, state: str
) -> None:
    comment_id = decided(stores, wire, drain_now, UNSURE)
    assert queued(stores) == 1

    submit(wire, kind, UNSURE, guid=comment_id)

    assert states(stores, [comment_id]) == [state]
    assert query(stores, select(review_items.c.waiting, review_items.c.version)) == [(0, 2)]
    assert queued(stores) == 0


def test_where_a_reviewer_decided_otherwise_it_goes_back_to_review(
    stores: Stores, wire: Wire, as_reviewer: Caller, drain_now: Drain
) -> None:
    comment_id = decided(stores, wire, drain_now, UNSURE)
    (item,) = as_reviewer.get("/v1/review/items").get_json()["items"]
    as_reviewer.post("/v1/review/decisions", {"items": [{"id": item["id"], "version": 1, "action": "approve"}]})

    submit(wire, "spam", UNSURE, guid=comment_id)
    submit(wire, "spam", UNSURE, guid=comment_id)

    assert states(stores, [comment_id]) == ["review"]
    (again,) = as_reviewer.get("/v1/review/items").get_json()["items"]
    assert (again["id"], again["reason"], again["version"]) == (item["id"], "feedback", 3)
    assert queued(stores) == 1
    assert standing(stores) == [("ham", "reviewer", True), ("spam", "feedback", False)]


def test_saying_it_again_changes_nothing(stores: Stores, wire: Wire, drain_now: Drain) -> None:
    comment_id = decided(stores, wire, drain_now, HAM)

    submit(wire, "spam", HAM, guid=comment_id)
    told = len(query(stores, select(events.c.seq)))
    submit(wire, "spam", HAM, guid=comment_id)

    assert len(query(stores, select(events.c.seq))) == told
    assert standing(stores) == [("spam", "feedback", True)]


def test_saying_the_contrary_takes_the_first_label_back(stores: Stores, wire: Wire, drain_now: Drain) -> None:
    comment_id = decided(stores, wire, drain_now, HAM)

    submit(wire, "spam", HAM, guid=comment_id)
    submit(wire, "ham", HAM, guid=comment_id)

    assert states(stores, [comment_id]) == ["approved"]
    assert standing(stores) == [("ham", "feedback", True)]


def test_without_our_id_a_comment_is_found_by_author_email_and_text(
    stores: Stores, wire: Wire, drain_now: Drain
) -> None:
    comment_id = decided(stores, wire, drain_now, f"{HAM},\nall")
    decided(stores, wire, drain_now, f"{HAM},\nall", comment_author="Bob")

    submit(wire, "spam", f"{HAM},\r\nall ", comment_ID="7", comment_date_gmt="2026-11-24 10:00:00")

    assert states(stores, [comment_id]) == ["rejected"]
    assert count(stores) == 2


def test_of_several_with_the_same_text_the_one_with_the_websites_id_is_meant(
    stores: Stores, wire: Wire, drain_now: Drain
) -> None:
    ids = [decided(stores, wire, drain_now, HAM, comment_ID=number) for number in ("1", "2", "3")]

    submit(wire, "spam", HAM, comment_ID="2")

    assert states(stores, ids) == ["approved", "rejected", "approved"]


@pytest.mark.usefixtures("worker")
def test_an_unknown_comment_is_recorded_with_its_label(stores: Stores, wire: Wire) -> None:
    """Weeks later the client has the address and the agent only under WordPress's own names."""
    body = f"blog={BLOG}&comment_content={HAM}&comment_author_IP=192.0.2.9&comment_agent=Lynx&api_key={wire.key}"

    assert wire.raw("/1.1/submit-spam", body).data == THANKS

    (comment_id,) = query(stores, select(foreign_comments.c.comment_id))
    assert states(stores, [comment_id]) == ["rejected"]
    assert standing(stores) == [("spam", "feedback", True)]
    assert query(stores, select(raw_submissions.c.ip, raw_submissions.c.user_agent)) == [("192.0.2.9", "Lynx")]


def test_what_is_not_decided_yet_keeps_its_label(stores: Stores, wire: Wire, drain_now: Drain) -> None:
    comment_id = guid(wire.check(HAM))

    submit(wire, "spam", HAM, guid=comment_id)

    assert states(stores, [comment_id]) == [State.RECEIVED]
    assert standing(stores) == [("spam", "feedback", False)]


def test_another_sites_comment_cannot_be_spoken_of(
    stores: Stores, wire: Wire, client: FlaskClient, drain_now: Drain
) -> None:
    theirs = decided(stores, wire, drain_now, HAM)

    submit(add_wire(client, stores, add_site(stores)), "spam", HAM, guid=theirs)

    assert states(stores, [theirs]) == ["approved"]


def test_nothing_is_learned_from_a_test_whoever_speaks_of_it(
    stores: Stores, wire: Wire, as_reviewer: Caller, drain_now: Drain
) -> None:
    comment_id = decided(stores, wire, drain_now, UNSURE, is_test="1")

    submit(wire, "spam", UNSURE, guid=comment_id)
    submit(wire, "spam", UNSURE, is_test="True")
    (item,) = as_reviewer.get("/v1/review/items").get_json()["items"]
    as_reviewer.post("/v1/review/decisions", {"items": [{"id": item["id"], "version": 1, "action": "reject"}]})

    assert count(stores) == 1
    assert states(stores, [comment_id]) == ["rejected"]
    assert query(stores, select(labels.c.id)) == []
    assert query(stores, select(reputations.c.id)) == []


def test_what_a_foreign_wire_said_is_erased_with_its_comment(stores: Stores, wire: Wire, drain_now: Drain) -> None:
    comment_id = decided(stores, wire, drain_now, HAM, callback="https://blog.example/told", comment_ID="7")

    with stores.database.write() as connection:
        edits.erase(connection, read(stores, comment_id), stores.database.now_us(connection))

    columns = (foreign_comments.c.fingerprint, foreign_comments.c.foreign_id, foreign_comments.c.callback)
    assert query(stores, select(*columns)) == [("", None, None)]
