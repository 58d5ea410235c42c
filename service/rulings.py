"""What a reviewer chooses, what becomes of it, and the decision and the label that it is written as."""

from dataclasses import dataclass, field

import orjson

from models.vocabulary import Action, DecidedBy, LabelKind
from store.ids import new_id
from store.live.review_queue import Lease
from store.records.comments import CommentRecord
from store.records.decisions import DecisionRecord
from store.records.labels import NewLabel
from store.records.reviewers import Reviewer

SPAM_REASONS = (None, "spam")


@dataclass(frozen=True, slots=True)
class Choice:
    """A reviewer's decision about one version of an item."""

    item_id: str
    version: int
    action: Action
    reason: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Ruling:
    """What became of a choice: 200 decided, 403 not with the role on that site, 404 unknown, 409 somebody was first,
    423 somebody else holds it.

    `label`: what this choice taught; None where it taught nothing or was made before. `waits`: the item goes on
    waiting, for somebody else.
    """

    item_id: str
    status: int
    version: int | None = None
    decision: DecisionRecord | None = None
    winner: DecisionRecord | None = None
    holder: Lease | None = None
    label: NewLabel | None = field(default=None, compare=False)
    waits: bool = field(default=False, compare=False)


def decision_of(reviewer: Reviewer, choice: Choice, cause: str, record: CommentRecord, at: int) -> DecisionRecord:
    """The decision that the choice is. `cause`: what led to it, once a revision; `at`: microseconds since 1970."""
    text = {
        Action.APPROVE: f"{reviewer.name} approved it.",
        Action.REJECT: f"{reviewer.name} rejected it" + (f": {choice.reason}." if choice.reason else "."),
        Action.ESCALATE: f"{reviewer.name} asked for a second opinion.",
    }[choice.action]
    said = by_person(record, choice.action, choice.reason or choice.action.value, text, at)
    return said._replace(cause=cause, reviewer_id=reviewer.id, reviewer_name=reviewer.name, note=choice.note)


def by_person(record: CommentRecord, action: Action, code: str, text: str, at: int) -> DecisionRecord:
    """A decision that no model had a part in; who made it and what led to it is left to be said."""
    return DecisionRecord(
        id=new_id("dec"),
        comment_id=record.id,
        revision=record.revision,
        cause="",
        site_id=record.site_id,
        action=action.value,
        decided_by=DecidedBy.HUMAN.value,
        reviewer_id=None,
        reviewer_name=None,
        probability=None,
        low=None,
        high=None,
        reasons=orjson.dumps([{"code": code, "text": text, "weight": None, "span": None}]).decode(),
        would=None,
        model=None,
        policy=record.decision.policy if record.decision else "",
        evidence=None,
        evidence_digest=None,
        decided_at=at,
        latency_ms=max(0, (at - record.received_at) // 1000),
    )


def label_of(reviewer: Reviewer, choice: Choice, record: CommentRecord, decision: DecisionRecord) -> NewLabel | None:
    """What the choice teaches about spam; None where nothing."""
    if choice.action is Action.APPROVE:
        kind = LabelKind.HAM
    elif choice.action is Action.REJECT and choice.reason in SPAM_REASONS:
        kind = LabelKind.SPAM
    else:
        return None  # Rejected for something else than spam, or not decided: nothing to learn about spam.
    return NewLabel(record.site_id, record.id, record.revision, kind, "reviewer", 1.0, decision.id, reviewer.id)
