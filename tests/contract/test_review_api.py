from typing import Any

import pytest
from builders import POISON, UNSURE, Caller, Drain, Person, add_person, add_site, end_scoring_leases, problem, record
from review_calls import ITEM, TIME, listed

from models.vocabulary import Role
from store.records.sites import Site
from store.stores import Stores
from worker.reconcile import return_stale_claims

COMMENT = {
    "id",
    "site_id",
    "external_id",
    "parent_id",
    "revision",
    "body",
    "content_type",
    "language",
    "author",
    "page",
    "created_at",
    "received_at",
}


def decide(caller: Caller, item: dict[str, Any], action: str = "approve", **more: Any) -> dict[str, Any]:
    choice = {"id": item["id"], "version": item["version"], "action": action, **more}
    answer = caller.post("/v1/review/decisions", {"items": [choice]})
    assert answer.status_code == 200, answer.data
    (ruling,) = answer.get_json()["items"]
    assert isinstance(ruling, dict)
    return ruling


def test_an_item_has_every_field_and_its_comment_without_state_and_decision(site: Site, item: dict[str, Any]) -> None:
    assert set(item) == ITEM
    assert set(item["comment"]) == COMMENT
    assert item["id"].startswith("rev_")
    assert (item["version"], item["site_id"], item["reason"]) == (1, site.id, "uncertain")
    assert TIME.fullmatch(item["waiting_since"])
    assert item["comment"]["body"] == UNSURE
    assert item["lease"] is None
    assert item["score"] == {
        "probability": 0.4,
        "interval": [0.18, 0.67],
        "reasons": [{"code": "words", "text": "It says “maybe spam”", "weight": 1.5, "span": [0, 10]}],
        "model": "mdl_fixed",
    }


def test_what_no_model_could_score_has_no_score(
    stores: Stores, site: Site, drain_now: Drain, as_reviewer: Caller
) -> None:
    record(stores, site, POISON)
    for _ in range(3):
        drain_now()
        end_scoring_leases(stores)
        return_stale_claims(stores)

    (item,) = listed(as_reviewer)

    assert (item["reason"], item["score"]) == ("scorer_failed", None)


def test_items_are_listed_best_first_oldest_first_and_in_stable_pages(
    stores: Stores, site: Site, drain_now: Drain, as_reviewer: Caller
) -> None:
    for n in range(5):
        record(stores, site, f"{UNSURE} {n}")
        drain_now()

    for sort in ("priority", "oldest"):
        seen, cursor = [], ""
        while True:
            page = as_reviewer.get(f"/v1/review/items?limit=2&sort={sort}{cursor}").get_json()
            assert set(page) == {"items", "next_cursor"}
            seen += [item["comment"]["body"] for item in page["items"]]
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
        turned = as_reviewer.get(f"/v1/review/items?sort={'priority' if sort == 'oldest' else 'oldest'}{cursor}")
        assert problem(turned) == (422, "invalid_request", [("/cursor", "bad_value")])
        assert seen == [f"{UNSURE} {n}" for n in range(5)], sort


def test_items_are_filtered_by_site_and_reason(stores: Stores, as_reviewer: Caller, item: dict[str, Any]) -> None:
    other = add_site(stores)

    assert len(listed(as_reviewer, f"?site={item['site_id']}")) == 1
    assert listed(as_reviewer, f"?site={other.id}") == []
    assert len(listed(as_reviewer, "?reason=uncertain")) == 1
    assert listed(as_reviewer, "?reason=blind") == []


@pytest.mark.parametrize(
    "cursor",
    [
        "W3RydWUsICJ4Il0",  # [true, "x"]
        "WzE4NDQ2NzQ0MDczNzA5NTUxNjE1LCAieCJd",  # [18446744073709551615, "x"]
        "WzAuNSwgIlx1MDAwMCJd",  # [0.5, "\u0000"]
        "WzAuNV0",  # [0.5]
        "bnVsbA",  # null
        "é",
    ],
)
@pytest.mark.parametrize("sort", ["priority", "oldest"])
def test_a_forged_cursor_is_refused_on_both_databases_alike(as_reviewer: Caller, sort: str, cursor: str) -> None:
    answer = as_reviewer.get(f"/v1/review/items?sort={sort}&cursor={cursor}")

    assert problem(answer) == (422, "invalid_request", [("/cursor", "bad_value")])


