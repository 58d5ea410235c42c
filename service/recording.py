"""Recording a reviewer's choice by the item's version: it stands, or somebody was first."""

from collections.abc import Mapping
from dataclasses import replace

from models.guarantee.audit import ipw_weight
from models.vocabulary import Action, DecidedBy, ReviewReason, Role, State
from service.rulings import Choice, Ruling, decision_of, label_of
from store.live.review_queue import Lease
from store.records import comments, decisions, review_items, second_looks, seeded, seeds, transitions
from store.records.comments import CommentRecord
from store.records.database import Connection
from store.records.decisions import DecisionRecord
from store.records.review_items import ReviewItem
from store.records.reviewers import Reviewer
from store.records.transitions import Move

SETTLED = (State.APPROVED, State.REJECTED, State.DISCARDED)
# Of these the comment was decided already, and waits to be looked at once more.
LOOKING_BACK = (ReviewReason.BLIND, ReviewReason.DISAGREEMENT)
_STATE_OF = {Action.APPROVE: State.APPROVED, Action.REJECT: State.REJECTED, Action.ESCALATE: State.ESCALATED}


def rule(
    connection: Connection,
    reviewer: Reviewer,
    choice: Choice,
    holders: Mapping[str, Lease],
    *,
    at: int,
    undo_window_us: int,
) -> Ruling:
    """Record one choice; its label is for the caller to add. `holders`: who has which item open, by item id.

    `undo_window_us`: for how long nobody outside hears of it.
    """
    item = review_items.by_ids(connection, [choice.item_id]).get(choice.item_id)
    record = None if item is None else comments.by_ids(connection, [item.comment_id]).get(item.comment_id)
    if item is None or record is None or not _may_decide(connection, reviewer, item):
        return Ruling(choice.item_id, 403 if item is not None and reviewer.sees(item.site_id) else 404)
    looks_back = record.state in SETTLED and item.reason in LOOKING_BACK
    waits = record.state in (State.REVIEW, State.ESCALATED) or looks_back
    if item.version != choice.version or not item.waiting or not waits:
        return _too_late(connection, reviewer, choice, item)
    holder = holders.get(item.id)
    if holder is not None and holder.reviewer_id != reviewer.id:
        return Ruling(item.id, 423, holder=holder)
    if choice.action is Action.ESCALATE and record.state == State.ESCALATED:
        return Ruling(item.id, 409, winner=record.decision)
    decision = decision_of(reviewer, choice, f"human:{item.version}", record, at)
    state = _state_after(choice.action, record) if looks_back else _STATE_OF[choice.action]
    move = Move(
        record.key,
        record.id,
        record.revision,
        record.site_id,
        State(record.state),
        state,
        decision_id=decision.id,
        reviewer_id=reviewer.id,
        undo_window_us=undo_window_us,
    )
    disagrees = looks_back and item.reason == ReviewReason.BLIND and state != record.state
    if choice.action is Action.ESCALATE:
        changed = review_items.reopen(connection, item, item.waiting_since)
    elif disagrees:
        # Who audits may be wrong as well, and one error weighs much: somebody looks once more.
        changed = review_items.reopen(connection, item, item.waiting_since, ReviewReason.DISAGREEMENT)
    else:
        changed = review_items.close(connection, item)
    is_seed = item.reason == ReviewReason.BLIND and seeded.holds(connection, record.id)
    moved = transitions.move_untold if is_seed else transitions.move
    if not changed or (state != record.state and not moved(connection, [move], at)):
        return _too_late(connection, reviewer, choice, item)
    decisions.add(connection, [decision])
    if is_seed:
        _note_seed(connection, choice, decision)
    label = None if is_seed else label_of(reviewer, choice, record, decision)
    if label is not None and looks_back:
        label = replace(label, weight=_weight(connection, record))
    waits = disagrees or choice.action is Action.ESCALATE
    return Ruling(item.id, 200, version=item.version + 1, decision=decision, label=label, waits=waits)


def _note_seed(connection: Connection, choice: Choice, decision: DecisionRecord) -> None:
    """Known spam is decided like anything else, and teaches nothing but whether it was seen."""
    if choice.action is not Action.ESCALATE and decision.reviewer_id is not None:
        missed, at = choice.action is Action.APPROVE, decision.decided_at
        seeds.decide(connection, decision.comment_id, decision.id, decision.reviewer_id, missed=missed, at=at)


def _may_decide(connection: Connection, reviewer: Reviewer, item: ReviewItem) -> bool:
    """Where two people differ, neither of them decides, unless it is a lead."""
    if item.reason != ReviewReason.DISAGREEMENT or reviewer.may(Role.LEAD, item.site_id):
        return reviewer.may(Role.REVIEWER, item.site_id)
    of_the_two = second_looks.took_part(connection, item.comment_id, item.revision, reviewer.id)
    return reviewer.may(Role.REVIEWER, item.site_id) and not of_the_two


def _state_after(action: Action, record: CommentRecord) -> State:
    """What was decided stays as it is where a person agrees, or leaves it to another."""
    state = State(record.state)
    if action is Action.ESCALATE or (action is Action.REJECT and state in (State.REJECTED, State.DISCARDED)):
        return state
    return _STATE_OF[action]


def _weight(connection: Connection, record: CommentRecord) -> float:
    """For how many comments an audited one stands: all that the machine decided alike had the same chance of it."""
    said = decisions.by_machine(connection, [record.id]).get((record.id, record.revision))
    rate = None if said is None else {"approve": said.approve_rate, "reject": said.reject_rate}.get(said.lane or "")
    return ipw_weight(rate) if rate else 1.0


def _too_late(connection: Connection, reviewer: Reviewer, choice: Choice, item: ReviewItem) -> Ruling:
    winner = decisions.of_cause(connection, item.comment_id, f"human:{choice.version}")
    if winner is not None and winner.reviewer_id == reviewer.id and winner.action == choice.action:
        return Ruling(item.id, 200, version=choice.version + 1, decision=winner)
    latest = winner or decisions.current(connection, [item.comment_id]).get((item.comment_id, item.revision))
    human = latest if latest is not None and latest.decided_by == DecidedBy.HUMAN else None
    return Ruling(item.id, 409, winner=human)
