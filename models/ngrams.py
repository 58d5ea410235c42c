"""N-grams of characters and words, hashed for a whole batch at once.

All texts of a batch stand in one array of code points, each between two spaces, so a hash is a handful of array
operations. The value of an n-gram depends only on how many the text has, and a repeated n-gram counts again: the linear
score is a plain sum of looked-up weights, without sorting and without a sparse matrix.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags

from models.text import fold

CHARACTER_SIZES = (2, 3, 4, 5)
FAMILIAR_BITS = 20
_FAMILIAR_SIZE = 4
_AVERAGED_FROM = 400
_KNOWN_LENGTH = 4000
_MIX, _STEP, _PAIR = np.uint32(0x9E3779B1), np.uint32(0x85EBCA6B), np.uint32(0xC2B2AE35)
_STEP_INVERSE = np.uint32(pow(0x85EBCA6B, -1, 1 << 32))
_SALTS = {2: 0x27D4EB2F, 3: 0x165667B1, 4: 0xD3A2646D, 5: 0xFD7046C5}
_WORD_SALT, _PAIR_SALT = np.uint32(0xB55A4F09), np.uint32(0x9E3779B9)
_SEPARATOR, _JOINS, _ALONE = 0, 1, 2
_LAST_BMP = 0xFFFF
_N_DIGITS = 10

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Codes = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Batch:
    """Folded texts side by side. `codes`: (n_codes,), each text between two spaces; `starts`, `lengths`: (n_texts,),
    spaces included. `word_starts`, `word_ends`: (n_words,), places in `codes`; `word_texts`: the text of each word.
    """

    codes: Codes
    starts: Indices
    lengths: Indices
    word_starts: Indices
    word_ends: Indices
    word_texts: Indices


@dataclass(frozen=True, slots=True)
class Contributions:
    """What weights make of a batch. `sums`: (n_texts,); `places`: (n_codes,), what each place of `Batch.codes` adds to
    the sum of its text; `familiar`: (n_texts,), fraction in [0, 1] of the text's 4-grams known from training,
    less for a text of more than 4,000 characters.
    """

    sums: Floats
    places: Floats
    familiar: Floats


class HashedNgrams(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """Texts to hashed n-grams: characters 2 to 5, words 1 and 2. Stateless.

    `bits`: the table has 2**bits buckets. A block of n n-grams of one size gives each the value 1/sqrt(n); above 400
    the values shrink with n, so that a very long text does not shout.
    """

    def __init__(self, bits: int = 18) -> None:
        self.bits = bits

    def fit(self, X: Sequence[str], y: object = None) -> Self:  # noqa: ARG002, N803 - scikit-learn's signature
        """Nothing is learned; there for pipelines."""
        return self

    def transform(self, X: Sequence[str]) -> csr_matrix:  # noqa: N803 - scikit-learn's signature
        """Sparse matrix of shape (len(X), 2**bits), float64, repeated n-grams summed."""
        if isinstance(X, str):
            raise ValueError("Give a sequence of texts, not one text.")
        return hashed_matrix(gather([fold(text) for text in X]), self.bits)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.two_d_array = False
        tags.input_tags.one_d_array = True
        tags.input_tags.string = True
        return tags


def gather(folded: Sequence[str]) -> Batch:
    """Put folded texts side by side. Linear in the total length; lone surrogates are allowed."""
    joined = " " + "  ".join(folded) + " " if folded else ""
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint32, copy=False)
    lengths = np.fromiter(map(len, folded), dtype=np.intp, count=len(folded)) + 2
    starts = np.cumsum(lengths) - lengths
    word_starts, word_ends = _words(codes)
    word_texts = np.searchsorted(starts, word_starts, side="right") - 1
    return Batch(codes, starts, lengths, word_starts, word_ends, word_texts)


def contributions(batch: Batch, weights: NDArray[np.float32], familiar: NDArray[np.uint8]) -> Contributions:
    """Sum and place of what `weights` (shape (2**bits,)) say about each text.

    The weight of a character n-gram is shared equally by its places, that of a word stands at its start, that of a
    pair of words half at each start. `familiar`: bitmap of 2**20 bits from `familiar_bitmap`.
    """
    if not len(batch.starts):
        return Contributions(np.zeros(0), np.zeros(0), np.zeros(0))
    bits = len(weights).bit_length() - 1
    n_codes = len(batch.codes)
    places = np.zeros(n_codes + CHARACTER_SIZES[-1])
    known = np.zeros(len(batch.starts))
    for size, hashes, values in _character_blocks(batch):
        shared = weights.take(_bucket(hashes, _SALTS[size], bits)) * values
        shared /= size
        for offset in range(size):
            places[offset : offset + n_codes] += shared
        if size == _FAMILIAR_SIZE:
            known = _familiar_fraction(batch, hashes, values, familiar)
    for starts, seconds, buckets, values in _word_blocks(batch, bits):
        worth = weights.take(buckets) * values
        if seconds is None:
            places[starts] += worth
        else:
            worth *= 0.5
            places[starts] += worth
            places[seconds] += worth
    places = places[:n_codes]
    return Contributions(np.add.reduceat(places, batch.starts), places, known)


def word_buckets(batch: Batch, bits: int) -> Indices:
    """Bucket below 2**bits of each word of the batch, shape (n_words,)."""
    return _bucket(_word_hashes(batch), int(_WORD_SALT), bits)


def hashed_matrix(batch: Batch, bits: int) -> csr_matrix:
    """The batch as a sparse matrix of shape (n_texts, 2**bits), for fitting."""
    text_of = np.repeat(np.arange(len(batch.starts)), batch.lengths)
    rows, columns, data = [], [], []
    for size, hashes, values in _character_blocks(batch):
        valid = values > 0
        rows.append(text_of[valid])
        columns.append(_bucket(hashes, _SALTS[size], bits)[valid])
        data.append(values[valid])
    for starts, _, buckets, values in _word_blocks(batch, bits):
        rows.append(text_of[starts])
        columns.append(buckets)
        data.append(values)
    shape = (len(batch.starts), 1 << bits)
    matrix = csr_matrix((np.concatenate(data), (np.concatenate(rows), np.concatenate(columns))), shape=shape)
    matrix.sum_duplicates()
    return matrix


def familiar_bitmap(batch: Batch, min_texts: int = 2) -> NDArray[np.uint8]:
    """Bitmap of 2**20 bits with the 4-grams that stand in at least `min_texts` texts of the batch."""
    text_of = np.repeat(np.arange(len(batch.starts), dtype=np.int64), batch.lengths)
    n_texts = np.zeros(1 << FAMILIAR_BITS, dtype=np.intp)
    for size, hashes, values in _character_blocks(batch):
        if size == _FAMILIAR_SIZE:
            keys = (text_of << FAMILIAR_BITS) | _bucket(hashes, _SALTS[size], FAMILIAR_BITS)
            distinct = np.unique(keys[values > 0]) & ((1 << FAMILIAR_BITS) - 1)
            n_texts = np.bincount(distinct, minlength=1 << FAMILIAR_BITS)
    return np.packbits(n_texts >= min_texts, bitorder="little")


def _character_blocks(batch: Batch) -> Iterator[tuple[int, Codes, Floats]]:
    """For each size: hash and value of the n-gram that starts at each place; 0 where it would leave its text."""
    mixed = _mixed(batch.codes)
    ahead = np.concatenate((mixed, np.zeros(CHARACTER_SIZES[-1], dtype=np.uint32)))
    ends = batch.starts + batch.lengths
    repeats = np.append(batch.codes[1:] == batch.codes[:-1], False)
    repeats[ends - 1] = False
    next_repeats = repeats
    hashes = mixed
    for size in CHARACTER_SIZES:
        hashes = hashes * _STEP
        hashes += ahead[size - 1 : size - 1 + len(mixed)]
        values = np.repeat(_values(batch.lengths - (size - 1)), batch.lengths)
        # A place this close to the end of any text has no n-gram of this size, whichever text it belongs to.
        for back in range(1, size):
            values[ends - back] = 0.0
        # In a run of one character, as in "sooooo", equal n-grams at neighbouring places count once.
        next_repeats = np.append(next_repeats[1:], False)
        repeats = repeats & next_repeats
        values[repeats] = 0.0
        yield size, hashes, values


def _word_blocks(batch: Batch, bits: int) -> Iterator[tuple[Indices, Indices | None, Indices, Floats]]:
    """For words, then for pairs: places of the first and the second word, buckets, values."""
    hashes = _word_hashes(batch)
    n_texts = len(batch.starts)
    values = _values(np.bincount(batch.word_texts, minlength=n_texts))
    yield batch.word_starts, None, _bucket(hashes, int(_WORD_SALT), bits), values[batch.word_texts]
    first = np.flatnonzero(batch.word_texts[1:] == batch.word_texts[:-1])
    pairs = hashes[first] * _PAIR + hashes[first + 1]
    texts = batch.word_texts[first]
    values = _values(np.bincount(texts, minlength=n_texts))
    buckets = _bucket(pairs, int(_PAIR_SALT), bits)
    yield batch.word_starts[first], batch.word_starts[first + 1], buckets, values[texts]


def _values(counts: NDArray[np.signedinteger]) -> Floats:
    filled = np.maximum(counts, 1).astype(np.float64)
    values = np.where(filled > _AVERAGED_FROM, np.sqrt(_AVERAGED_FROM) / filled, 1.0 / np.sqrt(filled))
    return np.where(counts > 0, values, 0.0)


def _familiar_fraction(batch: Batch, hashes: Codes, values: Floats, familiar: NDArray[np.uint8]) -> Floats:
    buckets = _bucket(hashes, _SALTS[_FAMILIAR_SIZE], FAMILIAR_BITS)
    known = (familiar.take(buckets >> 3) >> (buckets & 7).astype(np.uint8)) & 1
    valid = values > 0
    counts = np.maximum(batch.lengths - (_FAMILIAR_SIZE - 1), 1)
    fraction = np.add.reduceat((known.astype(bool) & valid).astype(np.float64), batch.starts) / counts
    # Hardly a text to learn from is that long: whatever its words, it is no longer of a known kind.
    return fraction * np.minimum(1.0, _KNOWN_LENGTH / counts)


def _word_hashes(batch: Batch) -> Codes:
    powers, inverses = _powers(len(batch.codes))
    prefix = np.zeros(len(batch.codes) + 1, dtype=np.uint32)
    np.cumsum(_mixed(batch.codes) * powers, dtype=np.uint32, out=prefix[1:])
    hashes = (prefix[batch.word_ends] - prefix[batch.word_starts]) * inverses[batch.word_starts]
    return hashes ^ (hashes >> np.uint32(16))


def _words(codes: Codes) -> tuple[Indices, Indices]:
    """A word is a run of letters, digits and marks; an ideograph, a symbol or an emoji is a word alone."""
    kinds = _KINDS.take(np.minimum(codes, _LAST_BMP))
    in_word = kinds != _SEPARATOR
    joins = kinds == _JOINS
    joined = np.zeros(len(codes) + 1, dtype=bool)
    np.logical_and(joins[1:], joins[:-1], out=joined[1 : len(codes)])
    starts = np.flatnonzero(in_word & ~joined[:-1])
    ends = np.flatnonzero(in_word & ~joined[1:]) + 1
    return starts, ends


def _mixed(codes: Codes) -> Codes:
    # Of a digit only that it is one is of use elsewhere: other numbers, the same trade.
    mixed = np.where(codes - np.uint32(ord("0")) < _N_DIGITS, np.uint32(ord("0")), codes)
    mixed *= _MIX
    mixed ^= mixed >> np.uint32(15)
    return mixed


def _bucket(hashes: Codes, salt: int, bits: int) -> Indices:
    buckets = hashes * np.uint32(salt)
    buckets >>= np.uint32(32 - bits)
    return buckets.astype(np.intp)


def _powers(n: int) -> tuple[Codes, Codes]:
    if n <= len(_POWERS[0]):
        return _POWERS[0][:n], _POWERS[1][:n]
    return _count_up(_STEP, n), _count_up(_STEP_INVERSE, n)


def _count_up(factor: np.uint32, n: int) -> Codes:
    return np.multiply.accumulate(np.full(n, factor, dtype=np.uint32), dtype=np.uint32)


def _kind_table() -> NDArray[np.uint8]:
    categories = map(unicodedata.category, map(chr, range(_LAST_BMP + 1)))
    kinds = np.fromiter(map(_KIND_OF_CATEGORY.__getitem__, map(_major, categories)), dtype=np.uint8)
    ideographs = kinds[_IDEOGRAPHS]
    ideographs[ideographs == _JOINS] = _ALONE
    kinds[_LAST_BMP] = _ALONE
    return kinds


_IDEOGRAPHS = slice(0x2E80, 0xAC00)
_KIND_OF_CATEGORY = {
    "L": _JOINS,
    "N": _JOINS,
    "M": _JOINS,
    "S": _ALONE,
    "P": _SEPARATOR,
    "Z": _SEPARATOR,
    "C": _SEPARATOR,
}
_major = itemgetter(0)
_POWERS = (_count_up(_STEP, 1 << 16), _count_up(_STEP_INVERSE, 1 << 16))
_KINDS = _kind_table()
