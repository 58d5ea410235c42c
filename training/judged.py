"""What a classifier says of labelled rows, source by source: what figures, plots and comparisons are made of."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.calibration import Calibrated
from models.classifier import Sample, SpamClassifier
from training.adapt import Adapted
from training.dataset import Source, groups
from training.evaluate import Held
from training.fit import HeldOut, Trained, calibration
from training.labels import LABELS, Labelled

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rows:
    """Labelled rows of one source, (n,) each. `group_of`: the same number for texts that say the same."""

    source: str
    samples: Sequence[Sample]
    is_spam: Flags
    stands_for: Floats
    group_of: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Judged:
    """What a classifier said of one source that it had not seen: `is_spam`, `stands_for` and arrays of `said`, (n,)."""

    source: str
    held: Held
    is_spam: Flags
    stands_for: Floats
    said: Calibrated


def rows_of_source(source: Source) -> Rows:
    """The rows of a file."""
    weights = np.ones(len(source.comments)) if source.sampling is None else source.sampling
    return Rows(source.name, source.comments, source.is_spam, weights, groups(source.comments))


def rows_of_labels(rows: Labelled) -> Rows:
    """Labels of the database as one source."""
    return Rows(LABELS, rows.samples, rows.is_spam, rows.stands_for, groups(rows.comments))


def said_by(classifier: SpamClassifier, samples: Sequence[Sample]) -> Calibrated:
    """Calibrated probabilities with their bounds, (n,) each."""
    return classifier.calibration_.apply(*classifier.logits_and_familiar(samples))


def judged(classifier: SpamClassifier, rows: Rows, held: Held = Held.NEVER_LEARNED) -> Judged:
    """What a classifier says of rows that it has never learned from."""
    return Judged(rows.source, held, rows.is_spam, rows.stands_for, said_by(classifier, rows.samples))


def judged_by_training(trained: Trained) -> list[Judged]:
    """What was said of each learned source by classifiers that had not seen the row, and where there are several
    sources by those that had not seen the source."""
    table = trained.table
    found = []
    for place, source in enumerate(table.sources):
        mine = table.source_of == place
        ones = np.ones(int(mine.sum())) if source.sampling is None else source.sampling
        as_it_is = trained.classifier.calibration_
        ways = [(Held.BY_FOLD, trained.by_fold, as_it_is)]
        if len(table.sources) > 1:
            elsewhere = calibration(table, trained.by_fold, trained.by_source, without=place)
            ways.append((Held.BY_SOURCE, trained.by_source, elsewhere))
        for held, held_out, calibrated in ways:
            there = ~np.isnan(held_out.logits[mine])
            said = calibrated.apply(held_out.logits[mine][there], held_out.familiar[mine][there])
            if there.any():
                found.append(Judged(source.name, held, table.is_spam[mine][there], ones[there], said))
    return sorted(found, key=lambda one: one.held is Held.BY_SOURCE)


def judged_by_correction(adapted: Adapted) -> list[Judged]:
    """What corrections said of labels that they had not seen."""

    def said(held_out: HeldOut) -> Calibrated:
        return adapted.classifier.calibration_.apply(held_out.logits, held_out.familiar)

    rows = adapted.rows
    return [Judged(LABELS, Held.BY_FOLD, rows.is_spam, rows.stands_for, said(adapted.corrected))]
