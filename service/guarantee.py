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
from models.guarantee.plan import Plan, Start, by_model
from models.guarantee.state import SiteState, from_json, initial_state
from models.guarantee.view import LaneView
from store.ids import now_us
from store.records import audits, guarantees, lane_events, lane_outcomes, model_versions, sites
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


@dataclass(frozen=True, slots=True)
class Targets:
    """What a site asks for, as fractions. Spam among approved (FOR); genuine comments rejected (FPR), or genuine among
    the rejected (FDR). `approve_ceiling`: what has an upper end above it is never approved by machine, whatever is
    proven; 1 for none."""

    approve: float
    reject: float
    reject_metric: Metric
    confidence: float
    start: Start
    approve_ceiling: float = 1.0


@dataclass(frozen=True, slots=True)
class LaneReport:
    """A lane as it stands. `days_to_open`: at the site's volume, None where it is open or nothing came yet.
    `offered`: a target that the site can prove in time, where its own takes longer than 60 days."""

    view: LaneView
    days_to_open: float | None
    offered: float | None
    history: tuple[StoredLaneEvent, ...]


class Point(NamedTuple):
    """A lane at the end of a day (days since 1970, UTC): its audits since it began to act, how many found an error, and
    the interval of the rate at that moment."""

    day: int
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
        """How the lanes stand. Raises NotFound."""
        with self._database.read() as connection:
            sites.get(connection, site_id)
            stored = guarantees.get(connection, site_id)
            plan, state = _in_force(connection, site_id, stored), _state(site_id, stored)
            sample = lane_outcomes.sample(connection, site_id, since=now_us() - SAMPLE_US, limit=MAX_SAMPLE)
            told = {lane: lane_events.of_lane(connection, site_id, lane.value, limit=MAX_HISTORY) for lane in _ACTING}
        per_day, review_share = _volume(state)
        lanes = tuple(
            LaneReport(
                view.view(state, lane, plan),
                _days(state, view.view(state, lane, plan), per_day, plan),
                _offered(state, lane, plan, per_day),
                tuple(told[lane]),
            )
            for lane in _ACTING
        )
        model = None if stored is None else stored.model
        return Report(site_id, targets_of(plan), model, per_day, review_share, _spam_share(sample), lanes)

    def course(self, site_id: str, lane: Lane) -> list[Point]:
        """How rate and interval went, day by day since the lane began to act: the last 60 days with audits."""
        with self._database.read() as connection:
            stored = guarantees.get(connection, site_id)
            if stored is None or stored.last_seq == 0:
                return []
            plan, state = plan_of(stored), _state(site_id, stored)
            entries = guarantees.last_entries(connection, site_id, guarantee_log.AUDITED, limit=MAX_ENTRIES)
        held = state.lane(lane)
        days = guarantee_log.audits_by_day(lane, held.live_since, [(e.kind, e.entry) for e in entries])
        # Of a long log only the newest entries were read: what is missing came before them.
        n, errors = held.live_n - sum(day.n for day in days), held.live_errors - sum(day.errors for day in days)
        points = []
        for day in days:
            n, errors = n + day.n, errors + day.errors
            points.append(Point(day.day, n, errors, *interval(errors, n, plan.delta)))
        return [point for point in points if point.n][-MAX_POINTS:]

    def preview(self, site_id: str, wanted: Targets) -> Forecast:
        """What these targets would do to the site. Raises Refused where they make no sense."""
        with self._database.read() as connection:
            stored = guarantees.get(connection, site_id)
            now = _in_force(connection, site_id, stored)
            plan = _with(now, wanted)
            state = _state(site_id, stored)
            active = model_versions.of_site(connection, site_id)
            scores = [] if active is None else audits.scores(connection, site_id, active.id, limit=MAX_SCORES)
            sample = lane_outcomes.sample(connection, site_id, since=now_us() - SAMPLE_US, limit=MAX_SAMPLE)
        per_day, _ = _volume(state)
        then = _as_if(site_id, plan, scores, [one for one in sample if active and one.model == active.id])
        shown = {lane: view.view(then, lane, plan) for lane in _ACTING}
        return Forecast(
            targets_of(plan),
            tuple(lane for lane in _ACTING if then.lane(lane).certified),
            {lane: _days(then, shown[lane], per_day, plan) for lane in _ACTING},
            {lane: _offered(then, lane, plan, per_day) for lane in _ACTING},
            _share(state, now, scores),
            _share(then, plan, scores),
        )


