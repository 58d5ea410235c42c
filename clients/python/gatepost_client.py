"""A thin client of Gatepost's HTTP API in one file, for Python 3.10 and later, without any other package.

    gatepost = Gatepost("https://gatepost.example", "gps_...")
    comment = gatepost.submit({"external_id": "17", "body": "Nice post", "author": {"name": "Ana"}}, wait_seconds=5)

Calls are repeated where that can help, after a time drawn at random or the one that the server names; an idempotency
key makes sure that nothing is done twice. Every call may raise a GatepostError.
"""

import base64
import hashlib
import hmac
import http.client
import json
import random
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.25, 8.0
LONGEST_RETRY_AFTER_SECONDS, TOLERANCE_SECONDS = 60.0, 300
Comment = dict[str, Any]
Sleep = Callable[[float], None]


class GatepostError(Exception):
    """What Gatepost answered (RFC 9457). `status` 0: no answer came. `errors`: each field that is wrong."""

    def __init__(self, status: int, problem: Mapping[str, Any], retry_after: float | None = None) -> None:
        super().__init__(f"{status} {problem.get('code', '')}: {problem.get('detail') or problem.get('title') or ''}")
        self.status, self.retry_after = status, retry_after
        self.code = str(problem.get("code") or "")
        self.detail = str(problem.get("detail") or "")
        self.errors: list[dict[str, Any]] = list(problem.get("errors") or [])
        self.request_id: str | None = problem.get("request_id")


class InvalidRequest(GatepostError):
    """400, 413, 415, 422: the request must be changed before it is sent again."""


class NotAllowed(GatepostError):
    """401, 403: the key is unknown, revoked, or of the wrong kind."""


class NotFound(GatepostError):
    """404, 410: it is not there, or not any more."""


class Conflict(GatepostError):
    """409, 412, 423, 428: it stands otherwise than the request assumes."""


class RateLimited(GatepostError):
    """429: too many requests; `retry_after` in seconds."""


class Unavailable(GatepostError):
    """5xx, or no answer at all: the same request may succeed later."""


class InvalidSignature(Exception):
    """The webhook does not come from Gatepost, was changed on its way, or is too old."""


_KINDS: dict[int, type[GatepostError]] = {
    **dict.fromkeys((400, 413, 415, 422), InvalidRequest),
    **dict.fromkeys((401, 403), NotAllowed),
    **dict.fromkeys((404, 410), NotFound),
    **dict.fromkeys((409, 412, 423, 428), Conflict),
    429: RateLimited,
}


