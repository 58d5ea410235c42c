"""Keys by which texts that say nearly the same find each other: MinHash over runs of letters, for a whole batch.

Only letters count, so a changed number, emoji, space or punctuation mark changes nothing. All texts of a batch stand in
one array, and each permutation is one multiplication of all hashes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

N_KEYS = 4
RUN_LETTERS = 12
MIN_LETTERS = 24
_WIDE_FROM = 0x2E80
_TABLE_SIZE = 1 << 16
_MIX, _STEP = 0x9E3779B1, 0x85EBCA6B
_STEPS = {length: np.uint32(pow(_STEP, length, 1 << 32)) for length in (1, 2, 4)}
# Odd numbers, drawn once; two for each key.
_PERMUTATIONS = tuple(
    np.uint32(factor)
    for factor in (
        *(0xC2B2AE35, 0x27D4EB2F, 0x165667B1, 0xD3A2646D),
        *(0xFD7046C5, 0xB55A4F09, 0x9E4B70E3, 0x6C8E9CF5),
    )
)

Codes = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class TextKeys:
    """`owners`: shape (n,), rising, the numbers of the texts that have keys; `keys`: shape (n, N_KEYS), uint32."""

    owners: NDArray[np.intp]
    keys: Codes


def text_keys(folded: Sequence[str]) -> TextKeys:
    """The keys of a batch of folded texts; none for a text with fewer than 24 letters, too few to tell a copy from a
    common phrase (an ideograph counts as two letters).

    A key joins the smallest of the text's runs of twelve letters under two permutations, so two texts share a given
    key with probability J² where J is the Jaccard similarity of their runs, and at least one of four with
    1 - (1 - J²)⁴: 0.99 for J = 0.85, 0.01 for J = 0.05. Linear in the total length; never raises for a string.
    Source: Broder 1997, On the resemblance and containment of documents.
    """
    codes, lengths = _letters(folded)
    owners = np.flatnonzero(lengths >= MIN_LETTERS)
    if not len(owners):
        return TextKeys(owners, np.zeros((0, N_KEYS), dtype=np.uint32))
    starts = (np.cumsum(lengths) - lengths)[owners]
    # Of each pair of bounds the first slice holds the runs inside the text, the second those that would leave it.
    bounds = np.stack((starts, starts + lengths[owners] - (RUN_LETTERS - 1)), axis=1).ravel()
    smallest = _smallest(_run_hashes(codes), bounds)
    keys = smallest[:, ::2] * np.uint32(_MIX)
    keys ^= smallest[:, 1::2]
    return TextKeys(owners, keys)


def _letters(folded: Sequence[str]) -> tuple[Codes, NDArray[np.intp]]:
    """The letters of all texts in a row, an ideograph twice, and how many each text has."""
    codes = np.frombuffer("".join(folded).encode("utf-32-le", "surrogatepass"), dtype="<u4")
    ends = np.cumsum(np.fromiter(map(len, folded), dtype=np.intp, count=len(folded)))
    is_letter = _IS_LETTER.take(np.minimum(codes, _TABLE_SIZE - 1))
    weights = is_letter.view(np.uint8)
    if len(codes) and codes.max() >= _WIDE_FROM:
        weights = weights << (codes >= _WIDE_FROM)
        letters = np.repeat(codes, weights)
    else:
        letters = codes[is_letter]
    counted = np.zeros(len(codes) + 1, dtype=np.intp)
    np.cumsum(weights, out=counted[1:])
    return letters.astype(np.uint32, copy=False), np.diff(counted[ends], prepend=0)


def _run_hashes(letters: Codes) -> Codes:
    """Hash of the run of letters that starts at each place, and one more, so that a slice may begin at the end."""
    mixed = np.zeros(len(letters) + RUN_LETTERS, dtype=np.uint32)
    np.multiply(letters, np.uint32(_MIX), out=mixed[: len(letters)])
    mixed ^= mixed >> np.uint32(15)
    # Twelve letters as 2, 4, 8 and 4 more: each step joins two neighbouring runs.
    two = mixed[:-1] * _STEPS[1] + mixed[1:]
    four = two[:-2] * _STEPS[2] + two[2:]
    eight = four[:-4] * _STEPS[4] + four[4:]
    twelve = eight[: len(letters) + 1] * _STEPS[4]
    twelve += four[8:]
    twelve ^= twelve >> np.uint32(16)
    return twelve


def _smallest(hashes: Codes, bounds: NDArray[np.intp]) -> Codes:
    smallest = np.empty((len(bounds) // 2, len(_PERMUTATIONS)), dtype=np.uint32)
    permuted, shifted = np.empty_like(hashes), np.empty_like(hashes)
    for number, factor in enumerate(_PERMUTATIONS):
        np.multiply(hashes, factor, out=permuted)
        np.right_shift(permuted, np.uint32(15), out=shifted)
        np.bitwise_xor(permuted, shifted, out=permuted)
        np.multiply(permuted, np.uint32(_MIX), out=permuted)
        smallest[:, number] = np.minimum.reduceat(permuted, bounds)[::2]
    return smallest


def _letter_table() -> NDArray[np.bool_]:
    table = np.fromiter(map(str.isalpha, map(chr, range(_TABLE_SIZE))), dtype=np.bool_)
    table[-1] = False  # Stands for all that lies beyond: emoji, most of it.
    return table


_IS_LETTER = _letter_table()