def plan_of(stored: StoredGuarantee | None) -> Plan:
    """What the site asks for."""
    return Plan() if stored is None else guarantee_log.load_plan(stored.plan)


def _in_force(connection: Connection, site_id: str, stored: StoredGuarantee | None) -> Plan:
    """The same with the thresholds of the model; the plan of a site that the clock has seen has them already."""
    plan = plan_of(stored)
    seen = stored is not None and stored.last_seq > 0
    return plan if seen else by_model(plan, model_versions.thresholds(connection, site_id))


def targets_of(plan: Plan) -> Targets:
    """The part of a plan that an owner sets."""
    return Targets(
        plan.approve_target,
        plan.reject_target,
        plan.reject_metric,
        plan.confidence,
        plan.start,
        plan.approve_ceiling,
    )


def lay_down(connection: Connection, site_id: str, wanted: Targets) -> None:
    """Write what the site asks for; the clock takes it up, and the lanes begin anew with what has been found.

    In the caller's transaction. Raises Refused where it makes no sense.
    """
    stored = guarantees.get(connection, site_id, lock=True)
    before = plan_of(stored)
    plan = _with(before, wanted)
    if stored is not None and targets_of(plan) == targets_of(before):
        return
    if stored is None or stored.last_seq == 0:
        state = initial_state(site_id, plan, now_us())
        acting = by_model(plan, model_versions.thresholds(connection, site_id))
        bounds, rates = view.bounds(state, acting), view.rates(state, acting)
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
            guarantee_log.renewed(plan),
            approve_target=wanted.approve,
            reject_target=wanted.reject,
            reject_metric=wanted.reject_metric,
            confidence=wanted.confidence,
            start=wanted.start,
            approve_ceiling=wanted.approve_ceiling,
        )
    except ValueError as error:
        raise Refused(str(error)) from error


def _state(site_id: str, stored: StoredGuarantee | None) -> SiteState:
    if stored is None or stored.last_seq == 0:
        return initial_state(site_id, plan_of(stored), 0)
    return from_json(orjson.loads(stored.state))


def _volume(state: SiteState) -> tuple[float | None, float | None]:
    """Comments a day that reach the lanes, None before a whole day is over: its first hours would make every site look
    small. And the share of them that waits for a person, of whole days if any."""
    whole = state.days[:-1]
    days = whole or state.days
    total = sum(day.total for day in days)
    if not total:
        return None, None
    return total / len(whole) if whole else None, sum(day.review for day in days) / total


def _days(state: SiteState, shown: LaneView, per_day: float | None, plan: Plan) -> float | None:
    if shown.labels_to_open is None or not per_day:
        return None
    return shown.labels_to_open / (per_day * shown.zone * _labelled_share(state, shown.lane, plan))


def _offered(state: SiteState, lane: Lane, plan: Plan, per_day: float | None) -> float | None:
    """The strictest target that the site can prove in time, after what was found so far; None where its own is one."""
    if not per_day or state.lane(lane).certified:
        return None
    each_day, asked = per_day * _labelled_share(state, lane, plan), plan.asked(lane)
    if _days_for(state, lane, plan, each_day) <= MAX_DAYS:
        return None
    looser = [target for target in OFFERED if target > asked]
    in_time = (t for t in looser if _days_for(state, lane, _asking(plan, lane, t), each_day) <= MAX_DAYS)
    return next(in_time, OFFERED[-1])


def _asking(plan: Plan, lane: Lane, target: float) -> Plan:
    return replace(plan, approve_target=target) if lane is Lane.APPROVE else replace(plan, reject_target=target)


def _days_for(state: SiteState, lane: Lane, plan: Plan, each_day: float) -> float:
    """How long clean labels would take to prove the plan's target, where so many comments a day are labelled."""
    _, missing, zone = view.missing_labels(state, lane, plan)
    needed = clean_labels_needed(plan.target(lane), max(plan.deltas(lane))) if missing is None else missing
    return needed / (each_day * zone)


def _labelled_share(state: SiteState, lane: Lane, plan: Plan) -> float:
    rates = view.rates(state, plan)
    return rates.uniform_approve if lane is Lane.APPROVE else rates.uniform_reject


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
