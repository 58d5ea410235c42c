"""Thresholds for a site without evidence, from the errors of classifiers on whole sources that they had never seen.

A new site is one more source that nobody has seen, so each source counts the same. Nothing is promised by that: the
sources are few, and a site may be like none of them.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from models.artifact import Card
from models.thresholds import CAUTIOUS, usable
from models.vocabulary import Thresholds
from training.evaluate import Held
from training.judged import Judged

# What the mean of the sources may have; a single one may have twice as much.
SPAM_IN_APPROVED, GENUINE_REJECTED = 0.01, 0.001
_WORST = 2.0
# Sources have more spam than sites, so shares of a lane are worked out for a usual one.
SPAM_SHARE = 0.2
_FEWEST_SOURCES, _FEWEST_OF_A_CLASS = 3, 30
# However good the figures are, what is as likely spam as not is not decided without evidence of the site.
_APPROVE_UP_TO = np.round(np.arange(0.30, 0.0, -0.005), 3)
_REJECT_FROM = np.round(np.arange(0.70, 1.0, 0.005), 3)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The thresholds, and what they did to sources left out: fractions, the mean of the sources.

    `spam_in_approved`: for a site of which a fifth is spam.
    """

    thresholds: Thresholds
    spam_in_approved: float
    genuine_rejected: float
    n_sources: int

    def card(self) -> Card:
        """What a card says of it."""
        figures = {name: round(getattr(self, name), 5) for name in ("spam_in_approved", "genuine_rejected")}
        return {"thresholds": asdict(self.thresholds), "left_out": {**figures, "n_sources": self.n_sources}}


def elsewhere(judged: Sequence[Judged]) -> Elsewhere | None:
    """The widest thresholds that the errors on sources left out allow; None where fewer than three were, with spam."""
    left_out = [one for one in judged if one.held is Held.BY_SOURCE]
    mixed = [one for one in left_out if min(one.is_spam.sum(), (~one.is_spam).sum()) >= _FEWEST_OF_A_CLASS]
    genuine = [one for one in left_out if (~one.is_spam).sum() >= _FEWEST_OF_A_CLASS]
    if len(mixed) < _FEWEST_SOURCES:
        return None
    approve = next((at for at in _APPROVE_UP_TO if _holds(_published(mixed, at), SPAM_IN_APPROVED)), 0.0)
    reject = next((at for at in _REJECT_FROM if _holds(_refused(genuine, at), GENUINE_REJECTED)), 1.0)
    return Elsewhere(
        Thresholds(float(approve), float(reject), max(float(reject), CAUTIOUS.discard_from)),
        _published(mixed, approve)[0],
        _refused(genuine, reject)[0],
        len(left_out),
    )


def thresholds_of(card: Card) -> Thresholds:
    """The thresholds of a site without evidence that a card gives; the cautious ones where it gives none."""
    return usable(Thresholds(**card["thresholds"]) if "thresholds" in card else None)


def _holds(errors: tuple[float, float], target: float) -> bool:
    mean, worst = errors
    return mean <= target and worst <= _WORST * target


def _published(sources: Sequence[Judged], at: float) -> tuple[float, float]:
    """Share of spam in what would be approved: of the mean source, and of the worst one."""
    passed = [one.said.high < at for one in sources]
    spam = [float(some[one.is_spam].mean()) for one, some in zip(sources, passed, strict=True)]
    ham = [float(some[~one.is_spam].mean()) for one, some in zip(sources, passed, strict=True)]
    of_each = [_of_lane(*rates) for rates in zip(spam, ham, strict=True)]
    return _of_lane(float(np.mean(spam)), float(np.mean(ham))), max(of_each)


def _of_lane(spam: float, ham: float) -> float:
    """Share of spam in a lane that this share of all spam and of all ham gets into."""
    inside = SPAM_SHARE * spam + (1 - SPAM_SHARE) * ham
    return SPAM_SHARE * spam / inside if inside else 0.0


def _refused(sources: Sequence[Judged], at: float) -> tuple[float, float]:
    """Share of genuine comments that would be rejected: the mean of the sources, and the worst one."""
    rates = [float((one.said.low >= at)[~one.is_spam].mean()) for one in sources]
    return float(np.mean(rates)), max(rates)
