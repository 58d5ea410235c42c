"""Everything that happens on a site, in order: `/v1/events`, and as a stream at `/v1/events/stream`."""

import threading
import time
from collections.abc import Iterator
from typing import Annotated, Any

import orjson
from flask import Request, Response, g, request
from flask_openapi.blueprint import APIBlueprint
from flask_openapi.models.tag import Tag
from pydantic import BaseModel, ConfigDict, Field

from models.errors import Unavailable
from service.api import shapes, views
from service.auth import Authenticator
from service.problems import PROBLEMS, FieldError, Problem, ProblemBody, invalid
from store.records import events
from store.records.events import EventRecord, Settled
from store.stores import Stores

EVENTS = Tag(name="Events", description="Every transition of a site's comments, in order.")
LOOK_SECONDS = 0.25
HEARTBEAT_SECONDS = 5.0  # A client that left is noticed by a write, and keeps a thread until then.
PAGE = 200
RETRY_MS = 2000
BUSY_SECONDS = "5"


class EventsQuery(shapes.Query):
    """Events after which one, and how many."""

    after: Annotated[shapes.Clean, Field(max_length=255)] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class StreamQuery(shapes.Query):
    """Events after which one, where there is no Last-Event-ID."""

    after: Annotated[shapes.Clean, Field(max_length=255)] | None = None


class _View(BaseModel):
    model_config = ConfigDict(extra="forbid")


class EventData(_View):
    """What happened to which comment."""

    comment_id: str
    external_id: str | None
    site_id: str
    revision: int
    previous_state: str | None
    state: str
    decision: views.DecisionView | None


class LaneData(_View):
    """What happened to a lane of the site, and what it rests on. States as in `/v1/metrics/guarantee`.

    `n`, `errors`, `log_evidence`, `limit`: the evidence, natural logarithms; `target`: what it was held against.
    """

    site_id: str
    previous_state: str
    state: str
    lane: str
    reason: str
    threshold: float | None
    coverage: float
    n: int
    errors: int
    cluster: int
    log_evidence: float
    limit: float
    target: float
    certificate: str | None


class EventView(_View):
    """A transition of a comment, or of a lane of the site (`lane.…`)."""

    id: str
    type: str
    timestamp: str
    data: EventData | LaneData


class EventList(_View):
    """Events in order. `next_cursor` is what to send as `after`; null where nothing more has happened yet."""

    items: list[EventView]
    next_cursor: str | None


class Streams:
    """The open streams of this process: each holds a thread, so they may have a quarter of them at most.

    `ending`: shared with other streams that end with these.
    """

    def __init__(self, capacity: int, ending: threading.Event | None = None) -> None:
        self._capacity = capacity
        self._open = 0
        self._lock = threading.Lock()
        self.ending = ending or threading.Event()

    def take(self) -> bool:
        """Take a place; False if all are taken or the process ends. Then `give_back`."""
        with self._lock:
            if self.ending.is_set() or self._open >= self._capacity:
                return False
            self._open += 1
            return True

    def give_back(self) -> None:
        """Give the place back."""
        with self._lock:
            self._open -= 1

    def end(self) -> None:
        """End every stream within a moment, and open none any more."""
        self.ending.set()


def blueprint(stores: Stores, authenticator: Authenticator, streams: Streams) -> APIBlueprint:
    """The routes of events."""
    routes = APIBlueprint(
        "events",
        __name__,
        url_prefix="/v1/events",
        abp_tags=[EVENTS],
        abp_responses=PROBLEMS,
        abp_security=[{"siteKey": []}],
    )
    settled = Settled(stores.database)

    @routes.before_request
    def authenticate() -> None:
        g.site = authenticator.site(request)

    @routes.get("", summary="Read events", responses={200: EventList, 401: ProblemBody})
    def read(query: EventsQuery) -> Response:
        after = _position(stores, g.site.id, query.after, "/after")
        found = _page(stores, settled, g.site.id, after, query.limit + 1)
        items = found[: query.limit]
        more = items[-1].id if len(found) > query.limit else None
        return views.answer({"items": [events.shown(record) for record in items], "next_cursor": more})

    @routes.get(
        "/stream",
        summary="Follow events",
        description="Server-sent events. `Last-Event-ID` says after which one; without it, and without `after`, what"
        " happens from now on.",
        responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}, 401: ProblemBody},
    )
    def stream(query: StreamQuery) -> Response:
        last = request.headers.get("Last-Event-ID") or query.after
        after = settled.until() if last is None else _position(stores, g.site.id, last, "/after")
        if not streams.take():
            raise Problem(
                503, "unavailable", "All places for streams are taken.", headers={"Retry-After": BUSY_SECONDS}
            )
        response = Response(content_type="text/event-stream; charset=utf-8")
        asking = request._get_current_object()  # type: ignore[attr-defined]
        response.response = Stream(follow(asking, g.site.id, after), streams)
        response.headers["X-Accel-Buffering"] = "no"
        return response

    def follow(asking: Request, site_id: str, after: int) -> Iterator[bytes]:
        yield f"retry: {RETRY_MS}\n\n".encode()
        said_at = time.monotonic()
        pause = 0.0
        while not streams.ending.wait(pause):
            try:
                authenticator.site(asking)
                found = _page(stores, settled, site_id, after, PAGE)
            except (Problem, Unavailable):
                return  # The key was revoked, or the database is away: the client comes again and is told.
            for record in found:
                after = record.seq
                yield _framed(record)
            pause = 0.0 if len(found) == PAGE else LOOK_SECONDS
            if found:
                said_at = time.monotonic()
            elif time.monotonic() - said_at > HEARTBEAT_SECONDS:
                said_at = time.monotonic()
                yield b": still here\n\n"

    return routes


class Stream:
    """The parts of a stream; gives its place back when the server is done with it, also if it never began."""

    def __init__(self, parts: Iterator[bytes], streams: Streams) -> None:
        self._parts = parts
        self._streams = streams
        self._closed = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._parts)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give the place back, once."""
        if not self._closed:
            self._closed = True
            self._streams.give_back()
            close: Any = getattr(self._parts, "close", None)
            if close is not None:
                close()


def _framed(record: EventRecord) -> bytes:
    data = orjson.dumps(events.shown(record))
    return b"id: " + record.id.encode() + b"\nevent: " + record.type.encode() + b"\ndata: " + data + b"\n\n"


def _page(stores: Stores, settled: Settled, site_id: str, after: int, limit: int) -> list[EventRecord]:
    until = settled.until()
    if until <= after:
        return []
    with stores.database.read() as connection:
        return events.of_site(connection, site_id, after=after, until=until, limit=limit)


def _position(stores: Stores, site_id: str, event_id: str | None, pointer: str) -> int:
    if event_id is None:
        return 0
    if "\0" in event_id or len(event_id) > 255:
        found = None
    else:
        with stores.database.read() as connection:
            found = events.position(connection, site_id, event_id)
    if found is None:
        raise invalid([FieldError(pointer=pointer, code="bad_value", detail="is not an event of this site")])
    return found
