"""The audit coin, and what a sample with known chances says of all comments."""

import hashlib
import hmac
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

# A float holds 53 bits; taking more could round up to 1.
_BITS = 53
_NORMAL_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over all comments with its 95 % interval; `n`: labelled items that it rests on."""

    value: float
    low: float
    high: float
    n: int


def coin(secret: bytes, comment_id: str) -> float:
    """The comment's coin, uniform in [0, 1): HMAC-SHA256 of its id under the site's secret.

    It does not depend on the score, and the same coin serves every purpose: samples of different rates are nested, and
    any of them can be drawn again later.
    """
    digest = hmac.digest(secret, comment_id.encode(), hashlib.sha256)
    return (int.from_bytes(digest[:8]) >> (64 - _BITS)) / 2.0**_BITS


def ipw_weight(rate: float, most: float | None = 20.0) -> float:
    """How many comments a labelled one stands for: 1 / rate, at most `most`, for training.

    `rate`: the chance in (0, 1] with which it was labelled, as stored with its decision: 1 in review, the audit rate in
    a lane. None leaves the weight as it is, which estimates need and training does not bear.
    """
    weight = 1.0 / rate
    return weight if most is None else min(weight, most)


def ipw_mean(values: ArrayLike, rates: ArrayLike, most: float | None = None) -> Estimate:
    """Share of ones among all comments from the labelled ones among them.

    `values`: 0 or 1, and `rates` as in `ipw_weight`, both of shape (n,), n >= 1. Raises ValueError if the shapes differ
    or nothing is labelled. For dashboards and training; the lanes' errors have an interval of their own. The interval
    is Wilson's for as many comments as would tell as much if all had the same chance, since a normal one misses rare
    ones too often. Source: Hájek 1971; Särndal, Swensson and Wretman 1992, 5.7; Wilson 1927; Franco, Little, Louis and
    Slud 2019, J. Survey Statistics and Methodology 7:334.
    """
    value, rate = np.asarray(values, dtype=np.float64), np.asarray(rates, dtype=np.float64)
    if value.shape != rate.shape or not value.size:
        raise ValueError("As many values as rates are needed, and at least one.")
    weight = 1.0 / rate if most is None else np.minimum(1.0 / rate, most)
    total = float(weight.sum())
    mean = float((weight * value).sum()) / total
    sampling = float(((1.0 - rate) * weight**2 * (value - mean) ** 2).sum()) / total**2
    spread = mean * (1.0 - mean)
    variance = sampling + spread / total
    effective = spread / variance if variance > 0.0 else total**2 / float((weight**2).sum())
    return Estimate(mean, *_wilson(mean, effective), int(value.size))


def _wilson(share: float, n: float) -> tuple[float, float]:
    z = _NORMAL_95
    middle = (share + z**2 / (2.0 * n)) / (1.0 + z**2 / n)
    half = z * math.sqrt(share * (1.0 - share) / n + z**2 / (4.0 * n**2)) / (1.0 + z**2 / n)
    return max(0.0, middle - half), min(1.0, middle + half)
