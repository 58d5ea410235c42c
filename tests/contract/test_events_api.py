from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import orjson
import pytest
from builders import HAM, UNSURE, Caller, Drain, add_key, add_site, change, problem
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from store.ids import now_us
from store.records.schema import keys
from store.records.sites import Site
from store.stores import Stores


@pytest.fixture
def decided(as_site: Caller, as_reviewer: Caller, drain_now: Drain) -> list[str]:
    """The ids of three comments: approved, approved by a person, and taken back by that person."""
    submitted = [as_site.submit(body, external_id=f"a{n}") for n, body in enumerate((HAM, UNSURE, UNSURE))]
    drain_now()
    items = as_reviewer.get("/v1/review/items?sort=oldest").get_json()["items"]
    choices = [{"id": item["id"], "version": item["version"], "action": "approve"} for item in items]
    ruled = as_reviewer.post("/v1/review/decisions", {"items": choices}).get_json()["items"]
    as_reviewer.post(f"/v1/review/decisions/{ruled[1]['decision']['id']}/undo")
    return [answer.get_json()["id"] for answer in submitted]


def feed(caller: Caller, query: str = "") -> list[dict[str, Any]]:
    answer = caller.get(f"/v1/events{query}")
    assert answer.status_code == 200
    items: list[dict[str, Any]] = answer.get_json()["items"]
    return items


def test_the_feed_tells_every_transition_in_order(as_site: Caller, decided: list[str]) -> None:
    events = feed(as_site)

    for comment_id, states in zip(
        decided,
        (
            ["received", "scoring", "approved"],
            ["received", "scoring", "review", "approved"],
            ["received", "scoring", "review", "approved", "review"],
        ),
        strict=True,
    ):
        of_comment = [event for event in events if event["data"]["comment_id"] == comment_id]
        assert [event["data"]["state"] for event in of_comment] == states
        assert [event["data"]["previous_state"] for event in of_comment] == [None, *states[:-1]]
        assert [event["type"] for event in of_comment] == [f"comment.{state}" for state in states]


def test_an_event_has_every_field_of_the_contract(as_site: Caller, site: Site, decided: list[str]) -> None:
    event = next(e for e in feed(as_site) if e["type"] == "comment.approved")

    assert set(event) == {"id", "type", "timestamp", "data"}
    data = event["data"]
    assert set(data) == {"comment_id", "external_id", "site_id", "revision", "previous_state", "state", "decision"}
    assert (data["comment_id"], data["external_id"], data["site_id"], data["revision"]) == (
        decided[0],
        "a0",
        site.id,
        1,
    )
    assert data["decision"] == as_site.get(f"/v1/decisions/{data['decision']['id']}").get_json()
    assert event["id"].startswith("evt_")


def test_pages_join_without_a_gap_and_end_with_null(as_site: Caller, decided: list[str]) -> None:
    whole = [event["id"] for event in feed(as_site)]
    got: list[str] = []
    after = ""

    while True:
        page = as_site.get(f"/v1/events?limit=5{after}").get_json()
        got += [event["id"] for event in page["items"]]
        if page["next_cursor"] is None:
            break
        after = f"&after={page['next_cursor']}"

    assert got == whole
    assert feed(as_site, f"?after={whole[-1]}") == []


def test_what_happens_later_comes_after_the_last_event(as_site: Caller, decided: list[str]) -> None:
    last = feed(as_site)[-1]["id"]

    as_site.submit(HAM)

    assert [event["type"] for event in feed(as_site, f"?after={last}")] == ["comment.received"]


def test_another_sites_event_is_no_place_to_begin(
    stores: Stores, client: FlaskClient, as_site: Caller, decided: list[str]
) -> None:
    other = Caller(client, add_key(stores, add_site(stores)))

    assert feed(other) == []
    for after in (feed(as_site)[0]["id"], "evt_none", "x"):
        assert problem(other.get(f"/v1/events?after={after}")) == (422, "invalid_request", [("/after", "bad_value")])
        assert other.get(f"/v1/events/stream?after={after}").status_code == 422
        assert other.get("/v1/events/stream", Last_Event_ID=after).status_code == 422


@contextmanager
def stream(caller: Caller, query: str = "", **headers: str) -> Iterator[Iterator[bytes]]:
    """The parts of a stream as they come, after its first line."""
    answer = caller.get(f"/v1/events/stream{query}", **headers)
    assert answer.status_code == 200
    assert answer.content_type == "text/event-stream; charset=utf-8"
    parts = answer.iter_encoded()
    with closing(answer):
        assert next(parts) == b"retry: 2000\n\n"
        yield parts


def framed(part: bytes) -> tuple[str, str, dict[str, Any]]:
    """Id, type and data of one message."""
    first, second, third = part.decode().removesuffix("\n\n").split("\n")
    return first.removeprefix("id: "), second.removeprefix("event: "), orjson.loads(third.removeprefix("data: "))


def test_a_stream_goes_on_after_the_last_event_that_arrived(as_site: Caller, decided: list[str]) -> None:
    events = feed(as_site)

    with stream(as_site, Last_Event_ID=events[2]["id"]) as parts:
        got = [framed(next(parts)) for _ in events[3:]]

    assert got == [(event["id"], event["type"], event) for event in events[3:]]


def test_a_stream_without_a_place_to_begin_tells_what_happens_from_now_on(
    as_site: Caller, decided: list[str], drain_now: Drain
) -> None:
    with stream(as_site) as parts:
        as_site.submit(HAM)
        drain_now()
        types = [framed(next(parts))[1] for _ in range(3)]

    assert types == ["comment.received", "comment.scoring", "comment.approved"]


def test_a_silent_stream_sends_a_comment_now_and_then(as_site: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.api.events.HEARTBEAT_SECONDS", 0.1)

    with stream(as_site) as parts:
        assert next(parts) == b": still here\n\n"


def test_streams_take_a_quarter_of_the_threads_and_give_their_place_back(
    as_site: Caller, app: Flask, stores: Stores
) -> None:
    places = stores.settings.api_threads // 4
    opened = [as_site.get("/v1/events/stream") for _ in range(places)]
    assert [answer.status_code for answer in opened] == [200] * places

    refused = as_site.get("/v1/events/stream")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    assert as_site.get("/v1/events").status_code == 200
    opened[0].close()
    again = as_site.get("/v1/events/stream")
    assert again.status_code == 200

    for answer in (*opened, again):
        answer.close()
    assert app.extensions["gatepost_streams"]._open == 0


def test_at_the_end_of_the_process_streams_end_and_none_begins(as_site: Caller, app: Flask) -> None:
    with stream(as_site) as parts:
        app.extensions["gatepost_streams"].end()

        assert list(parts) == []

    assert as_site.get("/v1/events/stream").status_code == 503


def test_a_stream_ends_when_its_key_is_revoked(
    as_site: Caller, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.auth.REMEMBERED_SECONDS", 0.0)
    with stream(as_site) as parts:
        change(stores, update(keys).values(revoked_at=now_us()))

        assert list(parts) == []


@pytest.mark.parametrize("path", ["/v1/events", "/v1/events/stream"])
def test_a_reviewer_or_nobody_reads_no_events(as_nobody: Caller, as_reviewer: Caller, path: str) -> None:
    assert as_nobody.get(path).status_code == 401
    assert as_reviewer.get(path).status_code == 403


def test_what_the_feed_needs_stands_in_its_limits(as_site: Caller) -> None:
    for query in ("?limit=0", "?limit=201", "?limit=x", "?cursor=x", "?after=" + "e" * 256):
        assert as_site.get(f"/v1/events{query}").status_code == 422
