"""Within how many hours a person should decide what waits: what the site laid down, else the installation's own."""

from collections.abc import Mapping

from sqlalchemy import Connection, select, update

from store.records.schema import sites

HOUR_US = 3600 * 1_000_000


def own(connection: Connection, site_id: str) -> int | None:
    """The hours that the site laid down itself; None where it laid down nothing."""
    return connection.execute(select(sites.c.review_target_hours).where(sites.c.id == site_id)).scalar()


def put(connection: Connection, site_id: str, hours: int | None) -> None:
    """Lay down a target of the site's own, or take it back (None)."""
    connection.execute(update(sites).where(sites.c.id == site_id).values(review_target_hours=hours))


def every_us(connection: Connection, otherwise_hours: int) -> Mapping[str, int]:
    """The target of every site in microseconds, by id."""
    rows = connection.execute(select(sites.c.id, sites.c.review_target_hours))
    return {site_id: (hours or otherwise_hours) * HOUR_US for site_id, hours in rows}
