"""Who wants to be told outside the console what waits; at most once an interval, whoever sends."""

from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from store.records.note_tables import digests

MINUTE_US = 60_000_000
DAY_MINUTES = 24 * 60
MAX_DOUBLINGS = 10


class Digest(NamedTuple):
    """What a reviewer asked for. `target`: an e-mail address or a URL; `sent_at`: microseconds since 1970, 0 where
    nothing was sent yet; `failures`: how many attempts failed since the last that did not."""

    reviewer_id: str
    target: str
    every_minutes: int
    sent_at: int
    failures: int

    @property
    def is_webhook(self) -> bool:
        """Whether it goes to a URL."""
        return "://" in self.target

    @property
    def pause_us(self) -> int:
        """How long after the last one the next may go: with each failure twice as long, a day at most."""
        doubled = self.every_minutes << min(self.failures, MAX_DOUBLINGS)
        return max(self.every_minutes, min(doubled, DAY_MINUTES)) * MINUTE_US


_COLUMNS = [digests.c[name] for name in Digest._fields]


def put(connection: Connection, reviewer_id: str, target: str, every_minutes: int) -> None:
    """Ask for a digest, or change it; when the last one was sent stays."""
    insert: Any = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(digests)
    values = {"target": target, "every_minutes": every_minutes, "failures": 0}
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
    """Those whose pause is over, the one that waited longest first."""
    query = select(*_COLUMNS).where(digests.c.sent_at + digests.c.every_minutes * MINUTE_US <= now)
    found = [Digest(*row) for row in connection.execute(query.order_by(digests.c.sent_at))]
    return [digest for digest in found if digest.sent_at + digest.pause_us <= now]


def take(connection: Connection, digest: Digest, now: int) -> bool:
    """Note that this one is sent now; False where another process was first."""
    statement = update(digests).where(digests.c.reviewer_id == digest.reviewer_id, digests.c.sent_at == digest.sent_at)
    return connection.execute(statement.values(sent_at=now)).rowcount == 1


def note(connection: Connection, digest: Digest, *, arrived: bool) -> None:
    """Write down whether it arrived."""
    failures = 0 if arrived else digests.c.failures + 1
    statement = update(digests).where(digests.c.reviewer_id == digest.reviewer_id)
    connection.execute(statement.values(failures=failures))
