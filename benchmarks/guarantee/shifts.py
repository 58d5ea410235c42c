"""Traffic that changes: how soon an open lane hears of it, and what is published meanwhile."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.guarantee.parallel import each
from benchmarks.guarantee.population import FOREIGN, Population, weighted, with_campaign, with_foreign_spam
from benchmarks.guarantee.result import Result, most, percent
from benchmarks.guarantee.site import Run, simulate
from models.guarantee.monitor import QUIET, Detector, detector_level, detector_step
from models.guarantee.plan import Plan
from models.guarantee.state import Status

TARGET = 0.01
_GOOD_BEFORE = 3000
_SINCE, _AFTER = 45, 45
PER_DAY = 2000
_PROVEN = (Status.OPEN, Status.NARROWED)


def delays(n_runs: int, n_processes: int = 1) -> list[Result]:
    """Audits until the alarm after the error rate rose to a multiple of 1 %, and without it, after a long good time."""
    found = []
    for times, limit in ((10, 50), (4, 180), (2, 700)):
        waited = each(partial(_audits_to_alarm, times * TARGET, 8000, _GOOD_BEFORE), range(n_runs), n_processes)
        found.append(
            most(
                f"error rises to {times} × the target of 1 %: median audits to the alarm",
                float(np.median(waited)),
                limit,
                "audits",
            )
        )
    return found


def campaign(population: Population, n_runs: int, n_processes: int = 1) -> list[Result]:
    """Spam that looks like genuine comments as 5 % of the traffic, at audits of 5 %, beside having no monitor."""
    plan = Plan(start="closed", approve_target=TARGET, reject_target=0.005)
    attacked = with_campaign(population, 0.05)
    runs = each(partial(_shifted, plan, population, attacked), range(n_runs), n_processes)
    days = [_first_alarm(run) for run in runs]
    published = [_published(run, _SINCE, until) for run, until in zip(runs, days, strict=True)]
    blind = replace(plan, detector_limit=1e300)
    unwatched = [
        _published(run, _SINCE, _AFTER)
        for run in each(partial(_shifted, blind, population, attacked), range(n_runs), n_processes)
    ]
    return [
        Result(
            "campaign of 5 %: median days to the alarm", f"{np.median(days):.2f}", "≤ 1", bool(np.median(days) <= 1)
        ),
        most("campaign of 5 %: median spam published before the alarm", float(np.median(published)), 100, "comments"),
        Result("campaign of 5 %: spam published in 45 days without a monitor", f"{np.mean(unwatched):.0f} comments"),
    ]


def foreign(before: Population, path: Path, n_runs: int, n_processes: int = 1, *, ends: bool = True) -> list[Result]:
    """Spam of sources that the model never saw as 5 % of the traffic, at the targets and audits that are usual. `ends`:
    as in `real`.
    """
    found = []
    for name in FOREIGN:
        after = with_foreign_spam(before, path, name, 0.05, ends=ends)
        runs = each(partial(_shifted, Plan(start="closed"), before, after), range(n_runs), n_processes)
        days = [_first_alarm(run) for run in runs]
        published = [_published(run, _SINCE, min(until, 1.0)) for run, until in zip(runs, days, strict=True)]
        what, sent = f"{before.name}: 5 % spam of {name}", round(0.05 * PER_DAY)
        heard = np.mean([until < _AFTER for until in days])
        found += [
            Result(f"{what}: runs with an alarm in 45 days", percent(float(heard))),
            Result(f"{what}: days to the alarm (median)", f"{np.median(days):.2f}" if heard > 0.5 else "none"),
            Result(
                f"{what}: spam published on the first of them, of {sent} sent", f"{np.median(published):.0f} comments"
            ),
        ]
    return found


def prevalence(population: Population, n_runs: int, n_processes: int = 1) -> list[Result]:
    """The share of spam rises from 20 to 50 %: days to the alarm, and who is still above the target in the end."""
    plan = Plan(start="closed", approve_target=TARGET, reject_target=0.005)
    worse = replace(population, weight=weighted(population.is_spam, 0.5))
    runs = each(partial(_shifted, plan, population, worse), range(n_runs), n_processes)
    needed = [run for run in runs if any(step.error_for > TARGET for step in run.steps if step.day > _SINCE)]
    heard = [_first_alarm(run) for run in needed]
    in_the_end = [_mean_error(run, _SINCE + _AFTER - 15) / TARGET for run in runs]
    late = float(np.mean([times > 1.0 for times in in_the_end]))
    return [
        Result("spam share 20 → 50 %: runs in which the old lane broke its target", f"{len(needed)} of {n_runs}"),
        Result(
            "spam share 20 → 50 %: median days until the lane closed, of those",
            f"{np.median(heard):.1f}" if heard else "none broke",
            "≤ 5",
            bool(not heard or np.median(heard) <= 5),
        ),
        most("spam share 20 → 50 %: runs above the target in the last 15 days", late, 0.0),
        Result("spam share 20 → 50 %: highest mean error in those days", f"{max(in_the_end):.2f} × the target"),
    ]


def false_alarms(n_runs: int, n_processes: int = 1) -> list[Result]:
    """Alarms of a lane that is wrong half as often as allowed, in 45 days at 70 audits a day."""
    n_audits = 45 * 70
    waited = each(partial(_audits_to_alarm, TARGET / 2, n_audits, 0), range(n_runs), n_processes)
    rung = [audits < n_audits for audits in waited]
    return [
        Result(
            "false alarms at half the target, per lane and 45 days",
            f"{np.mean(rung):.3f}",
            "≤ 0.05",
            bool(np.mean(rung) <= 0.05),
        )
    ]


def _audits_to_alarm(rate: float, most_audits: int, good: int, seed: int) -> int:
    rng = np.random.default_rng([3, seed])
    detector: Detector = QUIET
    for is_error in (rng.random(good) < TARGET / 4).tolist():
        detector = detector_step(detector, is_error, TARGET)
    for n, is_error in enumerate((rng.random(most_audits) < rate).tolist(), start=1):
        detector = detector_step(detector, is_error, TARGET)
        if is_error and detector_level(detector) >= Plan().detector_limit:
            return n
    return most_audits


def _shifted(plan: Plan, before: Population, after: Population, seed: int) -> Run:
    rng = np.random.default_rng([4, seed])
    return simulate(plan, [(0.0, before), (float(_SINCE), after)], PER_DAY, _SINCE + _AFTER, rng)


def _first_alarm(run: Run) -> float:
    return min(
        (change.at / 86_400_000_000 - _SINCE for change in run.alarms(_SINCE) if change.lane.value == "approve"),
        default=float(_AFTER),
    )


def _published(run: Run, since: float, days: float) -> int:
    return sum(step.spam_published for step in run.steps if since < step.day <= since + days + 1e-9)


def _mean_error(run: Run, since: float) -> float:
    late = [step.error_for for step in run.steps if step.day > since and step.approve in _PROVEN]
    return float(np.mean(late)) if late else 0.0
