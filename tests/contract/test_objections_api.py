from typing import Any

import pytest
from builders import HAM, SPAM, UNSURE, Caller, Drain, add_key, add_site, problem, query
from sqlalchemy import select

from service.objections import REPORTS_AGAINST_A_PERSON
from store.records.schema import labels, objections
from store.stores import Stores


def submitted(caller: Caller, drain_now: Drain, body: str) -> str:
    comment_id: str = caller.submit(body).get_json()["id"]
    drain_now()
    return comment_id


def say(caller: Caller, comment_id: str, what: str, **body: Any) -> Any:
    answer = caller.post(f"/v1/comments/{comment_id}/{what}", body)
    assert answer.status_code == 201, answer.data
    return answer.get_json()


def state(caller: Caller, comment_id: str) -> str:
    shown: str = caller.get(f"/v1/comments/{comment_id}").get_json()["state"]
    return shown


def decide(reviewer: Caller, comment_id: str, action: str) -> None:
    items = {item["comment"]["id"]: item for item in reviewer.get("/v1/review/items").get_json()["items"]}
    item = items[comment_id]
    chosen = {"items": [{"id": item["id"], "version": item["version"], "action": action}]}
    assert reviewer.post("/v1/review/decisions", chosen).get_json()["items"][0]["status"] == 200


@pytest.mark.parametrize("wrong", [(HAM, "spam", "rejected"), (SPAM, "ham", "approved")])
def test_feedback_corrects_what_the_machine_decided_and_becomes_a_label(
    as_site: Caller, stores: Stores, drain_now: Drain, wrong: tuple[str, str, str]
) -> None:
    body, label, after = wrong
    comment_id = submitted(as_site, drain_now, body)

    told = say(as_site, comment_id, "feedback", label=label, note="seen by Ana")
    shown = as_site.get(f"/v1/comments/{comment_id}").get_json()

    assert told == {"comment_id": comment_id, "revision": 1, "label": label, "state": after}
    assert (shown["state"], shown["decision"]["by"]) == (after, "human")
    assert query(stores, select(labels.c.label, labels.c.source)) == [(label, "feedback")]


def test_feedback_that_was_given_before_changes_nothing(as_site: Caller, stores: Stores, drain_now: Drain) -> None:
    comment_id = submitted(as_site, drain_now, HAM)

    first, again = (say(as_site, comment_id, "feedback", label="spam") for _ in range(2))

    assert first == again
    assert len(query(stores, select(labels.c.id))) == 1


def test_feedback_against_a_reviewer_goes_back_to_review_with_its_note(
    as_site: Caller, as_reviewer: Caller, stores: Stores, drain_now: Drain
) -> None:
    comment_id = submitted(as_site, drain_now, UNSURE)
    decide(as_reviewer, comment_id, "approve")

    told = say(as_site, comment_id, "feedback", label="spam", note="it sells shoes")
    (item,) = as_reviewer.get("/v1/review/items").get_json()["items"]

    assert (told["state"], item["reason"]) == ("review", "feedback")
    assert query(stores, select(objections.c.note)) == ["it sells shoes"]


def test_one_report_has_a_person_look_at_what_the_machine_approved(
    as_site: Caller, as_reviewer: Caller, drain_now: Drain
) -> None:
    comment_id = submitted(as_site, drain_now, HAM)

    told = say(as_site, comment_id, "reports", reason="spam", reporter="u7")
    (item,) = as_reviewer.get("/v1/review/items").get_json()["items"]

    assert (told["kind"], told["reason"], told["state"]) == ("report", "spam", "review")
    assert (item["reason"], item["comment"]["id"]) == ("report", comment_id)


def test_what_a_person_approved_needs_several_readers(as_site: Caller, as_reviewer: Caller, drain_now: Drain) -> None:
    comment_id = submitted(as_site, drain_now, UNSURE)
    decide(as_reviewer, comment_id, "approve")

    states = []
    for number in range(REPORTS_AGAINST_A_PERSON):
        say(as_site, comment_id, "reports", reporter="the same")
        states.append(say(as_site, comment_id, "reports", reporter=f"reader {number}")["state"])

    assert states == ["approved", "review", "review"]


def test_a_report_of_what_is_not_published_is_kept_and_moves_nothing(as_site: Caller, drain_now: Drain) -> None:
    comment_id = submitted(as_site, drain_now, SPAM)

    assert say(as_site, comment_id, "reports", reason="spam")["state"] == "rejected"


def test_an_appeal_has_a_person_look_at_a_rejection_once(
    as_site: Caller, as_reviewer: Caller, drain_now: Drain
) -> None:
    comment_id = submitted(as_site, drain_now, SPAM)

    first = say(as_site, comment_id, "appeals", note="I meant it well")
    decide(as_reviewer, comment_id, "reject")
    again = say(as_site, comment_id, "appeals", note="please")

    assert first["state"] == "review"
    assert (again["id"], again["note"], again["state"]) == (first["id"], "I meant it well", "rejected")


def test_there_is_nothing_to_appeal_against_an_approval(as_site: Caller, drain_now: Drain) -> None:
    comment_id = submitted(as_site, drain_now, HAM)

    assert problem(as_site.post(f"/v1/comments/{comment_id}/appeals", {}))[:2] == (409, "already_decided")


@pytest.mark.parametrize("what", ["reports", "appeals"])
def test_what_is_not_decided_yet_cannot_be_objected_to(as_site: Caller, what: str) -> None:
    comment_id = as_site.submit(HAM).get_json()["id"]

    answer = as_site.post(f"/v1/comments/{comment_id}/{what}", {})

    assert problem(answer)[:2] == (409, "in_progress")
    assert "Retry-After" in answer.headers


@pytest.mark.parametrize(("what", "body"), [("feedback", {"label": "spam"}), ("reports", {}), ("appeals", {})])
def test_another_sites_comment_is_not_there_for_objections(
    as_site: Caller, stores: Stores, drain_now: Drain, what: str, body: dict[str, str]
) -> None:
    comment_id = submitted(as_site, drain_now, HAM)
    stranger = Caller(as_site.client, add_key(stores, add_site(stores)))

    foreign = stranger.post(f"/v1/comments/{comment_id}/{what}", body)
    absent = stranger.post(f"/v1/comments/cmt_none/{what}", body)

    assert problem(foreign)[:2] == problem(absent)[:2] == (404, "not_found")
    assert state(as_site, comment_id) == "approved"


@pytest.mark.parametrize(
    ("what", "body"),
    [("feedback", {}), ("feedback", {"label": "maybe"}), ("reports", {"who": "x"}), ("appeals", {"note": "x" * 2001})],
)
def test_a_bad_objection_is_refused(as_site: Caller, drain_now: Drain, what: str, body: dict[str, str]) -> None:
    comment_id = submitted(as_site, drain_now, HAM)

    assert problem(as_site.post(f"/v1/comments/{comment_id}/{what}", body))[:2] == (422, "invalid_request")


def test_a_reporter_is_kept_as_a_keyed_hash(as_site: Caller, stores: Stores, drain_now: Drain) -> None:
    say(as_site, submitted(as_site, drain_now, HAM), "reports", reporter="reader@example.org")

    (source,) = query(stores, select(objections.c.source))
    assert len(source) == 64
    assert "reader" not in source
