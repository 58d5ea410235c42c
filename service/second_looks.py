"""Second looks: a share of what people decide is judged once more, blind, by somebody else.

Where the two agree nothing changes. Where they differ the comment waits for a third person, and stays as it is until
then. Which decisions are looked at again is drawn by a keyed hash, so that nobody can know it when deciding.
"""

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from models.agreement import Kappa, cohen_kappa
from models.errors import AlreadyDecided, NotFound, Refused
from models.vocabulary import Action, ReviewReason, Role, State
from service.auth import require_role, require_role_at
from store.ids import new_id, now_us
from store.live import review_queue
from store.live.connection import ERRORS
from store.records import comments, decisions, review_items, reviewers, second_looks
from store.records.comments import CommentRecord
from store.records.database import Connection
from store.records.decisions import DecisionRecord
from store.records.review_items import ReviewItem
from store.records.reviewers import Reviewer
from store.records.second_looks import Pairs, SecondLook
from store.stores import Stores

DAYS = 7
SETTLES_US = 120_000_000
MAX_DRAWN_FROM = 2000
MAX_COUNTED = 100
_DAY_US = 24 * 3600 * 1_000_000
_RANK = -1.8  # After reports, before appeals: a reader has asked for the one, an author waits for the other.
_ACTIONS = (Action.APPROVE.value, Action.REJECT.value)


@dataclass(frozen=True, slots=True)
class Look:
    """A comment to be judged once more, without a word about what was decided."""

    decision_id: str
    comment: CommentRecord


@dataclass(frozen=True, slots=True)
class Member:
    """How a reviewer's decisions fared: `agreed` of the `looked` that he or she was first or second in."""

    name: str
    looked: int
    agreed: int


@dataclass(frozen=True, slots=True)
class TeamAgreement:
    """`table`: rows what the first said, columns the second, each approve then reject."""

    table: tuple[tuple[int, int], tuple[int, int]]
    kappa: Kappa | None
    members: tuple[Member, ...]


class SecondLooks:
    """Gives out second looks, takes what is said, and counts how far people agree."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._share = stores.settings.second_look_percent / 100
        self._key = stores.settings.secret_key.encode()

    def next(self, reviewer: Reviewer) -> Look | None:
        """The next comment to judge once more; None where there is none. Raises Forbidden."""
        require_role(reviewer, Role.REVIEWER)
        with self._stores.database.read() as connection:
            return next(self._open(connection, reviewer), None)

    def count(self, reviewer: Reviewer) -> int:
        """How many wait for this reviewer, at most 100 of them counted."""
        if not reviewer.sites(Role.REVIEWER) and not reviewer.may(Role.REVIEWER, None):
            return 0
        with self._stores.database.read() as connection:
            return sum(1 for _, _ in zip(self._open(connection, reviewer), range(MAX_COUNTED), strict=False))

    def say(self, reviewer: Reviewer, decision_id: str, action: Action) -> bool:
        """Record a second judgement; whether the two agree. Raises NotFound, Forbidden, Refused, AlreadyDecided."""
        if action.value not in _ACTIONS:
            raise Refused("A second look approves or rejects.")
        item: ReviewItem | None = None
        with self._stores.database.write() as connection:
            decision = decisions.get(connection, decision_id)
            if decision is None or not self._is_drawn(decision_id):
                raise NotFound("There is no such comment to look at again.")
            require_role_at(reviewer, Role.REVIEWER, decision.site_id)
            if decision.reviewer_id is None or decision.reviewer_id == reviewer.id:
                raise NotFound("There is no such comment to look at again.")
            record = _standing(connection, decision)
            at = self._stores.database.now_us(connection)
            if record is None or not second_looks.add(connection, _pair(decision, reviewer, action, at)):
                raise AlreadyDecided("Somebody decided since, or has looked at it already.")
            agrees = decision.action == action.value
            if not agrees:
                reason = ReviewReason.DISAGREEMENT.value
                new = ReviewItem(new_id("rev"), record.id, record.site_id, record.revision, reason, _RANK, 1, 1, at)
                item = review_items.put(connection, new)
        if item is not None:
            with suppress(*ERRORS):  # The reconciler brings the queue in order.
                review_queue.add(self._stores.redis, [(item.id, item.site_id, item.rank)])
        return agrees

    def agreement(self, reviewer: Reviewer, site_id: str | None) -> TeamAgreement:
        """How far people agree, for leads. Raises NotFound, Forbidden."""
        if site_id is None:
            require_role(reviewer, Role.LEAD)
        else:
            require_role_at(reviewer, Role.LEAD, site_id)
        scope = reviewer.sites(Role.LEAD) if site_id is None else (site_id,)
        with self._stores.database.read() as connection:
            counted = second_looks.pairs(connection, scope)
            people = {who for pair in counted for who in (pair.first_id, pair.second_id)}
            found = {who: reviewers.by_id(connection, who) for who in people}
        names = {who: person.name for who, person in found.items() if person is not None}
        a, b, c, d = (_sum(counted, first, second) for first in _ACTIONS for second in _ACTIONS)
        return TeamAgreement(((a, b), (c, d)), cohen_kappa(((a, b), (c, d))), _members(counted, names))

    def _open(self, connection: Connection, reviewer: Reviewer) -> Iterator[Look]:
        now = now_us()
        for decision_id in second_looks.candidates(
            connection,
            reviewer.sites(Role.REVIEWER),
            reviewer.id,
            since=now - DAYS * _DAY_US,
            until=now - SETTLES_US,
            limit=MAX_DRAWN_FROM,
        ):
            if not self._is_drawn(decision_id):
                continue
            decision = decisions.get(connection, decision_id)
            record = None if decision is None else _standing(connection, decision)
            if record is not None:
                yield Look(decision_id, record)

    def _is_drawn(self, decision_id: str) -> bool:
        drawn = hmac.new(self._key, f"second look\0{decision_id}".encode(), hashlib.sha256).digest()
        return int.from_bytes(drawn[:8], "big") / 2**64 < self._share


def _standing(connection: Connection, decision: DecisionRecord) -> CommentRecord | None:
    """The comment, if this decision still stands and nothing else is going on with it."""
    record = comments.get(connection, decision.comment_id)
    if record is None or record.decision is None or record.decision.id != decision.id:
        return None
    item = review_items.of_comment(connection, decision.comment_id)
    waits = item is not None and item.waiting
    return record if record.state in (State.APPROVED, State.REJECTED) and not waits else None


def _pair(decision: DecisionRecord, reviewer: Reviewer, action: Action, at: int) -> SecondLook:
    return SecondLook(
        new_id("sec"),
        decision.site_id,
        decision.comment_id,
        decision.revision,
        decision.id,
        decision.reviewer_id or "",
        decision.action,
        reviewer.id,
        action.value,
        at,
    )


def _sum(counted: list[Pairs], first: str, second: str) -> int:
    return sum(pair.n_pairs for pair in counted if (pair.first_action, pair.second_action) == (first, second))


def _members(counted: list[Pairs], names: dict[str, str]) -> tuple[Member, ...]:
    looked: dict[str, int] = defaultdict(int)
    agreed: dict[str, int] = defaultdict(int)
    for pair in counted:
        for who in (pair.first_id, pair.second_id):
            looked[who] += pair.n_pairs
            agreed[who] += pair.n_pairs if pair.first_action == pair.second_action else 0
    made = [Member(names.get(who, who), count, agreed[who]) for who, count in looked.items()]
    return tuple(sorted(made, key=lambda member: (-member.looked, member.name)))
