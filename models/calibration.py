"""Logit to probability, with an interval that says how far sources disagree.

The probability is a sigmoid fitted on scores of texts that the model had not seen. The interval is the widest that any
source shows at that logit; where the model knows too little of a text it covers nearly everything, so a person looks.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import beta
from sklearn.linear_model import LogisticRegression

BLIND_LOW, BLIND_HIGH = 0.02, 0.98
BLIND_BELOW = 0.70
CLEAR_FROM = 0.80
_N_BINS = 22
_MIN_ROWS_IN_BIN = 30
_MIN_ROWS_OF_SOURCE = 600
_TAIL = 0.10

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Calibrated:
    """Three arrays of shape (n_texts,), low <= probability <= high, all in [0, 1]."""

    probability: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class Calibration:
    """`slope`, `offset`: of the sigmoid. `knots`: rising logits, `low` and `high`: rising bounds of the probability
    there, shape (n_knots,).
    """

    slope: float
    offset: float
    knots: Floats
    low: Floats
    high: Floats

    def apply(self, logits: Floats, familiar: Floats) -> Calibrated:
        """Probability and interval of each text. `familiar`: fraction in [0, 1] of the text's n-grams that are known;
        below 0.70 the interval is [0.02, 0.98] or wider, from 0.80 on it is as calibrated.
        """
        probability = expit(self.slope * logits + self.offset)
        low = np.interp(logits, self.knots, self.low)
        high = np.interp(logits, self.knots, self.high)
        blind = np.clip((CLEAR_FROM - familiar) / (CLEAR_FROM - BLIND_BELOW), 0.0, 1.0)
        low = (1.0 - blind) * low + blind * np.minimum(BLIND_LOW, low)
        high = (1.0 - blind) * high + blind * np.maximum(BLIND_HIGH, high)
        return Calibrated(probability, np.minimum(low, probability), np.maximum(high, probability))


UNCALIBRATED = Calibration(1.0, 0.0, np.array([0.0]), np.array([BLIND_LOW]), np.array([BLIND_HIGH]))


def fit_calibration(
    logits: Floats, is_spam: NDArray[np.bool_], sources: NDArray[np.intp], familiar: Floats
) -> Calibration:
    """Fit on logits of held-out texts, all of shape (n_texts,). `sources`: number of each text's source.

    Every source counts with the square root of its size. Texts that would be called blind are left out. Raises
    ValueError if one class is missing. Source of the bounds: Clopper & Pearson 1934, Biometrika 26:404, 10 % a tail.
    """
    seen = familiar >= CLEAR_FROM
    logits, is_spam, sources = logits[seen], is_spam[seen], sources[seen]
    sizes = np.bincount(sources)
    weights = 1.0 / np.sqrt(sizes[sources])
    sigmoid = LogisticRegression(C=1e6).fit(logits[:, None], is_spam, sample_weight=weights)
    edges = _edges(logits, weights)
    low, high = _bounds(np.digitize(logits, edges[1:-1]), is_spam, _families(sources, sizes))
    return Calibration(
        slope=float(sigmoid.coef_[0, 0]),
        offset=float(sigmoid.intercept_[0]),
        knots=(edges[1:] + edges[:-1]) / 2,
        low=low,
        high=high,
    )


def _edges(logits: Floats, weights: Floats) -> Floats:
    """Edges of bins that hold the same weight each."""
    order = np.argsort(logits, kind="stable")
    share = np.cumsum(weights[order]) / weights.sum()
    places = np.searchsorted(share, np.arange(1, _N_BINS) / _N_BINS)
    inner = np.unique(logits[order][places])
    return np.concatenate(([logits.min()], inner, [logits.max()]))


def _families(sources: NDArray[np.intp], sizes: NDArray[np.intp]) -> NDArray[np.intp]:
    """Sources too small for bounds of their own are taken together."""
    return np.where(sizes[sources] >= _MIN_ROWS_OF_SOURCE, sources, len(sizes))


def _bounds(bins: NDArray[np.intp], is_spam: NDArray[np.bool_], families: NDArray[np.intp]) -> tuple[Floats, Floats]:
    n_bins = int(bins.max()) + 1
    low, high = np.ones(n_bins), np.zeros(n_bins)
    for family in np.unique(families):
        mine = families == family
        n = np.bincount(bins[mine], minlength=n_bins)
        n_spam = np.bincount(bins[mine & is_spam], minlength=n_bins)
        enough = n >= _MIN_ROWS_IN_BIN
        low[enough] = np.minimum(low, _lower(n_spam, n))[enough]
        high[enough] = np.maximum(high, _upper(n_spam, n))[enough]
    empty = low > high
    low[empty], high[empty] = 0.0, 1.0
    # A bound never promises more than the bins on its doubtful side do.
    return np.minimum.accumulate(low[::-1])[::-1], np.maximum.accumulate(high)


def _lower(n_spam: NDArray[np.intp], n: NDArray[np.intp]) -> Floats:
    bound: Floats = np.nan_to_num(beta.ppf(_TAIL, n_spam, n - n_spam + 1), nan=0.0)
    return bound


def _upper(n_spam: NDArray[np.intp], n: NDArray[np.intp]) -> Floats:
    bound: Floats = np.nan_to_num(beta.ppf(1 - _TAIL, n_spam + 1, n - n_spam), nan=1.0)
    return bound
