"""How one lane changes, and the record of each change that lets a third party compute it again."""

import hashlib
import json
import math
from dataclasses import astuple, dataclass, replace

from models.guarantee.entries import MICROSECONDS_A_DAY
from models.guarantee.lanes import NOWHERE, Lane, Metric, coverage
from models.guarantee.monitor import FEWEST_OF_A_DAY, QUIET, SHIFT, detector_level, share_shift
from models.guarantee.plan import Plan
from models.guarantee.state import Certificate, Hold, LaneState, Status, Tally, empty_tally
from models.guarantee.tallies import Proof, outermost_proven


@dataclass(frozen=True, slots=True)
class Change:
    """One transition of one lane with what it rests on.

    `kind`: `opened`, `widened`, `renewed`, `closed`, `began` (anew), `provisional`, `tripped` or `calm` (the audit rate
    rose or fell). `n`, `errors`, `cluster`, `log_evidence`, `limit`: of the evidence that opened or widened the lane;
    for a breach the audits since the lane began to act and the logarithms of the detector and its limit; else 0.
    `target`: what the evidence was held against.
    """

    at: int
    lane: Lane
    kind: str
    was: Status
    now: Status
    reason: str
    threshold: float | None = None
    coverage: float = 0.0
    n: int = 0
    errors: int = 0
    cluster: int = 1
    log_evidence: float = 0.0
    limit: float = 0.0
    target: float = 0.0
    certificate: str | None = None


Changed = tuple[LaneState, tuple[Change, ...]]


def certified(site: str, lane: Lane, state: LaneState, proven: Proof, plan: Plan, *, at: int) -> Changed:
    """The lane within the certificate that its walk has earned, if that reaches further than what it has."""
    held = state.certificate
    cell, limit = outermost_proven(state.tally, lane, proven, plan)
    if (
        state.hold is not Hold.NONE
        or cell == NOWHERE
        or (held is not None and (cell < held.cell or state.edges[cell] == held.threshold))
    ):
        return state, ()
    certificate = _certificate(site, lane, state, proven, plan, cell=cell, limit=limit, at=at)
    if state.certified and held is not None:
        # The walk only goes outward, so within one tally a new certificate is a wider one.
        after = replace(state, certificate=certificate, reference_from=at, reference_inside=0, reference_total=0)
        return after, (_opening(at, lane, "widened", state, after),)
    status = Status.NARROWED if certificate.coverage < state.last_coverage else Status.OPEN
    after = replace(
        _quiet(state, at),
        status=status,
        certificate=certificate,
        tally=state.tally if state.tally.opened else replace(state.tally, opened=at),
        reason="evidence reached the limit",
    )
    return after, (_opening(at, lane, "opened", state, after),)


def expires(tally: Tally, plan: Plan) -> int:
    """When evidence that has opened a lane is too old."""
    return tally.opened + round(plan.certificate_days * MICROSECONDS_A_DAY)


def renewed(site: str, lane: Lane, state: LaneState, proven: Proof, plan: Plan, *, newer: Tally, at: int) -> Changed:
    """The lane within a certificate of `newer` evidence alone, `proven` by it; as it was where that does not suffice.

    The alarm goes on where it was: nothing new is known of the lane.
    """
    if not state.certified or state.certificate is None:
        return state, ()
    fresh = replace(
        state,
        tally=newer,
        successor=None,
        status=Status.CLOSED,
        certificate=None,
        last_coverage=state.certificate.coverage,
    )
    after, changes = certified(site, lane, fresh, proven, plan, at=at)
    if not changes:
        return state, ()
    after = replace(after, detector=state.detector, tripped_until=state.tripped_until, reason="evidence renewed")
    (change,) = changes
    return after, (replace(change, kind="renewed", was=state.status, reason=after.reason),)


def closed(lane: Lane, state: LaneState, at: int, reason: str, plan: Plan, *, forget: bool, hold: Hold) -> Changed:
    """The lane with everything to a person. `forget`: its evidence speaks of another time and no longer counts; that of
    a lane on trial does so anyway, but for what has come since the traffic changed.
    """
    if state.status is Status.CLOSED and not forget and hold is state.hold:
        return state, ()
    tally = empty_tally(lane, len(state.edges), plan, at) if forget else state.trial or state.tally
    last = state.certificate.coverage if state.certificate is not None else state.last_coverage
    after = replace(
        _quiet(state, at),
        status=Status.CLOSED,
        reason=reason,
        tally=tally,
        successor=None,
        hold=hold,
        certificate=None,
        last_coverage=last,
    )
    return after, (Change(at, lane, "closed", state.status, after.status, reason),)


def breached(lane: Lane, state: LaneState, at: int, plan: Plan) -> Changed:
    """The lane closed by its alarm: its evidence is forgotten, and it acts again only within a new certificate."""
    reason = f"breach at audit {state.live_n}"
    after, _ = closed(lane, replace(state, may_provision=False), at, reason, plan, forget=True, hold=Hold.NONE)
    change = Change(
        at,
        lane,
        "closed",
        state.status,
        after.status,
        reason,
        n=state.live_n,
        errors=state.live_errors,
        log_evidence=_rounded(math.log(detector_level(state.detector))),
        limit=_rounded(math.log(plan.detector_limit)),
        certificate=state.certificate.id if state.certificate else None,
    )
    return after, (change,)


