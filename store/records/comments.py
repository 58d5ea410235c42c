"""Read comments with the state and decision of their newest revision."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, func, select

from models.vocabulary import State
from store.records import decisions, seeded
from store.records.decisions import DecisionRecord
from store.records.schema import SETTLED, comments, revisions
from store.records.seed_tables import seeds
from store.records.seeded import NOT_A_SEED


class CommentRecord(NamedTuple):
    """A comment as it stands. Instants are microseconds since 1970."""

    id: str
    site_id: str
    external_id: str | None
    parent_id: str | None
    content_type: str
    language: str | None
    author_id: str | None
    author_name: str | None
    author_url: str | None
    author_role: str | None
    page_url: str | None
    page_title: str | None
    created_at: int | None
    received_at: int
    revision: int
    state: str
    body: str
    key: int
    attempt: int
    decision: DecisionRecord | None = None


_COMMENT_FIELDS = (
    "id",
    "site_id",
    "external_id",
    "parent_id",
    "content_type",
    "language",
    "author_id",
    "author_name",
    "author_url",
    "author_role",
    "page_url",
    "page_title",
    "created_at",
    "received_at",
    "revision",
)


_NEWEST = select(
    *(comments.c[name] for name in _COMMENT_FIELDS),
    revisions.c.state,
    revisions.c.body,
    revisions.c.id.label("key"),
    revisions.c.attempt,
).join(revisions, (revisions.c.comment_id == comments.c.id) & (revisions.c.revision == comments.c.revision))
_BY_IDS = _NEWEST.where(comments.c.id.in_(bindparam("ids", expanding=True)))


def get(connection: Connection, comment_id: str, site_id: str | None = None) -> CommentRecord | None:
    """One comment with its current decision; None if there is none, or none in that site."""
    found = by_ids(connection, [comment_id])
    record = found.get(comment_id)
    if record is None or site_id is None:
        return record
    return record if record.site_id == site_id and not seeded.holds(connection, comment_id) else None


def by_ids(connection: Connection, comment_ids: Sequence[str]) -> dict[str, CommentRecord]:
    """Comments with their current decisions, by id."""
    records = list(texts(connection, comment_ids).values())
    return {record.id: record for record in _with_decisions(connection, records)}


def texts(connection: Connection, comment_ids: Sequence[str]) -> dict[str, CommentRecord]:
    """Comments without their decisions, by id: what a worker judges."""
    rows = connection.execute(_BY_IDS, {"ids": comment_ids})
    return {row.id: CommentRecord(*tuple(row)) for row in rows}


def page(
    connection: Connection,
    site_id: str,
    *,
    external_id: str | None,
    state: str | None,
    after: str | None,
    limit: int,
) -> list[CommentRecord]:
    """Newest first, up to `limit`, those with an id below `after`."""
    query = (
        _NEWEST.where(comments.c.site_id == site_id, revisions.c.state != State.ERASED.value, NOT_A_SEED)
        .order_by(comments.c.id.desc())
        .limit(limit)
    )
    if external_id is not None:
        query = query.where(comments.c.external_id == external_id)
    if state is not None:
        query = query.where(revisions.c.site_id == site_id, revisions.c.state == state)
        if state not in (State.RECEIVED, State.SCORING):
            query = query.where(SETTLED)  # Said literally, so that the partial index serves it.
    if after is not None:
        query = query.where(comments.c.id < after)
    records = [CommentRecord(*tuple(row)) for row in connection.execute(query)]
    return _with_decisions(connection, records)


def existing(connection: Connection, site_id: str, comment_ids: Sequence[str]) -> set[str]:
    """Which of these ids are comments of this site."""
    query = select(comments.c.id).where(comments.c.site_id == site_id, comments.c.id.in_(comment_ids))
    return set(connection.execute(query).scalars())


def count_by_state(connection: Connection) -> dict[str, int]:
    """How many revisions stand in each state, over all sites."""
    sent = revisions.c.comment_id.not_in(select(seeds.c.comment_id))
    query = select(revisions.c.state, func.count()).where(sent).group_by(revisions.c.state)
    return {state: count for state, count in connection.execute(query)}


def oldest_due(connection: Connection) -> int | None:
    """When the comment was received that has waited longest to be scored; None if none waits."""
    return connection.execute(select(func.min(revisions.c.received_at)).where(revisions.c.state == "received")).scalar()


def _with_decisions(connection: Connection, records: list[CommentRecord]) -> list[CommentRecord]:
    if not records:
        return []
    found = decisions.current(connection, [record.id for record in records])
    return [r._replace(decision=found.get((r.id, r.revision))) for r in records]
