"""Why a score is what it is: contributions that sum to the logit, and the strongest of them as sentences.

The strongest words are taken together where they follow each other and speak for the same side.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.features import FEATURES, sentence
from models.ngrams import Batch, Contributions
from models.text import origins
from models.vocabulary import Evidence, Reason

MAX_REASONS = 5
MAX_QUOTE_CHARACTERS = 60
_CUT = MAX_QUOTE_CHARACTERS - 1
_MIN_WEIGHT = 0.15
_STRONG_FRACTION = 0.3

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Parts:
    """The logits of a batch and what they are made of.

    `moved`: the numbers of texts whose places in `batch` may be others than in the body. `logits`: (n_texts,) =
    `intercepts` + sum of `of_features` along each row + sum of `of_places` over each text. `measured`: (n_texts,
    n_features), the features as measured. `familiar`: (n_texts,), fraction in [0, 1]. `languages`: (n_texts,), numbers,
    0 for unknown; `factors`: (n_texts,), of their languages, in all of the above.
    """

    moved: Set[int]
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


def reasons(
    parts: Parts, bodies: Sequence[str], evidence: Sequence[Evidence], slope: float
) -> list[tuple[Reason, ...]]:
    """Up to five reasons a text, strongest first, those below 0.15 of the logit left out.

    `slope`: of the calibration, so that a weight is a share of the log-odds of the probability. Spans count code points
    of the body as it was sent. A quote is at most 60 characters long, printable ones only.
    """
    chosen = _strongest(_joined(_of_words(parts), _of_features(parts)))
    found: list[list[Reason]] = [[] for _ in bodies]
    offsets = parts.batch.starts.take(chosen.texts) + 1
    columns = (
        *(chosen.texts, chosen.weights * slope, chosen.features, parts.measured[chosen.texts, chosen.features]),
        *(chosen.starts - offsets, chosen.ends - offsets),
    )
    origin_of = {text: origins(bodies[text]) for text in parts.moved}
    for text, weight, feature, value, start, end in zip(*(column.tolist() for column in columns), strict=True):
        if feature >= 0:
            found[text].append(Reason(FEATURES[feature].name, sentence(feature, value, evidence[text]), weight))
        else:
            origin = origin_of.get(text)
            span = (start, end) if origin is None else (int(origin[start]), int(origin[end - 1]) + 1)
            found[text].append(Reason("words", _words_sentence(bodies[text], span, weight), weight, span))
    return list(map(tuple, found))


def _words_sentence(body: str, span: tuple[int, int], weight: float) -> str:
    start, end = span
    quote = body[start:end] if end - start <= MAX_QUOTE_CHARACTERS else f"{body[start : start + _CUT]}…"
    if not quote.isprintable():
        quote = "".join(character if character.isprintable() else " " for character in quote)
    kind = "spam" if weight > 0 else "genuine comments"
    if " " in quote:
        return f"The words “{quote}” are usual in {kind}"
    return f"“{quote}” is usual in {kind}"


def _of_words(parts: Parts) -> _Candidates:
    batch = parts.batch
    running = np.zeros(len(batch.codes) + 1)
    np.cumsum(parts.of_places, out=running[1:])
    words = running[batch.word_ends] - running[batch.word_starts]
    size = np.abs(words)
    strongest = np.zeros(len(batch.starts))
    firsts = _changes(batch.word_texts).nonzero()[0]
    if len(firsts):
        strongest[batch.word_texts[firsts]] = np.maximum.reduceat(size, firsts)
    strong = (size > _STRONG_FRACTION * strongest[batch.word_texts]).nonzero()[0]
    texts, signs = batch.word_texts[strong], words[strong] > 0
    begins = _changes(texts) | _changes(signs)
    begins[1:] |= strong[1:] - strong[:-1] > 1
    first = begins.nonzero()[0]
    last = np.append(first[1:], len(strong)) - 1 if len(first) else first
    starts, ends = batch.word_starts[strong[first]], batch.word_ends[strong[last]]
    return _Candidates(texts[first], running[ends] - running[starts], np.full(len(first), -1), starts, ends)


def _changes(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Whether each value is the first or another than the one before it."""
    changes = np.ones(len(values), dtype=bool)
    np.not_equal(values[1:], values[:-1], out=changes[1:])
    return changes


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
