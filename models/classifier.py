"""The classifier: hashed n-grams and named features in a logistic regression, and the scorer that serves it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from models.calibration import UNCALIBRATED, Calibration
from models.explain import Parts, reasons
from models.features import FEATURES, measure
from models.language import decide, learn_words, told_apart
from models.ngrams import contributions, familiar_bitmap, gather, hashed_matrix
from models.text import Folded, fold_all
from models.vocabulary import Comment, Evidence, Score

Sample = str | Comment | tuple[Comment, Evidence]
MAX_CODES_AT_ONCE = 1 << 16
_NO_EVIDENCE = Evidence()
_STRANGE = 0.12
_MIN_SHOWN = 10
_CENTRED = np.array([feature.centred for feature in FEATURES])
_ASSUMED = np.array([feature.assumed for feature in FEATURES])


class Seen(NamedTuple):
    """Of each sample, shape (n,): logit of spam, fraction in [0, 1] of its n-grams known (0.12 less where the language
    is unknown), number of its language, 0 where it is unknown.
    """

    logits: NDArray[np.float64]
    familiar: NDArray[np.float64]
    languages: NDArray[np.intp]


class SpamClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """Logistic regression on hashed n-grams and named features.

    `bits`: 2**bits buckets for n-grams. `C`: inverse strength of the penalty. `feature_scale`: how large the named
    features stand beside the n-grams. `contrast`: fraction in [0, 1], how far n-grams that stand in one class only
    are made larger before the fit (Wang & Manning 2012, Baselines and Bigrams). Fitted: `weights_` (float32,
    (2**bits,)), `feature_weights_`, `feature_means_` (float64, (n_features,)), `intercept_`, `familiar_` (bitmap of
    2**20 bits), `languages_` (tags), `language_words_` (uint8, (2**17,)), `language_scales_` (float64,
    (n_languages + 1, 2)), `calibration_`, `classes_`. Of two classes the greater one (True, 1, "spam") is spam. No text
    and no vocabulary is kept.
    """

    def __init__(
        self,
        bits: int = 20,
        C: float = 0.7,  # noqa: N803 - as in scikit-learn
        feature_scale: float = 0.5,
        contrast: float = 0.8,
    ) -> None:
        self.bits = bits
        self.C = C
        self.feature_scale = feature_scale
        self.contrast = contrast

    def fit(self, X: Sequence[Sample], y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:  # noqa: N803
        """Learn from samples (a body, a Comment, or a Comment with its Evidence) and labels of two classes.

        Raises ValueError if lengths differ or y has not two classes. Deterministic.
        """
        comments, evidence = _unpack(X)
        self.classes_, is_spam = np.unique(np.asarray(y), return_inverse=True)
        if len(self.classes_) != 2 or len(is_spam) != len(comments):
            raise ValueError(f"y needs two classes and {len(comments)} labels, not {self.classes_} and {len(is_spam)}.")
        bodies = fold_all([comment.body for comment in comments])
        folded = bodies.texts
        measured, batch = measure(comments, evidence, bodies), gather(folded)
        self.feature_means_ = np.where(_CENTRED, measured.mean(axis=0), 0.0)
        centred = measured - self.feature_means_
        scale = np.sqrt((centred**2).mean(axis=0))
        # What a handful of texts show is chance: an invisible character once spoke for wanted comments.
        shown = (centred != 0).sum(axis=0) >= _MIN_SHOWN
        centred[:, ~shown] = 0.0
        scale = np.where(shown, scale, 1.0) / self.feature_scale
        ngrams = hashed_matrix(batch, self.bits)
        stretch = 1.0 - self.contrast + self.contrast * _contrasts(ngrams, is_spam, sample_weight)
        table = hstack((ngrams.multiply(stretch[None, :]), csr_matrix(centred / scale)), format="csr")
        inner = LogisticRegression(C=self.C, max_iter=300, tol=1e-3)
        inner.fit(table, is_spam, sample_weight=sample_weight)
        weights = inner.coef_[0]
        self.weights_ = _short((weights[: 1 << self.bits] * stretch).astype(np.float32))
        self.feature_weights_ = np.where(shown, weights[1 << self.bits :] / scale, _ASSUMED)
        self.intercept_ = float(inner.intercept_[0])
        tags = [comment.language for comment in comments]
        self.languages_ = told_apart(tags, is_spam.astype(bool))
        self.language_words_ = learn_words(batch, tags, self.languages_)
        # Words of a language that showed one class only must not pass for familiar: its spam would be approved.
        both = [text for text, tag in zip(folded, tags, strict=True) if not tag or tag in self.languages_]
        self.familiar_ = familiar_bitmap(batch if len(both) == len(folded) else gather(both))
        self.language_scales_ = np.tile([1.0, 0.0], (len(self.languages_) + 1, 1))
        self.calibration_ = UNCALIBRATED
        return self

    def calibrate(self, calibration: Calibration) -> Self:
        """Take a calibration that was fitted on texts this classifier, or its like, had not seen."""
        check_is_fitted(self)
        self.calibration_ = calibration
        return self

    def level(self, scales: NDArray[np.float64]) -> Self:
        """Take the factor and addend of each language, shape (n_languages + 1, 2), from `fit_language_scales`."""
        check_is_fitted(self)
        self.language_scales_ = scales
        return self

    def parts(self, comments: Sequence[Comment], evidence: Sequence[Evidence], folded: Folded) -> Parts:
        """Logits of a batch and all that they are made of; `folded` are the folded bodies."""
        # The check itself takes longer than a short text does.
        if not hasattr(self, "classes_"):
            check_is_fitted(self)
        batch = gather(folded.texts)
        measured = measure(comments, evidence, folded, batch)
        of_features = (measured - self.feature_means_) * self.feature_weights_
        ngrams = contributions(batch, self.weights_, self.familiar_)
        languages = decide(batch, self.language_words_, len(self.languages_))
        factors, addends = self.language_scales_.take(languages, axis=0).T
        of_features *= factors[:, None]
        intercepts = self.intercept_ * factors + addends
        logits = ngrams.sums * factors + of_features.sum(axis=1) + intercepts
        familiar = ngrams.familiar - _STRANGE * (languages == 0) if self.languages_ else ngrams.familiar
        return Parts(
            folded.moved, batch, logits, intercepts, of_features, measured, familiar, languages, ngrams, factors
        )

    def decision_function(self, X: Sequence[Sample]) -> NDArray[np.float64]:  # noqa: N803 - scikit-learn's signature
        """Logit of spam before calibration, shape (len(X),)."""
        return self.logits_and_familiar(X)[0]

    def logits_and_familiar(self, X: Sequence[Sample]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:  # noqa: N803
        """Logit of spam and fraction of known n-grams, shape (len(X),) each."""
        seen = self.seen(X)
        return seen.logits, seen.familiar

    def seen(self, X: Sequence[Sample]) -> Seen:  # noqa: N803 - scikit-learn's signature
        """What calibration goes by, of each sample."""
        comments, evidence = _unpack(X)
        chunks = [self.parts(*chunk) for chunk in _chunks(comments, evidence)]
        if not chunks:
            return Seen(np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.intp))
        return Seen(
            np.concatenate([chunk.logits for chunk in chunks]),
            np.concatenate([chunk.familiar for chunk in chunks]),
            np.concatenate([chunk.languages for chunk in chunks]),
        )

    def predict_proba(self, X: Sequence[Sample]) -> NDArray[np.float64]:  # noqa: N803 - scikit-learn's signature
        """Calibrated probabilities, shape (len(X), 2), in the order of `classes_`."""
        spam = self.calibration_.apply(*self.logits_and_familiar(X)).probability
        return np.stack((1.0 - spam, spam), axis=1)

    def predict(self, X: Sequence[Sample]) -> NDArray[Any]:  # noqa: N803 - scikit-learn's signature
        """The likelier class of each sample."""
        likelier: NDArray[Any] = self.classes_[(self.predict_proba(X)[:, 1] >= 0.5).astype(np.intp)]
        return likelier

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.one_d_array = True
        tags.input_tags.string = True
        tags.classifier_tags.multi_class = False
        return tags


@dataclass(frozen=True, slots=True)
class ClassifierScorer:
    """A fitted classifier under the id of its model version; satisfies `vocabulary.Scorer`."""

    classifier: SpamClassifier
    model: str

    def score(self, comments: Sequence[Comment], evidence: Sequence[Evidence]) -> list[Score]:
        """One Score a comment, in the same order, with up to five reasons. Raises ValueError if the lengths differ.

        Works through the batch in pieces of bounded length, so memory does not grow with the batch.
        """
        return [score for chunk in _chunks(comments, evidence) for score in self._score_chunk(*chunk)]

    def _score_chunk(
        self, comments: Sequence[Comment], evidence: Sequence[Evidence], folded: Folded
    ) -> Iterator[Score]:
        parts = self.classifier.parts(comments, evidence, folded)
        calibrated = self.classifier.calibration_.apply(parts.logits, parts.familiar)
        columns = (calibrated.probability, calibrated.low, calibrated.high)
        numbers = [column.tolist() for column in columns]
        why = reasons(parts, [comment.body for comment in comments], evidence, self.classifier.calibration_.slope)
        for probability, low, high, some in zip(*numbers, why, strict=True):
            yield Score(probability, low, high, some, self.model)


def _contrasts(ngrams: csr_matrix, is_spam: NDArray[np.intp], sample_weight: ArrayLike | None) -> NDArray[np.float64]:
    """How unequally each bucket stands in the two classes: size of the log ratio, 1 on average; shape (2**bits,)."""
    weights = np.ones(len(is_spam)) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
    stands = csr_matrix((np.ones_like(ngrams.data), ngrams.indices, ngrams.indptr), shape=ngrams.shape)
    in_class = [stands.T @ np.where(is_spam == kind, weights, 0.0) + 1.0 for kind in (0, 1)]
    totals = [weights[is_spam == kind].sum() + 1.0 for kind in (0, 1)]
    ratios = np.abs(np.log(in_class[1] / totals[1]) - np.log(in_class[0] / totals[0]))
    contrasts: NDArray[np.float64] = ratios / max(float(ratios.mean()), 1e-9)
    return contrasts


def _short(weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """The weights to nine binary digits, a thousandth of each: so the file is half as large and loads fast."""
    bits = weights.view(np.uint32) + np.uint32(1 << 14)
    return (bits & np.uint32(0xFFFF8000)).view(np.float32)


def _unpack(samples: Sequence[Sample]) -> tuple[list[Comment], list[Evidence]]:
    if isinstance(samples, str):
        raise ValueError("Give a sequence of samples, not one text.")
    pairs = [sample if isinstance(sample, tuple) else (_comment(sample), _NO_EVIDENCE) for sample in samples]
    return [comment for comment, _ in pairs], [known for _, known in pairs]


def _comment(sample: str | Comment) -> Comment:
    return sample if isinstance(sample, Comment) else Comment(str(sample))


def _chunks(
    comments: Sequence[Comment], evidence: Sequence[Evidence]
) -> Iterator[tuple[Sequence[Comment], Sequence[Evidence], Folded]]:
    """Comments, evidence and folded bodies in pieces of about MAX_CODES_AT_ONCE code points, or of one comment."""
    if len(comments) != len(evidence):
        raise ValueError(f"{len(comments)} comments came with {len(evidence)} pieces of evidence.")
    bodies = [comment.body for comment in comments]
    first = n_codes = 0
    for index, body in enumerate(bodies):
        if index > first and n_codes + len(body) > MAX_CODES_AT_ONCE:
            yield comments[first:index], evidence[first:index], fold_all(bodies[first:index])
            first, n_codes = index, 0
        n_codes += 2 * len(body)
    if bodies:
        yield comments[first:], evidence[first:], fold_all(bodies[first:])
