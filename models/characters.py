"""Kinds of characters, and how many of each stand in a text.

Of many texts all characters are looked up at once; a few short ones are gone through one by one, which is faster there.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

COUNTED = ("letters", "capitals", "digits", "invisible", "disguised", "money", "hashes", "length")
_DISGUISED, _LENGTH = map(COUNTED.index, ("disguised", "length"))
_FEW_CHARACTERS = 400
_TABLE_SIZE = 0x20000

_LATIN, _GREEK_OR_CYRILLIC, _LETTER, _UPPER, _DIGIT, _HIDDEN, _STYLED, _MONEY, _HASH = (1 << bit for bit in range(9))
_HIDDEN_RANGES = (
    *((0x00, 0x08), (0x0E, 0x1F), (0x7F, 0x9F), (0xAD, 0xAD), (0x115F, 0x1160), (0x200B, 0x200B), (0x200E, 0x200F)),
    *((0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFEFF, 0xFEFF)),
)
_STYLED_RANGES = (
    *((0x0332, 0x0338), (0x034F, 0x0362), (0x2460, 0x24FF), (0xFF10, 0xFF19), (0xFF21, 0xFF3A), (0xFF41, 0xFF5A)),
    *((0x1D400, 0x1D7FF), (0x1F100, 0x1F1E5)),
)
_LETTER_RANGES = ((0x41, 0x5A), (0x61, 0x7A), (0xC0, 0x2AF), (0x370, 0x1FFF), (0x3040, 0xD7A3))
_LATIN_RANGES = ((0x41, 0x5A), (0x61, 0x7A), (0xC0, 0x24F))
_GREEK_OR_CYRILLIC_RANGE = (0x370, 0x52F)
_HASH_SIGNS = "#\uff03"

Counts = NDArray[np.int64]
Indices = NDArray[np.intp]


def count_characters(texts: Sequence[str], unmasked: Mapping[int, int]) -> Counts:
    """How many characters of each kind in COUNTED each text has as it was sent: shape (len(COUNTED), len(texts)).

    `disguised`: styled letters, and those that only look like the script that their word is in. Linear in the total
    length; lone surrogates are allowed.
    """
    if not texts:
        return np.zeros((len(COUNTED), 0), dtype=np.int64)
    if sum(map(len, texts)) <= _FEW_CHARACTERS:
        counts = [_count_one(text, unmasked.get(number, 0)) for number, text in enumerate(texts)]
        return np.array(counts, dtype=np.int64).T
    return _count_many(texts, unmasked)


def _count_one(text: str, n_unmasked: int) -> list[int]:
    kinds = text.translate(_KIND_OF)
    present = set(kinds)
    counts = [0] * len(COUNTED)
    for kind in present:
        n = kinds.count(kind)
        for place in _COUNTED_AS[ord(kind)]:
            counts[place] += n
    counts[_LENGTH] = len(text)
    if n_unmasked and _TWO_SCRIPTS.search(kinds):
        counts[_DISGUISED] += n_unmasked
    return counts


def _count_many(texts: Sequence[str], unmasked: Mapping[int, int]) -> Counts:
    """A sentinel keeps each text's sums apart."""
    codes = np.frombuffer(("\n".join(texts) + "\n").encode("utf-32-le", "surrogatepass"), dtype="<u4")
    lengths = np.fromiter(map(len, texts), dtype=np.intp, count=len(texts))
    starts = np.cumsum(lengths + 1) - (lengths + 1)
    clipped = np.minimum(codes, _TABLE_SIZE - 1, dtype=np.intp)
    sums = np.empty((len(_COUNTING), 1, len(texts)), dtype=np.int64)
    for of_three, table in zip(sums, _COUNTING, strict=True):
        np.add.reduceat(table.take(clipped), starts, out=of_three[0])
    counts = np.empty((len(COUNTED), len(texts)), dtype=np.int64)
    counts[:_LENGTH] = (sums >> _SHIFTS & _FIELD_MASK).reshape(-1, len(texts))[:_LENGTH]
    counts[_LENGTH] = lengths
    for number in _of_two_scripts(clipped, starts):
        counts[_DISGUISED, number] += unmasked.get(number, 0)
    return counts


