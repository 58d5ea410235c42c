"""One site from its first comment on: the reducer that production runs, fed with drawn comments and true labels."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from benchmarks.guarantee.population import Population
from models.guarantee.entries import MICROSECONDS_A_DAY, Clock, Entry, GridFixed, Labelled, Rows, Traffic
from models.guarantee.lanes import Bounds, Lane, grid_from_scores
from models.guarantee.ledger import advance
from models.guarantee.plan import Plan
from models.guarantee.state import SiteState, Status, initial_state
from models.guarantee.transitions import Change
from models.guarantee.view import bounds, rates

DAY = MICROSECONDS_A_DAY
_FIRST, _FIRST_STEP = 4000, 100
# Short steps while lanes open or the traffic has just changed.
_SETTLING_DAYS, _STEPS_A_DAY, _QUIET_STEPS_A_DAY = 10, 8, 2
_GRID_FROM = 1000


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a run: when it ended (days), comments, how many waited for a person or were audited, spam that was
    published, the true error of each lane under the thresholds in force, and the states of the lanes.
    """

    day: float
    n: int
    n_review: int
    n_audited: int
    spam_published: int
    error_for: float
    error_fpr: float
    approve: Status
    reject: Status


@dataclass(slots=True)
class Run:
    """What happened on one site."""

    steps: list[Step] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    comments_to_open: dict[Lane, int] = field(default_factory=dict)
    state: SiteState | None = None

    def broken(self, plan: Plan, statuses: Sequence[Status], until: float = np.inf) -> bool:
        """Whether either lane's true error was ever above its target in one of those states, before day `until`."""
        return any(
            (step.approve in statuses and step.error_for > plan.approve_target)
            or (step.reject in statuses and step.error_fpr > plan.reject_target)
            for step in self.steps
            if step.day <= until
        )

    def review_share(self, day: int) -> float:
        """Share of the comments of the `day`-th day (from 1) that waited for a person."""
        mine = [step for step in self.steps if day - 1 < step.day <= day + 1e-9]
        return sum(step.n_review for step in mine) / sum(step.n for step in mine)

    def alarms(self, after: float = 0.0) -> list[Change]:
        """Breaches after that day."""
        return [one for one in self.changes if one.reason.startswith("breach") and one.at > after * DAY]


def simulate(
    plan: Plan, phases: Sequence[tuple[float, Population]], per_day: int, days: int, rng: np.random.Generator
) -> Run:
    """A site with `per_day` comments a day. `phases`: from which day on which population holds, from day 0."""
    run = Run()
    population = phases[0][1]
    state = initial_state("simulated", plan, 0)
    ahead = population.drawn(_GRID_FROM, rng)
    edges = (
        grid_from_scores(Lane.APPROVE, population.approve[ahead], plan.cells),
        grid_from_scores(Lane.REJECT, population.reject[ahead], plan.cells),
    )
    state = _told(run, state, GridFixed(0, *edges, _GRID_FROM), plan)
    sent = 0
    while sent < per_day * days:
        since, population = next(one for one in reversed(phases) if sent >= one[0] * per_day)
        settling = sent < (since + _SETTLING_DAYS) * per_day
        n = _FIRST_STEP if sent < _FIRST else max(1, per_day // (_STEPS_A_DAY if settling else _QUIET_STEPS_A_DAY))
        sent += n
        state = _step(run, state, plan, population, n=n, at=round(sent / per_day * DAY), rng=rng)
        for lane in (Lane.APPROVE, Lane.REJECT):
            if state.lane(lane).certified:
                run.comments_to_open.setdefault(lane, sent)
    run.state = state
    return run


def _step(
    run: Run, state: SiteState, plan: Plan, population: Population, *, n: int, at: int, rng: np.random.Generator
) -> SiteState:
    now, rate = bounds(state, plan), rates(state, plan)
    places, coin = population.drawn(n, rng), rng.random(n)
    approve, reject = population.approve[places], population.reject[places]
    is_spam = population.is_spam[places]
    in_reject = np.zeros(n, dtype=bool) if now.reject is None else reject >= now.reject
    in_approve = np.zeros(n, dtype=bool) if now.approve is None else (approve <= now.approve) & ~in_reject
    audited = (in_approve & (coin < rate.approve)) | (in_reject & (coin < rate.reject))
    waits = ~in_approve & ~in_reject
    uniform_approve, uniform_reject = coin < rate.uniform_approve, coin < rate.uniform_reject
    error_for, error_fpr = _errors(population, now)
    run.steps.append(
        Step(
            at / DAY,
            n,
            int(waits.sum()),
            int(audited.sum()),
            int((in_approve & is_spam).sum()),
            error_for,
            error_fpr,
            state.approve.status,
            state.reject.status,
        )
    )
    counts = (int(in_approve.sum()), int(waits.sum()), int(in_reject.sum()))
    state = _told(run, state, Traffic(at, *counts, int((in_approve & uniform_reject).sum())), plan)
    fed = audited | (waits & (uniform_approve | uniform_reject))
    k = int(fed.sum())
    rows = Rows(
        decided_at=np.full(k, at, dtype=np.int64),
        approve_score=approve[fed],
        reject_score=reject[fed],
        in_approve=in_approve[fed],
        in_reject=in_reject[fed],
        uniform_approve=uniform_approve[fed],
        uniform_reject=uniform_reject[fed],
        audited=audited[fed],
        is_spam=is_spam[fed],
        copy=np.zeros(k, dtype=bool),
    )
    state = _told(run, state, Labelled(at, rows), plan)
    return _told(run, state, Clock(at), plan)


@lru_cache(maxsize=16)
def _errors(population: Population, now: Bounds) -> tuple[float, float]:
    return population.errors(now)


def _told(run: Run, state: SiteState, entry: Entry, plan: Plan) -> SiteState:
    state, changes = advance(state, entry, plan)
    run.changes.extend(changes)
    return state
