"""Two classifiers on the same held-out rows, side by side, with how sure each difference is.

Intervals are from a paired bootstrap: groups of texts that say the same are drawn with repetition, both classifiers are
measured on the same draw, and the middle 95 % of the differences is the interval. Source: Efron & Tibshirani 1993, An
Introduction to the Bootstrap, ch. 13.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.calibration import Calibrated
from models.classifier import SpamClassifier
from models.thresholds import CAUTIOUS
from training.judged import Rows, said_by

N_ROUNDS = 1000
_TAILS = (0.025, 0.975)
_FALSE_POSITIVE_RATE = 0.01
_EVERY_SOURCE = "mean of sources"

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Figure:
    """One number that says how good a classifier is. `more_is_better`; `title` and how it reads in `sentence`."""

    name: str
    title: str
    more_is_better: bool


AUC = Figure("roc_auc", "ROC-AUC", more_is_better=True)
RECALL = Figure("recall_at_fpr_1", "recall at FPR 1 %", more_is_better=True)
BRIER = Figure("brier", "Brier", more_is_better=False)
HAM_REJECTED = Figure("ham_rejected", "ham rejected or discarded", more_is_better=False)
FIGURES = (AUC, RECALL, BRIER, HAM_REJECTED)


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure of the first and of the second classifier; `low`, `high`: 95 % interval of second minus first. NaN
    where the figure does not exist, as a ranking of ham alone."""

    figure: Figure
    first: float
    second: float
    low: float
    high: float

    @property
    def worse_by(self) -> float:
        """How much worse the second may be, at the bad end of the interval; negative: better all the same."""
        return -self.low if self.figure.more_is_better else self.high

    @property
    def better_by(self) -> float:
        """How much better the second is at least; negative where that is not proven."""
        return self.low if self.figure.more_is_better else -self.high


@dataclass(frozen=True, slots=True)
class Comparison:
    """One source, or the mean of all, each source counting the same."""

    source: str
    n: int
    n_spam: int
    differences: tuple[Difference, ...]

    def of(self, figure: Figure) -> Difference:
        """The difference in that figure."""
        return next(one for one in self.differences if one.figure is figure)


def compare(
    first: SpamClassifier, second: SpamClassifier, sources: Sequence[Rows], seed: int = 0, n_rounds: int = N_ROUNDS
) -> list[Comparison]:
    """Compare on each source; of several sources the mean comes last. Deterministic for a seed.

    Raises ValueError without any row.
    """
    if not any(len(rows.is_spam) for rows in sources):
        raise ValueError("There is no held-out row to compare on.")
    per_source, drawn = [], []
    for place, rows in enumerate(sources):
        points, rounds = _measured(first, second, rows, np.random.default_rng([seed, place]), n_rounds)
        per_source.append(_comparison(rows.source, len(rows.is_spam), int(rows.is_spam.sum()), points, rounds))
        drawn.append((points, rounds))
    if len(sources) == 1:
        return per_source
    points = _mean(np.stack([one for one, _ in drawn]))
    rounds = _mean(np.stack([one for _, one in drawn]))
    n, n_spam = (sum(getattr(one, name) for one in per_source) for name in ("n", "n_spam"))
    return [*per_source, _comparison(_EVERY_SOURCE, n, n_spam, points, rounds)]


def _measured(
    first: SpamClassifier, second: SpamClassifier, rows: Rows, rng: np.random.Generator, n_rounds: int
) -> tuple[Floats, Floats]:
    """Figures of both on all rows, (2, n_figures), and on each draw, (n_rounds, 2, n_figures)."""
    meters = [_Meter(said_by(one, rows.samples), rows.is_spam) for one in (first, second)]
    points = np.array([meter.figures(rows.stands_for) for meter in meters])
    n_groups = int(rows.group_of.max(initial=-1)) + 1
    rounds = np.empty((n_rounds, 2, len(FIGURES)))
    for number in range(n_rounds):
        times = np.bincount(rng.integers(0, n_groups, n_groups), minlength=n_groups)[rows.group_of]
        rounds[number] = [meter.figures(rows.stands_for * times) for meter in meters]
    return points, rounds


class _Meter:
    """Figures of one classifier under any weights of the rows, quickly: what can be sorted is sorted once."""

    def __init__(self, said: Calibrated, is_spam: Flags) -> None:
        self._is_spam = is_spam
        self._levels, self._level_of = np.unique(said.probability, return_inverse=True)
        self._errors = (said.probability - is_spam) ** 2
        self._rejected = ~is_spam & (said.low >= CAUTIOUS.reject_from) & (said.high >= CAUTIOUS.approve_below)

    def figures(self, weights: Floats) -> tuple[float, ...]:
        """In the order of FIGURES; NaN where one does not exist."""
        of_ham, of_spam = (
            np.bincount(self._level_of, weights=weights * (self._is_spam == kind), minlength=len(self._levels))
            for kind in (False, True)
        )
        n, n_ham, n_spam = weights.sum(), of_ham.sum(), of_spam.sum()
        auc = recall = np.nan
        if n_ham > 0 and n_spam > 0:
            up_to = np.cumsum(of_ham)
            auc = float(of_spam @ (up_to - of_ham / 2) / (n_ham * n_spam))
            bar = int(np.argmax(n_ham - up_to <= _FALSE_POSITIVE_RATE * n_ham))
            recall = float(of_spam[bar + 1 :].sum() / n_spam)
        brier = float(weights @ self._errors / n) if n > 0 else np.nan
        rejected = float(weights @ self._rejected / n_ham) if n_ham > 0 else np.nan
        return auc, recall, brier, rejected


def _comparison(source: str, n: int, n_spam: int, points: Floats, rounds: Floats) -> Comparison:
    apart = rounds[:, 1] - rounds[:, 0]
    differences = []
    for place, figure in enumerate(FIGURES):
        there = apart[:, place][~np.isnan(apart[:, place])]
        low, high = np.quantile(there, _TAILS) if len(there) else (np.nan, np.nan)
        first, second = points[:, place].tolist()
        differences.append(Difference(figure, first, second, float(low), float(high)))
    return Comparison(source, n, n_spam, tuple(differences))


def _mean(of_sources: Floats) -> Floats:
    """Mean over the first axis of what exists, NaN where nothing does."""
    there = ~np.isnan(of_sources)
    mean: Floats = np.where(there, of_sources, 0.0).sum(axis=0) / np.where(there.any(axis=0), there.sum(axis=0), np.nan)
    return mean
