"""The promise kept and broken on simulated sites, in short; `python -m benchmarks.guarantee --full` has the long runs.

Seeds are fixed and the limits leave room for so few runs: a figure beyond one means that something is broken.
"""

import numpy as np
import pytest

from benchmarks.guarantee import copies, intervals, stationary
from benchmarks.guarantee.population import gaussian, real, weighted, with_campaign
from benchmarks.guarantee.result import Result
from benchmarks.guarantee.site import Run, simulate
from models.guarantee.lanes import Bounds, Lane
from models.guarantee.plan import Plan
from models.guarantee.state import Status

STRONG, WEAK = gaussian(4.2), gaussian(2.66)


def share(result: Result) -> float:
    return float(result.figure.split()[0]) / 100


@pytest.fixture(scope="module")
def sites() -> list[Run]:
    """Sites that begin closed, with two populations."""
    plan = Plan(start="closed")
    return [
        simulate(plan, [(0.0, population)], 2000, 12, np.random.default_rng([8, seed]))
        for population in (STRONG, WEAK)
        for seed in range(4)
    ]


def test_a_proven_lane_keeps_its_target(sites: list[Run]) -> None:
    plan = Plan(start="closed")

    assert all(Lane.REJECT in run.comments_to_open for run in sites)
    assert not any(run.broken(plan, stationary.PROVEN) for run in sites)


def test_it_soon_takes_most_work_off_people(sites: list[Run]) -> None:
    strong = sites[:4]

    assert all(run.comments_to_open[Lane.APPROVE] <= 1900 for run in strong)
    assert np.mean([run.review_share(12) for run in strong]) <= STRONG.oracle(0.005, 0.001) + 0.12


def test_the_naive_rule_breaks_it() -> None:
    """Else the tests above could not fail."""
    assert min(share(result) for result in stationary.naive(WEAK, 60)) > 0.2


def test_a_population_that_is_wrong_everywhere_is_not_taken_for_good() -> None:
    (result,) = stationary.adversarial(60, n_labels=6000)

    assert share(result) <= 0.1


def test_errors_that_come_together_are_not_taken_for_many_successes() -> None:
    found = copies.clustered(30, runs_of=(10,), n_labels=4000)

    assert share(found[0]) <= 0.1
    assert share(found[1]) > 0.4, "without the rule the hole must show"


def test_where_it_is_known_how_many_errors_come_together_each_way_to_weigh_them_holds() -> None:
    _, strict, counts = copies.known_sizes(60, runs_of=(10,), n_labels=6000)

    assert max(share(strict), share(counts)) <= 0.1


def test_a_campaign_is_caught_before_it_has_published_much() -> None:
    plan = Plan(start="closed", approve_target=0.01, reject_target=0.005)
    phases = [(0.0, STRONG), (6.0, with_campaign(STRONG, 0.05))]

    runs = [simulate(plan, phases, 2000, 12, np.random.default_rng([9, seed])) for seed in range(5)]

    caught = [min(change.at for change in run.alarms(6.0)) / 86_400_000_000 - 6.0 for run in runs]
    assert np.median(caught) <= 1.0
    assert all(run.steps[-1].approve is Status.CLOSED for run in runs)


def test_the_live_interval_holds_while_the_error_drifts() -> None:
    assert all(share(result) <= 0.17 for result in intervals.drifting(12))


def test_weights_undo_what_the_choice_of_labels_does() -> None:
    approve, reject = np.quantile(STRONG.approve[~STRONG.is_spam], 0.75), np.quantile(STRONG.reject, 0.75)

    found = intervals.weighted_means(STRONG, Bounds(float(approve), float(reject)), 100)

    assert [share(result) >= 0.88 for result in found] == [True, False] * 2


def test_real_scores_are_read_with_the_share_of_spam_that_is_asked_for(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "scores.npz"
    column = np.array([0.1, 0.2, 0.9])
    np.savez(path, **{f"strong_{name}": column for name in ("low", "probability", "high")}, strong_is_spam=column > 0.5)

    population = real(path, "strong", 0.3)

    assert population.weight[population.is_spam].sum() == pytest.approx(0.3)
    assert weighted(population.is_spam, 0.3).sum() == pytest.approx(1.0)
