"""Known spam that waits among the audits: comments that nobody sent, and whether reviewers saw what they are.

While such a comment exists it stands in the tables of comments, so that everything a reviewer looks at is as always.
It has no event, no decision of the machine, no label and no outcome for the lanes; whatever is read for a site's own
clients leaves it out by `store.records.seeded`, and once decided it is deleted.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, exists, func, insert, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from models.vocabulary import LabelKind, ReviewReason, State
from store.ids import new_id
from store.records import lane_outcomes
from store.records.database import insert_many
from store.records.guarantee_tables import lane_outcomes as outcomes
from store.records.note_tables import mentions, notes
from store.records.review_items import ReviewItem
from store.records.schema import comments, decisions, labels, review_items, revisions
from store.records.seed_tables import seed_settings, seed_texts, seeds
from store.records.seeded import NOT_A_SEED
from store.records.submissions import COMMENT_COLUMNS, NewComment, copied

_GIVEN = "given:"
_REVISION_COLUMNS = ("comment_id", "revision", "site_id", "body", "state", "attempt", "received_at")


class SeedSetting(NamedTuple):
    """How many seeds a site wants for one blind item, and up to when blind items were counted (µs)."""

    site_id: str
    rate: float
    looked_at: int


class KnownSpam(NamedTuple):
    """A text that is spam. `source`: what it repeats, so that no text is shown twice."""

    source: str
    comment: NewComment


class Counted(NamedTuple):
    """What became of a site's seeds. `by_reviewer`: (id, decided, missed) of each."""

    decided: int
    missed: int
    by_reviewer: tuple[tuple[str, int, int], ...]


def setting(connection: Connection, site_id: str) -> SeedSetting | None:
    """What a site wants; None where it never wanted any."""
    query = select(seed_settings).where(seed_settings.c.site_id == site_id)
    row = connection.execute(query).one_or_none()
    return None if row is None else SeedSetting(*row)


def wanted(connection: Connection) -> list[SeedSetting]:
    """All sites that want seeds or did."""
    return [SeedSetting(*row) for row in connection.execute(select(seed_settings))]


def put_setting(connection: Connection, new: SeedSetting) -> None:
    """Lay down what a site wants."""
    statement = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(seed_settings)
    changed = {"rate": new.rate, "looked_at": new.looked_at}
    connection.execute(statement.values(new._asdict()).on_conflict_do_update(index_elements=["site_id"], set_=changed))


def put_texts(connection: Connection, site_id: str, given: Sequence[NewComment]) -> None:
    """Keep the known spam that the owner gives, instead of what was given before."""
    connection.execute(delete(seed_texts).where(seed_texts.c.site_id == site_id))
    rows = [
        {"site_id": site_id, "body": one.body, "author_name": one.author_name, "author_url": one.author_url}
        for one in given
    ]
    if rows:
        connection.execute(insert(seed_texts), rows)


def count_texts(connection: Connection, site_id: str) -> int:
    """How many texts the owner gave."""
    query = select(func.count()).select_from(seed_texts).where(seed_texts.c.site_id == site_id)
    return connection.execute(query).scalar_one()


def unused(connection: Connection, site_id: str, limit: int) -> list[KnownSpam]:
    """Known spam that was not shown yet: what the owner gave, and the newest that reviewers called spam."""
    return _given(connection, site_id, limit) + _labelled(connection, site_id, limit)


def blind_since(connection: Connection, site_id: str, since: int, until: int) -> int:
    """How many blind items of comments that somebody sent came after one instant and up to another (µs)."""
    query = (
        select(func.count())
        .select_from(review_items)
        .where(
            review_items.c.site_id == site_id,
            review_items.c.reason == ReviewReason.BLIND.value,
            review_items.c.waiting_since > since,
            review_items.c.waiting_since <= until,
            review_items.c.comment_id.not_in(select(seeds.c.comment_id)),
        )
    )
    return connection.execute(query).scalar_one()


def newest_page(connection: Connection, site_id: str) -> tuple[str | None, str | None]:
    """Address and title of the page that was commented on last."""
    query = select(comments.c.page_url, comments.c.page_title).where(comments.c.site_id == site_id, NOT_A_SEED)
    row = connection.execute(query.order_by(comments.c.id.desc()).limit(1)).one_or_none()
    return (None, None) if row is None else (row.page_url, row.page_title)


def place(connection: Connection, site_id: str, spam: KnownSpam, rank: float, at: int) -> ReviewItem:
    """Have the text wait like any blind item; the item."""
    comment_id, text = new_id("cmt"), spam.comment
    insert_many(connection, comments, COMMENT_COLUMNS, [(comment_id, site_id, *copied(text), at, 1)])
    row = (comment_id, 1, site_id, text.body, State.REVIEW.value, 1, at)
    insert_many(connection, revisions, _REVISION_COLUMNS, [row])
    item = ReviewItem(new_id("rev"), comment_id, site_id, 1, ReviewReason.BLIND.value, rank, 1, 1, at)
    insert_many(connection, review_items, ReviewItem._fields, [item])
    values = {"comment_id": comment_id, "site_id": site_id, "source": spam.source, "placed_at": at}
    connection.execute(insert(seeds).values(values))
    return item


