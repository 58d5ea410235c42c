from concurrent.futures import ThreadPoolExecutor

import pytest
from builders import HAM, SPAM, UNSURE, Caller, Drain, add_key, add_site, drain_due, problem, query
from sqlalchemy import select

from models.vocabulary import Scorer
from store.records.schema import comments, decisions, events, idempotency_keys, raw_submissions, revisions
from store.stores import Stores


def revise(caller: Caller, comment_id: str, body: str, **headers: str) -> dict:
    answer = caller.post(f"/v1/comments/{comment_id}/revisions", {"body": body}, **headers)
    assert answer.status_code in (200, 202), answer.data
    return answer.get_json()


def test_an_edit_is_the_next_revision_and_is_judged_anew(as_site: Caller, drain_now: Drain) -> None:
    first = as_site.submit(HAM).get_json()
    drain_now()

    edited = as_site.post(f"/v1/comments/{first['id']}/revisions", {"body": SPAM})
    drain_now()
    now = as_site.get(f"/v1/comments/{first['id']}").get_json()

    assert edited.status_code == 202
    assert edited.headers["Location"] == f"/v1/comments/{first['id']}"
    assert (edited.get_json()["revision"], edited.get_json()["decision"]) == (2, None)
    assert (now["revision"], now["body"], now["state"]) == (2, SPAM, "rejected")
    assert now["decision"]["revision"] == 2


def test_the_text_before_is_superseded_with_an_event(as_site: Caller, stores: Stores, drain_now: Drain) -> None:
    sent = as_site.submit(HAM).get_json()
    drain_now()
    revise(as_site, sent["id"], UNSURE)
    drain_now()

    assert query(stores, select(revisions.c.revision, revisions.c.state).order_by(revisions.c.revision)) == [
        (1, "superseded"),
        (2, "review"),
    ]
    told = query(stores, select(events.c.revision, events.c.state).order_by(events.c.seq))
    assert told[-4:] == [(1, "superseded"), (2, "received"), (2, "scoring"), (2, "review")]


def test_the_same_text_again_changes_nothing(as_site: Caller, drain_now: Drain) -> None:
    sent = as_site.submit(HAM).get_json()
    drain_now()

    answer = as_site.post(f"/v1/comments/{sent['id']}/revisions", {"body": HAM})

    assert (answer.status_code, answer.get_json()["revision"]) == (200, 1)


def test_an_edit_while_the_first_text_is_being_scored_is_what_counts(
    as_site: Caller, stores: Stores, scorer: Scorer
) -> None:
    """The result for the old text comes too late and is dropped."""
    sent = as_site.submit(SPAM).get_json()

    class Slow:
        model = "mdl_slow"

        def score(self, given, evidence):  # type: ignore[no-untyped-def]
            if given[0].body == SPAM:
                revise(as_site, sent["id"], HAM)
            return scorer.score(given, evidence)

    drain_due(stores, Slow())
    now = as_site.get(f"/v1/comments/{sent['id']}").get_json()

    assert (now["state"], now["revision"], now["decision"]["revision"]) == ("approved", 2, 2)
    assert query(stores, select(decisions.c.revision)) == [2]


def test_an_edit_closes_the_item_of_the_old_text_and_opens_it_for_the_new(
    as_site: Caller, as_reviewer: Caller, drain_now: Drain
) -> None:
    sent = as_site.submit(UNSURE).get_json()
    drain_now()
    (item,) = as_reviewer.get("/v1/review/items").get_json()["items"]

    revise(as_site, sent["id"], "maybe spam, edited")
    assert as_reviewer.get("/v1/review/items").get_json()["items"] == []
    drain_now()
    (again,) = as_reviewer.get("/v1/review/items").get_json()["items"]

    assert again["id"] == item["id"]
    assert again["version"] > item["version"]
    assert again["comment"]["revision"] == 2
    stale = {"items": [{"id": item["id"], "version": item["version"], "action": "approve"}]}
    assert as_reviewer.post("/v1/review/decisions", stale).get_json()["items"][0]["status"] == 409


def test_an_edit_may_wait_and_be_sent_again(as_site: Caller, drain_now: Drain) -> None:
    sent = as_site.submit(HAM).get_json()
    path = f"/v1/comments/{sent['id']}/revisions"

    first = as_site.post(path, {"body": SPAM}, Idempotency_Key="e1")
    drain_now()
    again = as_site.post(path, {"body": SPAM}, Idempotency_Key="e1")
    other = as_site.post(path, {"body": HAM}, Idempotency_Key="e1")

    assert (first.status_code, again.status_code, again.data) == (202, 202, first.data)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert problem(other)[:2] == (422, "idempotency_mismatch")


