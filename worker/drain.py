"""Drain what is due: claim, gather, judge, record, wake. One RQ job drains many comments."""

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple

from models.vocabulary import Action, Judgement, LaneCall, ReviewReason, Scorer, State
from store.ids import new_ids, now_us
from store.live import answers, queues, review_queue
from store.live.checks import any_wait
from store.live.connection import ERRORS
from store.live.lingering import Lingering
from store.records import claims, decisions, hits, lane_traffic, review_items, sightings, transitions
from store.records.claims import Claimed
from store.records.database import Connection, Lasting
from store.records.decisions import DecisionRecord
from store.records.review_items import ReviewItem
from store.records.transitions import Claim, Move
from store.stores import Stores
from worker import evidence
from worker.checks import Checks
from worker.evidence import Gathered
from worker.judging import Due, bare_policy, decision_of, due_of, gather, judge_by_site
from worker.memory import Memory

BATCH = 512
MAX_STARTS = 3
LINGER_SECONDS = 0.25
PAUSE_SECONDS = 0.02
RETRIED_SECONDS = 1.0
SMALL_BATCH = 32
JOB_SECONDS = 10.0

log = logging.getLogger(__name__)

STATE_OF = {
    Action.APPROVE: State.APPROVED,
    Action.REVIEW: State.REVIEW,
    Action.REJECT: State.REJECTED,
    Action.DISCARD: State.DISCARDED,
}
# As plain text, for which the drivers of the databases need not look for an adapter.
REASON = {reason: reason.value for reason in ReviewReason}


class Conclusion(NamedTuple):
    """What is written for one judgement: the transition, the decision, and the review item where one is needed.

    `gathered` holds the keys by which the comment is counted for later ones, `spoke` the list entries and rules, `lane`
    what the lanes said.
    """

    move: Move
    decision: DecisionRecord
    item: ReviewItem | None
    gathered: Gathered
    spoke: tuple[str, ...]
    lane: LaneCall | None


def drain(stores: Stores, scorer: Scorer, should_stop: Callable[[], bool], memory: Memory | None = None) -> int:
    """Judge due comments until none is left, and linger a moment for the next; return how many were recorded.

    Ends by itself after 10 s so that the worker can report, and at once when `should_stop` says so. Only one worker
    lingers: while a few comments come at a time, a second one would but share the same work out in smaller batches.
    `memory`: what this process remembers of earlier comments; without one it is read anew.
    """
    lingering = Lingering(stores.redis)
    recorded = _drain(stores, scorer, should_stop, lingering, memory or Memory())
    if lingering.end() and _anything_left(stores):
        # Whoever submitted or asked these saw somebody linger, and called nobody.
        _call_for_help(stores)
    return recorded


def _drain(
    stores: Stores, scorer: Scorer, should_stop: Callable[[], bool], lingering: Lingering, memory: Memory
) -> int:
    began = time.monotonic()
    checks = Checks(stores, memory)
    busy_at, retried_at, recorded = began, -RETRIED_SECONDS, 0
    due: list[Due] = []
    found = False

    def go_on() -> bool:
        return not should_stop() and time.monotonic() - began < JOB_SECONDS

    while due or go_on():
        due = due or _claim(stores, memory, retried=False, limit=BATCH, look_first=not found)
        found, many = bool(due), len(due) == BATCH
        if many:
            _call_for_help(stores)
        if time.monotonic() - retried_at > RETRIED_SECONDS:
            # One that was started before may be what killed the worker, so it goes alone.
            retried = _claim(stores, memory, retried=True, limit=1, look_first=True)
            recorded += _judge_and_record(stores, scorer, retried)[0]
            retried_at = -RETRIED_SECONDS if retried else time.monotonic()
        n_due = len(due)
        n_recorded, ahead = _judge_and_record(stores, scorer, due, n_ahead=BATCH if many and go_on() else 0)
        recorded += n_recorded
        due = _gather(stores, memory, ahead)
        if checks.answer(scorer) or n_due:
            busy_at = time.monotonic()
        elif time.monotonic() - max(busy_at, retried_at) > LINGER_SECONDS and retried_at > 0:
            break
        if n_due < SMALL_BATCH:
            if retried_at > 0 and not lingering.go_on():
                break
            time.sleep(PAUSE_SECONDS)
    return recorded


class Prepared(NamedTuple):
    """All that will be written for a batch, made before anybody waits for the database."""

    conclusions: list[Conclusion]
    transition: transitions.Prepared
    at: int


def prepare(judged: Sequence[tuple[Due, Judgement]]) -> Prepared:
    """Everything that will be written for these judgements."""
    at = now_us()
    n = len(judged)
    conclusions = [
        Conclusion(
            _move(due.claim, judgement, decision_id),
            decision_of(due, judgement, at, decision_id),
            _review_item(due, judgement, item_id, at),
            due.gathered,
            judgement.spoke,
            judgement.lane,
        )
        for (due, judgement), decision_id, item_id in zip(judged, new_ids("dec", n), new_ids("rev", n), strict=True)
    ]
    return Prepared(conclusions, transitions.prepare([conclusion.move for conclusion in conclusions], at), at)


