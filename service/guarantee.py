"""How wrong the machine may be and is: what a site asks of its lanes, how they stand, what other targets would do."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import orjson

from models.errors import Refused
from models.guarantee import log as guarantee_log
from models.guarantee import view
from models.guarantee.audit import Estimate, ipw_mean
from models.guarantee.entries import GridFixed, Labelled, Row, rows_of
from models.guarantee.evidence import clean_labels_needed, interval
from models.guarantee.lanes import Lane, Metric, grid_from_scores, route
from models.guarantee.ledger import advance
from models.guarantee.plan import Plan, Start
from models.guarantee.state import SiteState, from_json, initial_state
from models.guarantee.view import LaneView
from store.ids import now_us
from store.records import audits, guarantees, lane_events, lane_outcomes, model_versions
from store.records.database import Connection
from store.records.guarantees import StoredGuarantee
from store.records.lane_events import StoredLaneEvent
from store.records.lane_outcomes import SampledOutcome
from store.stores import Stores

DAY_US = 86_400_000_000
SAMPLE_US = 30 * DAY_US
MAX_SAMPLE, MAX_SCORES, MAX_HISTORY = 20_000, 2_000, 50
MIN_GRID = 200
MAX_ENTRIES, MAX_POINTS = 2_000, 60
# What a site may have to wait for proof; a target that takes longer is called too strict for its size.
MAX_DAYS = 60.0
OFFERED = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1)
# Share of the traffic in the zone where the lane opens first; of the reject lane genuine comments alone count.
_ZONE = {Lane.APPROVE: 0.6, Lane.REJECT: 0.7}


@dataclass(frozen=True, slots=True)
class Targets:
    """What a site asks for, as fractions. Spam among approved (FOR); genuine comments rejected (FPR), or genuine among
    the rejected (FDR)."""

    approve: float
    reject: float
    reject_metric: Metric
    confidence: float
    start: Start


@dataclass(frozen=True, slots=True)
class LaneReport:
    """A lane as it stands. `days_to_open`: at the site's volume, None where it is open or nothing came yet.
    `offered`: a target that the site can prove in time, where its own takes longer than 60 days."""

    view: LaneView
    days_to_open: float | None
    offered: float | None
    history: tuple[StoredLaneEvent, ...]


class Point(NamedTuple):
    """The audits of a lane so far: how many, how many wrong, and the interval of the rate at that moment."""

    n: int
    errors: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Report:
    """Both lanes. `per_day`: comments that reach them; `review_share`: of those, what a person sees. `spam_share`: of
    all of them in the last 30 days, each label weighted by one over its chance; None without labels."""

    site_id: str
    targets: Targets
    model: str | None
    per_day: float | None
    review_share: float | None
    spam_share: Estimate | None
    lanes: tuple[LaneReport, ...]


@dataclass(frozen=True, slots=True)
class Forecast:
    """What targets would do. `opens`: which lanes would be open at once, on what has been found so far.
    `review_share_now`, `review_share_then`: of the last comments; None where fewer than 200 were scored."""

    targets: Targets
    opens: tuple[Lane, ...]
    days_to_open: dict[Lane, float | None]
    offered: dict[Lane, float | None]
    review_share_now: float | None
    review_share_then: float | None


class Guarantees:
    """The error targets of all sites; each method names the site."""

    def __init__(self, stores: Stores) -> None:
        self._database = stores.database

    def targets(self, site_id: str) -> Targets:
        """What the site asks for."""
        with self._database.read() as connection:
            return targets_of(plan_of(guarantees.get(connection, site_id)))

    def report(self, site_id: str) -> Report:
        """How the lanes stand."""
        with self._database.read() as connection:
            stored = guarantees.get(connection, site_id)
            plan, state = plan_of(stored), _state(site_id, stored)
            sample = lane_outcomes.sample(connection, site_id, since=now_us() - SAMPLE_US, limit=MAX_SAMPLE)
            told = {lane: lane_events.of_lane(connection, site_id, lane.value, limit=MAX_HISTORY) for lane in _ACTING}
        per_day, review_share = _volume(state)
        lanes = tuple(
            LaneReport(
                view.view(state, lane, plan),
                _days(view.view(state, lane, plan), per_day, plan),
                _offered(lane, plan, per_day),
                tuple(told[lane]),
            )
            for lane in _ACTING
        )
        model = None if stored is None else stored.model
        return Report(site_id, targets_of(plan), model, per_day, review_share, _spam_share(sample), lanes)

    def course(self, site_id: str, lane: Lane) -> list[Point]:
        """How rate and interval went, audit by audit since the lane began to act: at most 60 points."""
        with self._database.read() as connection:
            stored = guarantees.get(connection, site_id)
            if stored is None or stored.last_seq == 0:
                return []
            plan, state = plan_of(stored), _state(site_id, stored)
            entries = guarantees.last_entries(connection, site_id, guarantee_log.AUDITED, limit=MAX_ENTRIES)
        found = guarantee_log.audits_of(lane, state.lane(lane).live_since, [(e.kind, e.entry) for e in entries])
        step = max(1, len(found) // MAX_POINTS)
        chosen = found[step - 1 :: step]
        if found and (not chosen or chosen[-1] != found[-1]):
            chosen.append(found[-1])
        return [Point(n, errors, *interval(errors, n, plan.delta)) for n, errors in chosen]

    def preview(self, site_id: str, wanted: Targets) -> Forecast:
        """What these targets would do to the site. Raises Refused where they make no sense."""
        with self._database.read() as connection:
            stored = guarantees.get(connection, site_id)
            plan = _with(plan_of(stored), wanted)
            state = _state(site_id, stored)
            active = model_versions.active(connection, site_id) or model_versions.active(connection)
            scores = [] if active is None else audits.scores(connection, site_id, active.id, limit=MAX_SCORES)
            sample = lane_outcomes.sample(connection, site_id, since=now_us() - SAMPLE_US, limit=MAX_SAMPLE)
        per_day, _ = _volume(state)
        then = _as_if(site_id, plan, scores, [one for one in sample if active and one.model == active.id])
        shown = {lane: view.view(then, lane, plan) for lane in _ACTING}
        return Forecast(
            targets_of(plan),
            tuple(lane for lane in _ACTING if then.lane(lane).certified),
            {lane: _days(shown[lane], per_day, plan) for lane in _ACTING},
            {lane: _offered(lane, plan, per_day) for lane in _ACTING},
            _share(state, plan_of(stored), scores),
            _share(then, plan, scores),
        )


def plan_of(stored: StoredGuarantee | None) -> Plan:
    """What the site asks for."""
    return Plan() if stored is None else guarantee_log.load_plan(stored.plan)


def targets_of(plan: Plan) -> Targets:
    """The part of a plan that an owner sets."""
    return Targets(plan.approve_target, plan.reject_target, plan.reject_metric, plan.confidence, plan.start)


def lay_down(connection: Connection, site_id: str, wanted: Targets) -> None:
    """Write what the site asks for; the clock takes it up, and the lanes begin anew with what has been found.

    In the caller's transaction. Raises Refused where it makes no sense.
    """
    stored = guarantees.get(connection, site_id, lock=True)
    before = plan_of(stored)
    plan = _with(before, wanted)
    if stored is not None and plan == before:
        return
    if stored is None or stored.last_seq == 0:
        state = initial_state(site_id, plan, now_us())
        bounds, rates = view.bounds(state, plan), view.rates(state, plan)
        settings = (bounds.approve, bounds.reject, rates.uniform_approve, rates.uniform_reject)
        text = guarantee_log.dump_plan(plan)
        first = StoredGuarantee(site_id, text, "{}", 0, None, None, *settings, updated_at=0)
        (guarantees.create if stored is None else guarantees.put)(connection, first)
        return
    guarantees.put(connection, stored._replace(plan=guarantee_log.dump_plan(plan), updated_at=0))


_ACTING = (Lane.APPROVE, Lane.REJECT)


def _with(plan: Plan, wanted: Targets) -> Plan:
    try:
        return replace(
            plan,
            approve_target=wanted.approve,
            reject_target=wanted.reject,
            reject_metric=wanted.reject_metric,
            confidence=wanted.confidence,
            start=wanted.start,
        )
    except ValueError as error:
        raise Refused(str(error)) from error


def _state(site_id: str, stored: StoredGuarantee | None) -> SiteState:
    if stored is None or stored.last_seq == 0:
        return initial_state(site_id, plan_of(stored), 0)
    return from_json(orjson.loads(stored.state))


def _volume(state: SiteState) -> tuple[float | None, float | None]:
    """Comments a day that reach the lanes, and the share of them that waits for a person; of whole days if any."""
    days = state.days[:-1] or state.days
    total = sum(day.total for day in days)
    if not total:
        return None, None
    return total / len(days), sum(day.review for day in days) / total


def _days(shown: LaneView, per_day: float | None, plan: Plan) -> float | None:
    if shown.labels_to_open is None or not per_day:
        return None
    return shown.labels_to_open / (per_day * _ZONE[shown.lane] * _labelled_share(plan))


def _offered(lane: Lane, plan: Plan, per_day: float | None) -> float | None:
    """The strictest target that the site can prove in time; None where its own is one."""
    if not per_day:
        return None

    def days(target: float) -> float:
        needed = clean_labels_needed(target, plan.delta, len(plan.starts(lane)))
        return needed / (per_day * _ZONE[lane] * _labelled_share(plan))

    if days(plan.asked(lane)) <= MAX_DAYS:
        return None
    return next((target for target in OFFERED if target > plan.asked(lane) and days(target) <= MAX_DAYS), OFFERED[-1])


def _labelled_share(plan: Plan) -> float:
    return 1.0 if plan.start == "closed" else plan.provisional_audit_rate


def _spam_share(sample: Sequence[SampledOutcome]) -> Estimate | None:
    known = [one for one in sample if one.lane is not None and one.approve_rate and one.reject_rate]
    if not known:
        return None
    chances = {"approve": "approve_rate", "reject": "reject_rate"}
    rates = [getattr(one, chances[one.lane]) if one.lane in chances else 1.0 for one in known]
    return ipw_mean([one.is_spam for one in known], rates)


def _as_if(
    site_id: str, plan: Plan, scores: Sequence[tuple[float, float]], sample: Sequence[SampledOutcome]
) -> SiteState:
    """The lanes as they would begin under that plan."""
    at = now_us()
    state = initial_state(site_id, plan, at)
    if len(scores) < MIN_GRID:
        return state
    lows, highs = zip(*scores, strict=True)
    edges = (grid_from_scores(Lane.APPROVE, highs, plan.cells), grid_from_scores(Lane.REJECT, lows, plan.cells))
    state, _ = advance(state, GridFixed(at, *edges, len(scores)), plan)
    state, _ = advance(state, Labelled(at, rows_of(map(_row, sample))), plan)
    return state


def _row(one: SampledOutcome) -> Row:
    coin = 1.0 if one.coin is None else one.coin
    return Row(
        decided_at=one.decided_at,
        approve_score=one.high or 0.0,
        reject_score=one.low or 0.0,
        lane=Lane(one.lane or "review"),
        uniform_approve=coin < (one.approve_rate or 0.0),
        uniform_reject=coin < (one.reject_rate or 0.0),
        audited=False,
        is_spam=bool(one.is_spam),
        copy=bool(one.is_copy),
    )


def _share(state: SiteState, plan: Plan, scores: Sequence[tuple[float, float]]) -> float | None:
    if len(scores) < MIN_GRID:
        return None
    bounds = view.bounds(state, plan)
    return sum(route(low, high, bounds) is Lane.REVIEW for low, high in scores) / len(scores)


def as_values(estimate: Estimate | None) -> dict[str, Any] | None:
    """An estimate as JSON values."""
    if estimate is None:
        return None
    return {"value": estimate.value, "low": max(0.0, estimate.low), "high": min(1.0, estimate.high), "n": estimate.n}
