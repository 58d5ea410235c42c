"""Watching an open lane: an alarm that hears of audits one by one, and a tripwire that needs no labels.

Source of the alarm: Shin, Ramdas and Rinaldo 2023, E-detectors, New England Journal of Statistics in Data Science 2:229
(Shiryaev and Roberts). It sounds on average at most once in `limit` audits on a lane that sits exactly on its target.
"""

import math

from models.guarantee.evidence import RATIOS_ABOVE, bets_above

Detector = tuple[float, ...]
QUIET: Detector = (0.0,) * len(RATIOS_ABOVE)
# Standard errors by which a lane's share of the traffic must differ before the traffic is taken to have changed.
SHIFT = 5.0
# Comments of a day that tell a share at all.
FEWEST_OF_A_DAY = 100
# Single complaints are everyday life; so is a site whose readers complain a lot.
_FEWEST_COMPLAINTS, _TIMES_AS_MANY = 5, 3.0
# Beyond half, "error" and "right" would change places for the bets.
_HIGHEST_TARGET = 0.5


def detector_step(detector: Detector, is_error: bool, target: float) -> Detector:
    """The detector after one more audit. `target`: the error rate in the lane that is still allowed, in (0, 0.5].

    Only sums, products and quotients: the same audits give the same bits on every machine.
    """
    bets = bets_above(target)
    if is_error:
        return tuple((1.0 + held) * bet for held, bet in zip(detector, bets, strict=True))
    rest = 1.0 - target
    return tuple((1.0 + held) * ((1.0 - bet * target) / rest) for held, bet in zip(detector, bets, strict=True))


def detector_level(detector: Detector) -> float:
    """What is compared with the limit: the mean over the bets."""
    return sum(detector) / len(detector)


def in_lane_target(fpr_target: float, p_genuine: float, p_reject: float) -> float:
    """Which share of genuine comments among the rejected an FPR target allows.

    `p_genuine`: share of genuine comments in all traffic, rather too low; `p_reject`: share of all traffic rejected.
    """
    if p_reject <= 0:
        return _HIGHEST_TARGET
    return min(fpr_target * p_genuine / p_reject, _HIGHEST_TARGET)


def share_shift(inside: int, total: int, reference_inside: int, reference_total: int) -> float:
    """How many standard errors a lane's share of the traffic lies from what it was, with its sign.

    All counts; 0 where either sample is empty or the shares cannot differ.
    """
    if not total or not reference_total:
        return 0.0
    pooled = (inside + reference_inside) / (total + reference_total)
    variance = pooled * (1.0 - pooled) * (1.0 / total + 1.0 / reference_total)
    if variance <= 0.0:
        return 0.0
    return (inside / total - reference_inside / reference_total) / math.sqrt(variance)


def complaints_pile_up(today: int, per_day_before: float) -> bool:
    """Whether so many comments of a lane are complained of in a day that more of it should be looked at: at least five,
    and three times as many as on an average day before."""
    return today >= _FEWEST_COMPLAINTS and today >= _TIMES_AS_MANY * per_day_before
