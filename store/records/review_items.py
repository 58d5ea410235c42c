"""Review items: which comments wait for a person, in which order, and their versions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, func, select, tuple_, update

from store.records.database import insert_many
from store.records.schema import comments, review_items, revisions


class ReviewItem(NamedTuple):
    """A comment that waits, or waited, for a person. Lower `rank` (minus the priority) comes first."""

    id: str
    comment_id: str
    site_id: str
    revision: int
    reason: str
    rank: float
    version: int
    waiting: int
    waiting_since: int


class Narrowing(NamedTuple):
    """What part of what waits: in a language, waiting since before an instant (µs), with words in its text or name."""

    language: str | None = None
    waiting_before: int | None = None
    words: str | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many items wait, since when, and why."""

    waiting: int
    oldest_waiting_since: int | None
    by_reason: dict[str, int]
    by_site: dict[str, int]


NO_NARROWING = Narrowing()
_COLUMNS = [review_items.c[name] for name in ReviewItem._fields]
_waiting = review_items.c.waiting == 1


def add(connection: Connection, items: Sequence[ReviewItem]) -> None:
    """Write new items."""
    insert_many(connection, review_items, ReviewItem._fields, items)


def put(connection: Connection, item: ReviewItem) -> ReviewItem:
    """Have a comment wait for a person, with the item that it may have had before; return what is stored."""
    known = of_comment(connection, item.comment_id)
    if known is None:
        add(connection, [item])
        return item
    stored = item._replace(id=known.id, version=known.version + 1)
    values = {name: getattr(stored, name) for name in ReviewItem._fields if name != "id"}
    connection.execute(update(review_items).where(review_items.c.id == known.id).values(**values))
    return stored


def by_ids(connection: Connection, item_ids: Sequence[str]) -> dict[str, ReviewItem]:
    """Items by id, decided ones included."""
    query = select(*_COLUMNS).where(review_items.c.id.in_(item_ids))
    return {item.id: item for item in (ReviewItem(*row) for row in connection.execute(query))}


def of_comment(connection: Connection, comment_id: str) -> ReviewItem | None:
    """The item of a comment, if it ever needed a person."""
    row = connection.execute(select(*_COLUMNS).where(review_items.c.comment_id == comment_id)).one_or_none()
    return None if row is None else ReviewItem(*row)


def of_comments(connection: Connection, comment_ids: Sequence[str]) -> dict[str, ReviewItem]:
    """The items of these comments that ever needed a person, by comment id."""
    query = select(*_COLUMNS).where(review_items.c.comment_id.in_(comment_ids))
    return {item.comment_id: item for item in (ReviewItem(*row) for row in connection.execute(query))}


def close(connection: Connection, item: ReviewItem) -> bool:
    """A person decided this version of the item; False if somebody was first."""
    return _step(connection, item, waiting=0, since=item.waiting_since)


def reopen(connection: Connection, item: ReviewItem, waiting_since: int, reason: str | None = None) -> bool:
    """The item waits again as a new version, for another reason if one is given; False if it has changed since it was
    read."""
    return _step(connection, item, waiting=1, since=waiting_since, reason=reason)


def page(
    connection: Connection,
    *,
    site_id: str | Sequence[str] | None,
    reason: str | None,
    oldest_first: bool,
    after: tuple[float, str] | None,
    limit: int,
    narrowing: Narrowing = NO_NARROWING,
) -> list[ReviewItem]:
    """Waiting items, best first (or oldest first), those behind `after`: (rank or waiting_since, id).

    `site_id`: of one site, of several, or of all (None).
    """
    order = review_items.c.waiting_since if oldest_first else review_items.c.rank
    query = select(*_COLUMNS).where(_waiting).order_by(order, review_items.c.id).limit(limit)
    if site_id is not None:
        query = query.where(_of(site_id))
    if reason is not None:
        query = query.where(review_items.c.reason == reason)
    query = query.where(*_narrowed(narrowing))
    if after is not None:
        query = query.where(tuple_(order, review_items.c.id) > tuple_(*after))
    return [ReviewItem(*row) for row in connection.execute(query)]


