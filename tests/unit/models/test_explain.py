from copy import deepcopy
from itertools import pairwise

import numpy as np
import pytest
from scipy.special import logit

from models.calibration import Calibration
from models.classifier import ClassifierScorer, SpamClassifier
from models.explain import MAX_QUOTE_CHARACTERS, MAX_REASONS
from models.removal import removals
from models.text import fold_all
from models.vocabulary import Comment, Evidence, Reason

HAM = ["what a lovely song", "her voice is lovely", "I miss these days", "such a great performance tonight"] * 2
SPAM = [
    "check out my channel",
    "please check out my channel now",
    "win free coins at winbig.com",
    "free coins here",
] * 2
KNOWN = Evidence(domain_spam=12.0, domain_ham=0.0, domain="bad.example")
BODIES = [
    *HAM,
    *SPAM,
    "",
    "a",
    "\ud800 check out my channel \udc00",
    "ＣＨＥＣＫ ＯＵＴ ＭＹ ＣＨＡＮＮＥＬ",
    "好看 😂😂",
]


@pytest.fixture(scope="module")
def classifier() -> SpamClassifier:
    return SpamClassifier(bits=12, C=10.0).fit(HAM + SPAM, [False] * len(HAM) + [True] * len(SPAM))


def reasons(classifier: SpamClassifier, body: str, evidence: Evidence | None = None) -> tuple[Reason, ...]:
    return ClassifierScorer(classifier, "mdl_x").score([Comment(body)], [evidence or Evidence()])[0].reasons


def words_in(classifier: SpamClassifier, body: str) -> list[str]:
    return [body[slice(*reason.span)] for reason in reasons(classifier, body) if reason.span is not None]


def test_contributions_and_intercept_sum_to_the_logit(classifier: SpamClassifier) -> None:
    comments = [Comment(body) for body in BODIES]
    parts = classifier.parts(comments, [Evidence(honeypot_filled=True)] * len(BODIES), fold_all(BODIES))
    ends = parts.batch.starts + parts.batch.lengths
    of_texts = [parts.of_places[start:end].sum() for start, end in zip(parts.batch.starts, ends, strict=True)]
    assert parts.intercepts + parts.of_features.sum(axis=1) + of_texts == pytest.approx(parts.logits, abs=1e-9)
    assert np.ptp(parts.logits) > 1.0


def test_the_span_of_spam_words_holds_the_words(classifier: SpamClassifier) -> None:
    assert any("my channel" in words for words in words_in(classifier, "Hello, check out my channel please"))


def test_the_span_counts_code_points_of_the_body_as_sent(classifier: SpamClassifier) -> None:
    body = "😂\u200bß\ufdfa, ﬀ: ＣＨＥＣＫ \u200bＯＵＴ ＭＹ ＣＨＡＮＮＥＬ"
    found = words_in(classifier, body)
    assert any("ＭＹ ＣＨＡＮＮＥＬ" in words for words in found)
    assert all(words.strip() == words for words in found)


@pytest.mark.parametrize("body", BODIES)
def test_spans_lie_inside_the_body_and_never_overlap(classifier: SpamClassifier, body: str) -> None:
    spans = sorted(reason.span for reason in reasons(classifier, body) if reason.span is not None)
    assert all(0 <= start < end <= len(body) for start, end in spans)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))


def test_at_most_five_reasons_come_strongest_first(classifier: SpamClassifier) -> None:
    some = reasons(
        classifier, "check out my channel WIN free coins at winbig.com, lovely song !!!! call 0170 1234567 a@b.com"
    )
    weights = [abs(reason.weight or 0.0) for reason in some]
    assert len(some) == MAX_REASONS
    assert weights == sorted(weights, reverse=True)


def test_words_for_spam_and_for_ham_are_said_apart(classifier: SpamClassifier) -> None:
    sentences = {reason.text for reason in reasons(classifier, "lovely channel")}
    assert "“channel” is usual in spam" in sentences
    assert "“lovely” is usual in genuine comments" in sentences


def test_a_quote_is_short_and_printable_even_where_the_text_is_not(classifier: SpamClassifier) -> None:
    for body in ("check out my channel " * 50, "check\nout\u202e my\x07 channel\ud800 check out"):
        for reason in reasons(classifier, body):
            assert reason.text.isprintable()
            if reason.span is not None:
                assert len(reason.text.split("“")[1].split("”")[0]) <= MAX_QUOTE_CHARACTERS


def test_a_filled_honeypot_is_the_first_reason_of_a_bland_text(classifier: SpamClassifier) -> None:
    first = reasons(classifier, "hm", Evidence(honeypot_filled=True))[0]
    assert first == Reason("honeypot", "The hidden field of the form was filled in", 3.0, None)


CALIBRATED = Calibration(0.8, -0.3, np.array([0.0]), np.array([0.02]), np.array([0.98]))


@pytest.fixture(scope="module")
def scorer(classifier: SpamClassifier) -> ClassifierScorer:
    return ClassifierScorer(deepcopy(classifier).calibrate(CALIBRATED), "mdl_x")


@pytest.mark.parametrize(
    "body",
    ["Hello there, check out my channel please", "a great day, free coins at winbig.com tonight, ＷＩＮ"],
)
def test_without_the_words_of_a_reason_the_log_odds_move_by_exactly_what_is_said(
    scorer: ClassifierScorer, body: str
) -> None:
    (score,) = scorer.score([Comment(body)], [KNOWN])
    found = removals(Comment(body), KNOWN, score, scorer)

    assert [one.span for one in found] == [reason.span for reason in score.reasons if reason.span is not None] != []
    for (start, end), probability, change in found:
        (left,) = scorer.score([Comment(body[:start] + body[end:])], [KNOWN])
        assert probability == pytest.approx(left.probability, abs=1e-9)
        assert logit(score.probability) - logit(left.probability) == pytest.approx(change, abs=1e-6)
    weight = next(reason.weight for reason in score.reasons if reason.span == found[0].span)
    assert found[0].change == pytest.approx(weight, rel=0.35)  # The share is near it, for most words go on counting.


def test_without_the_top_evidence_the_log_odds_move_by_exactly_what_is_said(scorer: ClassifierScorer) -> None:
    (told, untold) = scorer.score([Comment("hm")] * 2, [KNOWN, Evidence()])
    (top,) = [reason for reason in told.reasons if reason.code == "domain_record"]
    assert logit(told.probability) - logit(untold.probability) == pytest.approx(top.weight, abs=1e-6)
