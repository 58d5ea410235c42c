"""The entries of sites' lists: whom and what they block, hold or allow."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, update

from models.errors import NotFound, Refused
from store.ids import new_id, new_ids, now_us
from store.records.rule_tables import list_entries

MAX_OF_SITE = 10_000
MAX_PATTERNS_OF_SITE = 100


class StoredEntry(NamedTuple):
    """An entry as it is kept. Instants are microseconds since 1970; `hits`: how many decisions it spoke in."""

    id: str
    site_id: str
    effect: str
    kind: str
    value: str
    reason: str | None
    expires_at: int | None
    hits: int
    last_hit_at: int | None
    version: int
    created_at: int


_COLUMNS = [list_entries.c[name] for name in StoredEntry._fields]


def add(
    connection: Connection,
    site_id: str,
    *,
    effect: str,
    kind: str,
    value: str,
    reason: str | None = None,
    expires_at: int | None = None,
) -> StoredEntry:
    """Write a new entry. Raises Refused where the site has enough of them, or one of this kind and value."""
    refuse(connection, site_id, kind, value)
    entry = StoredEntry(new_id("lst"), site_id, effect, kind, value, reason, expires_at, 0, None, 1, now_us())
    connection.execute(insert(list_entries).values(entry._asdict()))
    return entry


def add_many(connection: Connection, site_id: str, news: Sequence[tuple[str, str, str, str | None, int | None]]) -> int:
    """Write entries (effect, kind, value, reason, expires_at) but for those of which there is one of the same kind and
    value; return how many are new. Raises Refused where the site would have too many; then none is written."""
    mine = select(list_entries.c.kind, list_entries.c.value).where(list_entries.c.site_id == site_id)
    there = {(kind, value) for kind, value in connection.execute(mine)}
    fresh = {new[1:3]: new for new in news if new[1:3] not in there}
    kinds = [kind for kind, _ in (*there, *fresh)]
    if len(kinds) > MAX_OF_SITE:
        raise Refused(f"A site may have {MAX_OF_SITE:,} entries; these would make {len(kinds):,}.")
    if fresh and kinds.count("regex") > MAX_PATTERNS_OF_SITE:
        raise Refused(f"A site may have {MAX_PATTERNS_OF_SITE} patterns; these would make {kinds.count('regex')}.")
    at = now_us()
    rows = [
        StoredEntry(entry_id, site_id, *new, 0, None, 1, at)._asdict()
        for entry_id, new in zip(sorted(new_ids("lst", len(fresh))), fresh.values(), strict=True)
    ]
    if rows:
        connection.execute(insert(list_entries), rows)
    return len(rows)


def refuse(connection: Connection, site_id: str, kind: str, value: str, *, but: str | None = None) -> None:
    """Raise Refused where the site has enough entries, or another than `but` of this kind and value."""
    mine = list_entries.c.site_id == site_id
    if but is None:
        if connection.execute(select(func.count()).where(mine)).scalar_one() >= MAX_OF_SITE:
            raise Refused(f"A site may have {MAX_OF_SITE} entries; remove some first.")
        of_kind = connection.execute(select(func.count()).where(mine, list_entries.c.kind == kind)).scalar_one()
        if kind == "regex" and of_kind >= MAX_PATTERNS_OF_SITE:
            raise Refused(f"A site may have {MAX_PATTERNS_OF_SITE} patterns; remove some first.")
    same = select(list_entries.c.id).where(mine, list_entries.c.kind == kind, list_entries.c.value == value)
    there = connection.execute(same.where(list_entries.c.id != (but or ""))).scalars().first()
    if there is not None:
        raise Refused(f"There is an entry for this already, {there}; change that one.")


def get(connection: Connection, entry_id: str, site_id: str) -> StoredEntry:
    """One entry of a site. Raises NotFound."""
    query = select(*_COLUMNS).where(list_entries.c.id == entry_id, list_entries.c.site_id == site_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound("There is no such entry on this site's lists.")
    return StoredEntry(*row)


def page(
    connection: Connection, site_id: str, *, effect: str | None, kind: str | None, after: str | None, limit: int
) -> list[StoredEntry]:
    """The entries of a site, oldest first, those with an id above `after`; expired ones too."""
    query = select(*_COLUMNS).where(list_entries.c.site_id == site_id).order_by(list_entries.c.id).limit(limit)
    for column, value in ((list_entries.c.effect, effect), (list_entries.c.kind, kind)):
        if value is not None:
            query = query.where(column == value)
    if after is not None:
        query = query.where(list_entries.c.id > after)
    return [StoredEntry(*row) for row in connection.execute(query)]


def change(connection: Connection, entry: StoredEntry, **values: Any) -> StoredEntry | None:
    """Change an entry that is still as it was read; None where somebody changed it since."""
    statement = update(list_entries).where(list_entries.c.id == entry.id, list_entries.c.version == entry.version)
    if connection.execute(statement.values(**values, version=entry.version + 1)).rowcount != 1:
        return None
    return get(connection, entry.id, entry.site_id)


def remove(connection: Connection, entry: StoredEntry) -> bool:
    """Remove an entry that is still as it was read; False where somebody changed it since."""
    statement = delete(list_entries).where(list_entries.c.id == entry.id, list_entries.c.version == entry.version)
    return connection.execute(statement).rowcount == 1
