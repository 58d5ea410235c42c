"""How many comments reached the lanes: a row for each batch, summed up when the lanes are next looked at."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, select

from models.vocabulary import LaneCall
from store.records.database import insert_many
from store.records.guarantee_tables import lane_traffic

_FIELDS = ("site_id", "at", "approve", "review", "reject", "approve_coin_items")


class Traffic(NamedTuple):
    """Comments by lane. `approve_coin_items`: of the approve lane, their coin under the rate of the reject lane."""

    approve: int = 0
    review: int = 0
    reject: int = 0
    approve_coin_items: int = 0


def add(connection: Connection, called: Sequence[tuple[str, LaneCall]], at: int) -> None:
    """Count what the lanes said of a batch: (site id, call)."""
    by_site: dict[str, list[int]] = {}
    for site_id, call in called:
        counts = by_site.setdefault(site_id, [0, 0, 0, 0])
        counts[_PLACE[call.lane]] += 1
        counts[3] += call.lane == "approve" and call.coin < call.reject_rate
    insert_many(connection, lane_traffic, _FIELDS, [(site_id, at, *counts) for site_id, counts in by_site.items()])


def take(connection: Connection, site_id: str) -> Traffic:
    """What has come since this was last asked, which is forgotten with this transaction."""
    table = lane_traffic
    newest = connection.execute(select(func.max(table.c.seq)).where(table.c.site_id == site_id)).scalar()
    if newest is None:
        return Traffic()
    mine = (table.c.site_id == site_id) & (table.c.seq <= newest)
    statement = delete(table).where(mine).returning(*(table.c[name] for name in Traffic._fields))
    rows = connection.execute(statement).all()
    return Traffic(*(sum(row[place] for row in rows) for place in range(len(Traffic._fields))))


def sites_waiting(connection: Connection) -> set[str]:
    """Sites of which something is not counted yet."""
    return set(connection.execute(select(lane_traffic.c.site_id).distinct()).scalars())


_PLACE = {"approve": 0, "review": 1, "reject": 2}
