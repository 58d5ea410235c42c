"""What a site asks of its lanes and how they stand: one row a site, which follows from an append-only log."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, select, update

from models.vocabulary import LaneSettings
from store.records.guarantee_tables import guarantee_log, guarantees


class StoredGuarantee(NamedTuple):
    """`plan` and `state` are JSON text; `last_seq` is the entry of the log that `state` follows from.

    `model`: the version whose scores the evidence is about; `fingerprint`: of the lists and rules that it holds for.
    """

    site_id: str
    plan: str
    state: str
    last_seq: int
    model: str | None
    fingerprint: str | None
    approve_threshold: float | None
    reject_threshold: float | None
    approve_rate: float
    reject_rate: float
    updated_at: int

    @property
    def settings(self) -> LaneSettings:
        """What the lanes may do."""
        return LaneSettings(self.approve_threshold, self.reject_threshold, self.approve_rate, self.reject_rate)


class LogEntry(NamedTuple):
    """One entry of the log. `entry`: JSON text; `at`: microseconds since 1970."""

    seq: int
    site_id: str
    kind: str
    entry: str
    at: int


_COLUMNS = [guarantees.c[name] for name in StoredGuarantee._fields]


def get(connection: Connection, site_id: str, *, lock: bool = False) -> StoredGuarantee | None:
    """How a site's lanes stand; None where nothing was ever laid down or counted. `lock`: nobody else changes it."""
    query = select(*_COLUMNS).where(guarantees.c.site_id == site_id)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else StoredGuarantee(*row)


def create(connection: Connection, stored: StoredGuarantee) -> None:
    """Write the first state. Raises IntegrityError where there is one."""
    connection.execute(insert(guarantees).values(**stored._asdict()))


def put(connection: Connection, stored: StoredGuarantee) -> None:
    """Write the state that follows."""
    values = {name: value for name, value in stored._asdict().items() if name != "site_id"}
    connection.execute(update(guarantees).where(guarantees.c.site_id == stored.site_id).values(**values))


def append(connection: Connection, site_id: str, kind: str, entry: str, at: int) -> int:
    """Write an entry of the log and return its number."""
    statement = insert(guarantee_log).values(site_id=site_id, kind=kind, entry=entry, at=at)
    return int(connection.execute(statement.returning(guarantee_log.c.seq)).scalar_one())


def log(connection: Connection, site_id: str, *, after: int = 0, limit: int = 1000) -> list[LogEntry]:
    """Entries of a site in order."""
    table: Any = guarantee_log
    query = (
        select(*(table.c[name] for name in LogEntry._fields))
        .where(table.c.site_id == site_id, table.c.seq > after)
        .order_by(table.c.seq)
        .limit(limit)
    )
    return [LogEntry(*row) for row in connection.execute(query)]


def looked_at_before(connection: Connection, before: int) -> set[str]:
    """Sites whose lanes were last looked at before that instant."""
    return set(connection.execute(select(guarantees.c.site_id).where(guarantees.c.updated_at < before)).scalars())


def last_of_kind(connection: Connection, site_id: str, kind: str) -> LogEntry | None:
    """The newest entry of that kind."""
    table: Any = guarantee_log
    query = (
        select(*(table.c[name] for name in LogEntry._fields))
        .where(table.c.site_id == site_id, table.c.kind == kind)
        .order_by(table.c.seq.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else LogEntry(*row)


def last_entries(connection: Connection, site_id: str, kinds: Sequence[str], *, limit: int) -> list[LogEntry]:
    """The newest entries of these kinds, in order."""
    table: Any = guarantee_log
    query = (
        select(*(table.c[name] for name in LogEntry._fields))
        .where(table.c.site_id == site_id, table.c.kind.in_(kinds))
        .order_by(table.c.seq.desc())
        .limit(limit)
    )
    return [LogEntry(*row) for row in connection.execute(query)][::-1]
