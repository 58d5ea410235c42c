"""Fit a finished classifier to more labels without the files it was trained on.

A correction is added to its weights: a logistic regression on the labelled rows that begins at the classifier's own
logit and is held back toward no correction at all. So few labels change little and many change much, no training file
is needed, and the result is a classifier like any other. Source: Chelba & Acero 2006, Computer Speech & Language
20:382 (a maximum entropy model adapted by a Gaussian prior around the weights that it had).
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, diags, hstack
from scipy.special import expit
from scipy.stats import beta
from sklearn.model_selection import StratifiedGroupKFold

from models.calibration import CLEAR_FROM, Calibration
from models.classifier import SpamClassifier
from models.features import measure
from models.ngrams import familiar_bitmap, gather, hashed_matrix
from models.text import fold_all
from training.dataset import groups
from training.fit import HeldOut, Step
from training.labels import Labelled, require_both_classes

MIN_ROWS_OF_CLASS = 10
_N_FOLDS = 5
_ROWS_PER_BIN = 30
_MAX_BINS = 22
_TAIL = 0.10
_OFFSET_PENALTY = 0.05
_SLOPE_PENALTY, _MOVE_PENALTY = 5.0, 0.5

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Correction:
    """How a correction is fitted. `strength`: variance of the Gaussian prior around no correction, as C of a logistic
    regression; `feature_scale`: how large the named features stand beside the n-grams; `seed` draws the folds."""

    seed: int = 0
    strength: float = 10.0
    feature_scale: float = 0.5


@dataclass(frozen=True, slots=True)
class Adapted:
    """The corrected classifier, and what corrections said of rows that they had not seen, beside what the classifier
    said without one: (n_rows,) each."""

    classifier: SpamClassifier
    rows: Labelled
    correction: Correction
    corrected: HeldOut
    uncorrected: HeldOut


def n_steps() -> int:
    """How often `adapt` calls its `step`."""
    return _N_FOLDS + 1


def adapt(base: SpamClassifier, rows: Labelled, correction: Correction, step: Step) -> Adapted:
    """Correct `base` by labelled rows and calibrate the result on rows held out in five folds.

    `step` hears what comes next, for progress. The same base, rows and correction give the same classifier. Raises
    DataRefused with fewer than ten rows of a class.
    """
    require_both_classes(rows.is_spam, MIN_ROWS_OF_CLASS, "with labels")
    logits, familiar = np.zeros(len(rows.at)), np.zeros(len(rows.at))
    for number, held in enumerate(_folds(rows, correction.seed), start=1):
        step(f"fold {number}")
        others = corrected(base, rows.chosen(~held), correction)
        logits[held], familiar[held] = others.logits_and_familiar(rows.chosen(held).samples)
    step("all rows")
    classifier = corrected(base, rows, correction)
    held_out = HeldOut(logits, familiar)
    classifier.calibrate(_calibration(base.calibration_, held_out, rows))
    return Adapted(classifier, rows, correction, held_out, HeldOut(*base.logits_and_familiar(rows.samples)))


def corrected(base: SpamClassifier, rows: Labelled, correction: Correction) -> SpamClassifier:
    """A classifier with the correction added to the weights of `base`; still with the calibration of `base`."""
    comments, evidence = map(list, zip(*rows.samples, strict=True))
    folded = fold_all([comment.body for comment in comments])
    batch = gather(folded.texts)
    ngrams = hashed_matrix(batch, base.bits)
    columns = np.unique(ngrams.indices)  # The prior leaves every weight as it was that no row has anything to say of.
    centred = measure(comments, evidence, folded) - base.feature_means_
    scale = np.sqrt((centred**2).mean(axis=0))
    scale = np.where(scale > 0, scale, 1.0) / correction.feature_scale
    seen = base.seen(rows.samples)
    factors = base.language_scales_[seen.languages, 0]  # What is added to a weight counts so often in the logit.
    offset = np.ones((len(comments), 1))
    table = diags(factors) @ hstack(
        (ngrams[:, columns], csr_matrix(np.hstack((centred / scale, offset)))), format="csr"
    )
    found = _fit(table, seen.logits, rows.is_spam, rows.stands_for / rows.stands_for.mean(), correction.strength)
    classifier = deepcopy(base)
    classifier.weights_[columns] += found[: len(columns)].astype(np.float32)
    classifier.feature_weights_ = base.feature_weights_ + found[len(columns) : -1] / scale
    classifier.intercept_ = base.intercept_ + float(found[-1])
    classifier.familiar_ = base.familiar_ | familiar_bitmap(batch)
    return classifier


def _fit(table: csr_matrix, begin: Floats, is_spam: Flags, weights: Floats, strength: float) -> Floats:
    """Weights of the columns of `table`, whose last one is the offset, added to the logits `begin`."""
    signs = np.where(is_spam, 1.0, -1.0)
    penalties = np.append(np.full(table.shape[1] - 1, 1.0 / strength), 2 * _OFFSET_PENALTY)

    def loss(found: Floats) -> tuple[float, Floats]:
        margins = signs * (begin + table @ found)
        slopes = -weights * signs * expit(-margins)
        value = (weights * np.logaddexp(0.0, -margins)).sum() + 0.5 * (penalties @ found**2)
        return float(value), table.T @ slopes + penalties * found

    return _least(loss, np.zeros(table.shape[1]))


def _least(loss: Callable[[Floats], tuple[float, Floats]], begin: Floats) -> Floats:
    found: Floats = minimize(loss, begin, jac=True, method="L-BFGS-B", options={"maxiter": 300}).x
    return found


def _folds(rows: Labelled, seed: int) -> list[Flags]:
    folds = StratifiedGroupKFold(_N_FOLDS, shuffle=True, random_state=seed)
    masks = []
    for _, held in folds.split(rows.is_spam, rows.is_spam, groups(rows.comments)):
        mask = np.zeros(len(rows.at), dtype=bool)
        mask[held] = True
        masks.append(mask)
    return masks


def _calibration(base: Calibration, held_out: HeldOut, rows: Labelled) -> Calibration:
    """A sigmoid near that of `base`, and bounds of what the held-out rows show; where they show too little, no bounds
    at all, so that a person decides."""
    clear = held_out.familiar >= CLEAR_FROM
    if min(clear.sum(), (clear & rows.is_spam).sum(), (clear & ~rows.is_spam).sum()) < MIN_ROWS_OF_CLASS:
        return replace(base, low=np.zeros_like(base.low), high=np.ones_like(base.high))
    logits, is_spam = held_out.logits[clear], rows.is_spam[clear]
    weights = rows.stands_for[clear] / rows.stands_for[clear].mean()
    slope, offset = _sigmoid(base, logits, is_spam, weights)
    knots, low, high = _bounds(logits, is_spam, weights)
    return replace(base, slope=slope, offset=offset, knots=knots, low=low, high=high)


def _sigmoid(base: Calibration, logits: Floats, is_spam: Flags, weights: Floats) -> tuple[float, float]:
    signs = np.where(is_spam, 1.0, -1.0)

    def loss(found: Floats) -> tuple[float, Floats]:
        bend, move = found  # Relative to the sigmoid of `base`, so that few rows change it little.
        raw = base.slope * logits
        margins = signs * (raw * np.exp(bend) + base.offset + move)
        slopes = -weights * signs * expit(-margins)
        value = (weights * np.logaddexp(0.0, -margins)).sum() + _SLOPE_PENALTY * bend**2 + _MOVE_PENALTY * move**2
        of_bend = (slopes * raw * np.exp(bend)).sum() + 2 * _SLOPE_PENALTY * bend
        return float(value), np.array([of_bend, slopes.sum() + 2 * _MOVE_PENALTY * move])

    bend, move = _least(loss, np.zeros(2))
    return float(base.slope * np.exp(bend)), float(base.offset + move)


def _bounds(logits: Floats, is_spam: Flags, weights: Floats) -> tuple[Floats, Floats, Floats]:
    """Knots, and bounds of the share of spam around each, 10 % a tail (Clopper & Pearson 1934, with the number of
    equally weighted rows that would know as much). A bound never promises more than those on its doubtful side do."""
    order = np.argsort(logits, kind="stable")
    n_bins = int(np.clip(len(logits) // _ROWS_PER_BIN, 1, _MAX_BINS))
    bins = np.array_split(order, n_bins)
    knots = np.array([float(logits[one].mean()) for one in bins])
    n = np.array([weights[one].sum() ** 2 / (weights[one] ** 2).sum() for one in bins])
    n_spam = n * np.array([np.average(is_spam[one], weights=weights[one]) for one in bins])
    low = np.nan_to_num(beta.ppf(_TAIL, n_spam, n - n_spam + 1), nan=0.0)
    high = np.nan_to_num(beta.ppf(1 - _TAIL, n_spam + 1, n - n_spam), nan=1.0)
    return knots, np.minimum.accumulate(low[::-1])[::-1], np.maximum.accumulate(high)
