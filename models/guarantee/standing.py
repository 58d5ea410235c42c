"""What follows from the state of the lanes for the moment: thresholds, shares of the traffic, genuine comments."""

from models.guarantee.evidence import interval
from models.guarantee.lanes import Lane, Metric
from models.guarantee.monitor import in_lane_target
from models.guarantee.plan import Plan
from models.guarantee.state import LaneState, SiteState, Status, Tally

# A day of imagined traffic, so that the first comments of a site do not decide alone.
_IMAGINED = {Lane.APPROVE: 60, Lane.REVIEW: 30, Lane.REJECT: 10}
_FEWEST_GENUINE = 0.05


def threshold(held: LaneState, lane: Lane, plan: Plan) -> float | None:
    """The score at which the lane acts, None where it is closed."""
    if held.certified and held.certificate is not None:
        return held.certificate.threshold
    if held.status is Status.PROVISIONAL:
        return min(plan.provisional_approve, plan.approve_ceiling) if lane is Lane.APPROVE else plan.provisional_reject
    return None


def live_target(state: SiteState, lane: Lane, plan: Plan) -> float:
    """The error rate among the audits of the lane that its target allows now."""
    if plan.metric(lane) is not Metric.FPR:
        return plan.target(lane)
    shares = _shares(state)
    # Rather too few genuine comments: all that is rejected counts as spam, so the alarm is rather too watchful.
    waiting = shares[Lane.REVIEW] * (state.review_spam + 1) / (state.review_labelled + 2)
    genuine = 1.0 - shares[Lane.REJECT] - waiting - shares[Lane.APPROVE] * plan.approve_target
    return in_lane_target(plan.target(lane), max(genuine, _FEWEST_GENUINE), shares[Lane.REJECT])


def certain_genuine(state: SiteState, tally: Tally, plan: Plan) -> float:
    """Genuine comments of the approve lane that the reject lane counts without a label, rather too few.

    `tally`: of the reject lane; that of the approve lane has none.
    """
    return tally.credited + provisional_part(state, tally, plan)


def provisional_part(state: SiteState, tally: Tally, plan: Plan) -> float:
    """Those of a provisional approve lane: as many as its audits leave no doubt about."""
    items = tally.provisional_items
    if not items or not state.approve.live_n:
        return 0.0
    _, high = interval(state.approve.live_errors, state.approve.live_n, plan.delta / 10)
    return round(items * (1.0 - high), 3)


def _shares(state: SiteState) -> dict[Lane, float]:
    counts = {lane: some + sum(day.inside(lane) for day in state.days) for lane, some in _IMAGINED.items()}
    total = sum(counts.values())
    return {lane: count / total for lane, count in counts.items()}
