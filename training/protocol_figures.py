"""The figures of the protocol, source by source and pooled, and which goals they reach."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

from training.fit import Flags, Floats, Table
from training.protocol import Said

_N_ECE_BINS = 10
_MIN_BETTER_SOURCES = 7
_MIN_POOLED_AUC, _MAX_POOLED_ECE, _MAX_FALSE_REJECTIONS = 0.990, 0.015, 0.005


@dataclass(frozen=True, slots=True)
class SourceFigures:
    """One source, judged without it. Rates and fractions in [0, 1]; None where they do not exist.

    `recall_1`, `recall_01`: share of spam found where 1 % (0.1 %) of ham is called spam. `decided`: share of rows
    approved or rejected by thresholds from the other sources; `error`: share of these that is wrong;
    `spam_approved`: spam among the approved, a count; `false_rejections`: share of all ham that is rejected.
    """

    source: str
    n: int
    n_spam: int
    auc: float | None
    pr_auc: float | None
    recall_1: float | None
    recall_01: float | None
    brier: float
    ece: float
    decided: float
    error: float | None
    n_approved: int
    spam_approved: int
    false_rejections: float | None


@dataclass(frozen=True, slots=True)
class PooledFigures:
    """All sources together, held out in grouped folds."""

    auc: float
    recall_1: float
    brier: float
    ece: float


@dataclass(frozen=True, slots=True)
class Goal:
    """One goal in words, what was reached in words, and whether that is enough."""

    wanted: str
    reached: str
    holds: bool


def figures(table: Table, said: Said) -> list[SourceFigures]:
    """Figures of each source of the table."""
    return [_figures(table, said, place) for place in range(len(table.sources))]


def pooled(table: Table, said: Said) -> PooledFigures:
    """Figures of all rows, held out in folds."""
    told, is_spam = said.in_folds, table.is_spam
    return PooledFigures(float(roc_auc_score(is_spam, told)), recall(told, is_spam, 0.01), *errors(told, is_spam))


def goals(ours: Sequence[SourceFigures], theirs: Sequence[SourceFigures], all_ours: PooledFigures) -> list[Goal]:
    """Each goal against the textbook pipeline, reached or not."""
    both = [(mine, other) for mine, other in zip(ours, theirs, strict=True) if mine.auc is not None]
    better = [mine.source for mine, other in both if (mine.auc or 0) > (other.auc or 0)]
    finds_more = [mine.source for mine, other in both if (mine.recall_1 or 0) > (other.recall_1 or 0)]
    needed = min(_MIN_BETTER_SOURCES, len(both))
    worst = max((one.false_rejections or 0.0 for one in ours if one.auc is None), default=0.0)
    spam, their_spam = (sum(one.spam_approved for one in some) for some in (ours, theirs))
    return [
        Goal(f"better ROC-AUC on {needed} of {len(both)} sources", _named(both, better), len(better) >= needed),
        Goal(f"more found at 1 % on {needed} of {len(both)}", _named(both, finds_more), len(finds_more) >= needed),
        Goal("pooled ROC-AUC at least .990", f"{all_ours.auc:.4f}", all_ours.auc >= _MIN_POOLED_AUC),
        Goal("pooled ECE at most .015", f"{all_ours.ece:.4f}", all_ours.ece <= _MAX_POOLED_ECE),
        Goal("ham rejected in sources of ham alone at most 0.5 %", f"{worst:.2%}", worst <= _MAX_FALSE_REJECTIONS),
        Goal("spam approved at most half of the textbook's", f"{spam} of {their_spam}", 2 * spam <= their_spam),
    ]


def recall(told: Floats, is_spam: Flags, false_positive_rate: float) -> float:
    """Share of spam above the lowest bar that at most this share of ham passes; float arrays of shape (n,)."""
    ham = np.sort(told[~is_spam])
    bar = ham[len(ham) - 1 - int(false_positive_rate * len(ham))]
    return float((told[is_spam] > bar).mean())


def errors(told: Floats, is_spam: Flags) -> tuple[float, float]:
    """Brier score, and expected calibration error in ten equal bins."""
    bins = np.minimum((told * _N_ECE_BINS).astype(np.intp), _N_ECE_BINS - 1)
    gaps = np.bincount(bins, weights=told - is_spam, minlength=_N_ECE_BINS)
    return float(np.mean((told - is_spam) ** 2)), float(np.abs(gaps).sum() / len(is_spam))


def _figures(table: Table, said: Said, place: int) -> SourceFigures:
    mine = table.source_of == place
    is_spam, told, carried = table.is_spam[mine], said.elsewhere.probability[mine], said.carried[place]
    approved = said.elsewhere.high[mine] < carried.approve_below
    rejected = (said.elsewhere.low[mine] >= carried.reject_from) & ~approved
    wrong = (approved & is_spam) | (rejected & ~is_spam)
    decided = approved | rejected
    both = bool(is_spam.any() and not is_spam.all())
    brier, ece = errors(told, is_spam)
    return SourceFigures(
        source=table.sources[place].name,
        n=len(is_spam),
        n_spam=int(is_spam.sum()),
        auc=float(roc_auc_score(is_spam, told)) if both else None,
        pr_auc=float(average_precision_score(is_spam, told)) if both else None,
        recall_1=recall(told, is_spam, 0.01) if both else None,
        recall_01=recall(told, is_spam, 0.001) if both else None,
        brier=brier,
        ece=ece,
        decided=float(decided.mean()),
        error=float(wrong[decided].mean()) if decided.any() else None,
        n_approved=int(approved.sum()),
        spam_approved=int((approved & is_spam).sum()),
        false_rejections=float(rejected[~is_spam].mean()) if not is_spam.all() else None,
    )


def _named(both: Sequence[tuple[SourceFigures, SourceFigures]], better: Sequence[str]) -> str:
    missing = [mine.source for mine, _ in both if mine.source not in better]
    return f"{len(better)}" + (f", not on {', '.join(missing)}" if missing else "")
