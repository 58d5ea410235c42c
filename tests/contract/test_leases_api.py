"""Leases over HTTP: a claim, its heartbeat, its end."""

from typing import Any

import pytest
from builders import Caller, add_person, add_site, problem
from review_calls import ITEM, TIME, listed
from servers import wait_until

from models.vocabulary import Role
from store.stores import Stores


def test_a_claim_gives_items_with_a_lease_each(as_reviewer: Caller, item: dict[str, Any]) -> None:
    answer = as_reviewer.post("/v1/review/leases", {"count": 6})

    assert answer.status_code == 201
    (leased,) = answer.get_json()["items"]
    assert set(leased) == ITEM
    assert set(leased["lease"]) == {"id", "reviewer", "expires_at"}
    assert leased["lease"]["id"].startswith("lse_")
    assert leased["lease"]["reviewer"] == "Ana"
    assert TIME.fullmatch(leased["lease"]["expires_at"])
    assert leased["version"] == item["version"], "a lease is no new version"


def test_a_lease_shows_its_id_to_its_holder_only(as_reviewer: Caller, as_ben: Caller, item: dict[str, Any]) -> None:
    as_reviewer.post("/v1/review/leases", {"count": 1})

    own, others = listed(as_reviewer)[0]["lease"], listed(as_ben)[0]["lease"]

    assert own["id"] is not None
    assert (others["id"], others["reviewer"]) == (None, "Ana")


def test_nothing_free_is_204_without_a_body(as_reviewer: Caller, as_ben: Caller, item: dict[str, Any]) -> None:
    as_reviewer.post("/v1/review/leases", {"count": 1})

    by_count = as_ben.post("/v1/review/leases", {"count": 1})
    by_id = as_ben.post("/v1/review/leases", {"ids": [item["id"]]})

    assert [(answer.status_code, answer.data) for answer in (by_count, by_id)] == [(204, b"")] * 2


def test_a_claim_may_name_a_site_or_items(stores: Stores, as_reviewer: Caller, item: dict[str, Any]) -> None:
    other = add_site(stores)

    assert as_reviewer.post("/v1/review/leases", {"count": 1, "site": other.id}).status_code == 204
    assert as_reviewer.post("/v1/review/leases", {"ids": [item["id"], "rev_none"]}).status_code == 201


def test_lead_takes_over_named_items_and_nobody_else_does(
    stores: Stores, as_reviewer: Caller, as_ben: Caller, item: dict[str, Any]
) -> None:
    as_lead = Caller(as_reviewer.client, add_person(stores, "Lea", Role.LEAD).token)
    as_ben.post("/v1/review/leases", {"count": 1})
    wanted = {"ids": [item["id"]], "take_over": True}

    assert as_reviewer.post("/v1/review/leases", wanted).status_code == 403
    taken = as_lead.post("/v1/review/leases", wanted)

    assert taken.status_code == 201
    assert taken.get_json()["items"][0]["lease"]["reviewer"] == "Lea"


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, [("/count", "missing")]),
        ({"count": 0}, [("/count", "bad_value")]),
        ({"count": 21}, [("/count", "bad_value")]),
        ({"count": "6"}, [("/count", "wrong_type")]),
        ({"count": True}, [("/count", "wrong_type")]),
        ({"ids": []}, [("/ids", "bad_value")]),
        ({"ids": ["x"] * 21}, [("/ids", "too_long")]),
        ({"ids": ["x"], "count": 1}, [("/ids", "bad_value")]),
        ({"count": 1, "take_over": True}, [("/take_over", "bad_value")]),
        ({"count": 1, "for": "me"}, [("/for", "unknown_field")]),
    ],
    ids=str,
)
def test_a_claim_that_makes_no_sense_is_refused_by_field(
    as_reviewer: Caller, body: dict[str, Any], fields: list[tuple[str, str]]
) -> None:
    assert problem(as_reviewer.post("/v1/review/leases", body)) == (422, "invalid_request", fields)


def test_a_lease_is_kept_and_given_back(as_reviewer: Caller, as_ben: Caller, item: dict[str, Any]) -> None:
    lease = as_reviewer.post("/v1/review/leases", {"count": 1}).get_json()["items"][0]["lease"]

    kept = as_reviewer.call("PATCH", f"/v1/review/leases/{lease['id']}")
    ended = as_reviewer.call("DELETE", f"/v1/review/leases/{lease['id']}")

    assert kept.status_code == 200
    assert {**kept.get_json(), "expires_at": None} == {**lease, "expires_at": None}
    assert kept.get_json()["expires_at"] >= lease["expires_at"]
    assert (ended.status_code, ended.data) == (204, b"")
    assert as_ben.post("/v1/review/leases", {"count": 1}).status_code == 201


def test_a_lease_past_its_time_is_gone(
    stores: Stores, as_reviewer: Caller, as_ben: Caller, item: dict[str, Any]
) -> None:
    lease = as_reviewer.post("/v1/review/leases", {"count": 1}).get_json()["items"][0]["lease"]
    for key in stores.redis.keys("gatepost:lease:*"):
        stores.redis.pexpire(key, 5)

    wait_until(lambda: as_ben.post("/v1/review/leases", {"count": 1}).status_code == 201)

    for method in ("PATCH", "DELETE"):
        assert problem(as_reviewer.call(method, f"/v1/review/leases/{lease['id']}"))[:2] == (410, "gone")
