"""What is asked about one person: to erase all that they wrote, or to hand it out. The receipt stays."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import ColumnElement, Connection, Table, insert, or_, select, update

from models.errors import NotFound
from models.vocabulary import State
from store.ids import new_id, now_us, rfc3339
from store.records import comments, edits
from store.records.privacy_tables import UNFINISHED, privacy_requests
from store.records.schema import comments as comments_table
from store.records.schema import decisions, labels, objections, raw_submissions, revisions

ERASURE, EXPORT = "erasure", "export"
QUEUED, RUNNING, DONE = "queued", "running", "done"
PAGE = 500
KEPT_US = 7 * 24 * 3600 * 1_000_000
_PREFIX = {ERASURE: "ers", EXPORT: "exp"}


class Person(NamedTuple):
    """By what somebody is known on a site: the account, and the pseudonyms of e-mail and IP address."""

    author_id: str | None = None
    email_hash: str | None = None
    ip_hash: str | None = None


class PrivacyRequest(NamedTuple):
    """A request and its receipt. `kind`: erasure or export; `state`: queued, running or done; `n_comments`: erased or
    handed out so far. Instants are microseconds since 1970; an export can be fetched until `expires_at`."""

    id: str
    site_id: str
    kind: str
    state: str
    n_comments: int
    created_at: int
    ended_at: int | None
    expires_at: int | None


_COLUMNS = [privacy_requests.c[name] for name in PrivacyRequest._fields]


def add(connection: Connection, site_id: str, kind: str, person: Person) -> PrivacyRequest:
    """Write down what is asked; the clock carries it out."""
    made = PrivacyRequest(new_id(_PREFIX[kind]), site_id, kind, QUEUED, 0, now_us(), None, None)
    asked = orjson.dumps(person._asdict()).decode()
    connection.execute(insert(privacy_requests).values(person=asked, **made._asdict()))
    return made


def get(connection: Connection, request_id: str, site_id: str, kind: str) -> PrivacyRequest:
    """One request of a site. Raises NotFound."""
    table = privacy_requests
    query = select(*_COLUMNS).where(table.c.id == request_id, table.c.site_id == site_id, table.c.kind == kind)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound(f"There is no such {kind} on this site; check the id and the key.")
    return PrivacyRequest(*row)


def found(connection: Connection, request_id: str) -> str | None:
    """What an export found, as JSON lines; None before it is done, and where it has been deleted."""
    return connection.execute(select(privacy_requests.c.found).where(privacy_requests.c.id == request_id)).scalar()


def unfinished(connection: Connection) -> list[tuple[PrivacyRequest, Person]]:
    """What is still to be done, oldest first."""
    query = select(*_COLUMNS, privacy_requests.c.person).where(UNFINISHED).order_by(privacy_requests.c.id)
    return [
        (PrivacyRequest(*row[:-1]), Person(**orjson.loads(row[-1]))) for row in map(tuple, connection.execute(query))
    ]


def erase_some(connection: Connection, request: PrivacyRequest, person: Person, *, limit: int, at: int) -> int:
    """Erase up to `limit` comments of a person, with every revision; how many were left to do. 0: it is done.

    One that changes at the same moment stays for the next time.
    """
    ids = _of_person(connection, request.site_id, person, limit=limit)
    n_erased = sum(edits.erase(connection, record, at) for record in comments.texts(connection, ids).values())
    values: dict[str, Any] = {"n_comments": privacy_requests.c.n_comments + n_erased, "state": RUNNING}
    if not ids:
        values |= {"state": DONE, "ended_at": at, "person": None}
    connection.execute(update(privacy_requests).where(_open(request)).values(values))
    return len(ids)


def hand_out(connection: Connection, request: PrivacyRequest, person: Person, at: int) -> None:
    """Write what is known of a person into the request, a comment a line, for 7 days."""
    ids = _of_person(connection, request.site_id, person, limit=None)
    lines = b"".join(orjson.dumps(one) + b"\n" for one in _wholes(connection, ids)).decode()
    values = {"state": DONE, "found": lines, "n_comments": len(ids), "ended_at": at, "expires_at": at + KEPT_US}
    connection.execute(update(privacy_requests).where(_open(request)).values(person=None, **values))


def forget_found(connection: Connection, now: int) -> None:
    """Delete what exports found, once it may not be fetched any more."""
    over = (privacy_requests.c.expires_at < now) & privacy_requests.c.found.is_not(None)
    connection.execute(update(privacy_requests).where(over).values(found=None))


def _open(request: PrivacyRequest) -> ColumnElement[bool]:
    return (privacy_requests.c.id == request.id) & (privacy_requests.c.state != DONE)


def _of_person(connection: Connection, site_id: str, person: Person, *, limit: int | None) -> list[str]:
    """The comments of a person that are not erased, oldest first."""
    table = comments_table
    known = [table.c[name] == value for name, value in person._asdict().items() if value is not None]
    query = (
        select(table.c.id)
        .join(revisions, (revisions.c.comment_id == table.c.id) & (revisions.c.revision == table.c.revision))
        .where(table.c.site_id == site_id, or_(*known), revisions.c.state != State.ERASED.value)
        .order_by(table.c.id)
        .limit(limit)
    )
    return list(connection.execute(query).scalars())


_COMMENT = (
    "id", "external_id", "author_id", "author_name", "author_url", "author_role", "page_url", "page_title",
    "language", "created_at", "received_at",
)  # fmt: skip
_OF_COMMENT = {
    "revisions": (revisions, ("revision", "body", "state", "received_at")),
    "sent": (raw_submissions, ("revision", "email", "ip", "user_agent")),
    "decisions": (decisions, ("revision", "action", "decided_by", "reasons", "note", "decided_at")),
    "labels": (labels, ("revision", "label", "source", "created_at")),
    "objections": (objections, ("revision", "kind", "reason", "note", "at")),
}


def _wholes(connection: Connection, comment_ids: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Each comment with all that was written about it; instants as RFC 3339."""
    for start in range(0, len(comment_ids), PAGE):
        ids = comment_ids[start : start + PAGE]
        query = select(*(comments_table.c[name] for name in _COMMENT)).where(comments_table.c.id.in_(ids))
        rows = connection.execute(query.order_by(comments_table.c.id)).mappings().all()
        belongs = {name: _belonging(connection, *what, ids) for name, what in _OF_COMMENT.items()}
        for row in rows:
            yield _shown(row) | {name: belongs[name].get(row["id"], []) for name in _OF_COMMENT}


def _belonging(
    connection: Connection, table: Table, columns: Sequence[str], comment_ids: Sequence[str]
) -> dict[str, list[dict[str, Any]]]:
    query = select(table.c.comment_id, *(table.c[name] for name in columns)).where(table.c.comment_id.in_(comment_ids))
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in connection.execute(query.order_by(table.c.revision, table.c[columns[-1]])).mappings():
        found[row["comment_id"]].append(_shown({name: row[name] for name in columns}))
    return found


def _shown(row: Mapping[Any, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for name, value in row.items():
        is_instant = value is not None and (name == "at" or name.endswith("_at"))
        shown[str(name)] = rfc3339(value) if is_instant else orjson.loads(value) if name == "reasons" else value
    return shown
