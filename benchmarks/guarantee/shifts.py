"""Traffic that changes: how soon an open lane hears of it, and what is published meanwhile."""

from dataclasses import replace

import numpy as np

from benchmarks.guarantee.population import Population, weighted, with_campaign
from benchmarks.guarantee.result import Result, most
from benchmarks.guarantee.site import Run, simulate
from models.guarantee.monitor import QUIET, Detector, detector_level, detector_step
from models.guarantee.plan import Plan
from models.guarantee.state import Status

TARGET = 0.01
_GOOD_BEFORE = 3000
_SINCE, _AFTER = 45, 45
_PROVEN = (Status.OPEN, Status.NARROWED)


def delays(n_runs: int) -> list[Result]:
    """Audits until the alarm after the error rate rose to a multiple of 1 %, and without it, after a long good time."""
    found = []
    for times, limit in ((10, 50), (4, 180), (2, 700)):
        waited = [_audits_to_alarm(times * TARGET, seed, 8000) for seed in range(n_runs)]
        found.append(
            most(
                f"error rises to {times} × the target of 1 %: median audits to the alarm",
                float(np.median(waited)),
                limit,
                "audits",
            )
        )
    return found


def campaign(population: Population, n_runs: int) -> list[Result]:
    """Spam that looks like genuine comments as 5 % of the traffic, at audits of 5 %, beside having no monitor."""
    plan = Plan(start="closed", approve_target=TARGET, reject_target=0.005)
    attacked = with_campaign(population, 0.05)
    days, published, unwatched = [], [], []
    for seed in range(n_runs):
        run = _shifted(plan, population, attacked, seed)
        days.append(_first_alarm(run))
        published.append(_published(run, _SINCE, _first_alarm(run)))
        blind = replace(plan, detector_limit=1e300)
        unwatched.append(
            _published(_shifted(blind, population, attacked, seed), _SINCE, _AFTER) if seed < 5 else np.nan
        )
    return [
        Result(
            "campaign of 5 %: median days to the alarm", f"{np.median(days):.2f}", "≤ 1", bool(np.median(days) <= 1)
        ),
        most("campaign of 5 %: median spam published before the alarm", float(np.median(published)), 100, "comments"),
        Result("campaign of 5 %: spam published in 45 days without a monitor", f"{np.nanmean(unwatched):.0f} comments"),
    ]


def prevalence(population: Population, n_runs: int) -> list[Result]:
    """The share of spam rises from 20 to 50 %: days to the alarm, and who is still above the target in the end."""
    plan = Plan(start="closed", approve_target=TARGET, reject_target=0.005)
    worse = replace(population, weight=weighted(population.is_spam, 0.5))
    runs = [_shifted(plan, population, worse, seed) for seed in range(n_runs)]
    needed = [run for run in runs if any(step.error_for > TARGET for step in run.steps if step.day > _SINCE)]
    heard = [_first_alarm(run) for run in needed]
    late = [run for run in runs if _mean_error(run, _SINCE + _AFTER - 15) > TARGET]
    return [
        Result("spam share 20 → 50 %: runs in which the old lane broke its target", f"{len(needed)} of {n_runs}"),
        Result(
            "spam share 20 → 50 %: median days until the lane closed, of those",
            f"{np.median(heard):.1f}" if heard else "none broke",
            "≤ 5",
            bool(not heard or np.median(heard) <= 5),
        ),
        most("spam share 20 → 50 %: runs above the target in the last 15 days", len(late) / n_runs, 0.0),
    ]


def false_alarms(n_runs: int) -> list[Result]:
    """Alarms of a lane that is wrong half as often as allowed, in 45 days at 70 audits a day."""
    n_audits = 45 * 70
    rung = [_audits_to_alarm(TARGET / 2, seed, n_audits, good=0) < n_audits for seed in range(n_runs)]
    return [
        Result(
            "false alarms at half the target, per lane and 45 days",
            f"{np.mean(rung):.3f}",
            "≤ 0.05",
            bool(np.mean(rung) <= 0.05),
        )
    ]


def _audits_to_alarm(rate: float, seed: int, most_audits: int, good: int = _GOOD_BEFORE) -> int:
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
    return simulate(plan, [(0.0, before), (float(_SINCE), after)], 2000, _SINCE + _AFTER, rng)


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
