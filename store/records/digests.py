"""Who wants to be told by e-mail what waits; at most once an interval, whoever sends."""

from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from store.records.note_tables import digests

MINUTE_US = 60_000_000


class Digest(NamedTuple):
    """What a reviewer asked for. `sent_at`: microseconds since 1970, 0 where nothing was sent yet."""

    reviewer_id: str
    email: str
    every_minutes: int
    sent_at: int


_COLUMNS = [digests.c[name] for name in Digest._fields]


def put(connection: Connection, reviewer_id: str, email: str, every_minutes: int) -> None:
    """Ask for a digest, or change it; when the last one was sent stays."""
    insert: Any = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(digests)
    values = {"email": email, "every_minutes": every_minutes}
    statement = insert.values(reviewer_id=reviewer_id, sent_at=0, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["reviewer_id"], set_=values))


def remove(connection: Connection, reviewer_id: str) -> None:
    """Ask for none."""
    connection.execute(delete(digests).where(digests.c.reviewer_id == reviewer_id))


def of(connection: Connection, reviewer_id: str) -> Digest | None:
    """What a reviewer asked for."""
    row = connection.execute(select(*_COLUMNS).where(digests.c.reviewer_id == reviewer_id)).one_or_none()
    return None if row is None else Digest(*row)


def due(connection: Connection, now: int) -> list[Digest]:
    """Those whose interval is over."""
    query = select(*_COLUMNS).where(digests.c.sent_at + digests.c.every_minutes * MINUTE_US <= now)
    return [Digest(*row) for row in connection.execute(query)]


def take(connection: Connection, digest: Digest, now: int) -> bool:
    """Note that this one is sent now; False where another process was first."""
    statement = update(digests).where(digests.c.reviewer_id == digest.reviewer_id, digests.c.sent_at == digest.sent_at)
    return connection.execute(statement.values(sent_at=now)).rowcount == 1