def names_before(connection: Connection, comment_ids: Sequence[str]) -> dict[str, str | None]:
    """Of those of these comments that are seeds: the site's own id of the comment that came before each."""
    before = comments.alias()
    newest = (
        select(before.c.external_id)
        .where(before.c.site_id == seeds.c.site_id, before.c.id < seeds.c.comment_id)
        .order_by(before.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = select(seeds.c.comment_id, newest).where(seeds.c.comment_id.in_(comment_ids))
    return {comment_id: name for comment_id, name in connection.execute(query)}


def decide(
    connection: Connection, comment_id: str, decision_id: str, reviewer_id: str, *, missed: bool, at: int
) -> None:
    """Note what a reviewer took a seed for. The lanes hear nothing of it."""
    lane_outcomes.take_back(connection, decision_id)
    said = {"decision_id": decision_id, "reviewer_id": reviewer_id, "missed": int(missed), "decided_at": at}
    connection.execute(update(seeds).where(seeds.c.comment_id == comment_id).values(said))


def take_back(connection: Connection, comment_id: str) -> None:
    """The reviewer took the decision back."""
    said = dict.fromkeys(("decision_id", "reviewer_id", "missed", "decided_at"))
    connection.execute(update(seeds).where(seeds.c.comment_id == comment_id).values(said))


def over(connection: Connection, *, decided_before: int, placed_before: int) -> list[tuple[str, str, str]]:
    """Seeds to remove, as (comment, item, site): decided before one instant, placed before another and undecided, of
    sites that want none any more, or copies of what has been erased since."""
    unwanted = seeds.c.site_id.in_(select(seed_settings.c.site_id).where(seed_settings.c.rate == 0.0))
    erased = exists().where(revisions.c.comment_id == seeds.c.source, revisions.c.state == State.ERASED.value)
    query = (
        select(seeds.c.comment_id, review_items.c.id, seeds.c.site_id)
        .join(review_items, review_items.c.comment_id == seeds.c.comment_id)
        .where(
            seeds.c.removed_at.is_(None),
            erased
            | (seeds.c.decided_at < decided_before)
            | (seeds.c.decided_at.is_(None) & ((seeds.c.placed_at < placed_before) | unwanted)),
        )
    )
    return [(comment_id, item_id, site_id) for comment_id, item_id, site_id in connection.execute(query)]


def remove(connection: Connection, comment_ids: Sequence[str], at: int) -> None:
    """Delete the comments; what their reviewers took them for stays, of undecided ones nothing."""
    of_notes = select(notes.c.id).where(notes.c.comment_id.in_(comment_ids))
    connection.execute(delete(mentions).where(mentions.c.note_id.in_(of_notes)))
    for table in (notes, outcomes, review_items, decisions, revisions):
        connection.execute(delete(table).where(table.c.comment_id.in_(comment_ids)))
    connection.execute(delete(comments).where(comments.c.id.in_(comment_ids)))
    named = seeds.c.comment_id.in_(comment_ids)
    connection.execute(delete(seeds).where(named, seeds.c.decided_at.is_(None)))
    connection.execute(update(seeds).where(named).values(removed_at=at))


def counted(connection: Connection, site_id: str) -> Counted:
    """How many seeds of a site were decided for good and how many of them missed."""
    query = (
        select(seeds.c.reviewer_id, func.count(), func.sum(seeds.c.missed))
        .where(seeds.c.site_id == site_id, seeds.c.removed_at.is_not(None))
        .group_by(seeds.c.reviewer_id)
        .order_by(seeds.c.reviewer_id)
    )
    each = tuple((str(who), int(n), int(missed)) for who, n, missed in connection.execute(query))
    return Counted(sum(n for _, n, _ in each), sum(missed for *_, missed in each), each)


def _given(connection: Connection, site_id: str, limit: int) -> list[KnownSpam]:
    used = select(seeds.c.source).where(seeds.c.site_id == site_id)
    name = literal(_GIVEN) + seed_texts.c.id.cast(seeds.c.source.type)
    query = select(name, seed_texts.c.body, seed_texts.c.author_name, seed_texts.c.author_url).where(
        seed_texts.c.site_id == site_id, name.not_in(used)
    )
    return [
        KnownSpam(source, NewComment(body=body, author_name=author, author_url=url))
        for source, body, author, url in connection.execute(query.limit(limit))
    ]


def _labelled(connection: Connection, site_id: str, limit: int) -> list[KnownSpam]:
    used = select(seeds.c.source).where(seeds.c.site_id == site_id)
    names = ("content_type", "language", "author_name", "author_url", "author_role", "page_url", "page_title")
    query = (
        select(comments.c.id, revisions.c.body, comments.c.author_id, *(comments.c[name] for name in names))
        .join(labels, (labels.c.comment_id == comments.c.id) & (labels.c.revision == comments.c.revision))
        .join(revisions, (revisions.c.comment_id == comments.c.id) & (revisions.c.revision == comments.c.revision))
        .where(
            comments.c.site_id == site_id,
            labels.c.label == LabelKind.SPAM.value,
            labels.c.source == "reviewer",
            labels.c.withdrawn_at.is_(None),
            revisions.c.state.in_((State.REJECTED.value, State.DISCARDED.value)),
            comments.c.id.not_in(used),
        )
        .order_by(comments.c.id.desc())
        .limit(limit)
    )
    return [
        KnownSpam(row.id, NewComment(row.body, author_id=row.author_id, **{name: getattr(row, name) for name in names}))
        for row in connection.execute(query)
    ]
