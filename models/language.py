"""The language of a text, by the words that are usual in one language of the training texts and hardly in another.

A language of which training saw hardly any spam, or hardly any ham, is as unknown as one that it never saw: nothing is
to be learned from a language alone.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.ngrams import Batch, word_buckets

LANGUAGE_BITS = 17
UNKNOWN = 0
_MIN_TEXTS = 5
_MIN_SHARE_OF_RATES = 0.8
_MIN_VOTES, _FEW_WORDS = 2, 3
_FEW_TEXTS = 8
_MIN_SHARE_OF_VOTES = 0.7
_MIN_CLASS_SHARE = 0.02

Indices = NDArray[np.intp]


def told_apart(tags: Sequence[str | None], is_spam: NDArray[np.bool_]) -> tuple[str, ...]:
    """The languages among the tags of some texts, shape (n_texts,) each, that show both classes; in order."""
    known = np.array([tag or "" for tag in tags], dtype=object)
    names = sorted(set(known.tolist()) - {""})
    shares = [float(is_spam[known == name].mean()) for name in names]
    return tuple(name for name, share in zip(names, shares, strict=True) if min(share, 1.0 - share) >= _MIN_CLASS_SHARE)


def learn_words(batch: Batch, tags: Sequence[str | None], names: Sequence[str]) -> NDArray[np.uint8]:
    """Table of shape (2**17,) from the bucket of a word to the number of its language, 1 for the first of `names`; 0
    for a word of none.

    `tags`: of each text of the batch, None where nobody said. A word needs five texts of a language, and four fifths
    of its use there, each language counted as if it had as many texts.
    """
    size = 1 << LANGUAGE_BITS
    if not names:
        return np.zeros(size, dtype=np.uint8)
    seen = np.unique((batch.word_texts.astype(np.int64) << LANGUAGE_BITS) | word_buckets(batch, LANGUAGE_BITS))
    texts, buckets = seen >> LANGUAGE_BITS, seen & (size - 1)
    known = np.array([tag or "" for tag in tags], dtype=object)
    all_names = sorted(set(known.tolist()) - {""})
    counts = np.stack([np.bincount(buckets[known[texts] == name], minlength=size) for name in all_names])
    rates = counts / np.array([[(known == name).sum()] for name in all_names])
    first, everywhere = rates.argmax(axis=0), np.arange(size)
    usual = (counts[first, everywhere] >= _MIN_TEXTS) & (
        rates[first, everywhere] >= _MIN_SHARE_OF_RATES * rates.sum(axis=0)
    )
    numbers = np.array([names.index(name) + 1 if name in names else UNKNOWN for name in all_names], dtype=np.uint8)
    return np.where(usual, numbers[first], UNKNOWN).astype(np.uint8)


def decide(batch: Batch, words: NDArray[np.uint8], n_languages: int) -> Indices:
    """Number of each text's language, shape (n_texts,); 0 where it is unknown.

    A language needs two words, or one in a text of up to three, and seven of ten of the words that have a language.
    """
    n_texts, n_kinds = len(batch.starts), n_languages + 1
    if not n_languages or not n_texts:
        return np.zeros(n_texts, dtype=np.intp)
    kinds = words.take(word_buckets(batch, LANGUAGE_BITS), mode="wrap") + batch.word_texts * n_kinds
    votes = np.bincount(kinds, minlength=n_texts * n_kinds).reshape(n_texts, n_kinds)
    if n_texts < _FEW_TEXTS:
        return np.array([_chosen(of_text) for of_text in votes.tolist()], dtype=np.intp)
    of_languages = votes[:, 1:]
    first = of_languages.argmax(axis=1)
    most = of_languages.max(axis=1)
    needed = np.where(votes.sum(axis=1) <= _FEW_WORDS, 1, _MIN_VOTES)
    sure = (most >= needed) & (most >= _MIN_SHARE_OF_VOTES * of_languages.sum(axis=1))
    return np.where(sure, first + 1, UNKNOWN)


def _chosen(votes: Sequence[int]) -> int:
    """The same for one text, which for a few is faster. `votes`: of each language, first the words that have none."""
    most = max(votes[1:])
    needed = 1 if sum(votes) <= _FEW_WORDS else _MIN_VOTES
    sure = most >= needed and most >= _MIN_SHARE_OF_VOTES * sum(votes[1:])
    return votes.index(most, 1) if sure else UNKNOWN
