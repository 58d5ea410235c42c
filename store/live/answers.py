"""Who waits for which decision: the worker tells on one channel, each API process wakes its own waiters."""

import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress

import orjson
import redis

from store.live.connection import ERRORS

CHANNEL = "gatepost:decided"
RECONNECT_SECONDS = 0.5
RECENT_SECONDS = 1.0


def publish(client: redis.Redis, comment_ids: Sequence[str]) -> None:
    """Tell that these comments have been decided."""
    if comment_ids:
        client.publish(CHANNEL, orjson.dumps(comment_ids))


class _Waiting:
    """Some comments that a request waits for."""

    __slots__ = ("done", "missing")

    def __init__(self, comment_ids: Iterable[str]) -> None:
        self.missing = set(comment_ids)
        self.done = threading.Event()


class Answers:
    """One subscription of a process, and the requests of this process that wait.

    `capacity`: how many requests may wait at once. `listening` is False while Redis is away.
    """

    def __init__(self, client: redis.Redis, capacity: int) -> None:
        self._client = client
        self._capacity = capacity
        self._reserved = 0
        self._lock = threading.Lock()
        self._waiting: list[_Waiting] = []
        self._recent: deque[tuple[float, frozenset[str]]] = deque()
        self._closed = threading.Event()
        self.listening = False
        self._thread = threading.Thread(target=self._listen, name="answers", daemon=True)
        self._thread.start()

    def reserve(self) -> bool:
        """Take a place before submitting; False if all are taken or nobody listens. Then `release` it."""
        with self._lock:
            if not self.listening or self._reserved >= self._capacity:
                return False
            self._reserved += 1
            return True

    def release(self) -> None:
        """Give the place back."""
        with self._lock:
            self._reserved -= 1

    def wait(self, comment_ids: Sequence[str], seconds: float, *, since: float = 0.0) -> bool:
        """Wait until all of them are decided; False when the time is over first.

        `since`: monotonic time from which on what was told counts; a comment is decided once for each revision.
        """
        waiting = _Waiting(comment_ids)
        with self._lock:
            # A decision can be faster than the request that is about to wait for it.
            for told, decided in self._recent:
                if told >= since:
                    waiting.missing -= decided
            if not waiting.missing:
                return True
            self._waiting.append(waiting)
        try:
            return waiting.done.wait(seconds)
        finally:
            with self._lock:
                self._waiting.remove(waiting)

    def close(self) -> None:
        """Stop listening, at once: a message of our own ends the wait for the next one."""
        self._closed.set()
        with suppress(*ERRORS):
            publish(self._client, [""])
        self._thread.join(timeout=2)

    def _listen(self) -> None:
        while not self._closed.is_set():
            try:
                with self._client.pubsub() as subscription:  # type: ignore[no-untyped-call]
                    subscription.subscribe(CHANNEL)
                    while not self._closed.is_set():
                        message = subscription.get_message(timeout=1.0)
                        if message is None:
                            continue
                        if message["type"] == "subscribe":
                            self.listening = True
                        elif message["type"] == "message" and self._reserved:
                            self._wake(frozenset(orjson.loads(message["data"])))
            except (*ERRORS, ValueError):  # ValueError: closed by another thread while the process ends.
                self.listening = False
                self._closed.wait(RECONNECT_SECONDS)

    def _wake(self, decided: frozenset[str]) -> None:
        now = time.monotonic()
        with self._lock:
            while self._recent and now - self._recent[0][0] > RECENT_SECONDS:
                self._recent.popleft()
            self._recent.append((now, decided))
            for waiting in self._waiting:
                waiting.missing -= decided
                if not waiting.missing:
                    waiting.done.set()
