"""How much a few reviewed comments of a new site help: the curve over how many there are.

Each source plays the new site. A classifier that never saw it is corrected by some of its rows, as `training.adapt`
corrects an active model by a site's labels, and judged on rows that are the same for every point of the curve.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import roc_auc_score

from models.classifier import SpamClassifier
from models.vocabulary import Evidence
from training.adapt import Correction, corrected
from training.fit import Indices, Recipe, Step, Table, by_whole_sources, fit_rows
from training.labels import Labelled
from training.protocol_figures import recall

COUNTS = (0, 50, 200, 500)
MIN_JUDGED = 120


@dataclass(frozen=True, slots=True)
class Point:
    """What `n_reviewed` rows of the source give. `auc`, `recall_1` (at 1 % false positives) in [0, 1]."""

    source: str
    n_reviewed: int
    n_judged: int
    auc: float
    recall_1: float


def n_steps(table: Table) -> int:
    """How often `curve` calls its `step`."""
    return sum(not source.ham_only for source in table.sources)


def curve(table: Table, recipe: Recipe, step: Step) -> list[Point]:
    """The points of each source with both classes, as far as it has rows: at least 120 must be left to judge by."""
    points = []
    for (name, held), source in zip(by_whole_sources(table), table.sources, strict=True):
        if source.ham_only:
            continue
        step(f"warm start, {name}")
        learn = ~held & ~np.isin(table.group_of, table.group_of[held])
        points += _points(source.name, fit_rows(table, recipe, learn), table, np.flatnonzero(held), recipe.seed)
    return points


def _points(name: str, base: SpamClassifier, table: Table, rows: Indices, seed: int) -> list[Point]:
    order = np.random.default_rng([seed, len(rows)]).permutation(rows)
    counts = [n for n in COUNTS if n == 0 or len(rows) - n >= MIN_JUDGED]
    reviewed, judged = order[: counts[-1]], order[counts[-1] :]
    # A copy of a reviewed text would give the answer away.
    judged = judged[~np.isin(table.group_of[judged], table.group_of[reviewed])]
    points = []
    for n in counts:
        classifier = corrected(base, _labelled(table, reviewed[:n]), Correction(seed)) if n else base
        told, is_spam = classifier.decision_function([table.comments[row] for row in judged]), table.is_spam[judged]
        auc = float(roc_auc_score(is_spam, told))
        points.append(Point(name, n, len(judged), auc, recall(told, is_spam, 0.01)))
    return points


def _labelled(table: Table, rows: Indices) -> Labelled:
    samples = tuple((table.comments[row], Evidence()) for row in rows)
    same = ("",) * len(rows)
    return Labelled(samples, table.is_spam[rows], np.ones(len(rows)), same, same, np.arange(len(rows), dtype=np.int64))


def mean_of(points: Sequence[Point], n_reviewed: int) -> tuple[float, float] | None:
    """Mean ROC-AUC over the sources that have this point, before (0 rows) and with it; None where none has."""
    sources = {point.source: point.auc for point in points if point.n_reviewed == n_reviewed}
    if not sources:
        return None
    before = [point.auc for point in points if point.n_reviewed == 0 and point.source in sources]
    return float(np.mean(before)), float(np.mean(list(sources.values())))
