"""The 515 strings of the Big List of Naughty Strings, in every field that takes text."""

import json
from typing import Any

import pytest
from builders import UNSURE, Caller, Drain, record
from shared_data import require_shared

from store.records.sites import Site
from store.stores import Stores

# field → longest value in code points
SHOWN = {
    "body": 60_000,
    "external_id": 255,
    "language": 35,
    "content_type": 255,
    "author.id": 255,
    "author.name": 255,
    "author.url": 2048,
    "author.role": 255,
    "page.url": 2048,
    "page.title": 1000,
}
KEPT = {"author.email": 320, "author.user_agent": 1024, "page.text": 60_000, "form.honeypot": 60_000}
PARSED = ("author.ip", "created_at", "parent_id")
NEVER_EMPTY = ("external_id", "content_type")


@pytest.fixture(scope="module")
def naughty() -> list[str]:
    strings: list[str] = json.loads(require_shared("blns.json").read_text(encoding="utf-8"))
    assert len(strings) == 515
    return strings


def with_field(field: str, value: str) -> dict[str, Any]:
    head, _, tail = field.partition(".")
    return {"body": "x", head: {tail: value} if tail else value}


def field_of(comment: dict[str, Any], field: str) -> Any:
    head, _, tail = field.partition(".")
    return comment[head][tail] if tail else comment[head]


def send(caller: Caller, field: str, values: list[str]) -> list[dict[str, Any]]:
    """Submit in batches; the answer of each value."""
    answers: list[dict[str, Any]] = []
    for start in range(0, len(values), 100):
        items = [with_field(field, value) for value in values[start : start + 100]]
        answer = caller.post("/v1/comments:batch", {"items": items})
        assert answer.status_code == 200, (field, answer.data)
        answers += answer.get_json()["items"]
    return answers


@pytest.mark.parametrize("field", SHOWN)
def test_naughty_text_is_taken_and_given_back_byte_for_byte(as_site: Caller, naughty: list[str], field: str) -> None:
    values = [value[: SHOWN[field]] for value in naughty]
    if field == "external_id":
        values = list(dict.fromkeys(values))

    answers = send(as_site, field, values)

    for value, answer in zip(values, answers, strict=True):
        if value == "" and field in NEVER_EMPTY:
            assert answer["status"] == 422
            continue
        assert answer["status"] == 202, ascii(value)
        assert field_of(answer["comment"], field) == value
    stored, cursor = {}, ""
    while cursor is not None:
        page = as_site.get(f"/v1/comments?limit=200{cursor and f'&cursor={cursor}'}").get_json()
        stored |= {item["id"]: item for item in page["items"]}
        cursor = page["next_cursor"]
    for value, answer in zip(values, answers, strict=True):
        if answer["status"] == 202:
            assert field_of(stored[answer["comment"]["id"]], field) == value


@pytest.mark.parametrize("field", KEPT)
def test_naughty_text_that_is_never_given_back_is_taken(as_site: Caller, naughty: list[str], field: str) -> None:
    answers = send(as_site, field, [value[: KEPT[field]] for value in naughty])

    assert {answer["status"] for answer in answers} == {202}


@pytest.mark.parametrize("field", PARSED)
def test_naughty_text_in_a_field_that_must_parse_is_refused_or_taken(
    as_site: Caller, naughty: list[str], field: str
) -> None:
    answers = send(as_site, field, naughty)

    assert {answer["status"] for answer in answers} <= {202, 422}
    refused = [answer["problem"]["errors"][0]["pointer"] for answer in answers if answer["status"] == 422]
    assert all(pointer.endswith("/" + field.replace(".", "/")) for pointer in refused)


def test_naughty_text_in_the_reason_and_note_of_a_decision(
    stores: Stores, site: Site, as_reviewer: Caller, naughty: list[str], drain_now: Drain
) -> None:
    record(stores, site, *(f"{UNSURE} {n}" for n in range(len(naughty))))
    drain_now()
    ids, cursor = [], ""
    while cursor is not None:
        page = as_reviewer.get(f"/v1/review/items?limit=200{cursor and f'&cursor={cursor}'}").get_json()
        ids += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
    choices = [
        {"id": item_id, "version": 1, "action": "reject", "reason": value[:255], "note": value[:2000]}
        for item_id, value in zip(ids, naughty, strict=True)
    ]

    rulings = []
    for start in range(0, len(choices), 500):
        answer = as_reviewer.post("/v1/review/decisions", {"items": choices[start : start + 500]})
        assert answer.status_code == 200, answer.data
        rulings += answer.get_json()["items"]

    assert {ruling["status"] for ruling in rulings} == {200}
    for value, ruling in zip(naughty, rulings, strict=True):
        assert ruling["decision"]["reasons"][0]["code"] == (value[:255] or "reject")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_naughty_text_in_a_query_or_a_path_breaks_nothing(as_site: Caller, naughty: list[str]) -> None:
    header = {"Authorization": f"Bearer {as_site.secret}"}

    for value in naughty:
        for answer in (
            as_site.client.get("/v1/comments", query_string={"external_id": value}, headers=header),
            as_site.client.get("/v1/comments", query_string={"cursor": value}, headers=header),
            as_site.client.get("/v1/comments/" + value.replace("?", "").replace("#", ""), headers=header),
        ):
            assert answer.status_code < 500, ascii(value)
