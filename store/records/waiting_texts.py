"""What waits for a person, with the keys by which nearly the same texts find each other."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select

from models.vocabulary import DecidedBy, ReviewReason
from store.records import evidence
from store.records.schema import decisions, review_items


class WaitingText(NamedTuple):
    """A review item that waits. `keys`: of its text, none for a short one; `probability`: None where no model spoke."""

    item_id: str
    version: int
    site_id: str
    comment_id: str
    waiting_since: int
    probability: float | None
    keys: tuple[int, ...]


def best(connection: Connection, site_ids: Sequence[str] | None, limit: int) -> list[WaitingText]:
    """The first `limit` in the order of the queue; `site_ids` None: of all sites. Blind ones are left out, since acting
    on many at once would tell that they are."""
    query = (
        select(
            review_items.c.id,
            review_items.c.version,
            review_items.c.site_id,
            review_items.c.comment_id,
            review_items.c.waiting_since,
            decisions.c.probability,
            decisions.c.evidence,
        )
        .join(
            decisions,
            (decisions.c.comment_id == review_items.c.comment_id)
            & (decisions.c.revision == review_items.c.revision)
            & (decisions.c.decided_by != DecidedBy.HUMAN.value)
            & decisions.c.evidence.is_not(None)
            & decisions.c.undone_at.is_(None),
        )
        .where(review_items.c.waiting == 1, review_items.c.reason != ReviewReason.BLIND.value)
        .order_by(review_items.c.rank, review_items.c.id)
        .limit(limit)
    )
    if site_ids is not None:
        query = query.where(review_items.c.site_id.in_(site_ids))
    found = {row.id: WaitingText(*row[:6], evidence.load_keys(row.evidence).texts) for row in connection.execute(query)}
    return list(found.values())
