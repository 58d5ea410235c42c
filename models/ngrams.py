"""N-grams of characters and words, hashed for a whole batch at once.

All texts of a batch stand in one array of code points, each between two spaces, so a hash is a handful of array
operations. The value of an n-gram depends only on how many the text has, and a repeated n-gram counts again: the linear
score is a plain sum of looked-up weights, without sorting and without a sparse matrix.
"""

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Self

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
_SALTS = np.array([[0x27D4EB2F], [0x165667B1], [0xD3A2646D], [0xFD7046C5]], dtype=np.uint32)
_SHORTER = np.array([[size - 1] for size in CHARACTER_SIZES])
# For each row how far back from the end of a text no n-gram starts any more; the fifth row is that of the known ones.
_REACHES = [(row, back) for row, size in enumerate((*CHARACTER_SIZES, 4)) for back in range(1, size)]
_ROW_OF_BACKWARD, _BACKWARD = np.array([row for row, _ in _REACHES]), np.array([-back for _, back in _REACHES])
_FAMILIAR_SHIFT = np.uint32(32 - FAMILIAR_BITS)
_LOW_BITS, _ONE, _ZERO = np.uint8(7), np.uint8(1), np.uint32(ord("0"))
_WORD_SALT, _PAIR_SALT = np.uint32(0xB55A4F09), np.uint32(0x9E3779B9)
_SEPARATOR, _JOINS, _ALONE = 0, 1, 2
_LAST_BMP = 0xFFFF
_N_DIGITS = 10

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Codes = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Batch:
    """Folded texts side by side. `codes`: (n_codes,), each text between two spaces; `bounds`: (n_texts + 1,), where
    each text starts and the last one ends; `lengths`: (n_texts,), spaces included. `word_starts`, `word_ends`:
    (n_words,), places in `codes`; `word_texts`: the text of each word. `mixed`: (n_codes + 4,), the codes scattered
    over 32 bits, then zeros; `word_hashes`: (n_words,).
    """

    codes: Codes
    bounds: Indices
    lengths: Indices
    word_starts: Indices
    word_ends: Indices
    word_texts: Indices
    mixed: Codes
    word_hashes: Codes

    @property
    def starts(self) -> Indices:
        """Where each text starts in `codes`, shape (n_texts,)."""
        return self.bounds[:-1]


@dataclass(frozen=True, slots=True)
class Contributions:
    """What weights make of a batch. `sums`: (n_texts,); `familiar`: (n_texts,), fraction in [0, 1] of the text's
    4-grams known from training, less for a text of more than 4,000 characters. `weights`: (4, n_codes), of the n-gram
    of each size that starts at each place; `words`, `pairs`: (n_words,) and (n_words - 1,), of each word and of it with
    the next; `values`: (6, n_texts), of the n-grams of each size, of words and of pairs.
    """

    batch: Batch
    sums: Floats
    familiar: Floats
    weights: NDArray[np.float32]
    words: NDArray[np.float32]
    pairs: NDArray[np.float32]
    values: Floats

    @property
    def places(self) -> Floats:
        """What each place of `Batch.codes` adds to the sum of its text, shape (n_codes,).

        The weight of a character n-gram is shared equally by its places, that of a word stands at its start, that of a
        pair of words half at each start.
        """
        n_codes = len(self.batch.codes)
        places = np.zeros(n_codes + CHARACTER_SIZES[-1])
        running = np.zeros(n_codes)
        # An n-gram of size 5 reaches as far as one of size 4 and one place more: so each place is added to once.
        for row in range(len(CHARACTER_SIZES) - 1, -1, -1):
            size = CHARACTER_SIZES[row]
            running += self.weights[row] * np.repeat(self.values[row] / size, self.batch.lengths)
            places[size - 1 : size - 1 + n_codes] += running
        places[:n_codes] += running
        texts, starts = self.batch.word_texts, self.batch.word_starts
        places[starts] += self.words * self.values[-2].take(texts)
        halves = 0.5 * self.pairs * self.values[-1].take(texts[:-1])
        places[starts[:-1]] += halves
        places[starts[1:]] += halves
        return places[:n_codes]


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
    bounds = np.zeros(len(folded) + 1, dtype=np.intp)
    lengths.cumsum(out=bounds[1:])
    word_starts, word_ends = _words(codes)
    n_words = word_starts.searchsorted(bounds)
    word_texts = np.arange(len(folded)).repeat(n_words[1:] - n_words[:-1])
    mixed = _mixed(codes)
    hashes = _word_hashes(mixed, word_starts, word_ends)
    return Batch(codes, bounds, lengths, word_starts, word_ends, word_texts, mixed, hashes)


