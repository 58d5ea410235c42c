"""What happened to a lane, as an event like any other: read in the feed, sent by webhooks, kept as the audit log."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, select

from store.ids import new_ids
from store.records import deliveries
from store.records.database import insert_many
from store.records.deliveries import Outward
from store.records.schema import events

_COLUMNS = ("id", "site_id", "type", "previous_state", "state", "data", "at", "deliver_after")


class LaneEvent(NamedTuple):
    """A change of a lane. `kind`: what is behind `lane.` in its type; `evidence`: what it rests on, JSON values."""

    lane: str
    kind: str
    previous_state: str
    state: str
    evidence: dict[str, Any]


def add(connection: Connection, site_id: str, changes: Sequence[LaneEvent], at: int) -> None:
    """Write the events of changes in their order, and schedule whom to tell."""
    ids = new_ids("evt", len(changes))
    insert_many(
        connection,
        events,
        _COLUMNS,
        [
            (
                event_id,
                site_id,
                f"lane.{change.kind}",
                change.previous_state,
                change.state,
                orjson.dumps({"lane": change.lane, **change.evidence}).decode(),
                at,
                at,
            )
            for event_id, change in zip(ids, changes, strict=True)
        ],
    )
    outward = [
        Outward(event_id, site_id, f"lane_{change.lane}", at, by_person=False)
        for event_id, change in zip(ids, changes, strict=True)
    ]
    deliveries.schedule(connection, outward, at)


class StoredLaneEvent(NamedTuple):
    """A change of a lane as it was told. `at`: microseconds since 1970."""

    id: str
    kind: str
    previous_state: str
    state: str
    at: int
    evidence: dict[str, Any]


def of_lane(connection: Connection, site_id: str, lane: str, *, limit: int) -> list[StoredLaneEvent]:
    """The newest changes of a lane, newest first."""
    query = (
        select(events.c.id, events.c.type, events.c.previous_state, events.c.state, events.c.at, events.c.data)
        .where(events.c.site_id == site_id, events.c.data.like(f'{{"lane":"{lane}"%'))
        .order_by(events.c.seq.desc())
        .limit(limit)
    )
    return [
        StoredLaneEvent(event_id, kind.removeprefix("lane."), before, after, at, orjson.loads(data))
        for event_id, kind, before, after, at, data in connection.execute(query)
    ]
