"""Whether a candidate may take the place of the active model: proven not worse on rows that it has never learned from.

A gate is passed where even the bad end of the 95 % interval of the difference lies within a small margin. So too few
rows prove nothing and open no gate.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from training.compare import AUC, BRIER, FIGURES, HAM_REJECTED, RECALL, Comparison

MIN_ROWS_OF_CLASS = 20
# How much worse the candidate may be at the bad end of the interval.
MARGINS = {AUC: 0.01, RECALL: 0.05, BRIER: 0.01, HAM_REJECTED: 0.01}
_PROVES_BETTER = (AUC, RECALL, BRIER)


@dataclass(frozen=True, slots=True)
class Gate:
    """One condition. `sentence` gives the figures on which it passed or did not."""

    name: str
    passed: bool
    sentence: str


def gates(comparisons: Sequence[Comparison]) -> list[Gate]:
    """The gates of a candidate, compared as the second with the active model as the first; closed without any row."""
    n_spam = sum(one.n_spam for one in _sources(comparisons))
    n_ham = sum(one.n - one.n_spam for one in _sources(comparisons))
    enough = min(n_spam, n_ham) >= MIN_ROWS_OF_CLASS
    counted = f"{n_spam} spam and {n_ham} ham held out, {MIN_ROWS_OF_CLASS} of each needed"
    found = [Gate("enough_rows", enough, counted)]
    return found + [_not_worse(comparisons[-1], figure.name) for figure in FIGURES] if enough else found


def proven_better(comparisons: Sequence[Comparison]) -> bool:
    """Whether ranking, recall or probabilities of the second are better, the whole interval beyond zero."""
    return any(comparisons[-1].of(figure).better_by > 0 for figure in _PROVES_BETTER)


def refusal(found: Sequence[Gate]) -> str | None:
    """One sentence about the gates that were not passed; None if all were."""
    shut = [f"{gate.name} ({gate.sentence})" for gate in found if not gate.passed]
    return None if not shut else f"The candidate is not proven to be as good as the active model: {'; '.join(shut)}."


def _sources(comparisons: Sequence[Comparison]) -> Sequence[Comparison]:
    return comparisons if len(comparisons) == 1 else comparisons[:-1]


def _not_worse(overall: Comparison, name: str) -> Gate:
    difference = next(one for one in overall.differences if one.figure.name == name)
    margin = MARGINS[difference.figure]
    passed = not math.isnan(difference.worse_by) and difference.worse_by <= margin
    sentence = (
        f"{difference.figure.title} {difference.first:.3f} → {difference.second:.3f},"
        f" difference {difference.low:+.3f} to {difference.high:+.3f}, at most {margin:.2f} worse allowed"
    )
    return Gate(f"{name}_not_worse", passed, sentence)
