"""Decisions as lists of them show them: what, why, how sure, and what this reviewer may do about it."""

from collections.abc import Mapping
from dataclasses import dataclass

import orjson
from markupsafe import Markup

from models.vocabulary import Action, DecidedBy, Role
from service.console import cards, shown
from service.console.spoken import spoken
from service.console.texts import say, say_or
from service.decided import domains_of, is_domain
from service.overrule import CAUSE, answer_to
from store.ids import rfc3339
from store.records.decided import Decided
from store.records.decisions import DecisionRecord
from store.records.review_items import ReviewItem
from store.records.reviewers import Reviewer

SHOWN_REASONS = 2
SHOWN_DOMAINS = 3


@dataclass(frozen=True, slots=True)
class Why:
    """A reason of a decision with its code, by which more of the kind are found."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class DecidedRow:
    """One line. `answer`: what disagreeing would do, `approve` or `reject`, None where this reviewer may not or there
    is nothing to disagree with. `undo`: the decision that this reviewer may take back. `since`: what came later.
    `item`: the review item, where the comment waits or a person had it.
    """

    id: str
    comment_id: str
    site_id: str
    site: str
    excerpt: str
    body: Markup
    author: str | None
    known_author: bool
    domains: tuple[str, ...]
    action: str
    said: str
    by: str
    reasons: tuple[Why, ...]
    more_reasons: tuple[Why, ...]
    probability: str | None
    note: str | None
    at: str
    ago: str
    waits: bool
    item: str | None
    answer: str | None
    undo: str | None
    since: str | None


@dataclass(frozen=True, slots=True)
class Beside:
    """What is known beside the decisions of a page: names of sites, what stands now, and review items, by comment."""

    site_names: Mapping[str, str]
    standing: Mapping[str, DecisionRecord]
    items: Mapping[str, ReviewItem]


def decided_row(one: Decided, beside: Beside, reviewer: Reviewer, now: int) -> DecidedRow:
    """A line of the log. `now`: microseconds since 1970."""
    decision = one.decision
    stands = beside.standing.get(decision.comment_id)
    item = beside.items.get(decision.comment_id)
    waits = item is not None and bool(item.waiting)
    current = stands is not None and stands.id == decision.id and not waits
    found = orjson.loads(decision.reasons)
    reasons = tuple(Why(str(reason["code"]), spoken(str(reason["text"]))) for reason in found)
    spans = [(int(reason["span"][0]), int(reason["span"][1])) for reason in found if reason.get("span")]
    return DecidedRow(
        id=decision.id,
        comment_id=decision.comment_id,
        site_id=decision.site_id,
        site=beside.site_names.get(decision.site_id, decision.site_id),
        excerpt=shown.excerpt(one.body),
        body=shown.marked(one.body, spans),
        author=one.author_name or one.author_id,
        known_author=one.author_id is not None or one.email_hash is not None,
        domains=_domains(one),
        action=decision.action,
        said=say(f"decided.{decision.action}"),
        by=_by(decision),
        reasons=reasons[:SHOWN_REASONS],
        more_reasons=reasons[SHOWN_REASONS:],
        probability=None if decision.probability is None else shown.percent(decision.probability),
        note=decision.note,
        at=rfc3339(decision.decided_at),
        ago=shown.ago(now - decision.decided_at),
        waits=waits,
        item=None if item is None else item.id,
        answer=_answer(one, reviewer) if current else None,
        undo=_undo(decision, item, reviewer) if current else None,
        since=_since(decision, stands, now, waits=waits),
    )


def _domains(one: Decided) -> tuple[str, ...]:
    """The first few domains that have a page of their own."""
    return tuple([domain for domain in dict.fromkeys(domains_of(one)) if is_domain(domain)][:SHOWN_DOMAINS])


def _by(decision: DecisionRecord) -> str:
    if decision.decided_by == DecidedBy.HUMAN:
        return decision.reviewer_name or say("somebody")
    return say(f"decided.by.{decision.decided_by}")


def _answer(one: Decided, reviewer: Reviewer) -> str | None:
    of_another = one.decision.reviewer_id not in (None, reviewer.id)
    least = Role.LEAD if of_another else Role.REVIEWER
    if one.newest_revision != one.decision.revision or not reviewer.may(least, one.decision.site_id):
        return None
    answer = answer_to(one.state)
    return None if answer is None else answer.value


def _undo(decision: DecisionRecord, item: ReviewItem | None, reviewer: Reviewer) -> str | None:
    """A disagreement can be taken back from the list; what was decided in the queue, on the item's own page."""
    if item is None or decision.cause != f"{CAUSE}:{item.version - 1}":
        return None
    least = Role.REVIEWER if decision.reviewer_id == reviewer.id else Role.LEAD
    return decision.id if reviewer.may(least, decision.site_id) else None


def _since(decision: DecisionRecord, stands: DecisionRecord | None, now: int, *, waits: bool) -> str | None:
    """What happened after this decision, in a sentence."""
    if waits:
        return say("decided.waits")
    if stands is None or stands.id == decision.id:
        return None
    if stands.decided_by == DecidedBy.HUMAN and stands.action in (Action.APPROVE, Action.REJECT, Action.ESCALATE):
        return cards.decided("history", stands, now)
    return say_or(f"decided.later.{stands.action}", say("decided.later"))
