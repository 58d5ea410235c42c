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

from models.language import UNKNOWN

BLIND_LOW, BLIND_HIGH = 0.02, 0.98
BLIND_BELOW = 0.40
CLEAR_FROM = 0.80
_N_BINS = 22
_MIN_ROWS_IN_BIN = 30
_MIN_ROWS_OF_SOURCE = 600
_TAIL = 0.10
_APART = 2.0**-10
_MIN_ROWS_OF_LANGUAGE = 150
_MOST_FACTOR = 2.0
# A column so much larger needs a coefficient so small that the penalty does not bear on it.
_HARDLY_PENALISED = 30.0

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


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
        below 0.40 the interval is [0.02, 0.98] or wider, from 0.80 on it is as calibrated, and in between it widens
        step by step, so that a site's labels can tell how little known a text may be.

        Bounds have plateaus on which thousands of texts would end alike. Lanes rank by the ends, so among equal ones
        the probability moves them apart, outward and by less than a thousandth.
        """
        probability = expit(self.slope * logits + self.offset)
        low = np.interp(logits, self.knots, self.low)
        high = np.interp(logits, self.knots, self.high)
        blind = np.minimum(np.maximum((CLEAR_FROM - familiar) / (CLEAR_FROM - BLIND_BELOW), 0.0), 1.0)
        if blind.any():
            low = (1.0 - blind) * low + blind * np.minimum(BLIND_LOW, low)
            high = (1.0 - blind) * high + blind * np.maximum(BLIND_HIGH, high)
        low *= 1.0 - _APART * (1.0 - probability)
        high += (1.0 - high) * _APART * probability
        return Calibrated(probability, np.minimum(low, probability), np.maximum(high, probability))


UNCALIBRATED = Calibration(1.0, 0.0, np.array([0.0]), np.array([BLIND_LOW]), np.array([BLIND_HIGH]))


def fit_calibration(logits: Floats, is_spam: NDArray[np.bool_], sources: Indices, familiar: Floats) -> Calibration:
    """Fit on logits of held-out texts, all of shape (n_texts,). `sources`: number of each text's source.

    Every source counts with the square root of its size. Texts that would be called blind are left out. Raises
    ValueError if one class is missing. Source of the bounds: Clopper & Pearson 1934, Biometrika 26:404, 10 % a tail.
    """
    seen = familiar >= CLEAR_FROM
    logits, is_spam, sources = logits[seen], is_spam[seen], sources[seen]
    sizes = np.bincount(sources)
    weights = 1.0 / np.sqrt(sizes[sources])
    slope, offset = _sigmoid(logits, is_spam, weights)
    edges = _edges(logits, weights)
    low, high = _bounds(np.digitize(logits, edges[1:-1]), is_spam, _families(sources, sizes))
    return Calibration(
        slope=slope,
        offset=offset,
        knots=(edges[1:] + edges[:-1]) / 2,
        low=low,
        high=high,
    )


def fit_language_scales(
    logits: Floats,
    is_spam: NDArray[np.bool_],
    sources: Indices,
    languages: Indices,
    *,
    n_languages: int,
) -> Floats:
    """Factor and addend that bring the logits of each language to the common scale, shape (n_languages + 1, 2).

    All arguments of shape (n_texts,) as for `fit_calibration`; `languages`: numbers, 0 for unknown, which keeps its
    logits, as does a language with fewer than 150 spam or 150 ham. Factors are fitted together with the common sigmoid
    and are drawn towards 1, the more so the less a language has; they stay within 1/2 and 2. Addends are 0: how common
    spam is among the training texts of a language is the sources' doing and says nothing of a new site.
    """
    counts = [np.bincount(languages[is_spam == kind], minlength=n_languages + 1) for kind in (True, False)]
    shown = np.flatnonzero(np.minimum(*counts) >= _MIN_ROWS_OF_LANGUAGE)
    shown = shown[shown != UNKNOWN]
    own = np.where(languages[:, None] == shown, logits[:, None], 0.0)
    weights = 1.0 / np.sqrt(np.bincount(sources)[sources])
    fitted = LogisticRegression(C=1.0, tol=1e-6, max_iter=500)
    fitted.fit(np.column_stack((_HARDLY_PENALISED * logits, own)), is_spam, sample_weight=weights)
    common, *further = fitted.coef_[0]
    scales = np.tile([1.0, 0.0], (n_languages + 1, 1))
    factors = 1.0 + np.array(further) / (_HARDLY_PENALISED * common)
    scales[shown, 0] = np.clip(factors, 1.0 / _MOST_FACTOR, _MOST_FACTOR)
    return scales


def _sigmoid(logits: Floats, is_spam: NDArray[np.bool_], weights: Floats) -> tuple[float, float]:
    fitted = LogisticRegression(C=1e6).fit(logits[:, None], is_spam, sample_weight=weights)
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


def _edges(logits: Floats, weights: Floats) -> Floats:
    """Edges of bins that hold the same weight each."""
    order = np.argsort(logits, kind="stable")
    share = np.cumsum(weights[order]) / weights.sum()
    places = np.searchsorted(share, np.arange(1, _N_BINS) / _N_BINS)
    inner = np.unique(logits[order][places])
    return np.concatenate(([logits.min()], inner, [logits.max()]))


def _families(sources: Indices, sizes: Indices) -> Indices:
    """Sources too small for bounds of their own are taken together."""
    return np.where(sizes[sources] >= _MIN_ROWS_OF_SOURCE, sources, len(sizes))


def _bounds(bins: Indices, is_spam: NDArray[np.bool_], families: Indices) -> tuple[Floats, Floats]:
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


def _lower(n_spam: Indices, n: Indices) -> Floats:
    bound: Floats = np.nan_to_num(beta.ppf(_TAIL, n_spam, n - n_spam + 1), nan=0.0)
    return bound


def _upper(n_spam: Indices, n: Indices) -> Floats:
    bound: Floats = np.nan_to_num(beta.ppf(1 - _TAIL, n_spam + 1, n - n_spam), nan=1.0)
    return bound
