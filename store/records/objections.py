"""Objections: what readers report and what authors appeal against."""

from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select

from store.records.schema import objections


class Objection(NamedTuple):
    """What somebody has against how a revision stands. `kind`: `report` or `appeal`; `at` in microseconds.

    `source`: keyed hash of who objects, empty where nobody is named.
    """

    id: str
    site_id: str
    comment_id: str
    revision: int
    kind: str
    source: str
    reason: str | None
    note: str | None
    at: int


_COLUMNS = [objections.c[name] for name in Objection._fields]


def earlier(connection: Connection, comment_id: str, revision: int, kind: str, source: str) -> Objection | None:
    """What the same person has objected to the same text before."""
    table = objections
    query = select(*_COLUMNS).where(
        table.c.comment_id == comment_id,
        table.c.revision == revision,
        table.c.kind == kind,
        table.c.source == source,
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else Objection(*row)


def add(connection: Connection, objection: Objection) -> None:
    """Write a new one. Raises IntegrityError where the same person has objected to it before."""
    connection.execute(insert(objections).values(**objection._asdict()))


def count(connection: Connection, comment_id: str, revision: int, kind: str, since: int) -> int:
    """How many people have objected to a revision since then, microseconds since 1970."""
    table = objections
    query = select(func.count()).where(
        table.c.comment_id == comment_id, table.c.revision == revision, table.c.kind == kind, table.c.at >= since
    )
    return connection.execute(query).scalar_one()


def of_comment(connection: Connection, comment_id: str) -> list[Objection]:
    """All that was objected to a comment, oldest first."""
    query = select(*_COLUMNS).where(objections.c.comment_id == comment_id).order_by(objections.c.id)
    return [Objection(*row) for row in connection.execute(query)]


def forget(connection: Connection, comment_id: str) -> None:
    """Remove what was objected to a comment that is erased."""
    connection.execute(delete(objections).where(objections.c.comment_id == comment_id))
