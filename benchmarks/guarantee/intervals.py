"""Intervals: of a lane's average error while it drifts, and of all comments from the labelled ones."""

import math

import numpy as np
from numpy.typing import NDArray

from benchmarks.guarantee.population import Population
from benchmarks.guarantee.result import Result, most, percent
from models.guarantee.audit import ipw_mean
from models.guarantee.evidence import log_miss_high, log_miss_low
from models.guarantee.lanes import Bounds

_AUDITS = 10_000
_NORMAL_95 = 1.959964


def drifting(n_runs: int) -> list[Result]:
    """Share of runs in which the interval, looked at after every audit, ever misses the average so far."""
    steps = np.arange(_AUDITS)
    patterns = {
        "constant at 0.5 %": np.full(_AUDITS, 0.005),
        "rising from 0.1 to 2 %": np.linspace(0.001, 0.02, _AUDITS),
        "a jump from 0.2 to 3 %": np.where(steps < _AUDITS // 2, 0.002, 0.03),
        "bursts of 10 % in 0.2 %": np.where(steps % 1000 < 50, 0.10, 0.002),
    }
    found = []
    for name, rates in patterns.items():
        average = np.cumsum(rates) / (steps + 1)
        missed = [_misses(rates, average, seed) for seed in range(n_runs)]
        found.append(most(f"live interval, {name}: runs in which it ever misses", float(np.mean(missed)), 0.05))
    return found


def _misses(rates: NDArray[np.float64], average: NDArray[np.float64], seed: int) -> bool:
    wrong = np.random.default_rng([5, seed]).random(_AUDITS) < rates
    k, n, limit = np.cumsum(wrong), np.arange(1, _AUDITS + 1), math.log(2 / 0.05)
    return bool((log_miss_low(k, n, average) >= limit).any() or (log_miss_high(k, n, average) >= limit).any())


def weighted_means(population: Population, bounds: Bounds, n_runs: int, n: int = 20_000) -> list[Result]:
    """Spam share, and error of a cut at the middle, from what was labelled: in review all, in the lanes by the coin."""
    approved, rejected, _ = population.lanes(bounds)
    said = (population.approve + population.reject) / 2 >= 0.5
    quantities = {"spam share": population.is_spam, "error of the model at its middle": population.is_spam ^ said}
    found = []
    for name, quantity in quantities.items():
        truth = float((population.weight * quantity).sum())
        covered, naive = 0, 0
        for seed in range(n_runs):
            rng = np.random.default_rng([6, seed])
            places = population.drawn(n, rng)
            rate = np.where(approved[places], 0.05, np.where(rejected[places], 0.20, 1.0))
            labelled = rng.random(n) < rate
            values = quantity[places][labelled]
            estimate = ipw_mean(values, rate[labelled])
            covered += estimate.low <= truth <= estimate.high
            mean = values.mean()
            naive += abs(mean - truth) <= _NORMAL_95 * math.sqrt(mean * (1 - mean) / len(values))
        share, plain = covered / n_runs, naive / n_runs
        found.append(
            Result(f"{name} by weight: 95 % interval covers", percent(share), "92–98 %", 0.92 <= share <= 0.98)
        )
        found.append(Result(f"{name} by the plain mean of labels: covers", percent(plain), "< 5 %", plain < 0.05))
    return found
