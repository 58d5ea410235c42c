"""Taking a decision back: the comment waits again, and what followed from the decision is undone with it."""

from models.errors import AlreadyDecided, Gone, NotFound
from models.vocabulary import DecidedBy, Role, State
from service.auth import require_role_at
from service.overrule import CAUSE as OVERRULED
from service.overrule import put_back
from store.records import comments, decisions, labels, outbox, review_items, transitions
from store.records.database import Connection
from store.records.review_items import ReviewItem
from store.records.reviewers import Reviewer
from store.records.transitions import Move


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
    back = Move(
        record.key,
        record.id,
        record.revision,
        record.site_id,
        State(record.state),
        State.REVIEW,
        reviewer_id=reviewer.id,
    )
    moved = transitions.move(connection, [back], at)
    if not moved or not review_items.reopen(connection, item, item.waiting_since):
        raise AlreadyDecided("Somebody decided since; read the item again.")
    if unsent:
        outbox.withdraw_last(connection, record.id, at)
    return item._replace(waiting=1)
