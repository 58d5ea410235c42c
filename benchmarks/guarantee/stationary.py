"""Traffic that stays as it is: does a proven lane ever break its target, and how soon does it help?"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from benchmarks.guarantee.parallel import each
from benchmarks.guarantee.population import Population, flat, naive_thresholds
from benchmarks.guarantee.result import Result, most, percent
from benchmarks.guarantee.site import DAY, Run, simulate
from models.guarantee.entries import GridFixed, Labelled, Rows
from models.guarantee.lanes import Lane, grid_from_scores
from models.guarantee.ledger import advance
from models.guarantee.plan import Plan
from models.guarantee.state import Status, initial_state

PROVEN = (Status.OPEN, Status.NARROWED)
PER_DAY, DAYS = 2000, 60
_NAIVE_LABELS = (1000, 3000, 10_000)
# A median of openings jumps by an error more or less, so it takes more runs than a mean; but they are short.
_OPENINGS, _OPENING_DAYS = 4, 3


def whole_loop(populations: Sequence[Population], n_runs: int, n_processes: int = 1, days: int = DAYS) -> list[Result]:
    """Both lanes with the alarm from the first comment on, from both starts, beside the naive rule."""
    found = []
    for population in populations:
        for start in ("closed", "provisional"):
            plan = Plan(start="closed") if start == "closed" else Plan()
            runs = each(partial(_run, plan, population, days), range(n_runs), n_processes)
            name = f"{population.name}, {PER_DAY:,} a day, {days} days, start {start}"
            broken = float(np.mean([run.broken(plan, PROVEN) for run in runs]))
            found.append(most(f"{name}: runs above a target while OPEN or NARROWED", broken, 0.05))
            if start == "provisional":
                trial = float(np.mean([run.broken(plan, (Status.PROVISIONAL,)) for run in runs]))
                found.append(Result(f"{name}: runs above a target while PROVISIONAL", percent(trial)))
            found.append(Result(f"{name}: review share on days 1, 3, 7, 14, 30, 60", _review(runs, plan, population)))
            found.append(Result(f"{name}: false alarms a run", f"{np.mean([len(run.alarms()) for run in runs]):.3f}"))
        found.extend(naive(population, max(n_runs, 200)))
    return found


def naive(population: Population, n_runs: int) -> list[Result]:
    """How often the loosest thresholds whose counted error is allowed break a target in truth."""
    plan, found = Plan(), []
    for n in _NAIVE_LABELS:
        broken = 0
        for seed in range(n_runs):
            places = population.drawn(n, np.random.default_rng([11, seed]))
            one = naive_thresholds(
                population.approve[places],
                population.reject[places],
                population.is_spam[places],
                (plan.approve_target, plan.reject_target),
            )
            error_for, error_fpr = population.errors(one)
            broken += error_for > plan.approve_target or error_fpr > plan.reject_target
        found.append(
            Result(f"{population.name}: naive rule on {n:,} labels, runs above a target", percent(broken / n_runs))
        )
    return found


def helps_soon(population: Population, n_runs: int, n_processes: int = 1, days: int = DAYS) -> list[Result]:
    """How soon the lanes take work off people, from a closed start at 0.5 % and 0.1 %."""
    plan = Plan(start="closed")
    found = []
    for target, limit in ((0.005, 1900), (0.01, 1000)):
        opens = partial(_comments_to_open, replace(plan, approve_target=target), population)
        needed = each(opens, range(_OPENINGS * n_runs), n_processes)
        what = f"{population.name}: comments until the approve lane opens, {percent(target)} (median)"
        found.append(most(what, float(np.median(needed)), limit, "comments"))
    runs = each(partial(_run, plan, population, days), range(500, 500 + n_runs), n_processes)
    oracle = population.oracle(plan.approve_target, plan.reject_target)
    for day, limit in ((3, 0.35), (14, 0.20), (60, oracle + 0.05)):
        if day <= days:
            share = float(np.mean([run.review_share(day) for run in runs]))
            found.append(most(f"{population.name}: review share on day {day} (oracle {percent(oracle)})", share, limit))
    audited = np.mean([sum(step.n_audited for step in run.steps) / sum(step.n for step in run.steps) for run in runs])
    found.append(Result(f"{population.name}: audits, share of all comments", percent(float(audited))))
    found.append(Result(f"{population.name}: alarms a run", f"{np.mean([len(run.alarms()) for run in runs]):.3f}"))
    return found


def adversarial(n_runs: int, n_processes: int = 1, n_labels: int = 17_500) -> list[Result]:
    """Every threshold wrong a little more often than allowed: any opening is a false one."""
    plan = Plan(start="closed", approve_target=0.01)
    population = flat(1.02 * plan.approve_target)
    opened = np.mean(each(partial(_opens, plan, population, n_labels), range(n_runs), n_processes))
    limit = 0.05 + 3 * np.sqrt(0.05 * 0.95 / n_runs)
    return [most("every threshold at 1.02 × the target: runs in which the lane opens", float(opened), float(limit))]


def _run(plan: Plan, population: Population, days: int, seed: int) -> Run:
    return simulate(plan, [(0.0, population)], PER_DAY, days, np.random.default_rng([1, seed]))


def _comments_to_open(plan: Plan, population: Population, seed: int) -> int:
    return _run(plan, population, _OPENING_DAYS, 900 + seed).comments_to_open.get(Lane.APPROVE, 10**9)


def _review(runs: Sequence[Run], plan: Plan, population: Population) -> str:
    days = [day for day in (1, 3, 7, 14, 30, 60) if runs[0].steps[-1].day >= day - 1e-9]
    shares = " ".join(f"{np.mean([run.review_share(day) for run in runs]):.2f}" for day in days)
    return f"{shares} (oracle {population.oracle(plan.approve_target, plan.reject_target):.2f})"


def _opens(plan: Plan, population: Population, n: int, seed: int, batch: int = 250) -> bool:
    rng = np.random.default_rng([2, seed])
    ahead = population.drawn(1000, rng)
    state = initial_state("flat", plan, 0)
    edges = grid_from_scores(Lane.APPROVE, population.approve[ahead], plan.cells)
    state, _ = advance(state, GridFixed(0, edges, (), 1000), plan)
    for at in range(0, n, batch):
        places = population.drawn(batch, rng)
        rows = all_reviewed(population.approve[places], population.is_spam[places], at * DAY // 2000)
        state, changes = advance(state, Labelled(at * DAY // 2000, rows), plan)
        if any(change.kind == "opened" for change in changes):
            return True
    return False


def all_reviewed(
    scores: "np.ndarray[tuple[int], np.dtype[np.float64]]",
    is_spam: "np.ndarray[tuple[int], np.dtype[np.bool_]]",
    at: int,
    clusters: tuple[tuple[int, ...], ...] = (),
) -> Rows:
    """Rows of a site whose lanes are closed; the reject lane has nothing to look at."""
    n = len(scores)
    yes, no = np.ones(n, dtype=bool), np.zeros(n, dtype=bool)
    return Rows(
        decided_at=np.full(n, at, dtype=np.int64),
        approve_score=scores,
        reject_score=np.zeros(n),
        in_approve=no,
        in_reject=no,
        uniform_approve=yes,
        uniform_reject=no,
        audited=no,
        is_spam=is_spam,
        copy=no,
        clusters=clusters,
    )
