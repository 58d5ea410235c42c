"""How often keys came up lately, counted in a fixed amount of memory: a count-min sketch for each stretch of time."""

from collections.abc import Sequence
from functools import reduce

import numpy as np
from numpy.typing import NDArray

MOST = 255
_FACTORS = (np.uint32(0x9E3779B1), np.uint32(0xC2B2AE35), np.uint32(0x27D4EB2F))

Keys = NDArray[np.uint32]


class RecentCounts:
    """Counts of 32-bit keys over the newest `n_stretches` stretches of time, the one that runs included.

    Each stretch of `stretch_us` microseconds has three rows of 2**bits counters of a byte. A count is never too small
    (but that it ends at 255 a stretch); with n different keys in a stretch it is too large with probability
    (1 - exp(-n / 2**bits))³, 0.01 for n = a quarter of 2**bits. Source: Cormode and Muthukrishnan 2005, An improved
    data stream summary: the count-min sketch and its applications.
    """

    def __init__(self, bits: int, stretch_us: int, n_stretches: int) -> None:
        self._bits = bits
        self._stretch_us = stretch_us
        self._n_stretches = n_stretches
        self._stretches: dict[int, NDArray[np.uint8]] = {}

    def add(self, keys: Keys, at: int) -> None:
        """Count each key once for each time it is given, at the instant `at` in microseconds since 1970.

        What is older than all stretches that are kept is left out.
        """
        number = at // self._stretch_us
        newest = max(self._stretches, default=number)
        if not len(keys) or number <= newest - self._n_stretches:
            return
        if number not in self._stretches:
            self._stretches[number] = np.zeros((len(_FACTORS), 1 << self._bits), dtype=np.uint8)
            for old in [n for n in self._stretches if n <= max(newest, number) - self._n_stretches]:
                del self._stretches[old]
        for counters, places in zip(self._stretches[number], self._places(keys), strict=True):
            touched, times = np.unique(places, return_counts=True)
            counters[touched] = np.minimum(counters[touched] + times, MOST)

    def counts(self, keys: Keys, now: int) -> NDArray[np.intp]:
        """How often each key was given in the stretches that have not passed at `now`: the shape of `keys`."""
        total = np.zeros(keys.shape, dtype=np.intp)
        first = now // self._stretch_us - self._n_stretches
        places = self._places(keys)
        for number, rows in self._stretches.items():
            if number > first:
                total += reduce(np.minimum, map(np.take, rows, places))
        return total

    def _places(self, keys: Keys) -> list[NDArray[np.intp]]:
        mixed = keys ^ (keys >> np.uint32(15))
        return [((mixed * factor) >> np.uint32(32 - self._bits)).astype(np.intp) for factor in _FACTORS]


class KnownKeys:
    """Which keys were ever given, in 2**bits bytes; one that never was may be taken for known, never the reverse."""

    def __init__(self, bits: int) -> None:
        self._bits = bits
        self._known = np.zeros(1 << bits, dtype=np.bool_)
        self.empty = True

    def add(self, keys: Sequence[int]) -> None:
        """Remember keys."""
        self._known[self._places(np.array(keys, dtype=np.uint32))] = True
        self.empty = self.empty and not len(keys)

    def has(self, keys: Keys) -> NDArray[np.bool_]:
        """Whether each key is known: the shape of `keys`."""
        return self._known.take(self._places(keys))

    def _places(self, keys: Keys) -> NDArray[np.intp]:
        return ((keys * _FACTORS[0]) >> np.uint32(32 - self._bits)).astype(np.intp)


def decoded(stored: bytes) -> Keys:
    """Keys that were stored as four bytes each, the lowest byte first: the reverse of `keys.tobytes()`."""
    return np.frombuffer(stored, dtype="<u4").astype(np.uint32, copy=False)


def earlier_in_batch(keys: Keys) -> NDArray[np.intp]:
    """How often each key stands at an earlier place of the same array, shape (n,)."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    places = np.arange(len(keys), dtype=np.intp)
    is_first = np.ones(len(keys), dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=is_first[1:])
    earlier = np.empty(len(keys), dtype=np.intp)
    earlier[order] = places - np.maximum.accumulate(np.where(is_first, places, 0))
    return earlier