def _narrowed(narrowing: Narrowing) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    of_item = (revisions.c.comment_id == review_items.c.comment_id) & (revisions.c.revision == review_items.c.revision)
    if narrowing.waiting_before is not None:
        found.append(review_items.c.waiting_since < narrowing.waiting_before)
    if narrowing.language is not None:
        spoken = select(comments.c.id).where(
            comments.c.id == review_items.c.comment_id, comments.c.language == narrowing.language
        )
        found.append(spoken.exists())
    if narrowing.words is not None:
        held = revisions.c.body.icontains(narrowing.words, autoescape=True)
        named = comments.c.author_name.icontains(narrowing.words, autoescape=True)
        said = (
            select(revisions.c.id).join(comments, comments.c.id == revisions.c.comment_id).where(of_item, held | named)
        )
        found.append(said.exists())
    return found


def since(connection: Connection, site_id: str | Sequence[str] | None, at: int) -> int:
    """How many of the waiting items came after that instant (µs)."""
    condition = _waiting & (review_items.c.waiting_since > at)
    if site_id is not None:
        condition &= _of(site_id)
    return connection.execute(select(func.count()).select_from(review_items).where(condition)).scalar_one()


def waiting(connection: Connection) -> list[tuple[str, str, float]]:
    """Every waiting item as (id, site id, rank): what the queue in Redis is rebuilt from."""
    query = select(review_items.c.id, review_items.c.site_id, review_items.c.rank).where(_waiting)
    return [(item_id, site_id, rank) for item_id, site_id, rank in connection.execute(query)]


def counts(connection: Connection, site_id: str | Sequence[str] | None) -> Counts:
    """Numbers of the waiting items, of one site, of several or of all."""
    condition = _waiting if site_id is None else _waiting & _of(site_id)

    def by(column: str) -> dict[str, int]:
        grouped = select(review_items.c[column], func.count()).where(condition).group_by(review_items.c[column])
        return {value: count for value, count in connection.execute(grouped)}

    total, oldest = connection.execute(
        select(func.count(), func.min(review_items.c.waiting_since)).where(condition)
    ).one()
    return Counts(total, oldest, by("reason"), by("site_id"))


def counts_of(connection: Connection, site_ids: Sequence[str] | None) -> tuple[int, int | None]:
    """How many items of these sites wait, None for all of them, and since when the oldest does."""
    query = select(func.count(), func.min(review_items.c.waiting_since)).where(_waiting)
    if site_ids is not None:
        query = query.where(review_items.c.site_id.in_(site_ids))
    count, oldest = connection.execute(query).one()
    return count, oldest


def counts_by_site(connection: Connection, site_ids: Sequence[str] | None) -> dict[str, tuple[int, int]]:
    """By site, None for all of them: how many items wait, and since when the oldest does; none where nothing waits."""
    query = select(review_items.c.site_id, func.count(), func.min(review_items.c.waiting_since)).where(_waiting)
    if site_ids is not None:
        query = query.where(review_items.c.site_id.in_(site_ids))
    rows = connection.execute(query.group_by(review_items.c.site_id))
    return {site_id: (count, oldest) for site_id, count, oldest in rows}


def count_waiting(connection: Connection) -> int:
    """How many items wait, over all sites."""
    return connection.execute(select(func.count()).select_from(review_items).where(_waiting)).scalar_one()


def _of(site_id: str | Sequence[str]) -> ColumnElement[bool]:
    if isinstance(site_id, str):
        return review_items.c.site_id == site_id
    return review_items.c.site_id.in_(site_id)


def _step(connection: Connection, item: ReviewItem, *, waiting: int, since: int, reason: str | None = None) -> bool:
    statement = (
        update(review_items)
        .where(
            review_items.c.id == item.id,
            review_items.c.version == item.version,
            review_items.c.waiting == item.waiting,
        )
        .values(version=item.version + 1, waiting=waiting, waiting_since=since, reason=reason or item.reason)
    )
    return connection.execute(statement).rowcount == 1
