"""What a website says of a comment after the fact: a label to learn from, and the decision corrected or reopened.

A decision of the machine is corrected at once: the person who runs the website has looked. So is what still waits for
a reviewer. Where a reviewer had decided otherwise, two people disagree, and the comment goes back to review.
"""

from contextlib import suppress

from models.errors import AlreadyDecided
from models.vocabulary import Action, LabelKind, ReviewReason, State
from service.rulings import by_person
from store.ids import new_id
from store.live import answers, review_queue
from store.live.connection import ERRORS
from store.records import comments, decisions, foreign, labels, objections, review_items, transitions
from store.records.comments import CommentRecord
from store.records.database import Connection
from store.records.decisions import DecisionRecord
from store.records.labels import NewLabel
from store.records.objections import Objection
from store.records.review_items import ReviewItem
from store.records.transitions import Move
from store.stores import Stores

ATTEMPTS = 3
THE_WEBSITE = "The website"
_WAITING = (State.REVIEW, State.ESCALATED)
_SETTLED_AS = {State.APPROVED: LabelKind.HAM, State.REJECTED: LabelKind.SPAM, State.DISCARDED: LabelKind.SPAM}


class Corrections:
    """Takes a website's feedback."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def say(self, site_id: str, comment_id: str, kind: LabelKind, note: str | None = None) -> None:
        """Record that the website calls this comment spam or ham. Saying it again changes nothing.

        Nothing happens for a comment that is unknown, erased or was a test. Raises AlreadyDecided where somebody
        decides at the same moment, again and again, and DatabaseUnavailable.
        """
        for attempt in range(ATTEMPTS):
            try:
                with self._stores.database.write() as connection:
                    item = self._say(connection, site_id, comment_id, kind, note)
                break
            except AlreadyDecided:
                if attempt == ATTEMPTS - 1:
                    raise
        if item is not None:
            with suppress(*ERRORS):  # The reconciler brings the queue in order.
                if item.waiting:
                    review_queue.add(self._stores.redis, [(item.id, item.site_id, item.rank)])
                else:
                    review_queue.remove(self._stores.redis, [(item.id, item.site_id)])
        with suppress(*ERRORS):
            answers.publish(self._stores.redis, [comment_id])

    def _say(
        self, connection: Connection, site_id: str, comment_id: str, kind: LabelKind, note: str | None
    ) -> ReviewItem | None:
        """The review item as it is now, where it changed."""
        record = comments.get(connection, comment_id, site_id)
        if record is None or record.state == State.ERASED or foreign.tests_among(connection, [comment_id]):
            return None
        at = self._stores.database.now_us(connection)
        item, decision = None, None
        settled = _SETTLED_AS.get(State(record.state))
        if settled not in (None, kind) and _is_settled_by_reviewer(record):
            item = _reopen(connection, record, at)
        elif settled not in (None, kind) or (record.state in _WAITING and not _is_settled_by_reviewer(record)):
            decision = _decision(record, kind, at)._replace(note=note)
            item = _correct(connection, record, decision, kind, at)
        if labels.by_site(connection, record.id, record.revision) is not kind:
            labels.withdraw_by_site(connection, record.id, record.revision, at)
            decision_id = None if decision is None else decision.id
            label = NewLabel(
                site_id, record.id, record.revision, kind, labels.FEEDBACK, 1.0, decision_id, reviewer_id=None
            )
            labels.add(connection, [label], at)
        if note is not None and decision is None:
            _keep_note(connection, record, kind, note, at)
        return item


def _keep_note(connection: Connection, record: CommentRecord, kind: LabelKind, note: str, at: int) -> None:
    """What the website wrote where no decision of its own holds it: for the reviewer to read."""
    said = Objection(
        new_id("obj"), record.site_id, record.id, record.revision, labels.FEEDBACK, kind.value, None, note, at
    )
    if objections.earlier(connection, said.comment_id, said.revision, said.kind, said.source) is None:
        objections.add(connection, said)


def _is_settled_by_reviewer(record: CommentRecord) -> bool:
    """Whether the last decision is a reviewer's, and no request for a second opinion."""
    last = record.decision
    return last is not None and last.reviewer_id is not None and last.action != Action.ESCALATE


def _reopen(connection: Connection, record: CommentRecord, at: int) -> ReviewItem:
    _move(connection, record, State.REVIEW, None, at)
    known = review_items.of_comment(connection, record.id)
    rank = -1.0 if known is None else known.rank
    return review_items.put(
        connection,
        ReviewItem(
            new_id("rev"), record.id, record.site_id, record.revision, ReviewReason.FEEDBACK.value, rank, 1, 1, at
        ),
    )


def _correct(
    connection: Connection, record: CommentRecord, decision: DecisionRecord, kind: LabelKind, at: int
) -> ReviewItem | None:
    _move(connection, record, State.REJECTED if kind is LabelKind.SPAM else State.APPROVED, decision.id, at)
    decisions.add(connection, [decision])
    item = review_items.of_comment(connection, record.id)
    if item is None or not item.waiting:
        return None
    if not review_items.close(connection, item):
        raise AlreadyDecided("Somebody decided at the same moment; try again.")
    return item._replace(version=item.version + 1, waiting=0)


def _move(connection: Connection, record: CommentRecord, state: State, decision_id: str | None, at: int) -> None:
    move = Move(
        record.key, record.id, record.revision, record.site_id, State(record.state), state, decision_id=decision_id
    )
    if not transitions.move(connection, [move], at):
        raise AlreadyDecided("Somebody decided at the same moment; try again.")


def _decision(record: CommentRecord, kind: LabelKind, at: int) -> DecisionRecord:
    action = Action.REJECT if kind is LabelKind.SPAM else Action.APPROVE
    said = "spam" if kind is LabelKind.SPAM else "not spam"
    made = by_person(record, action, "feedback", f"The website says that it is {said}.", at)
    return made._replace(cause=f"feedback:{made.id.removeprefix('dec_')}", reviewer_name=THE_WEBSITE)
