"""What the pages show of review items, as values that the templates only have to lay out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson
from markupsafe import Markup

from models.vocabulary import DecidedBy, ReviewReason, Role, State
from service.console import shown
from service.console.context import Context
from service.console.spoken import spoken
from service.console.texts import say, say_or
from service.review import ItemCard
from service.rulings import Ruling
from store.ids import now_us, rfc3339
from store.records.comments import CommentRecord
from store.records.decisions import DecisionRecord
from store.records.reviewers import Reviewer

STRONG_WEIGHT = 1.5
WEAK_WEIGHT = 0.5
COUNTED_AFTER_US = 15_000_000


@dataclass(frozen=True, slots=True)
class Places:
    """What lines need to know of sites, by id: their names, and how long something may wait there."""

    names: Mapping[str, str]
    targets_us: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the queue. `score` None on blind items and where no model spoke."""

    id: str
    version: int
    excerpt: str
    author: str | None
    site: str
    reason: str
    age: str
    since: str
    score: str | None
    held: str | None
    late: bool


@dataclass(frozen=True, slots=True)
class Meter:
    """A probability with its interval, as text and as percentages for the drawing."""

    probability: str
    low: str
    high: str
    at: str
    start: str
    width: str


@dataclass(frozen=True, slots=True)
class ShownReason:
    """One reason: its sentence, and for which side it speaks (`spam`, `ham` or nothing)."""

    text: str
    side: str
    words: str


