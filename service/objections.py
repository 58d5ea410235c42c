"""Readers report what is published, authors appeal against a rejection: then a person looks at it, again if need be."""

from contextlib import suppress

from models.errors import AlreadyDecided, NotFound, Undecided
from models.vocabulary import DecidedBy, ReviewReason, State
from service.intake import pseudonym
from store.ids import new_id
from store.live import answers, review_queue
from store.live.connection import ERRORS
from store.records import comments, objections, review_items, transitions
from store.records.comments import CommentRecord
from store.records.database import Connection
from store.records.objections import Objection
from store.records.review_items import ReviewItem
from store.records.sites import Site
from store.records.transitions import Move
from store.stores import Stores

# One report is enough to have a person look; against what a person approved it takes several people.
REPORTS_AGAINST_A_PERSON = 3
_RANK = {ReviewReason.REPORT: -2.0, ReviewReason.APPEAL: -1.5}
_OBJECTED_TO = {ReviewReason.REPORT: (State.APPROVED,), ReviewReason.APPEAL: (State.REJECTED, State.DISCARDED)}
_UNDECIDED = (State.RECEIVED, State.SCORING)


class Objections:
    """Takes reports and appeals."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def take(
        self,
        site: Site,
        comment_id: str,
        kind: ReviewReason,
        *,
        source: str | None = None,
        reason: str | None = None,
        note: str | None = None,
    ) -> tuple[Objection, bool]:
        """Record an objection; True with it where it is new, False where the same person had said so before.

        `source` names who objects, as the site knows them. Raises NotFound, Undecided (there is nothing to object to
        yet), AlreadyDecided (an appeal against what is not rejected).
        """
        hashed = "" if source is None else pseudonym(site, kind.value, source)
        item: ReviewItem | None = None
        with self._stores.database.write() as connection:
            record = comments.get(connection, comment_id, site.id)
            if record is None or record.state == State.ERASED:
                raise NotFound("There is no such comment on this site; check the id and the key.")
            earlier = objections.earlier(connection, comment_id, record.revision, kind.value, hashed)
            if earlier is not None:
                return earlier, False
            _require_decided(record, kind)
            at = self._stores.database.now_us(connection)
            made = Objection(new_id("obj"), site.id, comment_id, record.revision, kind.value, hashed, reason, note, at)
            objections.add(connection, made)
            if record.state in _OBJECTED_TO[kind] and _is_enough(connection, record, kind):
                item = _reopen(connection, record, kind, at)
        if item is not None:
            with suppress(*ERRORS):  # The reconciler brings the queue in order.
                review_queue.add(self._stores.redis, [(item.id, item.site_id, item.rank)])
                answers.publish(self._stores.redis, [comment_id])
        return made, True


def _require_decided(record: CommentRecord, kind: ReviewReason) -> None:
    if record.state in _UNDECIDED:
        raise Undecided("The comment is not decided yet; ask again in a moment.")
    if kind is ReviewReason.APPEAL and record.state == State.APPROVED:
        raise AlreadyDecided("The comment is approved; there is nothing to appeal against.")


def _is_enough(connection: Connection, record: CommentRecord, kind: ReviewReason) -> bool:
    last = record.decision
    if kind is ReviewReason.APPEAL or last is None or last.decided_by != DecidedBy.HUMAN:
        return True
    reports = objections.count(connection, record.id, record.revision, kind.value, since=last.decided_at)
    return reports >= REPORTS_AGAINST_A_PERSON


def _reopen(connection: Connection, record: CommentRecord, kind: ReviewReason, at: int) -> ReviewItem:
    move = Move(record.key, record.id, record.revision, record.site_id, State(record.state), State.REVIEW)
    if not transitions.move(connection, [move], at):
        raise AlreadyDecided("Somebody decides at this moment; try again.")
    item = ReviewItem(new_id("rev"), record.id, record.site_id, record.revision, kind.value, _RANK[kind], 1, 1, at)
    return review_items.put(connection, item)