class Gatepost:
    """Calls with the key of one site. `timeout_seconds`: of one attempt, beside the time that Gatepost is to wait."""

    def __init__(
        self, url: str, key: str, *, timeout_seconds: float = 10.0, attempts: int = 4, sleep: Sleep = time.sleep
    ) -> None:
        self._base, self._key = urlsplit(url.rstrip("/")), key
        self._timeout_seconds, self._attempts, self._sleep = timeout_seconds, attempts, sleep

    def submit(self, comment: Comment, *, wait_seconds: int = 0, idempotency_key: str | None = None) -> Comment:
        """Submit a comment; returns it as it stands, decided if a decision came within `wait_seconds` (at most 10)."""
        return dict(self._call("POST", "/v1/comments", comment, wait_seconds, idempotency_key))

    def submit_many(self, comments: Iterable[Comment], *, wait_seconds: int = 0) -> list[dict[str, Any]]:
        """Submit up to 100; one `{"status", "comment"}` or `{"status", "problem"}` each, in the same order."""
        return list(self._call("POST", "/v1/comments:batch", {"items": list(comments)}, wait_seconds)["items"])

    def get(self, comment_id: str) -> Comment:
        """A comment as it stands. Raises NotFound."""
        return dict(self._call("GET", f"/v1/comments/{quote(comment_id, safe='')}"))

    def find(self, external_id: str) -> Comment | None:
        """The comment with the website's own id; None if there is none."""
        return next(self.comments(external_id=external_id), None)

    def comments(self, **filters: str) -> Iterator[Comment]:
        """All comments, newest first; `state` and `external_id` choose among them."""
        cursor: str | None = None
        while True:
            query = urlencode({**filters, "limit": "200", **({"cursor": cursor} if cursor else {})})
            page = self._call("GET", f"/v1/comments?{query}")
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def wait(self, comment_id: str, *, seconds: float = 30.0) -> Comment:
        """The comment once it has a decision, or as it stands when the time is over."""
        ends, pause = time.monotonic() + seconds, FIRST_PAUSE_SECONDS
        while True:
            comment = self.get(comment_id)
            if comment["decision"] is not None or time.monotonic() >= ends:
                return comment
            self._sleep(min(pause, max(0.0, ends - time.monotonic())))
            pause = min(2 * pause, 2.0)

    def revise(self, comment_id: str, revision: dict[str, Any], *, wait_seconds: int = 0) -> Comment:
        """Send the edited text as `{"body": ...}`; it is judged anew."""
        return dict(self._call("POST", f"/v1/comments/{quote(comment_id, safe='')}/revisions", revision, wait_seconds))

    def feedback(self, comment_id: str, label: str, note: str | None = None) -> dict[str, Any]:
        """Tell that a comment is `spam` or `ham` after all."""
        given = {"label": label, "note": note}
        return dict(self._call("POST", f"/v1/comments/{quote(comment_id, safe='')}/feedback", given))

    def erase(self, comment_id: str) -> None:
        """Remove every text and every trace of the author. Raises NotFound."""
        self._call("DELETE", f"/v1/comments/{quote(comment_id, safe='')}")

    def _call(self, method: str, path: str, body: Any = None, wait_seconds: int = 0, key: str | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self._key}", "Accept": "application/json"}
        data = None if body is None else json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
        if data is not None:
            headers |= {"Content-Type": "application/json", "Idempotency-Key": key or str(uuid.uuid4())}
        if wait_seconds:
            headers["Prefer"] = f"wait={wait_seconds}"
        attempt = 1
        while True:
            try:
                return self._once(method, path, data, headers, self._timeout_seconds + wait_seconds)
            except GatepostError as error:
                again = isinstance(error, (RateLimited, Unavailable)) or error.code == "in_progress"
                named = error.retry_after or 0.0
                if not again or named > LONGEST_RETRY_AFTER_SECONDS or attempt >= self._attempts:
                    raise
                self._sleep(named + random.uniform(0, min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2**attempt)))
                attempt += 1

    def _once(self, method: str, path: str, data: bytes | None, headers: Mapping[str, str], timeout: float) -> Any:
        kind = http.client.HTTPSConnection if self._base.scheme == "https" else http.client.HTTPConnection
        connection = kind(self._base.netloc, timeout=timeout)
        try:
            connection.request(method, self._base.path + path, data, dict(headers))
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable(0, {"code": "no_answer", "detail": f"{type(error).__name__}: {error}"}) from error
        finally:
            connection.close()
        if 200 <= answer.status < 300:
            return json.loads(content) if content else None
        raise _error(answer.status, content, answer.headers.get("Retry-After"))


def verify_webhook(
    body: bytes, headers: Mapping[str, str], secret: str | Iterable[str], *, now: float | None = None
) -> dict[str, Any]:
    """The event of a webhook, once it is certain that Gatepost sent it (Standard Webhooks 1.0). `body`: as received;
    `secret`: `whsec_...`, or several of them during a rotation. Raises InvalidSignature."""
    given = {name.lower(): value for name, value in headers.items()}
    try:
        message_id, sent, signatures = (given[f"webhook-{part}"] for part in ("id", "timestamp", "signature"))
        age_seconds = (time.time() if now is None else now) - int(sent)
    except (KeyError, ValueError):
        raise InvalidSignature("A header of the webhook is missing or cannot be read.") from None
    if abs(age_seconds) > TOLERANCE_SECONDS:
        raise InvalidSignature("The webhook is more than five minutes old, or the clock is wrong.")
    shown = [part[3:].encode() for part in signatures.split() if part.startswith("v1,")]
    for one in [secret] if isinstance(secret, str) else secret:
        key = base64.b64decode(one.removeprefix("whsec_"))
        right = base64.b64encode(hmac.digest(key, f"{message_id}.{sent}.".encode() + body, hashlib.sha256))
        if any(hmac.compare_digest(right, candidate) for candidate in shown):
            return dict(json.loads(body))
    raise InvalidSignature("No signature of the webhook is right.")


def _error(status: int, content: bytes, retry_after: str | None) -> GatepostError:
    problem: Any = None
    with suppress(ValueError):
        problem = json.loads(content)
    kind = _KINDS.get(status, Unavailable if status >= 500 else GatepostError)
    seconds = float(retry_after) if retry_after and retry_after.isdigit() else None
    return kind(status, problem if isinstance(problem, dict) else {"title": "no problem document"}, seconds)