def provisional(lane: Lane, state: LaneState, at: int, reason: str) -> Changed:
    """The lane acting without evidence, on the plan's cautious thresholds."""
    after = replace(_quiet(state, at), status=Status.PROVISIONAL, reason=reason, may_provision=True)
    return after, (Change(at, lane, "provisional", state.status, after.status, reason),)


def tripped(lane: Lane, state: LaneState, at: int, reason: str, plan: Plan) -> Changed:
    """The lane at the higher audit rate for some days."""
    if not state.acts or state.tripped_until > at:
        return state, ()
    after = replace(state, tripped_until=at + round(plan.tripwire_days * MICROSECONDS_A_DAY))
    return after, (Change(at, lane, "tripped", state.status, state.status, reason),)


def shifted(lane: Lane, state: LaneState, at: int, reason: str, plan: Plan) -> Changed:
    """The lane, tripped, whose share of the traffic is no longer what it was; on the last of these days it is measured
    anew.

    A certificate of FOR or FDR speaks of traffic that there may be no more, since both move with the share of spam: so
    the labels from now on are counted on their own, and in the end the lane is `tried` by them.
    """
    after, changes = tripped(lane, replace(state, tripped_until=0), at, reason, plan)
    measured_from = max(at, after.tripped_until - MICROSECONDS_A_DAY)
    after = replace(after, reference_from=measured_from, reference_inside=0, reference_total=0)
    if state.certified and plan.metric(lane) is not Metric.FPR:
        after = replace(
            after,
            before_inside=state.reference_inside,
            before_total=state.reference_total,
            trial=empty_tally(lane, len(state.edges), plan, at),
        )
    return after, changes


def trial_is_over(state: LaneState, at: int) -> bool:
    """Whether the lane's share has been measured anew; a day more is given where too few comments came to tell it."""
    measured = state.reference_from + MICROSECONDS_A_DAY
    few = state.reference_total < FEWEST_OF_A_DAY
    return state.trial is not None and at >= measured + few * MICROSECONDS_A_DAY


def tried(site: str, lane: Lane, state: LaneState, proven: Proof, plan: Plan, *, trial: Tally, at: int) -> Changed:
    """The lane once its trial is over: as it was where its share is what it was before; else within what the labels
    since then prove (`proven`), or closed with these labels for its reopening.
    """
    shift = share_shift(state.reference_inside, state.reference_total, state.before_inside, state.before_total)
    if state.reference_total >= FEWEST_OF_A_DAY and abs(shift) <= SHIFT:
        return replace(
            state,
            reference_inside=state.before_inside,
            reference_total=state.before_total,
            before_inside=0,
            before_total=0,
            trial=None,
        ), ()
    after, changes = renewed(site, lane, state, proven, plan, newer=trial, at=at)
    if changes:
        return after, changes
    reason = "traffic changed and labels since then do not prove the lane"
    after, changes = closed(lane, state, at, reason, plan, forget=False, hold=state.hold)
    return replace(after, may_provision=False), changes


def calmed(lane: Lane, state: LaneState, at: int) -> Changed:
    """The lane at its usual audit rate once the days of the higher one are over."""
    if not state.tripped_until or at < state.tripped_until:
        return state, ()
    after = replace(state, tripped_until=0)
    return after, (Change(at, lane, "calm", state.status, state.status, "higher audit rate is over"),)


def _quiet(state: LaneState, at: int) -> LaneState:
    """Nothing heard yet: a lane that begins to act, or stops, is measured from there."""
    return replace(
        state,
        live_since=at,
        live_n=0,
        live_errors=0,
        detector=QUIET,
        tripped_until=0,
        reference_from=at,
        reference_inside=0,
        reference_total=0,
        before_inside=0,
        before_total=0,
        trial=None,
    )


def _certificate(
    site: str, lane: Lane, state: LaneState, proven: Proof, plan: Plan, *, cell: int, limit: float, at: int
) -> Certificate:
    held = state.certificate if state.certified else None
    since = held.since if held else at
    certificate = Certificate(
        id="",
        cell=cell,
        threshold=state.edges[cell],
        coverage=coverage(state.edges, cell),
        n=int(proven.items[cell]),
        errors=int(proven.errors[cell]),
        cluster=int(proven.cluster[cell]),
        log_evidence=_rounded(float(proven.log_evidence[cell])),
        limit=_rounded(limit),
        target=plan.target(lane),
        since=since,
        issued=at,
        expires=expires(replace(state.tally, opened=state.tally.opened or at), plan),
    )
    named = json.dumps([site, lane, state.edges, *astuple(certificate)])
    return replace(certificate, id=f"crt_{hashlib.sha256(named.encode()).hexdigest()[:26]}")


def _opening(at: int, lane: Lane, kind: str, before: LaneState, after: LaneState) -> Change:
    certificate = after.certificate
    if certificate is None:
        raise ValueError("A lane opens only within a certificate.")
    return Change(
        at,
        lane,
        kind,
        before.status,
        after.status,
        after.reason,
        threshold=certificate.threshold,
        coverage=certificate.coverage,
        n=certificate.n,
        errors=certificate.errors,
        cluster=certificate.cluster,
        log_evidence=certificate.log_evidence,
        limit=certificate.limit,
        target=certificate.target,
        certificate=certificate.id,
    )


def _rounded(logarithm: float) -> float:
    # Logarithms may differ in the last bit between processors; the counts beside them do not.
    return round(logarithm, 6)
