"""Bring every comment home: whatever crashed, was lost or was emptied, the database says what is still due."""

import logging

from models import judge
from models.vocabulary import State
from store.live import queues, review_queue
from store.live.connection import ERRORS
from store.records import claims, comments, review_items, transitions
from store.records.transitions import Claim, Move
from store.stores import Stores
from worker import drain

MAX_STALE = 1000
WAKE_AFTER_US = 2_000_000

log = logging.getLogger(__name__)


def reconcile(stores: Stores) -> None:
    """One round; safe to run in several processes at once. Raises DatabaseUnavailable."""
    return_stale_claims(stores)
    try:
        wake(stores)
        mend_review_queue(stores)
    except ERRORS as error:
        log.warning("Redis does not answer, trying again next round: %s", error)


def return_stale_claims(stores: Stores) -> int:
    """Give claims whose lease has ended back to be scored; after 3 starts a person decides instead."""
    with stores.database.read() as connection:
        stale = transitions.stale_claims(stores.database, connection, limit=MAX_STALE)
    if not stale:
        return 0
    again = [claim for claim in stale if claim.attempt < drain.MAX_STARTS]
    given_up = [claim for claim in stale if claim.attempt >= drain.MAX_STARTS]
    with stores.database.write() as connection:
        at = stores.database.now_us(connection)
        moved = transitions.move(connection, [_back(claim) for claim in again], at)
        due = drain.of_form(claims.texts_of(connection, given_up))
        failed = [(one, judge.scorer_failed(one.policy, one.claim.attempt)) for one in due]
        concluded = drain.conclude(connection, drain.prepare(failed))
    drain.announce(stores, concluded)
    log.warning("%d comments go back to be scored, %d to review", len(moved), len(concluded))
    return len(moved) + len(concluded)


def wake(stores: Stores) -> None:
    """Queue a drain job when a comment has waited for 2 s, as after a lost wake-up."""
    with stores.database.read() as connection:
        oldest = comments.oldest_due(connection)
        now = stores.database.now_us(connection)
    if oldest is not None and now - oldest > WAKE_AFTER_US:
        queues.ensure_drain(stores.redis)


def mend_review_queue(stores: Stores) -> None:
    """Rebuild the review queue where it was lost or does not hold as many items as wait."""
    with stores.database.read() as connection:
        expected = review_items.count_waiting(connection)
    if review_queue.size(stores.redis) != expected:
        rebuild_review_queue(stores)


def rebuild_review_queue(stores: Stores) -> int:
    """Make the queue in Redis hold exactly what waits in the database; return how many items that is."""

    def read_waiting() -> list[tuple[str, str, float]]:
        with stores.database.read() as connection:
            return review_items.waiting(connection)

    return review_queue.rebuild(stores.redis, read_waiting)


def _back(claim: Claim) -> Move:
    return Move(
        claim.key,
        claim.comment_id,
        claim.revision,
        claim.site_id,
        State.SCORING,
        State.RECEIVED,
        attempt=claim.attempt,
    )