@dataclass(frozen=True, slots=True)
class Past:
    """The latest decision of a person. `undo` is its id where this reviewer may take it back."""

    sentence: str
    note: str | None
    undo: str | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything about one item."""

    id: str
    version: int
    site: str
    comment: CommentRecord
    body: Markup
    why: str
    meter: Meter | None
    reasons: list[ShownReason]
    by_rule: bool
    would: str | None
    blind: bool
    has_marks: bool
    is_veiled: bool
    ago: str
    received: str
    waiting: bool
    may_decide: bool
    may_escalate: bool
    may_list: bool
    held: str | None
    may_take_over: bool
    past: Past | None
    page_to_open: str | None
    context: Context


def row(card: ItemCard, reviewer: Reviewer, places: Places, now: int) -> Row:
    """A line of the queue. `now`: microseconds since 1970."""
    machine = None if is_blind(card, None, now) else card.machine
    return Row(
        id=card.item.id,
        version=card.item.version,
        excerpt=say("queue.veiled") if reviewer.hides(card.item.reason) else shown.excerpt(card.comment.body),
        author=card.comment.author_name,
        site=places.names.get(card.item.site_id, card.item.site_id),
        reason=say_or(f"reason.{card.item.reason}", card.item.reason),
        age=shown.age(now - card.item.waiting_since),
        since=rfc3339(card.item.waiting_since),
        score=None if machine is None or machine.probability is None else shown.percent(machine.probability),
        held=_holder(card, reviewer),
        late=now - card.item.waiting_since > places.targets_us[card.item.site_id],
    )


def sheet(
    card: ItemCard,
    human: DecisionRecord | None,
    reviewer: Reviewer,
    site_names: Mapping[str, str],
    *,
    now: int,
    around: Context,
) -> Sheet:
    """One item in full. `human`: the latest decision of a person about it. `now`: microseconds since 1970."""
    item, blind = card.item, is_blind(card, human, now)
    machine = None if blind else card.machine
    found = [] if machine is None else orjson.loads(machine.reasons)
    spans = [(int(r["span"][0]), int(r["span"][1])) for r in found if r.get("span")]
    others = card.lease is not None and card.lease.reviewer_id != reviewer.id
    decides = reviewer.may(Role.REVIEWER, item.site_id) and bool(item.waiting) and not others
    return Sheet(
        id=item.id,
        version=item.version,
        site=site_names.get(item.site_id, item.site_id),
        comment=card.comment,
        body=shown.marked(card.comment.body, spans),
        why=say_or(
            "why.opened" if item.reason == ReviewReason.BLIND and not blind else f"why.{item.reason}", item.reason
        ),
        meter=_meter(machine),
        reasons=[_reason(spoken(str(r["text"])), r.get("weight")) for r in found],
        by_rule=machine is not None and machine.decided_by == DecidedBy.RULE,
        would=None if machine is None or machine.would is None else say(f"item.would.{machine.would}"),
        blind=blind,
        has_marks=bool(spans),
        is_veiled=reviewer.hides(item.reason),
        ago=shown.ago(now - card.comment.received_at),
        received=rfc3339(card.comment.received_at),
        waiting=bool(item.waiting),
        may_decide=decides,
        may_escalate=decides and card.comment.state != State.ESCALATED,
        may_list=reviewer.may(Role.REVIEWER, item.site_id),
        held=_held(card) if item.waiting and others else None,
        may_take_over=bool(item.waiting) and others and reviewer.may(Role.LEAD, item.site_id),
        past=None if human is None else _past(card, human, reviewer, now),
        page_to_open=shown.page_of_site(card.comment.page_url, site_names.get(item.site_id)),
        context=around,
    )


def latest_human(found: Sequence[DecisionRecord]) -> DecisionRecord | None:
    """The newest decision that a person made."""
    human = [record for record in found if record.decided_by == DecidedBy.HUMAN]
    return max(human, key=lambda record: (record.decided_at, record.id), default=None)


def decided(prefix: str, decision: DecisionRecord, now: int) -> str:
    """A sentence that says who decided what and when."""
    name = decision.reviewer_name or say("somebody")
    return say(f"{prefix}.{decision.action}", name=name, ago=shown.ago(now - decision.decided_at))


def lost(ruling: Ruling) -> str:
    """Why a choice was not recorded."""
    if ruling.status == 423 and ruling.holder is not None:
        return say("held.lead", name=ruling.holder.reviewer, age=shown.left(ruling.holder.milliseconds_left))
    if ruling.status == 409:
        return say("lost.changed") if ruling.winner is None else decided("lost", ruling.winner, now_us())
    return say("error.role") if ruling.status == 403 else say("error.404")


def is_blind(card: ItemCard, human: DecisionRecord | None, now: int) -> bool:
    """Whether what the machine said is kept back: until the decision of a person, `human`, counts as evidence. Whoever
    saw it before could still take the decision back, and then decide as the machine did."""
    if card.item.reason != ReviewReason.BLIND:
        return False
    return bool(card.item.waiting) or (human is not None and now - human.decided_at < COUNTED_AFTER_US)


def _holder(card: ItemCard, reviewer: Reviewer) -> str | None:
    if card.lease is None:
        return None
    if card.lease.reviewer_id == reviewer.id:
        return say("queue.mine")
    return say("queue.held", name=card.lease.reviewer, left=shown.clock(card.lease.milliseconds_left))


def _held(card: ItemCard) -> str | None:
    if card.lease is None:
        return None
    return say("item.held", name=card.lease.reviewer, age=shown.left(card.lease.milliseconds_left))


def _meter(machine: DecisionRecord | None) -> Meter | None:
    if machine is None or machine.probability is None or machine.low is None or machine.high is None:
        return None
    return Meter(
        probability=shown.percent(machine.probability),
        low=shown.percent(machine.low),
        high=shown.percent(machine.high),
        at=f"{machine.probability:.2%}",
        start=f"{machine.low:.2%}",
        width=f"{max(0.01, machine.high - machine.low):.2%}",
    )


def _reason(text: str, weight: float | None) -> ShownReason:
    if not weight:
        return ShownReason(text, "", "")
    side = "spam" if weight > 0 else "ham"
    strength = ".strong" if abs(weight) >= STRONG_WEIGHT else ".weak" if abs(weight) < WEAK_WEIGHT else ""
    return ShownReason(text, side, say(f"side.{side}{strength}"))


def _past(card: ItemCard, human: DecisionRecord, reviewer: Reviewer, now: int) -> Past:
    """An escalation leaves the item waiting, so it can be undone while it is open again."""
    stands = human.cause == f"human:{card.item.version - 1}" and human.revision == card.item.revision
    own = human.reviewer_id == reviewer.id and reviewer.may(Role.REVIEWER, card.item.site_id)
    may = own or reviewer.may(Role.LEAD, card.item.site_id)
    return Past(decided("history", human, now), human.note, human.id if stands and may else None)
