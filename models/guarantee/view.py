"""What the worker acts on, and what people are shown, from the state of the lanes."""

from dataclasses import dataclass

from models.guarantee.evidence import clean_labels_needed, interval
from models.guarantee.lanes import Bounds, Lane, Metric, start_cells
from models.guarantee.monitor import detector_level
from models.guarantee.plan import Plan
from models.guarantee.standing import certain_genuine, live_target, threshold
from models.guarantee.state import Certificate, LaneState, SiteState, Status
from models.guarantee.tallies import proof

# Of a site without figures: what share of its comments is genuine and can be known to be.
_GENUINE = 0.7


@dataclass(frozen=True, slots=True)
class Rates:
    """Shares of comments by their coin. `approve`, `reject`: audited of what the lane did. `uniform_*`: taken as
    evidence for the lane, wherever the comment went; what is taken must be labelled, which of a closed lane it is.
    """

    approve: float
    reject: float
    uniform_approve: float
    uniform_reject: float


@dataclass(frozen=True, slots=True)
class Live:
    """What the audits say since the lane began to act.

    `rate`: share of wrong decisions among the lane's, None before the first audit; `low`, `high`: its interval, valid
    at every moment. `target`: which rate the owner's target allows. `detector` closes the lane at `detector_limit`.
    """

    n_audited: int
    errors: int
    rate: float | None
    low: float
    high: float
    target: float
    pending_audits: int
    detector: float
    detector_limit: float


@dataclass(frozen=True, slots=True)
class LaneView:
    """One lane as it is shown. `labels_seen`, `labels_to_open`: clean labels that count and that are still missing at
    the place where the lane opens first, None for an open lane or before there is a grid; `zone`: the share of the
    traffic that brings them. `tripped`: more is audited.
    """

    lane: Lane
    state: Status
    metric: Metric
    target: float
    confidence: float
    threshold: float | None
    coverage: float | None
    certificate: Certificate | None
    live: Live
    q: float
    tripped: bool
    labels_seen: int | None
    labels_to_open: int | None
    zone: float
    reason: str


def bounds(state: SiteState, plan: Plan) -> Bounds:
    """The thresholds in force."""
    return Bounds(threshold(state.approve, Lane.APPROVE, plan), threshold(state.reject, Lane.REJECT, plan))


def rates(state: SiteState, plan: Plan) -> Rates:
    """The rates to compare a comment's coin with, in force until the next change."""
    approve, reject = _rate(state.approve, Lane.APPROVE, plan), _rate(state.reject, Lane.REJECT, plan)
    return Rates(approve, reject, approve if state.approve.acts else 1.0, reject if state.reject.acts else 1.0)


def view(state: SiteState, lane: Lane, plan: Plan) -> LaneView:
    """One lane with all that is shown of it."""
    held = state.lane(lane)
    low, high = interval(held.live_errors, held.live_n, plan.delta)
    seen, missing, zone = missing_labels(state, lane, plan)
    return LaneView(
        lane=lane,
        state=held.status,
        metric=plan.metric(lane),
        target=plan.asked(lane),
        confidence=plan.confidence,
        threshold=threshold(held, lane, plan),
        coverage=held.certificate.coverage if held.certificate else None,
        certificate=held.certificate,
        live=Live(
            n_audited=held.live_n,
            errors=held.live_errors,
            rate=held.live_errors / held.live_n if held.live_n else None,
            low=low,
            high=high,
            target=live_target(state, lane, plan),
            pending_audits=held.pending,
            detector=detector_level(held.detector),
            detector_limit=plan.detector_limit,
        ),
        q=_rate(held, lane, plan),
        tripped=bool(held.tripped_until),
        labels_seen=seen,
        labels_to_open=missing,
        zone=zone,
        reason=held.reason,
    )


def missing_labels(state: SiteState, lane: Lane, plan: Plan) -> tuple[int | None, int | None, float]:
    """Clean labels that count, and how many more it takes, where the lane opens first as comments come; and the share
    of the traffic that brings them. None for an open lane or before there is a grid.
    """
    held = state.lane(lane)
    shares = (_GENUINE,) if plan.metric(lane) is Metric.FPR else plan.starts(lane)
    if held.certified or not held.edges:
        return None, None, max(shares)
    proven = proof(held.tally, lane, held.edges, certain_genuine(state, held.tally, plan), plan)
    cells = (0,) if plan.metric(lane) is Metric.FPR else start_cells(len(held.edges), shares)
    ways = []
    for cell, delta, share in zip(cells, plan.deltas(lane), shares, strict=True):
        items, errors, cluster = int(proven.items[cell]), int(proven.errors[cell]), int(proven.cluster[cell])
        needed = clean_labels_needed(plan.target(lane), delta, 1, errors, cluster)
        missing = max(0, needed - items)
        ways.append((missing / share, missing, items, share))
    _, missing, seen, share = min(ways)
    return seen, max(missing, plan.errors_seen_first - int(sum(held.tally.errors)), 0), share


def _rate(held: LaneState, lane: Lane, plan: Plan) -> float:
    rate = plan.audit_rate(lane)
    if held.status is Status.PROVISIONAL:
        rate = max(rate, plan.provisional_audit_rate)
    if held.tripped_until:
        rate = max(rate, plan.tripwire_audit_rate)
    return max(rate, plan.audit_floor)
