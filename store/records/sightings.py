"""What workers came by: one row for the comments that were decided together, written with their decisions.

So each comment is counted once, however often its scoring began, and whoever reads the rows can count again.
"""

from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, insert, select

from store.records.database import among, values_for
from store.records.evidence_tables import sightings
from store.records.tail import Tail

KEPT_US = 35 * 24 * 3600 * 1_000_000
PAGE = 1000


class Sighting(NamedTuple):
    """Keys of comments that were decided together, four bytes each, the lowest first (`lookup_key` in reputations).

    `contents`: keys of near-duplicate texts and of linked domains; `authors`: of accounts, e-mail and IP addresses.
    `at` in microseconds since 1970.
    """

    seq: int
    at: int
    contents: bytes
    authors: bytes


_COLUMNS = (sightings.c.seq, sightings.c.at, sightings.c.contents, sightings.c.authors)
_AFTER = select(*_COLUMNS).where(sightings.c.seq > bindparam("after")).order_by(sightings.c.seq).limit(PAGE)
_ADD = insert(sightings)


def add(connection: Connection, contents: bytes, authors: bytes, at: int) -> None:
    """Write one row; nothing where there are no keys."""
    if contents or authors:
        connection.execute(_ADD, {"at": at, "contents": contents, "authors": authors})


def unread(connection: Connection, tail: Tail, now: int) -> list[Sighting]:
    """The next rows that were not read yet, at most 1000, and note in `tail` that they are; empty when all are."""
    found: list[Any] = []
    if tail.missing:
        chosen = among(connection.dialect.name, sightings.c.seq, "missing")
        late = select(*_COLUMNS).where(chosen).order_by(sightings.c.seq)
        found += connection.execute(late, {"missing": values_for(connection, tail.missing)}).all()
    found += connection.execute(_AFTER, {"after": tail.last}).all()
    tail.advance([row.seq for row in found], now)
    return [Sighting(*row) for row in found]


def forget(connection: Connection, now: int) -> None:
    """Delete what is older than anything that is counted: 35 days."""
    connection.execute(delete(sightings).where(sightings.c.at < now - KEPT_US))
