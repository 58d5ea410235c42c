"""One person is erased or handed out, whoever else writes on the site, and the receipt does not name them."""

from typing import Any

import orjson
import pytest
from builders import HAM, SPAM, UNSURE, Caller, Drain, add_key, add_site, change, problem, query
from sqlalchemy import select, update

from store.ids import now_us
from store.records.evidence_tables import reputations
from store.records.privacy_tables import privacy_requests
from store.records.schema import comments, decisions, idempotency_keys, labels, raw_submissions, revisions
from store.stores import Stores
from worker.privacy import carry_out
from worker.retain import retain

ANA = {"id": "ana-7", "name": "Ana Lopez", "email": "Ana@Mail.example", "ip": "203.0.113.7", "user_agent": "Browser 1"}
BEN = {"id": "ben-1", "name": "Ben Okri", "email": "ben@mail.example", "ip": "203.0.113.8"}
ERASURES, EXPORTS = "/v1/privacy/erasures", "/v1/privacy/exports"


@pytest.fixture
def written(as_site: Caller, drain_now: Drain) -> list[str]:
    """Three comments of Ana, each by another way of knowing her, one of them edited; and one of Ben."""
    sent = [
        as_site.submit(f"{SPAM} of Ana", author=ANA, external_id="x1", headers={"Idempotency-Key": "k1"}),
        as_site.submit(f"{UNSURE} of Ana", author={"name": "Ana Lopez", "email": " ana@mail.EXAMPLE"}),
        as_site.submit(f"{HAM} of Ana", author={"ip": "203.0.113.7"}),
        as_site.submit(f"{HAM} of Ben", author=BEN),
    ]
    ids = [one.get_json()["id"] for one in sent]
    as_site.post(f"/v1/comments/{ids[2]}/revisions", {"body": "Ana says it better"})
    drain_now()
    as_site.post(f"/v1/comments/{ids[0]}/feedback", {"label": "ham", "note": "Ana is fine"})
    return ids


def ask(caller: Caller, path: str, **author: Any) -> str:
    answer = caller.post(path, {"author": author})
    assert answer.status_code == 202, answer.data
    assert answer.headers["Location"] == f"{path}/{answer.get_json()['id']}"
    return str(answer.headers["Location"])


def stored(stores: Stores) -> str:
    tables = (comments, revisions, decisions, raw_submissions, idempotency_keys, reputations, privacy_requests, labels)
    return repr([query(stores, select(table)) for table in tables])


def test_a_person_is_erased_everywhere_and_nobody_else(as_site: Caller, stores: Stores, written: list[str]) -> None:
    receipt = ask(as_site, ERASURES, id="ana-7", email="ana@mail.example", ip="203.0.113.7")
    assert as_site.get(receipt).get_json()["state"] == "queued"

    carry_out(stores)

    shown = as_site.get(receipt).get_json()
    assert (shown["kind"], shown["state"], shown["comments"]) == ("erasure", "done", 3)
    assert shown["ended_at"] is not None
    retain(stores)
    left = stored(stores)
    for trace in ("Ana", "ana-7", "mail.EXAMPLE", "203.0.113.7", "Browser 1", "better"):
        assert trace not in left, trace
    assert "Ben Okri" in left
    assert [one["id"] for one in as_site.get("/v1/comments").get_json()["items"]] == written[3:]
    states = select(revisions.c.state).order_by(revisions.c.id)
    assert query(stores, states) == ["erased", "erased", "superseded", "approved", "erased"]


def test_an_export_holds_all_of_a_person_and_ends_after_a_week(
    as_site: Caller, stores: Stores, written: list[str]
) -> None:
    receipt = ask(as_site, EXPORTS, email="ANA@mail.example")
    assert problem(as_site.get(f"{receipt}/data"))[:2] == (409, "in_progress")
    carry_out(stores)
    assert as_site.get(receipt).get_json()["comments"] == 2

    answer = as_site.get(f"{receipt}/data")
    first, second = map(orjson.loads, answer.data.splitlines())

    assert answer.content_type == "application/jsonl"
    assert [first["id"], second["id"]] == written[:2]
    assert (first["author_name"], first["external_id"]) == ("Ana Lopez", "x1")
    assert [row["body"] for row in first["revisions"]] == [f"{SPAM} of Ana"]
    assert first["sent"] == [
        {"revision": 1, "email": "Ana@Mail.example", "ip": "203.0.113.7", "user_agent": "Browser 1"}
    ]
    assert [row["action"] for row in first["decisions"]] == ["reject", "approve"]
    assert first["labels"][0]["label"] == "ham"
    assert first["received_at"].endswith("Z")
    assert "Ben" not in answer.get_data(as_text=True)

    change(stores, update(privacy_requests).values(expires_at=now_us() - 1))
    retain(stores)
    assert problem(as_site.get(f"{receipt}/data"))[:2] == (410, "gone")
    assert as_site.get(receipt).status_code == 200


def test_a_long_erasure_goes_on_at_the_next_tick(
    as_site: Caller, stores: Stores, written: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.privacy.STEP", 1)
    monkeypatch.setattr("worker.privacy.STEPS_AT_A_TIME", 2)
    receipt = ask(as_site, ERASURES, id="ana-7", email="ana@mail.example", ip="203.0.113.7")

    seen = []
    for _ in range(3):
        carry_out(stores)
        shown = as_site.get(receipt).get_json()
        seen.append((shown["state"], shown["comments"]))

    assert seen == [("running", 2), ("done", 3), ("done", 3)]
    assert len(written) == 4


@pytest.mark.parametrize("path", [ERASURES, EXPORTS])
def test_another_sites_person_of_the_same_name_stays_and_its_receipts_are_not_seen(
    as_site: Caller, stores: Stores, written: list[str], path: str
) -> None:
    stranger = Caller(as_site.client, add_key(stores, add_site(stores)))
    receipt = ask(stranger, path, id="ana-7", email="ana@mail.example", ip="203.0.113.7")

    carry_out(stores)

    assert stranger.get(receipt).get_json()["comments"] == 0
    assert problem(as_site.get(receipt))[:2] == (404, "not_found")
    assert len(as_site.get("/v1/comments").get_json()["items"]) == len(written)


@pytest.mark.parametrize(
    "author", [{}, {"id": None}, {"id": ""}, {"name": "Ana"}, {"ip": "203.0.113"}, {"email": 7}], ids=str
)
def test_nobody_is_erased_who_is_not_named(as_site: Caller, author: dict[str, Any]) -> None:
    assert problem(as_site.post(ERASURES, {"author": author}))[:2] == (422, "invalid_request")
