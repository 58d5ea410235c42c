"""Read events: what happened on a site in order, and each as everybody outside gets it.

On PostgreSQL an event gets its number when it is written and is seen when its transaction commits, so a lower number
can appear after a higher one. `Settled` says up to which number nothing can appear any more; see decision 17.
"""

import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, bindparam, func, select, text

from store.ids import rfc3339
from store.records import decisions
from store.records.database import Database
from store.records.decisions import DecisionRecord
from store.records.schema import comments, events

PATIENCE_SECONDS = 1.0
LOOK_SECONDS = 0.002


class EventRecord(NamedTuple):
    """A transition. `at`: microseconds since 1970; `decision`: the one that caused it, if one did. Of a lane of the
    site: then there is no comment, and `data` holds what it rests on as JSON text."""

    seq: int
    id: str
    site_id: str
    comment_id: str | None
    external_id: str | None
    revision: int | None
    type: str
    previous_state: str | None
    state: str
    at: int
    data: str | None = None
    decision: DecisionRecord | None = None


_FIELDS = (
    "seq",
    "id",
    "site_id",
    "comment_id",
    "revision",
    "type",
    "previous_state",
    "state",
    "at",
    "data",
    "decision_id",
)
_EVENT = select(*(events.c[name] for name in _FIELDS), comments.c.external_id).outerjoin(
    comments, comments.c.id == events.c.comment_id
)
_BY_IDS = _EVENT.where(events.c.id.in_(bindparam("ids", expanding=True)))
_OF_SITE = (
    _EVENT.where(
        events.c.site_id == bindparam("site_id"), events.c.seq > bindparam("after"), events.c.seq <= bindparam("until")
    )
    .order_by(events.c.seq)
    .limit(bindparam("limit"))
)
_NEWEST = select(func.max(events.c.seq))
# Who has written events and has not ended yet: a writer holds this lock from before it draws a number to its end.
_WRITERS = text(
    "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND relation = 'events'::regclass"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND mode = 'RowExclusiveLock'"
)


class Settled:
    """Up to which number every event can be seen that ever will be; it only rises."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._until = 0

    def until(self, patience_seconds: float = PATIENCE_SECONDS) -> int:
        """The highest such number. Where a writer takes longer than `patience_seconds`, the last one known."""
        with self._database.read() as connection:
            newest = connection.execute(_NEWEST).scalar() or 0
            if newest > self._until and (self._database.is_sqlite or _have_ended(connection, patience_seconds)):
                self._until = newest
        return self._until


def of_site(connection: Connection, site_id: str, *, after: int, until: int, limit: int) -> list[EventRecord]:
    """Events of a site in order, with numbers above `after` and up to `until`."""
    values = {"site_id": site_id, "after": after, "until": until, "limit": limit}
    return _with_decisions(connection, connection.execute(_OF_SITE, values).all())


def by_ids(connection: Connection, event_ids: Sequence[str]) -> dict[str, EventRecord]:
    """Events by their ids."""
    rows = connection.execute(_BY_IDS, {"ids": event_ids}).all()
    return {record.id: record for record in _with_decisions(connection, rows)}


def position(connection: Connection, site_id: str, event_id: str) -> int | None:
    """The number of a site's event; None where the site has no such event."""
    query = select(events.c.seq).where(events.c.id == event_id, events.c.site_id == site_id)
    return connection.execute(query).scalar()


def state_before(connection: Connection, comment_id: str, decision_id: str) -> str | None:
    """Where the comment stood before this decision moved it; None where it moved nothing."""
    query = select(events.c.previous_state).where(
        events.c.comment_id == comment_id, events.c.decision_id == decision_id
    )
    return connection.execute(query.order_by(events.c.seq).limit(1)).scalar()


def shown(record: EventRecord) -> dict[str, Any]:
    """The event as the feed, the stream and webhooks give it."""
    if record.data is not None:
        change = {"site_id": record.site_id, "previous_state": record.previous_state, "state": record.state}
        data = change | orjson.loads(record.data)
        return {"id": record.id, "type": record.type, "timestamp": rfc3339(record.at), "data": data}
    return {
        "id": record.id,
        "type": record.type,
        "timestamp": rfc3339(record.at),
        "data": {
            "comment_id": record.comment_id,
            "external_id": record.external_id,
            "site_id": record.site_id,
            "revision": record.revision,
            "previous_state": record.previous_state,
            "state": record.state,
            "decision": None if record.decision is None else decisions.shown(record.decision),
        },
    }


def _have_ended(connection: Connection, patience_seconds: float) -> bool:
    """Wait for those who were writing events when this was called; False where one takes too long.

    A writer's lock ends after its rows can be seen, so whoever is not found has either shown or lost them.
    """
    ends = time.monotonic() + patience_seconds
    writing = set(connection.execute(_WRITERS).scalars())
    while writing:
        if time.monotonic() > ends:
            return False
        time.sleep(LOOK_SECONDS)
        writing &= set(connection.execute(_WRITERS).scalars())
    return True


def _with_decisions(connection: Connection, rows: Sequence[Any]) -> list[EventRecord]:
    wanted = [row.decision_id for row in rows if row.decision_id is not None]
    found = decisions.by_ids(connection, wanted) if wanted else {}
    return [
        EventRecord(
            row.seq,
            row.id,
            row.site_id,
            row.comment_id,
            row.external_id,
            row.revision,
            row.type,
            row.previous_state,
            row.state,
            row.at,
            row.data,
            found.get(row.decision_id),
        )
        for row in rows
    ]
