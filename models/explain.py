"""Why a score is what it is: contributions that sum to the logit, and the strongest of them as sentences.

The strongest words are taken together where they follow each other and speak for the same side.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.features import FEATURES, sentence
from models.ngrams import Batch, Contributions
from models.text import origins
from models.vocabulary import Evidence, Reason

MAX_REASONS = 5
MAX_QUOTE_CHARACTERS = 60
_MIN_WEIGHT = 0.15
_STRONG_FRACTION = 0.3

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Parts:
    """The logits of a batch and what they are made of.

    `logits`: (n_texts,) = `intercepts` + sum of `of_features` along each row + sum of `of_places` over each text.
    `measured`: (n_texts, n_features), the features as measured. `familiar`: (n_texts,), fraction in [0, 1].
    `languages`: (n_texts,), numbers, 0 for unknown; `factors`: (n_texts,), of their
    languages, in all of the above.
    """

    batch: Batch
    logits: Floats
    intercepts: Floats
    of_features: Floats
    measured: Floats
    familiar: Floats
    languages: Indices
    ngrams: Contributions
    factors: Floats

    @property
    def of_places(self) -> Floats:
        """What each place of the codes adds to the logit of its text, shape (n_codes,)."""
        places = self.ngrams.places
        places *= np.repeat(self.factors, self.batch.lengths)
        return places


@dataclass(frozen=True, slots=True)
class _Candidates:
    """Possible reasons, (n,) each. `features`: number of the feature, -1 for words at `starts`:`ends` of the codes."""

    texts: Indices
    weights: Floats
    features: Indices
    starts: Indices
    ends: Indices


def reasons(parts: Parts, bodies: Sequence[str], evidence: Sequence[Evidence]) -> list[tuple[Reason, ...]]:
    """Up to five reasons a text, strongest first, those below 0.15 of the logit left out.

    Spans count code points of the body as it was sent. A quote is at most 60 characters long, printable ones only.
    """
    chosen = _strongest(_joined(_of_words(parts), _of_features(parts)))
    found: list[list[Reason]] = [[] for _ in bodies]
    offsets = (parts.batch.starts + 1).tolist()
    origin_of: dict[int, Indices | None] = {}
    columns = (chosen.texts, chosen.weights, chosen.features, chosen.starts, chosen.ends)
    for text, weight, feature, start, end in zip(*(column.tolist() for column in columns), strict=True):
        if feature >= 0:
            value = float(parts.measured[text, feature])
            found[text].append(Reason(FEATURES[feature].name, sentence(feature, value, evidence[text]), weight))
            continue
        if text not in origin_of:
            origin_of[text] = origins(bodies[text])
        span = _span(start - offsets[text], end - offsets[text], origin_of[text])
        found[text].append(Reason("words", _words_sentence(bodies[text], span, weight), weight, span))
    return [tuple(some) for some in found]


def _span(start: int, end: int, origin: Indices | None) -> tuple[int, int]:
    return (start, end) if origin is None else (int(origin[start]), int(origin[end - 1]) + 1)


def _words_sentence(body: str, span: tuple[int, int], weight: float) -> str:
    quote = body[span[0] : min(span[1], span[0] + MAX_QUOTE_CHARACTERS)]
    if span[1] - span[0] > MAX_QUOTE_CHARACTERS:
        quote = quote[:-1] + "…"
    if not quote.isprintable():
        quote = "".join(character if character.isprintable() else " " for character in quote)
    kind = "spam" if weight > 0 else "wanted comments"
    if " " in quote:
        return f"The words “{quote}” are usual in {kind}"
    return f"“{quote}” is usual in {kind}"


def _of_words(parts: Parts) -> _Candidates:
    batch = parts.batch
    running = np.concatenate(([0.0], np.cumsum(parts.of_places)))
    words = running[batch.word_ends] - running[batch.word_starts]
    size = np.abs(words)
    strongest = np.zeros(len(batch.starts))
    firsts = np.flatnonzero(np.diff(batch.word_texts, prepend=-1))
    if len(firsts):
        strongest[batch.word_texts[firsts]] = np.maximum.reduceat(size, firsts)
    strong = np.flatnonzero(size > _STRONG_FRACTION * strongest[batch.word_texts])
    texts, signs = batch.word_texts[strong], words[strong] > 0
    begins = np.ones(len(strong), dtype=bool)
    begins[1:] = (np.diff(strong) > 1) | (texts[1:] != texts[:-1]) | (signs[1:] != signs[:-1])
    first, last = np.flatnonzero(begins), np.flatnonzero(np.roll(begins, -1))
    starts, ends = batch.word_starts[strong[first]], batch.word_ends[strong[last]]
    return _Candidates(texts[first], running[ends] - running[starts], np.full(len(first), -1), starts, ends)


def _of_features(parts: Parts) -> _Candidates:
    texts, features = np.nonzero(np.abs(parts.of_features) >= _MIN_WEIGHT)
    nowhere = np.zeros(len(texts), dtype=np.intp)
    return _Candidates(texts, parts.of_features[texts, features], features, nowhere, nowhere)


def _joined(one: _Candidates, other: _Candidates) -> _Candidates:
    return _Candidates(
        np.concatenate((one.texts, other.texts)),
        np.concatenate((one.weights, other.weights)),
        np.concatenate((one.features, other.features)),
        np.concatenate((one.starts, other.starts)),
        np.concatenate((one.ends, other.ends)),
    )


def _strongest(candidates: _Candidates) -> _Candidates:
    # Rounded, so that of equal words the first comes first however sums were rounded.
    order = np.lexsort((-np.abs(candidates.weights).round(9), candidates.texts))
    order = order[np.abs(candidates.weights[order]) >= _MIN_WEIGHT]
    texts = candidates.texts[order]
    rank = np.arange(len(texts)) - np.searchsorted(texts, texts, side="left")
    order = order[rank < MAX_REASONS]
    return _Candidates(
        candidates.texts[order],
        candidates.weights[order],
        candidates.features[order],
        candidates.starts[order],
        candidates.ends[order],
    )