def contributions(batch: Batch, weights: NDArray[np.float32], familiar: NDArray[np.uint8]) -> Contributions:
    """What `weights` (shape (2**bits,)) say about each text. `familiar`: bitmap from `familiar_bitmap`."""
    n_texts, bits = len(batch.starts), len(weights).bit_length() - 1
    nothing = np.zeros(0)
    if not n_texts:
        none = np.zeros((len(CHARACTER_SIZES), 0), dtype=np.float32)
        return Contributions(batch, nothing, nothing, none, none[0], none[0], np.zeros((6, 0)))
    hashes = _character_hashes(batch)
    buckets = (hashes >> np.uint32(32 - bits)).astype(np.intp)
    found = np.empty((len(CHARACTER_SIZES) + 1, len(batch.codes)), dtype=np.float32)
    np.take(weights, buckets, mode="wrap", out=found[:-1])
    four = CHARACTER_SIZES.index(_FAMILIAR_SIZE)
    found[-1] = _known(buckets[four] if bits == FAMILIAR_BITS else hashes[four] >> _FAMILIAR_SHIFT, familiar)
    found.reshape(-1)[_no_ngrams(batch)] = 0.0
    sums = np.add.reduceat(found, batch.starts, axis=1, dtype=np.float64)
    words = weights.take(_bucket(batch.word_hashes, _WORD_SALT, bits), mode="wrap")
    pair_hashes, paired = _pairs(batch)
    pairs = weights.take(_bucket(pair_hashes, _PAIR_SALT, bits), mode="wrap")
    pairs *= paired
    values = _values(_counts(batch))
    sums_of_words = np.bincount(batch.word_texts, words, n_texts)
    sums_of_pairs = np.bincount(batch.word_texts[1:], pairs, n_texts)
    total = (sums[:-1] * values[:-2]).sum(axis=0) + sums_of_words * values[-2] + sums_of_pairs * values[-1]
    n_familiar = np.maximum(batch.lengths - (_FAMILIAR_SIZE - 1), 1)
    # Hardly a text to learn from is that long: whatever its words, it is no longer of a known kind.
    known = sums[-1] / n_familiar * np.minimum(1.0, _KNOWN_LENGTH / n_familiar)
    return Contributions(batch, total, known, found[:-1], words, pairs, values)


def word_buckets(batch: Batch, bits: int) -> Indices:
    """Bucket below 2**bits of each word of the batch, shape (n_words,)."""
    return _bucket(batch.word_hashes, _WORD_SALT, bits)


def hashed_matrix(batch: Batch, bits: int) -> csr_matrix:
    """The batch as a sparse matrix of shape (n_texts, 2**bits), for fitting."""
    text_of = np.repeat(np.arange(len(batch.starts)), batch.lengths)
    hashes, values = _character_hashes(batch), _values(_counts(batch))
    valid = _valid(batch)
    rows, columns, data = [], [], []
    for row in range(len(CHARACTER_SIZES)):
        texts = text_of[valid[row]]
        rows.append(texts)
        columns.append((hashes[row][valid[row]] >> np.uint32(32 - bits)).astype(np.intp))
        data.append(values[row][texts])
    rows.append(batch.word_texts)
    columns.append(word_buckets(batch, bits))
    data.append(values[-2][batch.word_texts])
    pair_hashes, paired = _pairs(batch)
    texts = batch.word_texts[1:][paired]
    rows.append(texts)
    columns.append(_bucket(pair_hashes[paired], _PAIR_SALT, bits))
    data.append(values[-1][texts])
    shape = (len(batch.starts), 1 << bits)
    matrix = csr_matrix((np.concatenate(data), (np.concatenate(rows), np.concatenate(columns))), shape=shape)
    matrix.sum_duplicates()
    return matrix


def familiar_bitmap(batch: Batch, min_texts: int = 2) -> NDArray[np.uint8]:
    """Bitmap of 2**20 bits with the 4-grams that stand in at least `min_texts` texts of the batch."""
    text_of = np.repeat(np.arange(len(batch.starts), dtype=np.int64), batch.lengths)
    four = CHARACTER_SIZES.index(_FAMILIAR_SIZE)
    buckets = (_character_hashes(batch)[four] >> _FAMILIAR_SHIFT).astype(np.int64)
    keys = (text_of << FAMILIAR_BITS) | buckets
    distinct = np.unique(keys[_valid(batch)[four]]) & ((1 << FAMILIAR_BITS) - 1)
    n_texts = np.bincount(distinct, minlength=1 << FAMILIAR_BITS)
    return np.packbits(n_texts >= min_texts, bitorder="little")


def _character_hashes(batch: Batch) -> Codes:
    """Salted hash of the n-gram of each size that starts at each place, shape (4, n_codes)."""
    mixed, n_codes = batch.mixed, len(batch.codes)
    hashes = np.empty((len(CHARACTER_SIZES), n_codes), dtype=np.uint32)
    shorter = mixed[:n_codes]
    for longer, size in zip(hashes, CHARACTER_SIZES, strict=True):
        np.multiply(shorter, _STEP, out=longer)
        np.add(longer, mixed[size - 1 : size - 1 + n_codes], out=longer)
        shorter = longer
    hashes *= _SALTS
    return hashes


