"""What the score would be without the words that a reason names, exactly: by scoring what is left.

The weight of such a reason is the words' share of the sum, and the shares add up. But fewer words weigh a little more
each, and what stood apart now stands side by side, so the score moves by another amount when the words go.
"""

from dataclasses import replace
from math import log, log1p
from sys import float_info
from typing import NamedTuple

from models.vocabulary import Comment, Evidence, Score, Scorer


class Removal(NamedTuple):
    """`span`: the words taken out, half-open range of code points of the body. `probability`: of spam, for what is
    left. `change`: how far the words move the log-odds of the probability, positive towards spam.
    """

    span: tuple[int, int]
    probability: float
    change: float


def removals(comment: Comment, evidence: Evidence, score: Score, scorer: Scorer) -> list[Removal]:
    """One for each reason of the `score` that names words, in its order, with the same evidence and scorer."""
    spans = [reason.span for reason in score.reasons if reason.span is not None]
    parts = [replace(comment, body=comment.body[:start] + comment.body[end:]) for start, end in spans]
    left = scorer.score(parts, [evidence] * len(parts)) if parts else []
    return [_removal(span, score, one) for span, one in zip(spans, left, strict=True)]


def _removal(span: tuple[int, int], whole: Score, left: Score) -> Removal:
    return Removal(span, left.probability, _log_odds(whole.probability) - _log_odds(left.probability))


def _log_odds(probability: float) -> float:
    inside = min(max(probability, float_info.min), 1.0 - float_info.epsilon)
    return log(inside) - log1p(-inside)
