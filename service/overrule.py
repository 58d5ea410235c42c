"""A person disagrees with what was decided: the comment goes straight to what they say, and back where they undo it.

The comment keeps, or gets, a review item that does not wait: by its version it is known who was first.
"""

from dataclasses import dataclass

from models.errors import AlreadyDecided, Gone, NotFound, Refused
from models.vocabulary import Action, ReviewReason, Role, State
from service.auth import require_role_at
from service.rulings import Choice, Ruling, decision_of, label_of
from store.ids import new_id
from store.records import comments, decisions, events, labels, outbox, review_items, seeded, transitions
from store.records.comments import CommentRecord
from store.records.database import Connection
from store.records.decisions import DecisionRecord
from store.records.review_items import ReviewItem
from store.records.reviewers import Reviewer
from store.records.transitions import Move

CAUSE = "overrule"
_ANSWER_TO = {State.APPROVED: Action.REJECT, State.REJECTED: Action.APPROVE, State.DISCARDED: Action.APPROVE}
_STATE_OF = {Action.APPROVE: State.APPROVED, Action.REJECT: State.REJECTED}
_RANK = 0.0  # It does not wait, so it stands nowhere.


@dataclass(frozen=True, slots=True)
class Overruling:
    """What a person says instead of the decision `decision_id`, which must be the one that stands."""

    decision_id: str
    action: Action
    reason: str | None = None
    note: str | None = None


def answer_to(state: str) -> Action | None:
    """What somebody says who disagrees with this state; None where there is nothing to disagree with."""
    return _ANSWER_TO.get(State(state))


def overrule(connection: Connection, reviewer: Reviewer, wanted: Overruling, *, at: int, undo_window_us: int) -> Ruling:
    """Record the disagreement at the instant `at`; the ruling's label is still to be written.

    The same twice is answered the same. Raises NotFound, Gone, Forbidden (another person's decision needs a lead),
    Refused (it is so already), AlreadyDecided (something else was decided since, or it waits for a person).
    """
    stood = decisions.get(connection, wanted.decision_id)
    record = None if stood is None else comments.get(connection, stood.comment_id)
    if stood is None or record is None or not reviewer.sees(stood.site_id):
        raise NotFound("There is no such decision among those of your sites.")
    require_role_at(reviewer, _least_role(reviewer, stood), stood.site_id)
    if record.state == State.ERASED or seeded.holds(connection, record.id):
        raise Gone("The comment has been erased.")
    item = review_items.of_comment(connection, record.id)
    if record.decision is None or record.decision.id != stood.id:
        return _again(reviewer, wanted, record, item)
    if item is not None and item.waiting:
        raise AlreadyDecided("It waits for a person; decide it in the queue.")
    if wanted.action is not answer_to(record.state):
        raise Refused(f"It is {record.state} already; there is nothing to correct.")
    return _write(connection, reviewer, wanted, record, item, at=at, undo_window_us=undo_window_us)


def put_back(connection: Connection, reviewer: Reviewer, decision: DecisionRecord, at: int) -> ReviewItem:
    """Undo a disagreement: what stood before stands again, its label too. The item, which does not wait.

    Whether the reviewer may has been asked. Raises Gone, AlreadyDecided.
    """
    item = review_items.of_comment(connection, decision.comment_id)
    record = comments.get(connection, decision.comment_id)
    if record is None or record.state == State.ERASED:
        raise Gone("The comment has been erased.")
    stale = item is None or decision.undone_at is not None or decision.cause != f"{CAUSE}:{item.version - 1}"
    previous = events.state_before(connection, decision.comment_id, decision.id)
    if item is None or stale or previous is None or not decisions.undo(connection, decision.id, at):
        raise _somebody_was_first()
    labels.withdraw(connection, decision.id, at)
    stands = decisions.current(connection, [record.id]).get((record.id, record.revision))
    if stands is not None:
        labels.give_again(connection, stands.id, decision.decided_at)
    unsent = outbox.withdraw(connection, decision.id, at)
    _move(connection, reviewer, record, State(previous), None if stands is None else stands.id, at=at)
    if not review_items.close(connection, item):
        raise _somebody_was_first()
    if unsent:
        outbox.withdraw_last(connection, record.id, at)
    return item


def _again(reviewer: Reviewer, wanted: Overruling, record: CommentRecord, item: ReviewItem | None) -> Ruling:
    """The same answer where this reviewer has said the same just before. Raises AlreadyDecided."""
    last = record.decision
    own = last is not None and last.reviewer_id == reviewer.id and last.action == wanted.action
    if last is None or item is None or not own or last.cause != f"{CAUSE}:{item.version - 1}":
        raise _somebody_was_first()
    return Ruling(item.id, 200, version=item.version, decision=last)


def _write(
    connection: Connection,
    reviewer: Reviewer,
    wanted: Overruling,
    record: CommentRecord,
    item: ReviewItem | None,
    *,
    at: int,
    undo_window_us: int,
) -> Ruling:
    if item is None or item.revision != record.revision:
        reason = ReviewReason.DISAGREEMENT.value
        new = ReviewItem(new_id("rev"), record.id, record.site_id, record.revision, reason, _RANK, 1, 0, at)
        item = review_items.put(connection, new)
    choice = Choice(item.id, item.version, wanted.action, wanted.reason, wanted.note)
    decision = decision_of(reviewer, choice, f"{CAUSE}:{item.version}", record, at)
    if record.decision is not None and record.decision.reviewer_id is not None:
        labels.withdraw(connection, record.decision.id, at)
    _move(connection, reviewer, record, _STATE_OF[wanted.action], decision.id, at=at, undo_window_us=undo_window_us)
    if not review_items.close(connection, item):
        raise _somebody_was_first()
    decisions.add(connection, [decision])
    label = label_of(reviewer, choice, record, decision)
    return Ruling(item.id, 200, version=item.version + 1, decision=decision, label=label)


def _move(
    connection: Connection,
    reviewer: Reviewer,
    record: CommentRecord,
    state: State,
    decision_id: str | None,
    *,
    at: int,
    undo_window_us: int = 0,
) -> None:
    move = Move(
        record.key,
        record.id,
        record.revision,
        record.site_id,
        State(record.state),
        state,
        decision_id=decision_id,
        reviewer_id=reviewer.id,
        undo_window_us=undo_window_us,
    )
    if not transitions.move(connection, [move], at):
        raise _somebody_was_first()


def _least_role(reviewer: Reviewer, stood: DecisionRecord) -> Role:
    return Role.REVIEWER if stood.reviewer_id in (None, reviewer.id) else Role.LEAD


def _somebody_was_first() -> AlreadyDecided:
    return AlreadyDecided("Somebody decided since; read it again.")
