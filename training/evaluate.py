"""How good a classifier is, source by source; never one number for all of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from models.calibration import Calibrated
from models.classifier import SpamClassifier
from models.thresholds import CAUTIOUS
from models.vocabulary import Thresholds
from training.dataset import Source
from training.fit import HeldOut, Trained, calibration

_N_ECE_BINS = 10
_FALSE_POSITIVE_RATE = 0.01

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Held(StrEnum):
    """How the rows were kept from the classifier."""

    BY_FOLD = "by fold"
    BY_SOURCE = "by source"
    NEVER_LEARNED = "never learned"


@dataclass(frozen=True, slots=True)
class Figures:
    """One source. Rates and fractions in [0, 1]; None where they do not exist (one class, or nothing in a lane).

    `recall`: share of spam found where 1 % of ham is called spam. `ece`: expected calibration error, 10 equal bins.
    `approved`, `review`, `rejected`, `discarded`: shares of all rows. `spam_in_approved`, `ham_in_rejected`,
    `ham_in_discarded`: shares of their lane. `false_positive_rate`: ham that is rejected or discarded, of all ham.
    """

    source: str
    held: Held
    n: int
    n_spam: int
    auc: float | None
    recall: float | None
    brier: float
    ece: float
    approved: float
    review: float
    rejected: float
    discarded: float
    spam_in_approved: float | None
    ham_in_rejected: float | None
    ham_in_discarded: float | None
    false_positive_rate: float | None


def figures_of(trained: Trained, sources: Sequence[Source], thresholds: Thresholds = CAUTIOUS) -> list[Figures]:
    """Figures of each learned source by fold and by source, of each other one as the finished classifier sees it."""
    learned = {source.name for source in trained.table.sources}
    others = [source for source in sources if source.name not in learned]
    return [
        *_by_fold(trained, thresholds),
        *_by_source(trained, thresholds),
        *(figures_on(trained.classifier, source, thresholds) for source in others),
    ]


def figures_on(classifier: SpamClassifier, source: Source, thresholds: Thresholds = CAUTIOUS) -> Figures:
    """Figures of a source that the classifier has never learned from."""
    calibrated = classifier.calibration_.apply(*classifier.logits_and_familiar(source.comments))
    return figures_said(source.name, Held.NEVER_LEARNED, calibrated, source.is_spam, thresholds)


def _by_fold(trained: Trained, thresholds: Thresholds) -> Iterator[Figures]:
    for place, source in enumerate(trained.table.sources):
        mine = trained.table.source_of == place
        calibrated = trained.classifier.calibration_.apply(*_rows(trained.by_fold, mine))
        yield figures_said(source.name, Held.BY_FOLD, calibrated, trained.table.is_spam[mine], thresholds)


def _by_source(trained: Trained, thresholds: Thresholds) -> Iterator[Figures]:
    """Calibrated without the source too, else its own rows would say how far it may be trusted."""
    if len(trained.table.sources) < 2:
        return
    for place, source in enumerate(trained.table.sources):
        mine = trained.table.source_of == place
        elsewhere = calibration(trained.table, trained.by_fold, trained.by_source, without=place)
        calibrated = elsewhere.apply(*_rows(trained.by_source, mine))
        yield figures_said(source.name, Held.BY_SOURCE, calibrated, trained.table.is_spam[mine], thresholds)


def _rows(held_out: HeldOut, mine: Flags) -> tuple[Floats, Floats]:
    return held_out.logits[mine], held_out.familiar[mine]


def figures_said(
    source: str, held: Held, calibrated: Calibrated, is_spam: Flags, thresholds: Thresholds = CAUTIOUS
) -> Figures:
    """Figures of what was said of a source's rows, `is_spam` of shape (n_rows,)."""
    approved = calibrated.high < thresholds.approve_below
    discarded = (calibrated.low >= thresholds.discard_from) & ~approved
    rejected = (calibrated.low >= thresholds.reject_from) & ~approved & ~discarded
    probability = calibrated.probability
    both = bool(is_spam.any() and not is_spam.all())
    return Figures(
        source=source,
        held=held,
        n=len(is_spam),
        n_spam=int(is_spam.sum()),
        auc=float(roc_auc_score(is_spam, probability)) if both else None,
        recall=_recall(probability, is_spam) if both else None,
        brier=float(np.mean((probability - is_spam) ** 2)),
        ece=_ece(probability, is_spam),
        approved=float(approved.mean()),
        review=float((~approved & ~rejected & ~discarded).mean()),
        rejected=float(rejected.mean()),
        discarded=float(discarded.mean()),
        spam_in_approved=_share(is_spam, approved),
        ham_in_rejected=_share(~is_spam, rejected),
        ham_in_discarded=_share(~is_spam, discarded),
        false_positive_rate=_share(rejected | discarded, ~is_spam),
    )


def _share(what: Flags, among: Flags) -> float | None:
    return float(what[among].mean()) if among.any() else None


def _recall(probability: Floats, is_spam: Flags) -> float:
    bar = np.quantile(probability[~is_spam], 1.0 - _FALSE_POSITIVE_RATE, method="higher")
    return float((probability[is_spam] > bar).mean())


def _ece(probability: Floats, is_spam: Flags) -> float:
    bins = np.minimum((probability * _N_ECE_BINS).astype(np.intp), _N_ECE_BINS - 1)
    gaps = np.bincount(bins, weights=probability - is_spam, minlength=_N_ECE_BINS)
    return float(np.abs(gaps).sum() / len(is_spam))
