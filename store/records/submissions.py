"""Record what was submitted: comment, first revision, event and idempotency key in one transaction."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, bindparam, delete, select

from models.errors import GatepostError
from models.vocabulary import State
from store.ids import new_ids, now_us
from store.records import idempotency, transitions
from store.records.database import among, fetched, insert_many, values_for
from store.records.foreign import Foreign
from store.records.idempotency import IdempotencyKey, Replay
from store.records.schema import comments, foreign_comments, raw_submissions, revisions
from store.records.transitions import Prepared

RAW_KEPT_US = 15 * 24 * 3600 * 1_000_000


class NewComment(NamedTuple):
    """A comment as a website sent it, checked, with its pseudonyms already made.

    `content_digest` is keyed per site and set where there is an `external_id`; `created_at` in microseconds.
    """

    body: str
    content_type: str = "comment"
    external_id: str | None = None
    content_digest: str = ""
    parent_id: str | None = None
    language: str | None = None
    author_id: str | None = None
    author_name: str | None = None
    author_url: str | None = None
    author_role: str | None = None
    email: str | None = None
    email_hash: str | None = None
    ip: str | None = None
    ip_hash: str | None = None
    user_agent: str | None = None
    page_url: str | None = None
    page_title: str | None = None
    page_text: str | None = None
    created_at: int | None = None
    form_honeypot: bool | None = None
    form_seconds: float | None = None
    foreign: Foreign | None = None


class Outcome(NamedTuple):
    """What became of one submitted comment: `new`, `existing` (same external_id and content) or `taken`."""

    kind: str
    comment_id: str
    received_at: int


@dataclass(frozen=True, slots=True)
class Submission:
    """What one request brings. `answer` renders the response where the outcomes alone tell it, else gives None."""

    site_id: str
    comments: Sequence[NewComment]
    key: IdempotencyKey | None = None
    answer: Callable[[Sequence[Outcome]], tuple[int, str] | None] | None = None


Result = Sequence[Outcome] | Replay | GatepostError


@dataclass(slots=True)
class _Rows:
    """The rows of one transaction, the ids for its comments, and the external ids and keys that it takes itself."""

    ids: Iterator[str]
    comments: list[tuple[Any, ...]] = field(default_factory=list)
    revisions: list[tuple[Any, ...]] = field(default_factory=list)
    received: list[tuple[str, int, str]] = field(default_factory=list)
    raw: list[tuple[Any, ...]] = field(default_factory=list)
    foreign: list[tuple[Any, ...]] = field(default_factory=list)
    keys: list[dict[str, Any]] = field(default_factory=list)
    taken: dict[tuple[str, str], tuple[str, str, int]] = field(default_factory=dict)
    key_fingerprints: dict[tuple[str, str], str] = field(default_factory=dict)


_COPIED = (
    "external_id",
    "content_digest",
    "parent_id",
    "content_type",
    "language",
    "author_id",
    "author_name",
    "author_url",
    "author_role",
    "email_hash",
    "ip_hash",
    "page_url",
    "page_title",
    "created_at",
)
# Of a new comment, as its row has them; COMMENT_COLUMNS is the order of that row.
copied = attrgetter(*_COPIED)
COMMENT_COLUMNS = ("id", "site_id", *_COPIED, "received_at", "revision")
_REVISION_COLUMNS = (
    "comment_id",
    "revision",
    "site_id",
    "body",
    "state",
    "attempt",
    "form_honeypot",
    "form_seconds",
    "received_at",
)
_FOREIGN_COLUMNS = ("comment_id", "site_id", *Foreign._fields, "received_at")
_RAW_COLUMNS = ("comment_id", "revision", "email", "ip", "user_agent", "page_text", "expires_at")


class Plan(NamedTuple):
    """What is to be written for many submissions, and one result each, in the same order; these hold once it is."""

    results: list[Result]
    rows: _Rows
    events: Prepared
    now: int

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not self.rows.comments and not self.rows.keys


def record(connection: Connection, submissions: Sequence[Submission]) -> list[Result]:
    """Record many submissions at once; one result each, in the same order. Raises IntegrityError as `write` does."""
    planned = plan(connection, submissions)
    write(connection, planned)
    return planned.results


def plan(connection: Connection, submissions: Sequence[Submission]) -> Plan:
    """See what is known of the submissions and make all that will be written; nothing is changed by it."""
    now = now_us()
    ids = iter(new_ids("cmt", sum(len(submission.comments) for submission in submissions)))
    rows = _Rows(ids, taken=_known_external_ids(connection, submissions))
    results = [_one(connection, submission, rows, now) for submission in submissions]
    return Plan(results, rows, transitions.prepare_first(rows.received, now), now)


def write(connection: Connection, planned: Plan) -> None:
    """Write what was planned. Raises IntegrityError where an external id or a key was taken since: plan again."""
    rows = planned.rows
    if rows.comments:
        insert_many(connection, comments, COMMENT_COLUMNS, rows.comments)
        insert_many(connection, revisions, _REVISION_COLUMNS, rows.revisions)
        transitions.received(connection, planned.events)
        insert_many(connection, raw_submissions, _RAW_COLUMNS, rows.raw)
        insert_many(connection, foreign_comments, _FOREIGN_COLUMNS, rows.foreign)
    idempotency.add_many(connection, rows.keys, planned.now)


def forget_raw(connection: Connection, now: int) -> None:
    """Delete what was kept as it was sent and has reached its 15 days."""
    connection.execute(delete(raw_submissions).where(raw_submissions.c.expires_at < now))


def _known_external_ids(
    connection: Connection, submissions: Sequence[Submission]
) -> dict[tuple[str, str], tuple[str, str, int]]:
    wanted: dict[str, list[str]] = {}
    for submission in submissions:
        ids = [comment.external_id for comment in submission.comments if comment.external_id is not None]
        if ids:
            wanted.setdefault(submission.site_id, []).extend(ids)
    known: dict[tuple[str, str], tuple[str, str, int]] = {}
    for site_id, ids in wanted.items():
        values = {"site_id": site_id, "ids": values_for(connection, ids)}
        for external_id, *rest in fetched(connection, _known_statement(connection.dialect.name), values):
            known[site_id, external_id] = tuple(rest)
    return known


@lru_cache
def _known_statement(dialect: str) -> Select[Any]:
    return select(comments.c.external_id, comments.c.id, comments.c.content_digest, comments.c.received_at).where(
        comments.c.site_id == bindparam("site_id"), among(dialect, comments.c.external_id, "ids")
    )


def _one(connection: Connection, submission: Submission, rows: _Rows, now: int) -> Result:
    key = submission.key
    if key is not None:
        running = rows.key_fingerprints.get((submission.site_id, key.digest))
        if running is not None:
            return idempotency.twin(running, key)
        try:
            earlier = idempotency.earlier(connection, submission.site_id, key, now)
        except GatepostError as refusal:  # Others are recorded in the same transaction.
            return refusal
        if isinstance(earlier, Replay):
            return earlier
        if earlier is not None:
            # The first request died before it could answer: its comments are there, so answer for them.
            return [Outcome("taken" if kind == "taken" else "existing", comment_id, 0) for kind, comment_id in earlier]
    outcomes = [_take(submission.site_id, comment, rows, now) for comment in submission.comments]
    if key is not None:
        answer = submission.answer(outcomes) if submission.answer else None
        rows.keys.append(
            idempotency.row(submission.site_id, key, [(o.kind, o.comment_id) for o in outcomes], answer, now)
        )
        rows.key_fingerprints[submission.site_id, key.digest] = key.fingerprint
    return outcomes


def _take(site_id: str, comment: NewComment, rows: _Rows, now: int) -> Outcome:
    if comment.external_id is not None:
        known = rows.taken.get((site_id, comment.external_id))
        if known is not None:
            comment_id, digest, received_at = known
            kind = "existing" if digest == comment.content_digest else "taken"
            return Outcome(kind, comment_id, received_at)
    comment_id = next(rows.ids)
    if comment.external_id is not None:
        rows.taken[site_id, comment.external_id] = (comment_id, comment.content_digest, now)
    rows.comments.append((comment_id, site_id, *copied(comment), now, 1))
    honeypot = None if comment.form_honeypot is None else "1" if comment.form_honeypot else "0"
    rows.revisions.append(
        (comment_id, 1, site_id, comment.body, State.RECEIVED.value, 0, honeypot, comment.form_seconds, now)
    )
    rows.received.append((comment_id, 1, site_id))
    if comment.email or comment.ip or comment.user_agent or comment.page_text:
        raw = (comment.email, comment.ip, comment.user_agent, comment.page_text)
        rows.raw.append((comment_id, 1, *raw, now + RAW_KEPT_US))
    if comment.foreign is not None:
        rows.foreign.append((comment_id, site_id, *comment.foreign, now))
    return Outcome("new", comment_id, now)