def _no_ngrams(batch: Batch) -> Indices:
    """Places in an array of shape (4 or more, n_codes) where no n-gram of the size starts, or one that does not count;
    those of the row for size 4 again for a fifth row.

    A place too close to the end of any text has no n-gram, whichever text it belongs to. In a run of one character, as
    in "sooooo", equal n-grams at neighbouring places count once.
    """
    n_codes = len(batch.codes)
    ends = batch.starts + batch.lengths
    places: Indices = (ends + (_BACKWARD + _ROW_OF_BACKWARD * n_codes)[:, None]).ravel()
    codes = batch.codes
    same = codes[1:] == codes[:-1]
    same[ends[:-1] - 1] = False
    three = (same[1:] & same[:-1]).nonzero()[0]
    if not len(three):
        return places
    found = [places]
    same = np.append(same, (False,) * CHARACTER_SIZES[-1])
    for row, size in enumerate(CHARACTER_SIZES):
        three = three[same[three + size - 1]]
        found.append(three + row * n_codes)
        if size == _FAMILIAR_SIZE:
            found.append(three + len(CHARACTER_SIZES) * n_codes)
    return np.concatenate(found)


def _valid(batch: Batch) -> NDArray[np.bool_]:
    """Whether an n-gram of each size starts at each place and counts, shape (4, n_codes)."""
    valid = np.ones((len(CHARACTER_SIZES) + 1, len(batch.codes)), dtype=bool)
    if len(batch.starts):
        valid.reshape(-1)[_no_ngrams(batch)] = False
    return valid[:-1]


def pair_hashes(words: Codes) -> Codes:
    """Hash of each word with the next, shape (n_words - 1,), whether or not both stand in one text."""
    return words[:-1] * _PAIR + words[1:]


def _pairs(batch: Batch) -> tuple[Codes, NDArray[np.bool_]]:
    """Hash of each word with the next, and whether both stand in one text, shape (n_words - 1,) each."""
    texts = batch.word_texts
    return pair_hashes(batch.word_hashes), texts[1:] == texts[:-1]


def _counts(batch: Batch) -> Indices:
    """How many n-grams of each size, words and pairs of words each text has, shape (6, n_texts)."""
    counts = np.empty((len(CHARACTER_SIZES) + 2, len(batch.starts)), dtype=np.intp)
    np.subtract(batch.lengths, _SHORTER, out=counts[:-2])
    counts[-2] = np.bincount(batch.word_texts, minlength=len(batch.starts))
    np.subtract(counts[-2], 1, out=counts[-1])
    return counts


def _values(counts: Indices) -> Floats:
    return _VALUES.take(counts, mode="clip") if counts.max(initial=0) < len(_VALUES) else _values_of(counts)


def _values_of(counts: Indices) -> Floats:
    filled = np.maximum(counts, 1).astype(np.float64)
    values = np.minimum(1.0 / np.sqrt(filled), math.sqrt(_AVERAGED_FROM) / filled)
    values *= counts > 0
    return values


def _known(buckets: NDArray[np.integer[Any]], familiar: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """1 where the bitmap has the bucket, else 0."""
    known = familiar.take(buckets >> 3, mode="wrap")
    known >>= buckets.astype(np.uint8) & _LOW_BITS
    known &= _ONE
    return known


def _word_hashes(mixed: Codes, starts: Indices, ends: Indices) -> Codes:
    powers, inverses = _powers(len(mixed))
    prefix = np.zeros(len(mixed) + 1, dtype=np.uint32)
    np.cumsum(mixed * powers, dtype=np.uint32, out=prefix[1:])
    hashes = prefix.take(ends)
    hashes -= prefix.take(starts)
    hashes *= inverses.take(starts)
    hashes ^= hashes >> np.uint32(16)
    return hashes


def _words(codes: Codes) -> tuple[Indices, Indices]:
    """A word is a run of letters, digits and marks; an ideograph, a symbol or an emoji is a word alone."""
    kinds = _KINDS.take(codes.astype(np.intp), mode="clip")
    in_word = kinds != _SEPARATOR
    joins = kinds == _JOINS
    joined = np.zeros(len(codes) + 1, dtype=bool)
    np.logical_and(joins[1:], joins[:-1], out=joined[1 : len(codes)])
    starts = np.flatnonzero(in_word & ~joined[:-1])
    ends = np.flatnonzero(in_word & ~joined[1:]) + 1
    return starts, ends


def _mixed(codes: Codes) -> Codes:
    mixed = np.zeros(len(codes) + CHARACTER_SIZES[-1] - 1, dtype=np.uint32)
    filled = mixed[: len(codes)]
    filled[:] = codes
    # Of a digit only that it is one is of use elsewhere: other numbers, the same trade.
    filled[codes - _ZERO < _N_DIGITS] = _ZERO
    filled *= _MIX
    filled ^= filled >> np.uint32(15)
    return mixed


def _bucket(hashes: Codes, salt: np.uint32, bits: int) -> Indices:
    buckets = hashes * salt
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
_VALUES = _values_of(np.arange(1 << 12))