def conclude(connection: Connection, prepared: Prepared) -> list[Conclusion]:
    """Record them in the caller's transaction and return those recorded: without the ones whose claim has ended."""
    at = prepared.at
    moved = transitions.carry_out(connection, prepared.transition)
    kept = [conclusion for conclusion in prepared.conclusions if conclusion.move.key in moved]
    decisions.add(connection, [conclusion.decision for conclusion in kept])
    contents = b"".join([conclusion.gathered.contents for conclusion in kept])
    sightings.add(connection, contents, b"".join([conclusion.gathered.authors for conclusion in kept]), at)
    review_items.add(connection, [c.item for c in kept if c.item is not None and c.item.revision == 1])
    concluded = [_with_item(connection, conclusion) for conclusion in kept]
    called = [(conclusion.move.site_id, conclusion.lane) for conclusion in kept if conclusion.lane is not None]
    if called:
        lane_traffic.add(connection, called, at)
    hits.add(connection, [conclusion.spoke for conclusion in kept if conclusion.spoke], at)
    return concluded


def _with_item(connection: Connection, conclusion: Conclusion) -> Conclusion:
    """An edited comment may have waited for a person before: then its old item waits again."""
    if conclusion.item is None or conclusion.item.revision == 1:
        return conclusion
    return conclusion._replace(item=review_items.put(connection, conclusion.item))


def announce(stores: Stores, concluded: Sequence[Conclusion]) -> None:
    """Tell Redis what was decided, after the commit. If Redis is away, the reconciler tells it later."""
    if not concluded:
        return
    items = [conclusion.item for conclusion in concluded if conclusion.item is not None]
    try:
        pipeline = stores.redis.pipeline(transaction=False)
        answers.publish(pipeline, [conclusion.decision.comment_id for conclusion in concluded])
        review_queue.add(pipeline, [(item.id, item.site_id, item.rank) for item in items])
        pipeline.execute()
    except ERRORS as error:
        log.warning("Redis does not answer, the review queue will be rebuilt: %s", error)


def of_form(claimed: Sequence[Claimed]) -> list[Due]:
    """Claimed revisions with what their forms alone tell: nothing will be scored by it."""
    return [
        due_of(claim, text, evidence.of_form(text), bare_policy(text.policy_version, text.site_mode))
        for claim, text in claimed
    ]


def _claim(stores: Stores, memory: Memory, *, retried: bool, limit: int, look_first: bool) -> list[Due]:
    """Claim, then read and gather evidence; `look_first` spares the write lock where probably nothing is due.

    A claim that a power cut undoes is made again, so its commit need not wait for the disk.
    """
    if look_first and not transitions.any_due(stores.database, retried=retried):
        return []
    with stores.database.write(Lasting.IN_TIME) as connection:
        claimed = _claim_due(stores, connection, retried=retried, limit=limit)
    return _gather(stores, memory, claimed)


def _claim_due(stores: Stores, connection: Connection, *, retried: bool, limit: int) -> list[Claim]:
    seconds = stores.settings.scoring_lease_seconds
    return claims.claim_due(stores.database, connection, limit=limit, retried=retried, lease_seconds=seconds)


def _gather(stores: Stores, memory: Memory, claimed: Sequence[Claim]) -> list[Due]:
    if not claimed:
        return []
    with stores.database.read() as connection:
        return gather(stores.database, connection, memory, claims.texts_of(connection, claimed))


def _judge_and_record(stores: Stores, scorer: Scorer, due: Sequence[Due], n_ahead: int = 0) -> tuple[int, list[Claim]]:
    """Return how many decisions were recorded, and up to `n_ahead` claims that were made in the same transaction."""
    if not due:
        return 0, []
    prepared = prepare(judge_by_site(scorer, due))
    with stores.database.write(Lasting.BY_FLUSH) as connection:
        concluded = conclude(connection, prepared)
        ahead = _claim_due(stores, connection, retried=False, limit=n_ahead) if n_ahead else []
    stores.database.flush()
    announce(stores, concluded)
    return len(concluded), ahead


def _call_for_help(stores: Stores) -> None:
    try:
        queues.ensure_drain(stores.redis, though_lingering=True)
    except ERRORS as error:
        log.warning("Redis does not answer, going on alone: %s", error)


def _anything_left(stores: Stores) -> bool:
    with suppress(*ERRORS):
        if any_wait(stores.redis):
            return True
    return any(transitions.any_due(stores.database, retried=retried) for retried in (False, True))


def _move(claim: Claim, judgement: Judgement, decision_id: str) -> Move:
    return Move(
        claim.key,
        claim.comment_id,
        claim.revision,
        claim.site_id,
        State.SCORING,
        STATE_OF[judgement.action],
        claim.attempt,
        decision_id,
    )


def _review_item(due: Due, judgement: Judgement, item_id: str, at: int) -> ReviewItem | None:
    if judgement.review_reason is None:
        return None
    claim, reason = due.claim, REASON[judgement.review_reason]
    return ReviewItem(
        item_id, claim.comment_id, claim.site_id, claim.revision, reason, -judgement.priority, 1, 1, waiting_since=at
    )
