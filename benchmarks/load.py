"""A small load generator: keep-alive connections on 127.0.0.1, bodies made before the clock starts."""

import http.client
import json
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sent:
    """A comment that was acknowledged, and when its request was sent (seconds since 1970)."""

    external_id: str
    at: float


@dataclass(frozen=True, slots=True)
class _Request:
    path: str
    body: bytes
    external_ids: tuple[str, ...]


def post_all(
    port: int,
    key: str,
    comments: list[dict[str, object]],
    *,
    clients: int,
    batch: int,
    report: Callable[[int], None],
) -> list[Sent]:
    """Post every comment once, in order, over `clients` connections. Raises RuntimeError on a refusal."""
    requests = [_request(comments[start : start + batch], batch) for start in range(0, len(comments), batch)]
    waiting: queue.SimpleQueue[_Request] = queue.SimpleQueue()
    for request in requests:
        waiting.put(request)
    sent: list[Sent] = []
    errors: list[str] = []

    def work() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        while not errors:
            try:
                request = waiting.get_nowait()
            except queue.Empty:
                break
            at = time.time()
            connection.request("POST", request.path, request.body, headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status not in (200, 202):
                errors.append(f"{answer.status} for {request.external_ids[0]}")
            sent.extend(Sent(external_id, at) for external_id in request.external_ids)
            report(len(request.external_ids))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise RuntimeError(f"the API refused: {errors[0]}")
    return sent


def _request(comments: list[dict[str, object]], batch: int) -> _Request:
    ids = tuple(str(comment["external_id"]) for comment in comments)
    if batch == 1:
        return _Request("/v1/comments", json.dumps(comments[0]).encode(), ids)
    return _Request("/v1/comments:batch", json.dumps({"items": comments}).encode(), ids)