def test_counts_have_every_field(as_reviewer: Caller, item: dict[str, Any]) -> None:
    before = as_reviewer.get("/v1/review/counts").get_json()
    as_reviewer.post("/v1/review/leases", {"count": 1})
    after = as_reviewer.get("/v1/review/counts").get_json()

    assert before == {
        "waiting": 1,
        "leased": 0,
        "oldest_waiting_since": item["waiting_since"],
        "by_reason": {"uncertain": 1},
        "by_site": {item["site_id"]: 1},
    }
    assert after == {**before, "leased": 1}


def test_counts_of_nothing_have_every_field(as_reviewer: Caller) -> None:
    assert as_reviewer.get("/v1/review/counts").get_json() == {
        "waiting": 0,
        "leased": 0,
        "oldest_waiting_since": None,
        "by_reason": {},
        "by_site": {},
    }


def test_a_decision_is_answered_with_the_new_version_and_every_field(
    as_reviewer: Caller, as_site: Caller, item: dict[str, Any]
) -> None:
    ruling = decide(as_reviewer, item, "reject", reason="insult", note="never shown to the site")

    decision = ruling.pop("decision")
    assert ruling == {"id": item["id"], "status": 200, "version": 2}
    assert decision == {
        "id": decision["id"],
        "comment_id": item["comment"]["id"],
        "revision": 1,
        "action": "reject",
        "by": "human",
        "probability": None,
        "interval": None,
        "reasons": [{"code": "insult", "text": "Ana rejected it: insult.", "weight": None, "span": None}],
        "would": None,
        "model": None,
        "policy": decision["policy"],
        "evidence_digest": None,
        "decided_at": decision["decided_at"],
        "latency_ms": decision["latency_ms"],
    }
    assert decision["id"].startswith("dec_")
    shown = as_site.get(f"/v1/comments/{item['comment']['id']}").get_json()
    assert (shown["state"], shown["decision"]) == ("rejected", decision)


def test_who_is_too_late_hears_the_winner(as_reviewer: Caller, as_ben: Caller, item: dict[str, Any]) -> None:
    won = decide(as_reviewer, item, "approve")

    lost = decide(as_ben, item, "reject")

    assert lost == {
        "id": item["id"],
        "status": 409,
        "winner": {"reviewer": "Ana", "action": "approve", "decided_at": won["decision"]["decided_at"]},
    }


def test_what_another_holds_names_the_holder(as_reviewer: Caller, as_ben: Caller, item: dict[str, Any]) -> None:
    as_ben.post("/v1/review/leases", {"count": 1})

    ruling = decide(as_reviewer, item)

    assert set(ruling) == {"id", "status", "holder"}
    assert ruling["status"] == 423
    assert set(ruling["holder"]) == {"reviewer", "expires_at"}
    assert ruling["holder"]["reviewer"] == "Ben"


def test_an_unknown_item_is_404_and_stops_no_other(as_reviewer: Caller, item: dict[str, Any]) -> None:
    choices = [
        {"id": "rev_none", "version": 1, "action": "approve"},
        {"id": item["id"], "version": 1, "action": "approve"},
    ]

    answer = as_reviewer.post("/v1/review/decisions", {"items": choices})

    assert answer.get_json()["items"][0] == {"id": "rev_none", "status": 404}
    assert answer.get_json()["items"][1]["status"] == 200


def test_the_same_decision_sent_twice_has_the_same_answer(as_reviewer: Caller, item: dict[str, Any]) -> None:
    assert decide(as_reviewer, item) == decide(as_reviewer, item)


def test_undo_gives_the_item_waiting_again(as_reviewer: Caller, as_site: Caller, item: dict[str, Any]) -> None:
    ruling = decide(as_reviewer, item, "reject")

    answer = as_reviewer.post(f"/v1/review/decisions/{ruling['decision']['id']}/undo")

    assert answer.status_code == 200
    assert answer.get_json() == {**item, "version": 3}
    assert as_site.get(f"/v1/comments/{item['comment']['id']}").get_json()["state"] == "review"


