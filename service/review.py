"""What reviewers do: see what waits, claim it, decide it, take it back."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from models.errors import AlreadyDecided, Forbidden, GatepostError, Gone, LeaseGone, NotFound, RedisUnavailable
from models.guarantee.seeding import disguised
from models.vocabulary import ReviewReason, Role
from service.auth import require_role, require_role_at
from service.overrule import Overruling, overrule
from service.recording import rule
from service.reversals import take_back
from service.rulings import Choice as Choice
from service.rulings import Ruling as Ruling
from store.live import answers, review_queue
from store.live.connection import ERRORS
from store.live.review_queue import Lease
from store.records import comments, decisions, labels, review_items, seeds, sites
from store.records.comments import CommentRecord
from store.records.database import Connection
from store.records.decisions import DecisionRecord
from store.records.review_items import NO_NARROWING, Counts, Narrowing, ReviewItem
from store.records.reviewers import Reviewer
from store.stores import Stores


@dataclass(frozen=True, slots=True)
class ItemCard:
    """A review item with its comment, what the machine said of it, and who holds it."""

    item: ReviewItem
    comment: CommentRecord
    machine: DecisionRecord | None
    lease: Lease | None


@dataclass(frozen=True, slots=True)
class Reversal:
    """What became of taking a decision back: the item that waits again, or why it does not."""

    decision_id: str
    card: ItemCard | None
    error: GatepostError | None = None


class Review:
    """The review queue as reviewers use it."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._undo_window_us = stores.settings.undo_seconds * 1_000_000

    def items(
        self,
        reviewer: Reviewer,
        *,
        site_id: str | None,
        reason: str | None,
        oldest_first: bool,
        after: tuple[float, str] | None,
        limit: int,
        narrowing: Narrowing = NO_NARROWING,
    ) -> list[ItemCard]:
        """Waiting items, best first, that this reviewer may see. Raises NotFound."""
        with self._stores.database.read() as connection:
            scope = _scope(connection, reviewer, site_id)
            found = review_items.page(
                connection,
                site_id=scope,
                reason=reason,
                oldest_first=oldest_first,
                after=after,
                limit=limit,
                narrowing=narrowing,
            )
            cards = _cards(connection, found)
        return self._with_leases(cards)

    def card(self, reviewer: Reviewer, item_id: str) -> ItemCard:
        """One item, waiting or decided. Raises NotFound."""
        with self._stores.database.read() as connection:
            item = review_items.by_ids(connection, [item_id]).get(item_id)
            cards = _cards(connection, [item] if item and reviewer.sees(item.site_id) else [])
        if not cards:
            raise NotFound("There is no such review item; it may belong to another site.")
        return self._with_leases(cards)[0]

    def cards(self, reviewer: Reviewer, item_ids: Sequence[str]) -> list[ItemCard]:
        """The items of these that this reviewer may see, without their leases."""
        with self._stores.database.read() as connection:
            found = review_items.by_ids(connection, item_ids)
            return _cards(connection, [i for i in found.values() if reviewer.sees(i.site_id)])

    def counts(self, reviewer: Reviewer, site_id: str | None) -> tuple[Counts, int]:
        """Numbers of what waits, and how many items are leased just now. Raises NotFound."""
        with self._stores.database.read() as connection:
            scope = _scope(connection, reviewer, site_id)
            counts = review_items.counts(connection, scope)
        try:
            return counts, review_queue.count_leased(self._stores.redis, scope)
        except ERRORS:
            return counts, 0

    def new_since(self, reviewer: Reviewer, site_id: str | None, at: int) -> int:
        """How many items came after that instant (microseconds since 1970) and wait still."""
        with self._stores.database.read() as connection:
            return review_items.since(connection, _scope(connection, reviewer, site_id), at)

    def claim(self, reviewer: Reviewer, count: int, site_id: str | None) -> list[ItemCard]:
        """Lease up to `count` items, best first. Raises Forbidden, NotFound, RedisUnavailable."""
        require_role(reviewer, Role.REVIEWER)
        with self._stores.database.read() as connection:
            scope = _scope(connection, reviewer, site_id, Role.REVIEWER)
        client, who = self._stores.redis, (reviewer.id, reviewer.name)
        kept: list[ItemCard] = []
        with _redis():
            while len(kept) < count:
                wanted = count - len(kept)
                leases = review_queue.claim(client, who, wanted, scope)
                kept += self._still_waiting(leases)
                if len(leases) < wanted:
                    break
        return kept

    def claim_named(self, reviewer: Reviewer, item_ids: Sequence[str]) -> list[ItemCard]:
        """Lease the named items that are free. Raises Forbidden, RedisUnavailable."""
        require_role(reviewer, Role.REVIEWER)
        with self._stores.database.read() as connection:
            found = review_items.by_ids(connection, item_ids)
        waiting = [
            i for i in item_ids if i in found and found[i].waiting and reviewer.may(Role.REVIEWER, found[i].site_id)
        ]
        with _redis():
            claimed = [review_queue.claim_one(self._stores.redis, (reviewer.id, reviewer.name), i) for i in waiting]
            return self._still_waiting([lease for lease in claimed if lease is not None])

    def take_over(self, reviewer: Reviewer, item_id: str) -> ItemCard:
        """Give a lead the item that somebody else has open. Raises Forbidden, NotFound, RedisUnavailable."""
        card = self.card(reviewer, item_id)
        require_role_at(reviewer, Role.LEAD, card.item.site_id)
        if not card.item.waiting:
            return card
        with _redis():
            review_queue.take_over(self._stores.redis, (reviewer.id, reviewer.name), item_id)
        return self.card(reviewer, item_id)

    def extend(self, reviewer: Reviewer, lease_id: str) -> Lease:
        """Give a lease its full time again. Raises LeaseGone, RedisUnavailable."""
        with _redis():
            extended = review_queue.extend(self._stores.redis, self._own(reviewer, lease_id))
        if extended is None:
            raise LeaseGone("This lease has ended; claim the item again.")
        return extended

    def release(self, reviewer: Reviewer, lease_id: str) -> None:
        """End a lease early. Raises LeaseGone, RedisUnavailable."""
        with _redis():
            review_queue.release(self._stores.redis, self._own(reviewer, lease_id))

    def decide(self, reviewer: Reviewer, choices: Sequence[Choice]) -> list[Ruling]:
        """Record decisions, each by its version; one ruling a choice, in the same order."""
        require_role(reviewer, Role.REVIEWER)
        holders = self._holders([choice.item_id for choice in choices])
        with self._stores.database.write() as connection:
            at = self._stores.database.now_us(connection)
            rulings = [
                rule(connection, reviewer, choice, holders, at=at, undo_window_us=self._undo_window_us)
                for choice in choices
            ]
            labels.add(connection, [ruling.label for ruling in rulings if ruling.label is not None], at)
        self._leave_queue([r for r in rulings if r.status == 200])
        return rulings

    def undo(self, reviewer: Reviewer, decision_id: str) -> ItemCard:
        """Take a person's decision back: the item waits again, the label is withdrawn, an unsent event too.

        Raises NotFound, Forbidden, AlreadyDecided (somebody decided since), Gone (erased).
        """
        require_role(reviewer, Role.REVIEWER)
        with self._stores.database.write() as connection:
            at = self._stores.database.now_us(connection)
            item = take_back(connection, reviewer, decision_id, at)
        if item.waiting:
            with suppress(*ERRORS):  # The reconciler would put it back into the queue.
                review_queue.add(self._stores.redis, [(item.id, item.site_id, item.rank)])
        return self.card(reviewer, item.id)

    def overrule(self, reviewer: Reviewer, wanted: Overruling) -> Ruling:
        """Decide otherwise than was decided. Raises what `service.overrule.overrule` does."""
        require_role(reviewer, Role.REVIEWER)
        with self._stores.database.write() as connection:
            at = self._stores.database.now_us(connection)
            ruling = overrule(connection, reviewer, wanted, at=at, undo_window_us=self._undo_window_us)
            labels.add(connection, [ruling.label] if ruling.label is not None else [], at)
        if ruling.decision is not None:
            with suppress(*ERRORS):
                answers.publish(self._stores.redis, [ruling.decision.comment_id])
        return ruling

    def undo_all(self, reviewer: Reviewer, decision_ids: Sequence[str]) -> list[Reversal]:
        """Take decisions back, the last one first; each stands or falls on its own. Raises Forbidden."""
        require_role(reviewer, Role.REVIEWER)
        return [self._try_undo(reviewer, decision_id) for decision_id in reversed(decision_ids)]

    def _try_undo(self, reviewer: Reviewer, decision_id: str) -> Reversal:
        try:
            return Reversal(decision_id, self.undo(reviewer, decision_id))
        except (NotFound, Forbidden, AlreadyDecided, Gone) as error:
            return Reversal(decision_id, None, error)

    def _still_waiting(self, leases: Sequence[Lease]) -> list[ItemCard]:
        by_item = {lease.item_id: lease for lease in leases}
        with self._stores.database.read() as connection:
            found = review_items.by_ids(connection, list(by_item))
            cards = _cards(connection, [item for item in found.values() if item.waiting])
        held = {card.item.id for card in cards}
        stale = [(i, found[i].site_id if i in found else "") for i in by_item if i not in held]
        review_queue.remove(self._stores.redis, stale)
        order = list(by_item)
        cards.sort(key=lambda card: order.index(card.item.id))
        return [ItemCard(c.item, c.comment, c.machine, by_item[c.item.id]) for c in cards]

    def _own(self, reviewer: Reviewer, lease_id: str) -> Lease:
        lease = review_queue.by_id(self._stores.redis, lease_id)
        if lease is None or lease.reviewer_id != reviewer.id:
            raise LeaseGone("This lease has ended; claim the item again.")
        return lease

    def _with_leases(self, cards: Sequence[ItemCard]) -> list[ItemCard]:
        holders = self._holders([card.item.id for card in cards])
        return [ItemCard(c.item, c.comment, c.machine, holders.get(c.item.id)) for c in cards]

    def _holders(self, item_ids: Sequence[str]) -> dict[str, Lease]:
        try:
            return review_queue.leases(self._stores.redis, item_ids)
        except ERRORS:
            return {}  # Without Redis the versions alone keep two reviewers apart.

    def _leave_queue(self, rulings: Sequence[Ruling]) -> None:
        decided = [(r.item_id, r.decision, r.waits) for r in rulings if r.decision is not None]
        with suppress(*ERRORS):  # A claim would find out that the item waits no longer.
            review_queue.remove(self._stores.redis, [(i, d.site_id) for i, d, waits in decided if not waits])
            review_queue.free(self._stores.redis, [i for i, _, waits in decided if waits])
            answers.publish(self._stores.redis, [d.comment_id for _, d, _ in decided])


