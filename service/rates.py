"""How many comments a key may submit: a sliding window of a minute, counted by each API process for itself.

Nothing is asked of Redis, which may be away. The window is the running minute and the part of the one before it that
the last 60 s still cover, as if its comments had come evenly.
"""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, Response, g

from service.problems import Problem

WINDOW_SECONDS = 60
MAX_KEYS = 10_000


@dataclass(frozen=True, slots=True)
class Rate:
    """What a key has left: `remaining` comments of `limit` a minute; the window is fresh again in `reset` seconds."""

    allowed: bool
    limit: int
    remaining: int
    reset: int

    def headers(self) -> dict[str, str]:
        """The fields of draft-ietf-httpapi-ratelimit-headers-11."""
        return {
            "RateLimit-Policy": f'"comments";q={self.limit};w={WINDOW_SECONDS}',
            "RateLimit": f'"comments";r={self.remaining};t={self.reset}',
        }


@dataclass(slots=True)
class _Window:
    minute: int
    now: int = 0
    before: int = 0


class Rates:
    """The windows of the keys that have a limit."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._windows: dict[str, _Window] = {}

    def take(self, key_id: str, limit: int, count: int) -> Rate:
        """Count that many comments if the key may still send them, else none of them."""
        minute, into = divmod(self._clock(), WINDOW_SECONDS)
        with self._lock:
            window = self._window(key_id, int(minute))
            used = window.now + window.before * (1 - into / WINDOW_SECONDS)
            allowed = used + count <= limit
            if allowed:
                window.now += count
                used += count
        return Rate(allowed, limit, max(0, math.floor(limit - used)), math.ceil(WINDOW_SECONDS - into))

    def _window(self, key_id: str, minute: int) -> _Window:
        window = self._windows.get(key_id)
        if window is None:
            if len(self._windows) >= MAX_KEYS:
                self._windows.clear()
            window = self._windows[key_id] = _Window(minute)
        if minute != window.minute:
            window.before = window.now if minute == window.minute + 1 else 0
            window.now, window.minute = 0, minute
        return window


def count_submissions(routes: Blueprint) -> Callable[[int], None]:
    """A function that counts the comments of a request against its key, and headers that tell what is left.

    It raises Problem 429 where the key of `g.key` has a limit and has reached it; then nothing was counted.
    """
    rates = Rates()

    def count(comments: int) -> None:
        limit = g.key.per_minute
        if limit is None:
            return
        g.rate = rates.take(g.key.id, limit, comments)
        if not g.rate.allowed:
            detail = f"This key may submit {limit} comments a minute; send it again later."
            raise Problem(429, "rate_limited", detail, headers={"Retry-After": str(g.rate.reset)})

    @routes.after_request
    def tell(response: Response) -> Response:
        if "rate" in g:
            response.headers.update(g.rate.headers())
        return response

    return count