def test_only_what_was_read_is_changed(as_site: Caller, drain_now: Drain) -> None:
    sent = as_site.submit(HAM).get_json()
    path = f"/v1/comments/{sent['id']}"
    before = as_site.get(path).headers["ETag"]
    drain_now()
    after = as_site.get(path).headers["ETag"]

    stale = as_site.post(f"{path}/revisions", {"body": SPAM}, If_Match=before)
    stale_erasure = as_site.call("DELETE", path, If_Match=before)
    fresh = as_site.post(f"{path}/revisions", {"body": SPAM}, If_Match=after)

    assert problem(stale)[:2] == (412, "version_mismatch")
    assert problem(stale_erasure)[:2] == (412, "version_mismatch")
    assert fresh.status_code == 202


def test_edits_at_the_same_moment_are_revisions_one_after_the_other(as_site: Caller, stores: Stores) -> None:
    sent = as_site.submit(HAM).get_json()

    def send(number: int) -> int:
        caller = Caller(as_site.client.application.test_client(), as_site.secret)
        return caller.post(f"/v1/comments/{sent['id']}/revisions", {"body": f"edit {number}"}).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(send, range(8)))

    assert set(statuses) <= {202, 412}
    numbers = query(stores, select(revisions.c.revision).order_by(revisions.c.revision))
    assert numbers == list(range(1, statuses.count(202) + 2))


def test_erasing_removes_every_text_and_every_trace_of_the_author(
    as_site: Caller, stores: Stores, drain_now: Drain
) -> None:
    secret = "clear spam from Ana Example"
    author = {
        "id": "u1",
        "name": "Ana Example",
        "email": "ana@example.org",
        "ip": "192.0.2.7",
        "url": "https://a.example",
    }
    sent = as_site.submit(secret, external_id="x1", author=author, headers={"Idempotency-Key": "k"}).get_json()
    drain_now()

    erased = as_site.call("DELETE", f"/v1/comments/{sent['id']}")

    assert (erased.status_code, erased.data) == (204, b"")
    assert problem(as_site.get(f"/v1/comments/{sent['id']}"))[:2] == (404, "not_found")
    assert as_site.get("/v1/comments").get_json()["items"] == []
    assert problem(as_site.call("DELETE", f"/v1/comments/{sent['id']}"))[:2] == (404, "not_found")
    for table in (comments, revisions, decisions, events, raw_submissions, idempotency_keys):
        stored = repr(query(stores, select(table)))
        assert "Ana" not in stored, table.name
        assert "clear spam" not in stored, table.name
        assert "ana@example.org" not in stored, table.name
    assert query(stores, select(events.c.state).order_by(events.c.seq.desc()).limit(1)) == ["erased"]


def test_an_erased_comment_waits_for_nobody_and_its_decision_cannot_be_undone(
    as_site: Caller, as_reviewer: Caller, drain_now: Drain
) -> None:
    waiting = as_site.submit(UNSURE).get_json()
    decided = as_site.submit(UNSURE).get_json()
    drain_now()
    items = {i["comment"]["id"]: i for i in as_reviewer.get("/v1/review/items").get_json()["items"]}
    item = items[decided["id"]]
    choice = {"items": [{"id": item["id"], "version": item["version"], "action": "approve"}]}
    decision = as_reviewer.post("/v1/review/decisions", choice).get_json()["items"][0]["decision"]

    as_site.call("DELETE", f"/v1/comments/{waiting['id']}")
    as_site.call("DELETE", f"/v1/comments/{decided['id']}")

    assert as_reviewer.get("/v1/review/counts").get_json()["waiting"] == 0
    assert problem(as_reviewer.post(f"/v1/review/decisions/{decision['id']}/undo", {}))[:2] == (410, "gone")


def test_the_external_id_of_an_erased_comment_is_free_again(as_site: Caller) -> None:
    sent = as_site.submit(HAM, external_id="x1").get_json()
    as_site.call("DELETE", f"/v1/comments/{sent['id']}")

    again = as_site.submit(SPAM, external_id="x1")

    assert again.status_code == 202
    assert again.get_json()["id"] != sent["id"]


@pytest.mark.parametrize("method", ["delete", "post"])
def test_another_sites_comment_is_not_there(as_site: Caller, stores: Stores, method: str) -> None:
    stranger = Caller(as_site.client, add_key(stores, add_site(stores)))
    sent = as_site.submit(HAM).get_json()
    path = f"/v1/comments/{sent['id']}"

    answer = stranger.call("DELETE", path) if method == "delete" else stranger.post(f"{path}/revisions", {"body": "x"})

    assert problem(answer)[:2] == (404, "not_found")
    assert as_site.get(path).status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"body": 1}, 422),
        ({"body": "x", "author": {}}, 422),
        ({"body": "x" * 65537}, 413),
        ({"body": "\0"}, 422),
    ],
)
def test_a_bad_edit_is_refused_and_changes_nothing(as_site: Caller, body: dict, status: int) -> None:
    sent = as_site.submit(HAM).get_json()

    answer = as_site.post(f"/v1/comments/{sent['id']}/revisions", body)

    assert problem(answer)[0] == status
    assert as_site.get(f"/v1/comments/{sent['id']}").get_json()["revision"] == 1
