"""How much waits, as it changes: a stream for open pages, and the same once for those that find no place in it."""

import time
from collections.abc import Iterator
from typing import Any

import orjson
from flask import Blueprint, Response, g, request

from models.errors import GatepostError
from service.api.events import Stream, Streams
from service.auth import Authenticator
from service.console.forms import read_filter
from service.review import Review
from store.records.reviewers import Reviewer

LOOK_SECONDS = 2.0
HEARTBEAT_SECONDS = 6.0
RETRY_MS = 10_000


def add_routes(routes: Blueprint, review: Review, authenticator: Authenticator, streams: Streams) -> None:
    """`/console/live`, `/console/live/counts`."""

    @routes.get("/live/counts")
    def live_counts() -> dict[str, Any]:
        return _counts(review, g.reviewer, read_filter().site, _since())

    @routes.get("/live")
    def live() -> Response:
        if not streams.take():
            return Response(status=204)  # Ends the browser's tries: the page asks now and then instead.
        follow = _follow(review, authenticator, streams, request.cookies.get(authenticator.session_cookie, ""))
        response = Response(content_type="text/event-stream; charset=utf-8")
        response.response = Stream(follow, streams)
        response.headers["X-Accel-Buffering"] = "no"
        return response


def _follow(review: Review, authenticator: Authenticator, streams: Streams, secret: str) -> Iterator[bytes]:
    site, since = read_filter().site, _since()

    def told() -> Iterator[bytes]:
        yield f"retry: {RETRY_MS}\n\n".encode()
        last, said_at, pause = b"", time.monotonic(), 0.0
        while not streams.ending.wait(pause):
            pause = LOOK_SECONDS
            try:
                reviewer = authenticator.lookup(secret, "session")
                if reviewer is None:
                    return
                now = orjson.dumps(_counts(review, reviewer, site, since))
            except GatepostError:
                return  # The page comes again by itself.
            if now != last:
                last, said_at = now, time.monotonic()
                yield b"data: " + now + b"\n\n"
            elif time.monotonic() - said_at > HEARTBEAT_SECONDS:
                said_at = time.monotonic()
                yield b": still here\n\n"

    return told()


def _counts(review: Review, reviewer: Reviewer, site: str | None, since: int) -> dict[str, Any]:
    found, leased = review.counts(reviewer, site)
    return {"waiting": found.waiting, "leased": leased, "new": review.new_since(reviewer, site, since)}


def _since() -> int:
    """Since when the page stands there (microseconds since 1970): what came later is new."""
    given = request.args.get("since", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) <= 17 else 0
