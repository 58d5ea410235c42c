"""Links of digests: each leads one reviewer to one comment that waits, and decides once. Kept only as their SHA-256."""

import secrets
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from store.records.keys import digest
from store.records.note_tables import digest_links

HOUR_US = 3600 * 1_000_000
LASTS_US = 72 * HOUR_US
SECRET_BYTES = 32


class Link(NamedTuple):
    """Whom a link is for, and to which review item it leads. `is_live`: it neither ended nor was used."""

    reviewer_id: str
    item_id: str
    is_live: bool


def add(connection: Connection, reviewer_id: str, item_ids: Sequence[str], now: int) -> list[str]:
    """A secret for each of these items, shown this once, in the same order."""
    made = [secrets.token_urlsafe(SECRET_BYTES) for _ in item_ids]
    rows = [
        {"digest": digest(secret), "reviewer_id": reviewer_id, "item_id": item_id, "expires_at": now + LASTS_US}
        for secret, item_id in zip(made, item_ids, strict=True)
    ]
    if rows:
        connection.execute(insert(digest_links), rows)
    return made


def find(connection: Connection, secret: str, now: int) -> Link | None:
    """The link with this secret, live or not."""
    table = digest_links
    query = select(table.c.reviewer_id, table.c.item_id, table.c.expires_at, table.c.used_at)
    row = connection.execute(query.where(table.c.digest == digest(secret))).one_or_none()
    return None if row is None else Link(row.reviewer_id, row.item_id, row.used_at is None and row.expires_at > now)


def use(connection: Connection, secret: str, now: int) -> bool:
    """Use the link up; False where somebody did before, or it has ended."""
    table = digest_links
    statement = update(table).where(
        table.c.digest == digest(secret), table.c.used_at.is_(None), table.c.expires_at > now
    )
    return connection.execute(statement.values(used_at=now)).rowcount == 1


def give_back(connection: Connection, secret: str) -> None:
    """What the link was used for did not happen: it is good again, until its end."""
    connection.execute(update(digest_links).where(digest_links.c.digest == digest(secret)).values(used_at=None))


def forget_ended(connection: Connection, before: int) -> None:
    """Delete links that ended before that instant."""
    connection.execute(delete(digest_links).where(digest_links.c.expires_at < before))
