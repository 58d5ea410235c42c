"""Taking a decision back: the comment waits again, and what followed from the decision is undone with it."""

from models.errors import AlreadyDecided, Gone, NotFound
from models.vocabulary import Action, DecidedBy, ReviewReason, Role, State
from service.auth import require_role_at
from service.overrule import CAUSE as OVERRULED
from service.overrule import put_back
from service.recording import LOOKING_BACK
from store.records import comments, decisions, labels, outbox, review_items, seeded, seeds, transitions
from store.records.comments import CommentRecord
from store.records.database import Connection
from store.records.review_items import ReviewItem
from store.records.reviewers import Reviewer
from store.records.transitions import Move

_MADE = {
    Action.APPROVE.value: State.APPROVED,
    Action.REJECT.value: State.REJECTED,
    Action.DISCARD.value: State.DISCARDED,
}


def take_back(connection: Connection, reviewer: Reviewer, decision_id: str, at: int) -> ReviewItem:
    """Have the comment of a person's decision wait again; the label is withdrawn, and the event where it is unsent.

    What stood before a disagreement stands again, and its item does not wait.

    Raises NotFound, Forbidden, AlreadyDecided (somebody decided since), Gone (erased).
    """
    decision = decisions.get(connection, decision_id)
    if decision is None or decision.decided_by != DecidedBy.HUMAN or not reviewer.sees(decision.site_id):
        raise NotFound("There is no such decision of a person; only those can be undone.")
    require_role_at(reviewer, Role.REVIEWER if decision.reviewer_id == reviewer.id else Role.LEAD, decision.site_id)
    if decision.cause.startswith(OVERRULED):
        return put_back(connection, reviewer, decision, at)
    item = review_items.of_comment(connection, decision.comment_id)
    record = comments.get(connection, decision.comment_id)
    if record is None or record.state == State.ERASED:
        raise Gone("The comment has been erased.")
    if item is None or decision.undone_at is not None or decision.cause != f"human:{item.version - 1}":
        raise AlreadyDecided("Somebody decided since; read the item again.")
    decisions.undo(connection, decision_id, at)
    labels.withdraw(connection, decision_id, at)
    unsent = outbox.withdraw(connection, decision_id, at)
    state, reason = State.REVIEW, None
    if item.reason in LOOKING_BACK:
        state = _decided_before(connection, record)
        # Taking back the first of two looks, the item is blind again.
        reason = ReviewReason.BLIND if item.waiting else None
    back = Move(
        record.key, record.id, record.revision, record.site_id, State(record.state), state, reviewer_id=reviewer.id
    )
    is_seed = seeded.holds(connection, record.id)
    if is_seed:
        seeds.take_back(connection, record.id)
    move = transitions.move_untold if is_seed else transitions.move
    moved = state == record.state or move(connection, [back], at)
    if not moved or not review_items.reopen(connection, item, item.waiting_since, reason):
        raise AlreadyDecided("Somebody decided since; read the item again.")
    if unsent and state != record.state:
        outbox.withdraw_last(connection, record.id, at)
    return item._replace(waiting=1)


def _decided_before(connection: Connection, record: CommentRecord) -> State:
    """The state in which the comment was before this decision: what the one before it made of it."""
    before = decisions.current(connection, [record.id]).get((record.id, record.revision))
    return _MADE.get(before.action, State.REVIEW) if before is not None else State.REVIEW