def _of_two_scripts(clipped: Indices, starts: Indices) -> list[int]:
    """The numbers of the texts in which a Latin letter stands beside a Greek or Cyrillic one; few texts have any."""
    if clipped.max() < _GREEK_OR_CYRILLIC_RANGE[0]:
        return []
    scripts = _SCRIPTS.take(clipped)
    beside = ((scripts[1:] | scripts[:-1]) == _LATIN | _GREEK_OR_CYRILLIC).nonzero()[0]
    return sorted(set((starts.searchsorted(beside, side="right") - 1).tolist()))


class _KindOf(dict[int, str]):
    """Code point to the character whose number is its kind, one of `_DISTINCT`; a table for `str.translate`.

    Kept for the code points that are met in the texts of one language or another, not for all that there are.
    """

    def __missing__(self, code: int) -> str:
        kind = chr(_DISTINCT.index(int(_KINDS[min(code, _TABLE_SIZE - 1)])))
        if code < _TABLE_SIZE:
            self[code] = kind
        return kind


def _kind_table() -> NDArray[np.uint16]:
    table = np.zeros(_TABLE_SIZE, dtype=np.uint16)
    _mark(table, _LETTER_RANGES, _LETTER)
    _mark(table, _LATIN_RANGES + _STYLED_RANGES, _LATIN)
    _mark(table, ((0x30, 0x39),), _DIGIT)
    _mark(table, _HIDDEN_RANGES, _HIDDEN)
    _mark(table, _STYLED_RANGES, _STYLED)
    _mark(table, (_GREEK_OR_CYRILLIC_RANGE,), _GREEK_OR_CYRILLIC)
    table[[code for code in range(0x3000) if unicodedata.category(chr(code)) == "Sc"]] |= _MONEY
    table[list(map(ord, _HASH_SIGNS))] |= _HASH
    upper = [code for code in (*range(0x600), *range(0x1E00, 0x2000)) if chr(code).isupper()]
    table[upper] |= _UPPER
    return table


def _mark(table: NDArray[np.uint16], ranges: Iterable[tuple[int, int]], kind: int) -> None:
    for first, last in ranges:
        table[first : last + 1] |= kind


def _counting_table(kinds: Sequence[int]) -> NDArray[np.int64]:
    """For each code point one number that counts three kinds at once, 21 binary digits each."""
    fields = [
        np.where(_KINDS & kind != 0, 1 << shift, 0) for kind, shift in zip(kinds, _SHIFTS[:, 0].tolist(), strict=False)
    ]
    counting: NDArray[np.int64] = np.sum(fields, axis=0, dtype=np.int64)
    return counting


def _two_scripts() -> re.Pattern[str]:
    """For a text of kinds: a Latin letter beside a Greek or Cyrillic one."""
    latin, other = (
        "".join(re.escape(chr(n)) for n, kind in enumerate(_DISTINCT) if kind & script)
        for script in (_LATIN, _GREEK_OR_CYRILLIC)
    )
    return re.compile(f"[{other}][{latin}]|[{latin}][{other}]")


_SHIFTS, _FIELD_MASK = np.array([[0], [21], [42]]), (1 << 21) - 1
_KINDS = _kind_table()
_DISTINCT = np.unique(_KINDS).tolist()
_BITS = (_LETTER, _UPPER, _DIGIT, _HIDDEN, _STYLED, _MONEY, _HASH)
_COUNTING = tuple(_counting_table(_BITS[first : first + len(_SHIFTS)]) for first in range(0, len(_BITS), len(_SHIFTS)))
_SCRIPTS = (_KINDS & (_LATIN | _GREEK_OR_CYRILLIC)).astype(np.uint8)
# Of each distinct kind the numbers of what it counts as.
_COUNTED_AS = [[place for place, bit in enumerate(_BITS) if kind & bit] for kind in _DISTINCT]
_KIND_OF = _KindOf()
_TWO_SCRIPTS = _two_scripts()
