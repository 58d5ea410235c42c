"""What clients get: every field of the contract, `null` where there is no value."""

import base64
import binascii
from typing import TYPE_CHECKING, Any

import orjson
from flask import Response
from pydantic import BaseModel, ConfigDict
from werkzeug.datastructures import Headers

from service.problems import FieldError, invalid
from store.ids import rfc3339
from store.records import decisions
from store.records.comments import CommentRecord
from store.records.decisions import DecisionRecord

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class _View(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ReasonView(_View):
    """One sentence about why. `span`: half-open range of code points of the body."""

    code: str
    text: str
    weight: float | None
    span: tuple[int, int] | None


class DecisionView(_View):
    """A decision with all that speaks for it."""

    id: str | None
    comment_id: str | None
    revision: int
    action: str
    by: str
    probability: float | None
    interval: tuple[float, float] | None
    reasons: list[ReasonView]
    would: str | None
    model: str | None
    policy: str
    evidence_digest: str | None
    decided_at: str
    latency_ms: int


class AuthorView(_View):
    """The author, without what is never given back."""

    id: str | None
    name: str | None
    url: str | None
    role: str | None


class PageView(_View):
    """The page, without its text."""

    url: str | None
    title: str | None


class CommentView(_View):
    """A comment as it stands."""

    id: str
    site_id: str
    external_id: str | None
    parent_id: str | None
    state: str
    revision: int
    body: str
    content_type: str
    language: str | None
    author: AuthorView
    page: PageView
    created_at: str | None
    received_at: str
    decision: DecisionView | None


class CommentList(_View):
    """A page of comments, newest first."""

    items: list[CommentView]
    next_cursor: str | None


def comment(record: CommentRecord) -> dict[str, Any]:
    """A comment with its state and decision."""
    decided = record.decision
    return {
        "id": record.id,
        "site_id": record.site_id,
        "external_id": record.external_id,
        "parent_id": record.parent_id,
        "state": record.state,
        **_content(record),
        "decision": None if decided is None else decision(decided),
    }


def comment_in_item(record: CommentRecord) -> dict[str, Any]:
    """A comment inside a review item: the same without state and decision."""
    return {
        "id": record.id,
        "site_id": record.site_id,
        "external_id": record.external_id,
        "parent_id": record.parent_id,
        **_content(record),
    }


def decision(record: DecisionRecord) -> dict[str, Any]:
    """A decision."""
    return decisions.shown(record)


def dump(value: Any) -> str:
    """JSON text."""
    return orjson.dumps(value).decode()


class Answer(Response):
    """A JSON answer. Its head is complete when it is made: to have werkzeug go through it again, and make `Location` an
    absolute URL, costs as much as reading the request."""

    def get_wsgi_headers(self, environ: "WSGIEnvironment") -> Headers:
        """The head as it is; where there is no body, without what is about one."""
        return super().get_wsgi_headers(environ) if self.status_code in (204, 304) else self.headers


def answer(value: Any, status: int = 200) -> Answer:
    """A JSON answer from values or from JSON text."""
    body = value if isinstance(value, str) else orjson.dumps(value)
    return Answer(body, status, content_type="application/json")


def cursor(*parts: Any) -> str:
    """An opaque cursor."""
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


def read_cursor(text: str | None, kinds: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """What a cursor holds. Raises Problem 422 where it is not one of ours."""
    if text is None:
        return None
    try:
        parts = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError):
        parts = None
    if not isinstance(parts, list) or len(parts) != len(kinds) or not all(map(_fits, parts, kinds)):
        field = FieldError(pointer="/cursor", code="bad_value", detail="is not a cursor of this list")
        raise invalid([field])
    return tuple(parts)


def _fits(part: Any, kind: Any) -> bool:
    """Whether a part of a cursor can be compared with a column: the cursor may be forged."""
    if isinstance(part, bool) or not isinstance(part, kind):
        return False
    if isinstance(part, str):
        return "\0" not in part
    return bool(abs(part) < 2**63)


def _content(record: CommentRecord) -> dict[str, Any]:
    return {
        "revision": record.revision,
        "body": record.body,
        "content_type": record.content_type,
        "language": record.language,
        "author": {
            "id": record.author_id,
            "name": record.author_name,
            "url": record.author_url,
            "role": record.author_role,
        },
        "page": {"url": record.page_url, "title": record.page_title},
        "created_at": None if record.created_at is None else rfc3339(record.created_at),
        "received_at": rfc3339(record.received_at),
    }
