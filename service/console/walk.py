"""The way through the queue: open an item, go on to the next one that is free."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from models.errors import LeaseGone, NotFound, RedisUnavailable
from models.vocabulary import ReviewReason, Role
from service.review import ItemCard, Review
from store.records.reviewers import Reviewer

PAGE = 10
MAX_PAGES = 20


@dataclass(frozen=True, slots=True)
class Filter:
    """Which part of the queue a reviewer works on; None means all of it."""

    site: str | None = None
    reason: ReviewReason | None = None

    @property
    def query(self) -> dict[str, Any]:
        """The filter as the query string has it."""
        given = {"site": self.site, "reason": self.reason.value if self.reason else None}
        return {name: value for name, value in given.items() if value}


def open_item(review: Review, reviewer: Reviewer, item_id: str) -> ItemCard:
    """The item, leased to the reviewer where it is free. Works without Redis. Raises NotFound."""
    card = review.card(reviewer, item_id)
    if not card.item.waiting or not reviewer.may(Role.REVIEWER, card.item.site_id):
        return card
    try:
        claimed = review.claim_named(reviewer, [item_id])
    except RedisUnavailable:
        return card
    return claimed[0] if claimed else review.card(reviewer, item_id)


def go_on(review: Review, reviewer: Reviewer, wanted: Filter, leave: str | None) -> str | None:
    """Lease the best free item behind the one that is left, else the best of all; its id, None if there is none.

    Going on in order, rather than to the best each time, does not bring back what was just skipped.
    """
    position = None if leave is None else _leave(review, reviewer, leave)
    found = _free(review, reviewer, wanted, position, leave)
    if found is None and position is not None:
        found = _free(review, reviewer, wanted, None, leave)
    return found


def position_of(card: ItemCard) -> tuple[float, str]:
    """Where an item stands in the queue."""
    return card.item.rank, card.item.id


def _leave(review: Review, reviewer: Reviewer, item_id: str) -> tuple[float, str] | None:
    """Give the item back, so that others need not wait for the lease to end."""
    try:
        card = review.card(reviewer, item_id)
    except NotFound:
        return None
    if card.lease is not None and card.lease.reviewer_id == reviewer.id:
        with suppress(LeaseGone, RedisUnavailable):
            review.release(reviewer, card.lease.id)
    return position_of(card)


def _free(
    review: Review, reviewer: Reviewer, wanted: Filter, after: tuple[float, str] | None, leave: str | None
) -> str | None:
    for _ in range(MAX_PAGES):
        cards = review.items(
            reviewer, site_id=wanted.site, reason=wanted.reason, oldest_first=False, after=after, limit=PAGE
        )
        for card in cards:
            if card.item.id != leave and _take(review, reviewer, card):
                return card.item.id
        if len(cards) < PAGE:
            return None
        after = position_of(cards[-1])
    return None


def _take(review: Review, reviewer: Reviewer, card: ItemCard) -> bool:
    if card.lease is not None and card.lease.reviewer_id != reviewer.id:
        return False
    try:
        return bool(review.claim_named(reviewer, [card.item.id]))
    except RedisUnavailable:
        return True  # Without leases the versions keep two reviewers apart.
