"""What happened to a lane, as an event like any other: read in the feed, sent by webhooks, kept as the audit log."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection

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
