"""The only state machine of the guarantee: entry by entry from the log to the state of a site's two lanes.

`advance(state, entry, plan)` gives the next state and what changed. It has no clock, no randomness and reads nothing:
the state is the fold of `advance` over the site's entries in the order of their sequence, from `initial_state`, each
with the plan that was in force, and doing it again gives the same bits. What the caller must feed, and when:

1. `GridFixed` first, and again after each Reset with the cause new_model: quantiles of the scores of comments whose
   labels are not known yet (200 or more; the traffic of the last days, scored by the model in force). Labels that come
   before a grid are no evidence. A lane that has evidence keeps its grid.
2. `Traffic` at least every hour in which comments came: counts of what the lanes were asked about, by where it went.
   What a list, a rule or a person decided beforehand is not counted, nor is it ever a row. Near-copies are held back
   from the approve lane, count as `review`, and are marked `copy` when they become rows.
3. With each decision the worker stores both scores, the lane, the comment's coin, the rates in force (`view.rates`),
   hence `audited` (acted, and coin < audit rate), `uniform_approve` and `uniform_reject` (coin < that uniform rate).
4. `Labelled` once for each comment that a person has decided, in the order of the decisions, if it is `audited` or
   either `uniform_*` holds (others change nothing). It is the first decision of a reviewer who did not know what the
   machine said; a second look counts instead of the first if it comes before the row is fed. Never what a site,
   a reader or an author says, never a row that the model in force was trained on.
5. `Overdue` instead of `Labelled` for such a comment that nobody decided in time. Each comment is fed once at most.
6. `Reset` as soon as the model, the rules or the normaliser of texts change (before the first decision under the new
   one), or a target, or when an operator closes or opens a lane. After new_model the stored sample may be fed again
   with its new scores, `audited` False, as far as the new model was not trained on it.
7. `Clock` at least every hour: expiry, end of the tripwire, too many undecided audits.
8. Whenever a change is returned, the worker must take `view.bounds` and `view.rates` from the new state.

A comment that was decided before a lane closed is no evidence for its reopening, and an audit of it says nothing of the
lane that acts now: `decided_at` tells.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import assert_never

from models.guarantee.entries import (
    MICROSECONDS_A_DAY,
    Alert,
    Cause,
    Clock,
    Entry,
    GridFixed,
    Labelled,
    Overdue,
    Reset,
    Rows,
    Traffic,
)
from models.guarantee.lanes import Lane, Metric
from models.guarantee.monitor import FEWEST_OF_A_DAY, SHIFT, detector_level, detector_step, share_shift
from models.guarantee.plan import Plan
from models.guarantee.standing import certain_genuine, live_target, provisional_part, threshold
from models.guarantee.state import Daily, Hold, LaneState, SiteState, Status, Tally, begun_lane, empty_tally
from models.guarantee.tallies import counted, proof, walked, wrong_for
from models.guarantee.transitions import (
    Change,
    breached,
    calmed,
    certified,
    closed,
    expires,
    provisional,
    renewed,
    shifted,
    trial_is_over,
    tried,
    tripped,
)

ACTING = (Lane.APPROVE, Lane.REJECT)
_DAYS_KEPT = 8
_FEWEST_BEFORE = 200
# The detector at a tenth of its limit raises the audit rate, which shortens the way to the alarm.
_SUSPICION = 0.1

Changes = tuple[Change, ...]
_Step = tuple[SiteState, Changes]
_LaneStep = tuple[LaneState, Changes]


def advance(state: SiteState, entry: Entry, plan: Plan) -> _Step:
    """The state after one entry, and the transitions that it brought. See the top of this module."""
    state, passed = _time_passed(state, entry.at, plan)
    changes: Changes = ()
    match entry:
        case GridFixed():
            state = _grid_fixed(state, entry, plan)
        case Traffic():
            state, changes = _traffic(state, entry, plan)
        case Labelled():
            state, changes = _labelled(state, entry, plan, overdue=False)
        case Overdue():
            state, changes = _labelled(state, entry, plan, overdue=True)
        case Reset():
            state, changes = _reset(state, entry, plan)
        case Alert():
            after, changes = tripped(entry.lane, state.lane(entry.lane), entry.at, entry.cause, plan)
            state = _with(state, entry.lane, after)
        case Clock():
            state, changes = _pending(state, entry, plan)
        case _:
            assert_never(entry)
    return _barred(state, plan), passed + changes


def _time_passed(state: SiteState, at: int, plan: Plan) -> _Step:
    changes: Changes = ()
    for lane in ACTING:
        state, more = _aged(state, lane, at, plan)
        held, tried_by = _tried(state, lane, at, plan)
        held, calm = calmed(lane, held, at)
        state, changes = _with(state, lane, held), changes + more + tried_by + calm
    return state, changes


def _tried(state: SiteState, lane: Lane, at: int, plan: Plan) -> _LaneStep:
    held = state.lane(lane)
    if held.trial is None or not trial_is_over(held, at):
        return held, ()
    proven = proof(held.trial, lane, held.edges, certain_genuine(state, held.trial, plan), plan)
    return tried(state.site, lane, held, proven, plan, trial=held.trial, at=at)


def _aged(state: SiteState, lane: Lane, at: int, plan: Plan) -> _Step:
    """The lane with evidence that is not too old: in the second half of its time newer evidence is gathered beside it,
    and takes its place in the end, or the lane closes.
    """
    held = state.lane(lane)
    if not held.tally.opened:
        return state, ()
    over = expires(held.tally, plan)
    if at < over:
        if held.successor is None and held.certified and at >= (held.tally.opened + over) // 2:
            held = replace(held, successor=empty_tally(lane, len(held.edges), plan, at))
        return _with(state, lane, held), ()
    if not held.certified:
        fresh = empty_tally(lane, len(held.edges), plan, at)
        return _with(state, lane, replace(held, tally=fresh, successor=None)), ()
    changes: Changes = ()
    if held.successor is not None:
        proven = proof(held.successor, lane, held.edges, certain_genuine(state, held.successor, plan), plan)
        held, changes = renewed(state.site, lane, held, proven, plan, newer=held.successor, at=at)
    if not changes:
        held, changes = closed(lane, held, at, "certificate expired", plan, forget=True, hold=held.hold)
        held = replace(held, may_provision=False)
    return _with(state, lane, held), changes


def _grid_fixed(state: SiteState, entry: GridFixed, plan: Plan) -> SiteState:
    for lane, edges in ((Lane.APPROVE, entry.approve_edges), (Lane.REJECT, entry.reject_edges)):
        held = state.lane(lane)
        if edges and not any(held.tally.labelled) and not held.certified:
            fresh = empty_tally(lane, len(edges), plan, held.tally.since, held.tally.barrier)
            state = _with(state, lane, replace(held, edges=edges, tally=fresh))
    return state


def _traffic(state: SiteState, entry: Traffic, plan: Plan) -> _Step:
    state = replace(state, days=_counted_days(state.days, entry), reject=_credited(state, entry, plan))
    today, changes = state.days[-1], Changes()
    for lane in ACTING:
        held = state.lane(lane)
        if not held.acts or entry.at < held.reference_from:
            continue
        if entry.at < held.reference_from + MICROSECONDS_A_DAY or held.reference_total < _FEWEST_BEFORE:
            held = replace(
                held,
                reference_inside=held.reference_inside + (entry.approve if lane is Lane.APPROVE else entry.reject),
                reference_total=held.reference_total + entry.approve + entry.review + entry.reject,
            )
        elif today.total >= FEWEST_OF_A_DAY:
            shift = share_shift(today.inside(lane), today.total, held.reference_inside, held.reference_total)
            if abs(shift) > SHIFT:
                before = held.reference_inside / held.reference_total
                reason = f"share of the traffic {before:.3f} before, {today.inside(lane) / today.total:.3f} today"
                held, more = shifted(lane, held, entry.at, reason, plan)
                changes += more
        state = _with(state, lane, held)
    return state, changes


def _counted_days(days: tuple[Daily, ...], entry: Traffic) -> tuple[Daily, ...]:
    number = entry.at // MICROSECONDS_A_DAY
    if not days or days[-1].day < number:
        days = (*days, Daily(number, 0, 0, 0))[-_DAYS_KEPT:]
    last = days[-1]
    today = Daily(last.day, last.approve + entry.approve, last.review + entry.review, last.reject + entry.reject)
    return (*days[:-1], today)


def _credited(state: SiteState, entry: Traffic, plan: Plan) -> LaneState:
    """The reject lane with what the approve lane published as genuine comments that nobody has to label."""
    held, items = state.reject, entry.approve_coin_items
    if plan.reject_metric is not Metric.FPR or not items or not held.edges:
        return held
    if state.approve.certified:
        genuine = items * (1.0 - plan.approve_target)
        return _each_tally(held, lambda tally: replace(tally, credited=tally.credited + genuine))
    if state.approve.acts:
        return _each_tally(held, lambda tally: replace(tally, provisional_items=tally.provisional_items + items))
    return held


def _labelled(state: SiteState, entry: Labelled | Overdue, plan: Plan, *, overdue: bool) -> _Step:
    rows, at = entry.rows, entry.at
    targets = {lane: live_target(state, lane, plan) for lane in ACTING}
    state, changes = _review_counted(state, rows), Changes()
    for lane in ACTING:
        held = state.lane(lane)
        wrong = _audits(lane, held, rows, overdue)
        if wrong:
            held, more = _audited(lane, held, wrong, targets[lane], plan, at=at)
        else:
            more = ()
        state, changes = _with(state, lane, held), changes + more
    if any(change.kind == "closed" and change.lane is Lane.APPROVE for change in changes):
        # What it published of late is not as genuine as it had to be.
        state = replace(state, reject=_each_tally(state.reject, _uncredited))
    for lane in ACTING:
        held = state.lane(lane)
        held = _each_tally(held, partial(_counted, lane=lane, held=held, rows=rows, plan=plan, overdue=overdue))
        state = _with(state, lane, held)
        # The lane that opens first is the other one's barrier at once: they must never overlap.
        state, more = _proven(_barred(state, plan), lane, at, plan)
        changes += more
    return state, changes


def _counted(tally: Tally, lane: Lane, held: LaneState, rows: Rows, plan: Plan, *, overdue: bool) -> Tally:
    return counted(tally, lane, held.edges, rows, plan, overdue=overdue)


def _review_counted(state: SiteState, rows: Rows) -> SiteState:
    waited = ~rows.in_approve & ~rows.in_reject & ~rows.copy
    return replace(
        state,
        review_labelled=state.review_labelled + int(waited.sum()),
        review_spam=state.review_spam + int((waited & rows.is_spam).sum()),
    )


def _audits(lane: Lane, held: LaneState, rows: Rows, overdue: bool) -> list[bool]:
    """Whether the machine was wrong, for each audit of what the lane did since it began to act, in their order."""
    if not held.acts:
        return []
    inside = rows.in_approve if lane is Lane.APPROVE else rows.in_reject
    heard = inside & rows.audited & (rows.decided_at >= held.live_since)
    wrong: list[bool] = (wrong_for(lane, rows, overdue)[heard]).tolist()
    return wrong


def _audited(lane: Lane, held: LaneState, wrong: list[bool], target: float, plan: Plan, *, at: int) -> _LaneStep:
    """The lane after some audits, closed at the first alarm. Only an error can be one."""
    detector, n, errors, highest = held.detector, held.live_n, held.live_errors, 0.0
    for is_error in wrong:
        detector, n, errors = detector_step(detector, is_error, target), n + 1, errors + is_error
        if is_error:
            highest = max(highest, detector_level(detector))
            if highest >= plan.detector_limit:
                break
    held = replace(held, detector=detector, live_n=n, live_errors=errors)
    if highest >= plan.detector_limit:
        return breached(lane, held, at, plan)
    if highest >= plan.detector_limit * _SUSPICION:
        return tripped(lane, held, at, f"{errors} errors in {n} audits", plan)
    return held, ()


def _proven(state: SiteState, lane: Lane, at: int, plan: Plan) -> _Step:
    """The lane as far open as its evidence carries it."""
    held = state.lane(lane)
    if not held.edges:
        return state, ()
    held = _each_tally(held, partial(_walked, state=state, lane=lane, plan=plan))
    proven = proof(held.tally, lane, held.edges, certain_genuine(state, held.tally, plan), plan)
    if held.trial is not None:  # Labels of the traffic as it was must not widen what is tried on the new one.
        return _with(state, lane, held), ()
    after, changes = certified(state.site, lane, held, proven, plan, at=at)
    return _with(state, lane, after, plan), changes


def _walked(tally: Tally, state: SiteState, lane: Lane, plan: Plan) -> Tally:
    proven = proof(tally, lane, state.lane(lane).edges, certain_genuine(state, tally, plan), plan)
    return walked(tally, lane, proven, plan)


def _reset(state: SiteState, entry: Reset, plan: Plan) -> _Step:
    changes: Changes = ()
    for lane in ACTING if entry.lane is None else (entry.lane,):
        held = state.lane(lane)
        if entry.cause is Cause.OPERATOR_CLOSED:
            after, more = closed(lane, held, entry.at, "closed by an operator", plan, forget=False, hold=Hold.OPERATOR)
            state, changes = _with(state, lane, after, plan), changes + more
        elif entry.cause is Cause.OPERATOR_OPENED:
            state, more = _released(state, lane, entry.at, "opened by an operator", plan, may_provision=True)
            changes += more
        else:
            reason = entry.cause.value.replace("_", " ")
            after = begun_lane(lane, () if entry.cause is Cause.NEW_MODEL else held.edges, plan, entry.at, reason)
            if held.hold is Hold.OPERATOR:
                after = replace(after, status=Status.CLOSED, hold=held.hold, reason=held.reason)
            last = held.certificate.coverage if held.certificate else held.last_coverage
            state = _with(state, lane, replace(after, last_coverage=last, pending=held.pending), plan)
            changes += (Change(entry.at, lane, "began", held.status, after.status, reason),)
    if entry.cause is Cause.NEW_MODEL:
        state = replace(state, review_labelled=0, review_spam=0)
    return state, changes


def _released(state: SiteState, lane: Lane, at: int, reason: str, plan: Plan, *, may_provision: bool) -> _Step:
    """The lane no longer held: within what its evidence proves or, where it may, on cautious thresholds."""
    held = replace(state.lane(lane), hold=Hold.NONE)
    state, changes = _proven(_with(state, lane, held), lane, at, plan)
    held = state.lane(lane)
    if held.status is not Status.CLOSED or not may_provision:
        return state, changes
    after, more = provisional(lane, held, at, reason)
    return _with(state, lane, after, plan), changes + more


def _pending(state: SiteState, entry: Clock, plan: Plan) -> _Step:
    """Lanes closed while too many of their audits wait for a person: what was decided first may be what was easy."""
    changes: Changes = ()
    for lane, pending in ((Lane.APPROVE, entry.pending_approve), (Lane.REJECT, entry.pending_reject)):
        held = replace(state.lane(lane), pending=pending)
        state = _with(state, lane, held)
        if held.acts and pending > plan.pending_limit:
            reason = f"{pending} audits undecided"
            after, more = closed(lane, held, entry.at, reason, plan, forget=False, hold=Hold.PENDING)
            state = _with(state, lane, after, plan)
        elif held.hold is Hold.PENDING and pending <= plan.pending_limit // 2:
            state, more = _released(state, lane, entry.at, "audits decided", plan, may_provision=held.may_provision)
        else:
            continue
        changes += more
    return state, changes


def _with(state: SiteState, lane: Lane, after: LaneState, plan: Plan | None = None) -> SiteState:
    """The site with one lane changed. With `plan`: what a provisional approve lane published is settled as it ends."""
    if after is state.lane(lane):
        return state
    if lane is Lane.REJECT:
        return replace(state, reject=after)
    ends = state.approve.status is Status.PROVISIONAL and after.status is not Status.PROVISIONAL
    if plan is not None and ends and state.reject.tally.provisional_items:
        before = state
        state = replace(state, reject=_each_tally(state.reject, lambda tally: _settled(before, tally, plan)))
    return replace(state, approve=after)


def _settled(state: SiteState, tally: Tally, plan: Plan) -> Tally:
    return replace(tally, credited=tally.credited + provisional_part(state, tally, plan), provisional_items=0)


def _each_tally(held: LaneState, change: Callable[[Tally], Tally]) -> LaneState:
    before = (held.tally, held.successor, held.trial)
    tally = change(held.tally)
    successor, trial = (None if one is None else change(one) for one in before[1:])
    if all(new is old for new, old in zip((tally, successor, trial), before, strict=True)):
        return held
    return replace(held, tally=tally, successor=successor, trial=trial)


def _uncredited(tally: Tally) -> Tally:
    return replace(tally, credited=0.0, provisional_items=0)


def _barred(state: SiteState, plan: Plan) -> SiteState:
    """Each lane's evidence ends at the other's threshold: beyond it comments are decided and not all labelled."""
    approve, reject = threshold(state.approve, Lane.APPROVE, plan), threshold(state.reject, Lane.REJECT, plan)
    for lane, other, nearest in ((Lane.APPROVE, reject, min), (Lane.REJECT, approve, max)):
        if other is not None:
            bar = partial(_barrier, other=other, nearest=nearest)
            state = _with(state, lane, _each_tally(state.lane(lane), bar))
    return state


def _barrier(tally: Tally, other: float, nearest: Callable[[float, float], float]) -> Tally:
    barrier = other if tally.barrier is None else nearest(tally.barrier, other)
    return tally if barrier == tally.barrier else replace(tally, barrier=barrier)