@contextmanager
def _redis() -> Iterator[None]:
    """Claims live in Redis: without it they answer RedisUnavailable, while decisions go on by their versions."""
    try:
        yield
    except ERRORS as error:
        raise RedisUnavailable("Claims need Redis, which does not answer; try again in a moment.") from error


def _scope(
    connection: Connection, reviewer: Reviewer, site_id: str | None, least: Role = Role.VIEWER
) -> str | tuple[str, ...] | None:
    """The site that is asked for, else all on which the role is enough; None means all there are. Raises NotFound."""
    if site_id is not None:
        require_role_at(reviewer, least, site_id)
        sites.get(connection, site_id)  # Whoever sees all sites would be told of a mistyped one that nothing waits.
        return site_id
    return reviewer.sites(least)


def _cards(connection: Connection, found: Sequence[ReviewItem]) -> list[ItemCard]:
    ids = [item.comment_id for item in found]
    records = comments.texts(connection, ids) | _disguised(connection, found)
    machine = decisions.by_machine(connection, ids)
    # Known spam may be removed between two queries.
    return [
        ItemCard(item, records[item.comment_id], machine.get((item.comment_id, item.revision)), None)
        for item in found
        if item.comment_id in records
    ]


def _disguised(connection: Connection, found: Sequence[ReviewItem]) -> dict[str, CommentRecord]:
    """Known spam with an id of the site's own like that of the comment before it, always the same one."""
    blind = [item.comment_id for item in found if item.reason == ReviewReason.BLIND]
    names = seeds.names_before(connection, blind) if blind else {}
    if not names:
        return {}
    return {
        comment_id: record._replace(external_id=disguised(names[comment_id], random.Random(comment_id)))
        for comment_id, record in comments.texts(connection, list(names)).items()
    }
