"""How strongly counted errors speak for or against an error rate, valid however often one looks.

Each function is a mixture of likelihood ratios: a supermartingale that begins at 1, so by Ville's inequality it ever
reaches 1/delta with probability at most delta where the statement it speaks for is false. Everything is in logarithms
and needs two numbers only, errors and items. Sources: Ville 1939; Howard et al. 2021, Annals of Statistics 49:1055;
Waudby-Smith and Ramdas 2024, JRSS B 86:1.
"""

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

# The rates that are bet on, as multiples of the target, and the stake on each. Most is on "no error at all", which
# opens a lane early; the rest lets it open although some errors were seen.
_RATIOS_BELOW = np.array((0.0, 0.1, 0.2, 0.35, 0.5, 0.7))
_LOG_STAKES_BELOW = np.log(np.array((0.30, 0.10, 0.15, 0.15, 0.20, 0.10)))
RATIOS_ABOVE = (1.5, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0)
# A bet may not be so high that a single right decision loses everything.
_MOST_OF_ALL = 0.95
_TILTS_UP = np.log(np.array((1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 100.0)))
_TILTS_DOWN = -np.log(np.array((1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 100.0)))
_HALVINGS = 60


def log_e_below(errors: ArrayLike, items: ArrayLike, target: float) -> Floats:
    """Logarithm of the evidence that the error rate is below `target`.

    `errors`, `items`: counts, 0 <= errors <= items, of shapes that go together; fractions are allowed, which is how
    clusters of m errors are made to count as one (both divided by m). `target`: rate in (0, 1). If the true rate is at
    or above the target, the evidence ever reaches 1/delta with probability at most delta.
    """
    wrong, right = _split(errors, items)
    with np.errstate(divide="ignore", invalid="ignore"):
        loss = np.where(wrong > 0, wrong * np.log(_RATIOS_BELOW), 0.0)
    gain = right * np.log((1 - _RATIOS_BELOW * target) / (1 - target))
    return np.asarray(np.logaddexp.reduce(_LOG_STAKES_BELOW + loss + gain, axis=-1))


def log_e_above(errors: ArrayLike, items: ArrayLike, target: float) -> Floats:
    """Logarithm of the evidence that the error rate is above `target`; the counterpart of `log_e_below`."""
    wrong, right = _split(errors, items)
    ratios = np.array(bets_above(target))
    terms = wrong * np.log(ratios) + right * np.log((1 - ratios * target) / (1 - target))
    return np.asarray(np.logaddexp.reduce(terms - math.log(len(ratios)), axis=-1))


@lru_cache(maxsize=256)
def bets_above(target: float) -> tuple[float, ...]:
    """The multiples of `target` that evidence and alarm bet on, cut so that each stays a rate below 1."""
    return tuple(min(ratio, _MOST_OF_ALL / target) for ratio in RATIOS_ABOVE)


def log_miss_low(errors: ArrayLike, items: ArrayLike, rate: ArrayLike) -> Floats:
    """Logarithm of the evidence that the average rate so far lies above `rate`. See `interval`."""
    return _log_tilted(_TILTS_UP, errors, items, rate)


def log_miss_high(errors: ArrayLike, items: ArrayLike, rate: ArrayLike) -> Floats:
    """Logarithm of the evidence that the average rate so far lies below `rate`. See `interval`."""
    return _log_tilted(_TILTS_DOWN, errors, items, rate)


def interval(errors: float, items: float, delta: float) -> tuple[float, float]:
    """Lowest and highest average error rate that the counts do not speak against, as fractions in [0, 1].

    With probability at least 1 - delta the average of the true rates of the items lies inside at every moment, also if
    the rate drifts: the item's chance of being wrong may depend on everything before it. (0, 1) without items.
    """
    limit = math.log(2 / delta)
    if items <= 0:
        return 0.0, 1.0
    rate = errors / items
    low = _crossing(lambda m: float(log_miss_low(errors, items, m)) < limit, 0.0, rate)
    high = 1 - _crossing(lambda m: float(log_miss_high(errors, items, 1 - m)) < limit, 0.0, 1 - rate)
    return low, high


def clean_labels_needed(target: float, delta: float, starts: int = 1, errors: float = 0.0, cluster: int = 1) -> int:
    """Smallest number of labelled items, `errors` of them wrong, whose evidence reaches starts/delta.

    `cluster`: how many errors come together; all counts then weigh one part in `cluster`.
    """
    limit = math.log(starts / delta)

    def enough(items: int) -> bool:
        return float(log_e_below(errors / cluster, items / cluster, target)) >= limit

    low, high = math.ceil(errors) - 1, max(1, math.ceil(errors))
    while not enough(high):
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _split(errors: ArrayLike, items: ArrayLike) -> tuple[Floats, Floats]:
    wrong = np.asarray(errors, dtype=np.float64)[..., None]
    return wrong, np.asarray(items, dtype=np.float64)[..., None] - wrong


def _log_tilted(tilts: Floats, errors: ArrayLike, items: ArrayLike, rate: ArrayLike) -> Floats:
    # log(1 + m(e^tilt - 1)) is concave in m, so items times it at the average bounds the sum over drifting rates.
    wrong, total, mean = (np.asarray(one, dtype=np.float64)[..., None] for one in (errors, items, rate))
    with np.errstate(divide="ignore"):
        terms = tilts * wrong - total * np.log1p(mean * np.expm1(tilts))
    return np.asarray(np.logaddexp.reduce(terms, axis=-1) - math.log(len(tilts)))


def _crossing(inside: Callable[[float], bool], outer: float, inner: float) -> float:
    """The outermost rate that is still inside, `inner` being inside and `outer` perhaps not."""
    if inside(outer):
        return outer
    for _ in range(_HALVINGS):
        middle = (outer + inner) / 2
        outer, inner = (outer, middle) if inside(middle) else (middle, inner)
    return outer