def test_undo_of_an_older_decision_is_409_and_of_an_unknown_one_404(
    as_reviewer: Caller, as_ben: Caller, item: dict[str, Any]
) -> None:
    first = decide(as_reviewer, item, "escalate")["decision"]["id"]
    decide(as_ben, {**item, "version": 2}, "approve")

    late = as_reviewer.post(f"/v1/review/decisions/{first}/undo")
    unknown = as_reviewer.post("/v1/review/decisions/dec_none/undo")

    assert problem(late)[:2] == (409, "already_decided")
    assert problem(unknown)[:2] == (404, "not_found")


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"action": "discard"}, "/items/0/action", "bad_value"),
        ({"action": None}, "/items/0/action", "bad_value"),
        ({"version": 0}, "/items/0/version", "bad_value"),
        ({"version": 2**31}, "/items/0/version", "bad_value"),
        ({"version": "1"}, "/items/0/version", "wrong_type"),
        ({"version": 1.0}, "/items/0/version", "wrong_type"),
        ({"id": ""}, "/items/0/id", "bad_value"),
        ({"id": "i" * 256}, "/items/0/id", "too_long"),
        ({"reason": "r" * 256}, "/items/0/reason", "too_long"),
        ({"note": "n" * 2001}, "/items/0/note", "too_long"),
        ({"note": "\0"}, "/items/0/note", "bad_character"),
        ({"by": "me"}, "/items/0/by", "unknown_field"),
    ],
    ids=str,
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_decision_that_makes_no_sense_is_refused_by_field(
    as_reviewer: Caller, change: dict[str, Any], pointer: str, code: str
) -> None:
    choice = {"id": "rev_1", "version": 1, "action": "approve", **change}

    assert problem(as_reviewer.post("/v1/review/decisions", {"items": [choice]})) == (
        422,
        "invalid_request",
        [(pointer, code)],
    )


def test_one_item_twice_in_a_request_is_refused(as_reviewer: Caller, item: dict[str, Any]) -> None:
    choice = {"id": item["id"], "version": 1, "action": "approve"}

    assert problem(as_reviewer.post("/v1/review/decisions", {"items": [choice, choice]}))[:2] == (
        422,
        "invalid_request",
    )


def test_a_reviewer_of_another_site_finds_nothing_of_it(
    stores: Stores, as_reviewer: Caller, item: dict[str, Any]
) -> None:
    guest = Caller(as_reviewer.client, add_person(stores, "Gil", site=add_site(stores)).token)
    made = decide(as_reviewer, item)["decision"]["id"]

    assert problem(guest.get(f"/v1/review/items?site={item['site_id']}"))[:2] == (404, "not_found")
    assert problem(guest.get(f"/v1/review/counts?site={item['site_id']}"))[:2] == (404, "not_found")
    assert problem(guest.post("/v1/review/leases", {"count": 1, "site": item["site_id"]}))[:2] == (404, "not_found")
    assert problem(guest.post(f"/v1/review/decisions/{made}/undo"))[:2] == (404, "not_found")
    assert decide(guest, {**item, "version": 2}) == {"id": item["id"], "status": 404}
    assert listed(guest) == []


def test_a_viewer_may_not_decide(stores: Stores, as_reviewer: Caller, item: dict[str, Any]) -> None:
    viewer = Caller(as_reviewer.client, add_person(stores, "Vic", Role.VIEWER).token)
    choice = {"id": item["id"], "version": 1, "action": "approve"}

    assert problem(viewer.post("/v1/review/decisions", {"items": [choice]}))[:2] == (403, "forbidden")


def test_a_person_is_known_by_name_in_the_answers(reviewer: Person, as_reviewer: Caller, item: dict[str, Any]) -> None:
    assert decide(as_reviewer, item)["decision"]["reasons"][0]["text"] == f"{reviewer.reviewer.name} approved it."
