from concurrent.futures import ThreadPoolExecutor
from typing import Any

from builders import HAM, SPAM, Caller, Drain, comment, problem
from servers import wait_until
from sqlalchemy import text

from store.stores import Stores

PROBLEM = {"type", "title", "status", "code", "detail", "request_id", "errors"}


def batch(caller: Caller, *items: Any, **headers: str) -> list[dict[str, Any]]:
    answer = caller.post("/v1/comments:batch", {"items": list(items)}, **headers)
    assert answer.status_code == 200, answer.data
    found: list[dict[str, Any]] = answer.get_json()["items"]
    return found


def test_each_item_has_its_status_and_comment_in_the_same_order(as_site: Caller) -> None:
    items = batch(as_site, comment("one"), comment("two"))

    assert [set(item) for item in items] == [{"status", "comment"}] * 2
    assert [(item["status"], item["comment"]["body"]) for item in items] == [(202, "one"), (202, "two")]


def test_one_bad_item_stops_no_other(as_site: Caller) -> None:
    items = batch(as_site, comment("one"), {"body": 7}, comment("x" * (64 * 1024 + 1)), "text", comment("two"))

    assert [item["status"] for item in items] == [202, 422, 413, 422, 202]
    assert set(items[1]) == {"status", "problem"}
    assert set(items[1]["problem"]) == PROBLEM
    assert items[1]["problem"]["errors"][0]["pointer"] == "/body"
    assert items[2]["problem"]["code"] == "too_large"
    assert len(as_site.get("/v1/comments").get_json()["items"]) == 2


def test_a_batch_of_nothing_good_is_answered_item_by_item(as_site: Caller) -> None:
    garbage: list[Any] = [None, 0, "", [], {}, {"body": None}, {"body": "x", "odd": 1}, [[[]]], True, 1.5]

    items = batch(as_site, *garbage)

    assert [item["status"] for item in items] == [422] * len(garbage)


def test_a_parent_from_elsewhere_is_refused_for_its_item_alone(as_site: Caller) -> None:
    items = batch(as_site, comment("one", parent_id="cmt_none"), comment("two"))

    assert [item["status"] for item in items] == [422, 202]
    assert items[0]["problem"]["errors"][0]["code"] == "bad_value"


def test_equal_items_in_one_batch_are_each_a_comment(as_site: Caller) -> None:
    items = batch(as_site, comment("one"), comment("one"))

    assert items[0]["comment"]["id"] != items[1]["comment"]["id"]


def test_external_ids_hold_inside_a_batch(as_site: Caller) -> None:
    sent = comment("one", external_id="a1")

    items = batch(as_site, sent, sent, comment("two", external_id="a1"))

    assert [item["status"] for item in items] == [202, 202, 409]
    assert items[0]["comment"]["id"] == items[1]["comment"]["id"]
    assert items[2]["problem"]["code"] == "external_id_taken"


def test_a_batch_waits_for_all_of_its_comments(as_site: Caller, worker: None) -> None:
    wait_until(lambda: "Preference-Applied" in as_site.submit(headers={"Prefer": "wait=1"}).headers)

    items = batch(as_site, comment(HAM), comment(SPAM), {"body": 1}, Prefer="wait=5")

    assert [item["status"] for item in items] == [200, 200, 422]
    assert [item["comment"]["state"] for item in items[:2]] == ["approved", "rejected"]


def test_an_idempotency_key_holds_for_the_whole_batch(as_site: Caller, drain_now: Drain) -> None:
    body = {"items": [comment("one"), {"body": 1}]}
    first = as_site.post("/v1/comments:batch", body, Idempotency_Key="k1")
    drain_now()
    again = as_site.post("/v1/comments:batch", body, Idempotency_Key="k1")

    assert again.data == first.data
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(as_site.get("/v1/comments").get_json()["items"]) == 1


def test_a_key_of_a_batch_is_no_key_of_a_single_comment(as_site: Caller) -> None:
    as_site.post("/v1/comments:batch", {"items": [comment("one")]}, Idempotency_Key="k1")

    answer = as_site.post("/v1/comments", comment("one"), Idempotency_Key="k1")

    assert problem(answer)[:2] == (422, "idempotency_mismatch")


def test_a_hundred_items_are_taken_and_one_more_is_not(as_site: Caller) -> None:
    full = as_site.post("/v1/comments:batch", {"items": [comment(str(n)) for n in range(100)]})
    over = as_site.post("/v1/comments:batch", {"items": [comment(str(n)) for n in range(101)]})
    empty = as_site.post("/v1/comments:batch", {"items": []})

    assert (full.status_code, len(full.get_json()["items"])) == (200, 100)
    assert problem(over) == (422, "invalid_request", [("/items", "too_long")])
    assert problem(empty)[:2] == (422, "invalid_request")


def test_a_batch_may_be_larger_than_a_single_request(as_site: Caller) -> None:
    items = [comment("x" * 60_000) for _ in range(30)]

    assert [item["status"] for item in batch(as_site, *items)] == [202] * 30


def test_answers_of_requests_that_share_a_transaction_are_replayed_byte_for_byte(
    as_site: Caller, stores: Stores
) -> None:
    """Such requests are committed by one another's threads, and a problem names the request that it answers."""
    body = {"items": [comment("one"), {"body": 1}]}
    names = [f"request-{n}" for n in range(8)]
    as_site.get("/v1/comments")  # So that the use of the key has been noted, which would wait for the lock below.

    def send(name: str) -> bytes:
        caller = Caller(as_site.client.application.test_client(), as_site.secret)
        return caller.post("/v1/comments:batch", body, Idempotency_Key=name, X_Request_Id=name).data

    with ThreadPoolExecutor(len(names)) as pool:
        with stores.database.write() as connection:
            if not stores.database.is_sqlite:
                connection.execute(text("LOCK TABLE comments IN EXCLUSIVE MODE"))
            calls = [pool.submit(send, name) for name in names]
            intake = as_site.client.application.extensions["gatepost"][1]
            wait_until(lambda: len(intake._commits._queue) >= len(names) - 3)
        first = [call.result(20) for call in calls]
    again = [send(name) for name in names]

    assert again == first
    assert all(name.encode() in answer for name, answer in zip(names, first, strict=True))
