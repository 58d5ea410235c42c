"""The protocol that shows how good the recipe is where it has never been: leave one source out.

Everything said of a source comes from a classifier that never saw it, calibrated and with thresholds from the other
sources. Terms of use play no part here, since nothing that is fitted here is kept. One thing is shared to save hours:
the other sources' scores, which calibration and thresholds go by, come from classifiers that saw all but their own
source.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.calibration import Calibrated
from training import textbook
from training.dataset import OWN_DATA, Source
from training.fit import (
    Flags,
    Floats,
    Recipe,
    Step,
    Table,
    by_folds,
    by_whole_sources,
    calibration_on,
    hold_out,
    language_scales,
    levelled,
    tabulate,
)

MAX_ROWS = 2500
ERROR_TARGET = 0.01
_NOTHING_BELOW, _NOTHING_FROM = -1.0, 2.0


@dataclass(frozen=True, slots=True)
class Carried:
    """Thresholds found on other sources: approve where the upper bound is below `approve_below`, reject where the lower
    one is at or above `reject_from`.
    """

    approve_below: float
    reject_from: float


@dataclass(frozen=True, slots=True)
class Said:
    """What one classifier said of rows that it had not seen, (n_rows,) each.

    `elsewhere`: each source judged without it; `in_folds`: each grouped fold judged without it; `carried`: thresholds
    for each source, from the others.
    """

    elsewhere: Calibrated
    in_folds: Floats
    carried: tuple[Carried, ...]


def table_of(sources: Sequence[Source], recipe: Recipe) -> Table:
    """At most 2,500 rows of each source, drawn as they come, whatever their terms. Raises DataRefused if too few."""
    return tabulate([_drawn(source, place, recipe.seed) for place, source in enumerate(sources)], recipe)


def n_steps(table: Table, recipe: Recipe) -> int:
    """How often `ours` and `theirs` call their `step`, each."""
    return recipe.n_folds + len(table.sources)


def ours(table: Table, recipe: Recipe, step: Step) -> Said:
    """The recipe: thresholds must hold the error target on held-out folds and on sources left out."""
    fold_splits = by_folds(table, recipe)
    by_fold = hold_out(table, recipe, fold_splits, step)
    by_source = hold_out(table, recipe, by_whole_sources(table), step)
    languages = sorted({comment.language for comment in table.comments if comment.language})
    low, probability, high = (np.full(len(table.comments), np.nan) for _ in range(3))
    thresholds = []
    for place in range(len(table.sources)):
        mine = table.source_of == place
        scales = language_scales(table, (by_fold,), languages, ~mine)
        ways = [levelled(way, languages, scales) for way in (by_fold, by_source)]
        calibrated = calibration_on(table, ways, ~mine)
        said = [calibrated.apply(way.logits, way.familiar) for way in ways]
        low[mine], probability[mine], high[mine] = (
            column[mine] for column in (said[1].low, said[1].probability, said[1].high)
        )
        found = [carried(one.low, one.high, table, ~mine) for one in said]
        thresholds.append(
            Carried(min(one.approve_below for one in found), max(one.reject_from for one in found)),
        )
    in_folds = np.full(len(table.comments), np.nan)
    for _, held in fold_splits:
        scales = language_scales(table, (by_fold,), languages, ~held)
        way = levelled(by_fold, languages, scales)
        in_folds[held] = calibration_on(table, (way,), ~held).apply(way.logits, way.familiar).probability[held]
    return Said(Calibrated(probability, low, high), in_folds, tuple(thresholds))


def theirs(table: Table, recipe: Recipe, step: Step) -> Said:
    """The textbook pipeline: thresholds must hold the error target on held-out folds, as usual."""
    in_folds = textbook.hold_out(table, by_folds(table, recipe), step)
    elsewhere = textbook.hold_out(table, by_whole_sources(table), step)
    places = range(len(table.sources))
    thresholds = tuple(carried(in_folds, in_folds, table, table.source_of != place) for place in places)
    return Said(Calibrated(elsewhere, elsewhere, elsewhere), in_folds, thresholds)


def _drawn(source: Source, place: int, seed: int) -> Source:
    rng = np.random.default_rng([seed, place])
    keep = np.sort(rng.permutation(len(source.comments))[:MAX_ROWS])
    comments = tuple(source.comments[index] for index in keep)
    return replace(source, licence=OWN_DATA, comments=comments, is_spam=source.is_spam[keep], sampling=None)


def carried(low: Floats, high: Floats, table: Table, rows: Flags) -> Carried:
    """The widest lanes in which at most 1 % of the `rows` are wrong, each source counting the same.

    `low`, `high`: bounds of the probability of each row of the table; `rows`: bool of the same shape.
    """
    weights = 1.0 / np.bincount(table.source_of)[table.source_of[rows]]
    is_spam = table.is_spam[rows]
    approve = _bound(high[rows], is_spam, weights)
    reject = _bound(-low[rows], ~is_spam, weights)
    # One step beyond the last value inside: the lanes are open at the upper bound and closed at the lower.
    return Carried(
        _NOTHING_BELOW if approve is None else float(np.nextafter(approve, np.inf)),
        _NOTHING_FROM if reject is None else -reject,
    )


def _bound(values: Floats, is_wrong: Flags, weights: NDArray[np.float64]) -> float | None:
    """Largest value up to which at most 1 % of the weight is wrong; None where there is none."""
    order = np.argsort(values, kind="stable")
    wrong = np.cumsum((weights * is_wrong)[order]) / np.cumsum(weights[order])
    last_of_value = np.append(np.diff(values[order]) > 0, True)
    good = np.flatnonzero((wrong <= ERROR_TARGET) & last_of_value)
    return float(values[order][good[-1]]) if len(good) else None
