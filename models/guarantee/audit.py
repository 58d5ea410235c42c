"""The audit coin, and what a sample with known chances says of all comments."""

import hashlib
import hmac
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

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
    puts together one by Wilson for the comments of each rate, so that a rate under which no one was seen adds its doubt
    too, and what chance lets through of each. Source: Hájek 1971; Wilson 1927; Zou and Donner 2008, Statistics in
    Medicine 27:1693.
    """
    value, rate = np.asarray(values, dtype=np.float64), np.asarray(rates, dtype=np.float64)
    if value.shape != rate.shape or not value.size:
        raise ValueError("As many values as rates are needed, and at least one.")
    each, place = np.unique(rate, return_inverse=True)
    weight = 1.0 / each if most is None else np.minimum(1.0 / each, most)
    n, ones = np.bincount(place), np.bincount(place, weights=value)
    total = float((n * weight).sum())
    part, share = n * weight / total, ones / n
    mean = float((part * share).sum())
    apart = (share - mean) ** 2
    between = _NORMAL_95**2 * float((apart * part * (1.0 + (1.0 - each) * weight)).sum()) / total
    low, high = _wilson(share, n)
    down = math.sqrt(float((part**2 * (share - low) ** 2).sum()) + between)
    up = math.sqrt(float((part**2 * (high - share) ** 2).sum()) + between)
    return Estimate(mean, max(0.0, mean - down), min(1.0, mean + up), int(value.size))


def _wilson(share: NDArray[np.float64], n: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    z = _NORMAL_95
    scale = 1.0 + z**2 / n
    middle = (share + z**2 / (2.0 * n)) / scale
    half = z * np.sqrt(share * (1.0 - share) / n + z**2 / (4.0 * n**2)) / scale
    return np.clip(middle - half, 0.0, share), np.clip(middle + half, share, 1.0)
