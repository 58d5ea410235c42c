import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from builders import HAM, Caller, Drain, add_key, add_site, comment, problem
from sqlalchemy import update

from store.records.schema import idempotency_keys
from store.stores import Stores

DAY_US = 24 * 3600 * 1_000_000


def test_the_same_key_and_body_give_the_same_bytes_even_after_the_decision(as_site: Caller, drain_now: Drain) -> None:
    first = as_site.submit(HAM, headers={"Idempotency-Key": "k1"})
    drain_now()
    again = as_site.submit(HAM, headers={"Idempotency-Key": "k1"})

    assert (first.status_code, again.status_code) == (202, 202)
    assert again.data == first.data
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers


def test_the_same_key_with_another_body_is_refused_and_the_first_answer_stays(as_site: Caller) -> None:
    first = as_site.submit(HAM, headers={"Idempotency-Key": "k1"})

    other = as_site.submit("other", headers={"Idempotency-Key": "k1"})
    again = as_site.submit(HAM, headers={"Idempotency-Key": "k1"})

    assert problem(other)[:2] == (422, "idempotency_mismatch")
    assert again.data == first.data
    assert len(as_site.get("/v1/comments").get_json()["items"]) == 1


@pytest.mark.parametrize(
    ("n_twins", "n_keys"),
    [(10, 5), pytest.param(50, 200, marks=[pytest.mark.slow, pytest.mark.timeout(900)])],
    ids=["few", "full size"],
)
def test_requests_with_one_key_at_once_make_one_comment(as_site: Caller, n_twins: int, n_keys: int) -> None:
    """Whoever is first writes it; a twin waits for that answer or is told to come again, and all get the same bytes."""
    together = threading.Barrier(n_twins)

    def send(key: str) -> tuple[int, bytes]:
        together.wait(60)
        caller = Caller(as_site.client.application.test_client(), as_site.secret)
        answer = caller.submit(HAM, headers={"Idempotency-Key": key})
        return answer.status_code, answer.data

    ids = set()
    with ThreadPoolExecutor(n_twins) as pool:
        for key in (f"k{number}" for number in range(n_keys)):
            answers = list(pool.map(send, [key] * n_twins))
            final = as_site.submit(HAM, headers={"Idempotency-Key": key})
            assert set(Counter(status for status, _ in answers)) <= {202, 409}
            assert {data for status, data in answers if status == 202} == {final.data}
            ids.add(final.get_json()["id"])

    assert len(ids) == n_keys
    listed = as_site.get("/v1/comments?limit=200").get_json()
    assert {one["id"] for one in listed["items"]} == ids
    assert listed["next_cursor"] is None


def test_a_twin_that_still_runs_is_in_progress_and_says_when_to_ask_again(as_site: Caller, stores: Stores) -> None:
    as_site.submit(HAM, headers={"Idempotency-Key": "k1"})
    with stores.database.write() as connection:
        connection.execute(update(idempotency_keys).values(status=None, body=None))

    answer = as_site.submit(HAM, headers={"Idempotency-Key": "k1"})

    assert problem(answer)[:2] == (409, "in_progress")
    assert int(answer.headers["Retry-After"]) > 0


def test_a_request_that_died_is_answered_for_the_comment_that_it_left(
    as_site: Caller, stores: Stores, drain_now: Drain
) -> None:
    first = as_site.submit(HAM, headers={"Idempotency-Key": "k1"})
    with stores.database.write() as connection:
        connection.execute(update(idempotency_keys).values(status=None, body=None, locked_until=1))
    drain_now()

    again = as_site.submit(HAM, headers={"Idempotency-Key": "k1"})
    replayed = as_site.submit(HAM, headers={"Idempotency-Key": "k1"})

    assert again.status_code == 200
    assert again.get_json()["id"] == first.get_json()["id"]
    assert replayed.data == again.data


def test_a_key_is_forgotten_after_24_hours(as_site: Caller, stores: Stores) -> None:
    first = as_site.submit(HAM, headers={"Idempotency-Key": "k1"})
    with stores.database.write() as connection:
        connection.execute(
            update(idempotency_keys).values(created_at=idempotency_keys.c.created_at - DAY_US - 1_000_000)
        )

    again = as_site.submit(HAM, headers={"Idempotency-Key": "k1"})

    assert again.status_code == 202
    assert again.get_json()["id"] != first.get_json()["id"]


def test_equal_keys_of_two_sites_have_nothing_to_do_with_each_other(as_site: Caller, stores: Stores) -> None:
    elsewhere = Caller(as_site.client, add_key(stores, add_site(stores)))
    first = as_site.submit(HAM, headers={"Idempotency-Key": "k1"})

    other = elsewhere.submit(HAM, headers={"Idempotency-Key": "k1"})

    assert other.status_code == 202
    assert other.get_json()["id"] != first.get_json()["id"]


def test_a_refused_request_leaves_its_key_free(as_site: Caller) -> None:
    refused = as_site.post("/v1/comments", {"body": 1}, Idempotency_Key="k1")

    accepted = as_site.submit(HAM, headers={"Idempotency-Key": "k1"})

    assert (refused.status_code, accepted.status_code) == (422, 202)


@pytest.mark.parametrize("key", ["x" * 255, "ü€"[:1], "a b", "'; --"])
def test_a_key_of_up_to_255_printable_characters_is_taken(as_site: Caller, key: str) -> None:
    assert as_site.submit(HAM, headers={"Idempotency-Key": key}).status_code == 202


def test_a_longer_key_is_refused(as_site: Caller) -> None:
    assert problem(as_site.submit(HAM, headers={"Idempotency-Key": "x" * 256}))[:2] == (422, "invalid_request")


def test_a_taken_external_id_is_replayed_as_the_same_refusal(as_site: Caller) -> None:
    as_site.submit("one", external_id="a1")
    first = as_site.post("/v1/comments", comment("two", external_id="a1"), Idempotency_Key="k1")
    again = as_site.post("/v1/comments", comment("two", external_id="a1"), Idempotency_Key="k1")

    assert problem(first)[:2] == (409, "external_id_taken")
    assert problem(again)[:2] == (409, "external_id_taken")
    assert again.data == first.data
