"""The way through the queue: open an item, go on to the next one that is free."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from models.errors import LeaseGone, NotFound, RedisUnavailable
from models.vocabulary import ReviewReason, Role
from service.review import ItemCard, Review
from store.ids import now_us
from store.records.review_items import Narrowing
from store.records.reviewers import Reviewer

PAGE = 10
MAX_PAGES = 20
HOUR_US = 3_600_000_000


@dataclass(frozen=True, slots=True)
class Filter:
    """Which part of the queue a reviewer works on; None means all of it. `hours`: waiting for at least so long."""

    site: str | None = None
    reason: ReviewReason | None = None
    language: str | None = None
    hours: int | None = None
    words: str | None = None

    @property
    def query(self) -> dict[str, Any]:
        """The filter as the query string has it."""
        given = {
            "site": self.site,
            "reason": self.reason.value if self.reason else None,
            "language": self.language,
            "hours": self.hours,
            "q": self.words,
        }
        return {name: value for name, value in given.items() if value}


def items(
    review: Review, reviewer: Reviewer, wanted: Filter, after: tuple[float, str] | None, limit: int
) -> list[ItemCard]:
    """What waits and fits the filter, best first."""
    before = None if wanted.hours is None else now_us() - wanted.hours * HOUR_US
    return review.items(
        reviewer,
        site_id=wanted.site,
        reason=wanted.reason,
        oldest_first=False,
        after=after,
        limit=limit,
        narrowing=Narrowing(wanted.language, before, wanted.words),
    )


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


def ahead(
    review: Review, reviewer: Reviewer, wanted: Filter, *, after: str | None, known: Sequence[str], count: int
) -> list[ItemCard]:
    """Lease up to `count` free items behind `after`, else from the start, none of those that are known already.

    Without Redis they come without a lease.
    """
    seen = set(known)
    found = _collect(review, reviewer, wanted, _position(review, reviewer, after), count=count, seen=seen)
    if len(found) < count and after is not None:
        found += _collect(review, reviewer, wanted, None, count=count - len(found), seen=seen)
    try:
        return review.claim_named(reviewer, [card.item.id for card in found])
    except RedisUnavailable:
        return found


def leave(review: Review, reviewer: Reviewer, item_ids: Sequence[str]) -> None:
    """Give items back, those that one holds."""
    for item_id in item_ids:
        _leave(review, reviewer, item_id)


def position_of(card: ItemCard) -> tuple[float, str]:
    """Where an item stands in the queue."""
    return card.item.rank, card.item.id


def _position(review: Review, reviewer: Reviewer, item_id: str | None) -> tuple[float, str] | None:
    if item_id is None:
        return None
    with suppress(NotFound):
        return position_of(review.card(reviewer, item_id))
    return None


def _collect(
    review: Review, reviewer: Reviewer, wanted: Filter, after: tuple[float, str] | None, *, count: int, seen: set[str]
) -> list[ItemCard]:
    """Free items in order; those found are added to `seen`."""
    found: list[ItemCard] = []
    for _ in range(MAX_PAGES):
        page = items(review, reviewer, wanted, after, PAGE)
        for card in page:
            held = card.lease is not None and card.lease.reviewer_id != reviewer.id
            if len(found) < count and card.item.id not in seen and not held and _may(reviewer, card):
                seen.add(card.item.id)
                found.append(card)
        if len(found) == count or len(page) < PAGE:
            break
        after = position_of(page[-1])
    return found


def _may(reviewer: Reviewer, card: ItemCard) -> bool:
    return reviewer.may(Role.REVIEWER, card.item.site_id)


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
        cards = items(review, reviewer, wanted, after, PAGE)
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
