"""What counts prove, exactly: by summing over all outcomes instead of drawing some."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.guarantee.evidence import (
    bets_above,
    clean_labels_needed,
    interval,
    log_e_above,
    log_e_below,
    log_miss_high,
    log_miss_low,
)

TARGETS = (0.001, 0.005, 0.01, 0.05, 0.2)


Floats = NDArray[np.float64]


def expected(log_values: Floats, rate: float) -> float:
    """Mean of exp(log_values[k]) where k of n items are errors with that rate, summed over all k."""
    n = len(log_values) - 1
    factorials = np.cumsum(np.log(np.arange(1, n + 1)))
    log_factorial = np.concatenate(([0.0], factorials))
    k = np.arange(n + 1)
    log_ways = log_factorial[n] - log_factorial[k] - log_factorial[n - k]
    log_chances = log_ways + k * math.log(rate) + (n - k) * math.log(1 - rate)
    return float(np.exp(log_chances + log_values).sum())


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("n", [1, 2, 7, 40, 200])
def test_evidence_against_the_truth_is_worth_one_on_average(target: float, n: int) -> None:
    k = np.arange(n + 1)

    below, above = log_e_below(k, n, target), log_e_above(k, n, target)

    assert expected(below, target) == pytest.approx(1.0, rel=1e-9)
    assert expected(above, target) == pytest.approx(1.0, rel=1e-9)
    assert expected(below, target * 1.3) < 1.0
    assert expected(above, target * 0.7) < 1.0


@pytest.mark.parametrize("rate", [0.001, 0.01, 0.3])
def test_a_rate_is_seldom_outside_its_interval(rate: float) -> None:
    n = 200
    k = np.arange(n + 1)

    for log_miss in (log_miss_low, log_miss_high):
        assert expected(log_miss(k, n, rate), rate) == pytest.approx(1.0, rel=1e-9)


@pytest.mark.parametrize("order", ["rising", "falling", "in bursts"])
def test_a_rate_that_drifts_is_no_more_often_outside(order: str) -> None:
    """The expectation is a product over the items, and the average of the rates makes it smaller."""
    rates = np.linspace(0.001, 0.2, 300)
    if order != "rising":
        rates = rates[::-1] if order == "falling" else np.where(np.arange(300) % 50 < 5, 0.4, 0.002)
    tilt = math.log(3.0)

    for signed in (tilt, -tilt):
        log_growth = np.log1p(rates * np.expm1(signed)).sum()
        assert log_growth <= 300 * math.log1p(rates.mean() * math.expm1(signed))


@pytest.mark.parametrize(
    ("target", "starts", "needed"),
    [
        (0.01, 1, (363, 682, 877, 1062)),
        (0.005, 1, (727, 1366, 1757, 2127)),
        (0.001, 1, (3641, 6842, 8800, 10649)),
        (0.01, 4, (515, 865)),
        (0.005, 4, (1032, 1735)),
        (0.001, 4, (5167, 8689)),
    ],
)
def test_so_many_labels_prove_a_target(target: float, starts: int, needed: tuple[int, ...]) -> None:
    assert tuple(clean_labels_needed(target, 0.05, starts, k) for k in range(len(needed))) == needed


def test_one_label_less_does_not_prove_it() -> None:
    needed = clean_labels_needed(0.005, 0.05, 1, 2)

    assert log_e_below(2, needed, 0.005) >= math.log(1 / 0.05) > log_e_below(2, needed - 1, 0.005)


def test_errors_in_clusters_need_as_many_times_the_labels() -> None:
    assert clean_labels_needed(0.01, 0.05, 1, 0, cluster=3) == pytest.approx(3 * 363, abs=3)


@given(st.integers(0, 50), st.integers(0, 5000), st.floats(0.001, 0.2))
def test_another_right_decision_helps_and_another_error_hurts(k: int, clean: int, target: float) -> None:
    now = log_e_below(k, k + clean, target)

    assert log_e_below(k, k + clean + 1, target) > now
    assert log_e_below(k + 1, k + clean + 1, target) < now


@given(st.integers(1, 20_000), st.floats(0, 1), st.sampled_from([0.05, 0.025]))
def test_the_interval_holds_what_was_seen_and_shrinks(n: int, share: float, delta: float) -> None:
    k = round(share * n)

    low, high = interval(k, n, delta)
    wider = interval(k, n, delta / 10)

    assert 0.0 <= wider[0] <= low <= k / n <= high <= wider[1] <= 1.0


def test_the_interval_is_known_for_some_counts() -> None:
    assert interval(0, 0, 0.05) == (0.0, 1.0)
    assert interval(0, 100, 0.05) == (0.0, pytest.approx(0.04695, abs=1e-5))
    assert interval(3, 2140, 0.05) == (pytest.approx(0.000095, abs=1e-6), pytest.approx(0.005446, abs=1e-6))


def test_counts_come_in_any_shape() -> None:
    assert log_e_below(np.zeros((2, 3)), np.full((2, 3), 9), 0.01).shape == (2, 3)
    assert log_e_below(0, [1, 2], 0.01).shape == (2,)


def test_no_bet_is_a_rate_above_one() -> None:
    assert bets_above(0.005)[-1] == 50.0
    assert all(bet * 0.2 < 1 for bet in bets_above(0.2))
