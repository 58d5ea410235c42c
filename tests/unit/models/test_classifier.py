import numpy as np
import pytest
from sklearn.base import clone
from sklearn.utils.estimator_checks import check_estimator

from models.calibration import Calibration, fit_calibration
from models.classifier import MAX_CODES_AT_ONCE, ClassifierScorer, SpamClassifier
from models.vocabulary import Comment, Evidence, Scorer

HAM = [f"I really like {what}, it reminds me of {when}" for what in ("this song", "her voice", "that dance", "the beat")
       for when in ("summer", "my school days", "an old friend", "home", "winter nights")]  # fmt: skip
SPAM = [f"{call} at {site}.com and get {gain}" for call in ("Visit me", "Sign up", "Order now", "Check out")
        for site in ("cheap-deals", "winbig", "fastcash", "megabonus") for gain in ("coins", "easy money")]  # fmt: skip


@pytest.fixture(scope="module")
def classifier() -> SpamClassifier:
    fitted = SpamClassifier(bits=12).fit(HAM + SPAM, [False] * len(HAM) + [True] * len(SPAM))
    certain = Calibration(2.0, 0.0, np.array([-1.0, 1.0]), np.array([0.0, 0.95]), np.array([0.05, 1.0]))
    return fitted.calibrate(certain)


@pytest.fixture
def scorer(classifier: SpamClassifier) -> Scorer:
    return ClassifierScorer(classifier, "mdl_test")


def test_the_classifier_passes_the_checks_of_scikit_learn() -> None:
    check_estimator(SpamClassifier(bits=8))


def test_unseen_spam_is_likelier_spam_than_unseen_ham(classifier: SpamClassifier) -> None:
    ham, spam = classifier.predict_proba(["her song reminds me of summer", "Order free coins at winbig.com"])[:, 1]
    assert ham < 0.3
    assert spam > 0.7


def test_the_classes_keep_their_names() -> None:
    fitted = SpamClassifier(bits=10).fit(["buy now a.com", "lovely song"] * 3, ["spam", "ham"] * 3)
    assert fitted.predict(["buy now a.com", "lovely song"]).tolist() == ["spam", "ham"]


def test_probabilities_of_both_classes_sum_to_one(classifier: SpamClassifier) -> None:
    assert classifier.predict_proba(HAM + SPAM).sum(axis=1) == pytest.approx(1.0)


def test_a_clone_is_unfitted_with_the_same_parameters() -> None:
    assert clone(SpamClassifier(bits=9, C=2.0)).get_params() == {
        "bits": 9,
        "C": 2.0,
        "feature_scale": 0.5,
        "contrast": 0.8,
    }


def test_labels_of_one_class_are_refused() -> None:
    with pytest.raises(ValueError, match="two classes"):
        SpamClassifier(bits=8).fit(["a", "b"], [True, True])


def test_scores_come_in_the_order_of_the_comments_with_low_below_high(scorer: Scorer) -> None:
    comments = [Comment(text) for text in (HAM[0], SPAM[0], "", "Совсем другой язык")]
    scores = scorer.score(comments, [Evidence()] * 4)
    assert scores[0].probability < scores[1].probability
    assert all(0.0 <= score.low <= score.probability <= score.high <= 1.0 for score in scores)
    assert {score.model for score in scores} == {"mdl_test"}


@pytest.mark.parametrize("body", ["", "   ", "\u200b\u200b", "Совсем другой язык", "完全不同的语言", "\ud800", "!!!!!"])
def test_a_text_that_is_not_recognised_gets_a_wide_interval(scorer: Scorer, body: str) -> None:
    (score,) = scorer.score([Comment(body)], [Evidence()])
    assert score.low <= 0.02
    assert score.high >= 0.98


def test_a_familiar_text_keeps_its_narrow_interval(scorer: Scorer) -> None:
    ham, spam = scorer.score([Comment(HAM[3]), Comment(SPAM[3])], [Evidence()] * 2)
    assert ham.high < 0.2
    assert spam.low > 0.8


def test_missing_evidence_changes_nothing_and_a_filled_honeypot_speaks_for_spam(classifier: SpamClassifier) -> None:
    bare, unknown, filled = classifier.decision_function(
        [HAM[0], (Comment(HAM[0]), Evidence(None, None)), (Comment(HAM[0]), Evidence(honeypot_filled=True))]
    )
    assert bare == unknown
    assert filled == pytest.approx(bare + 3.0)


def test_what_a_handful_of_texts_show_teaches_nothing() -> None:
    """Nine wanted comments with an invisible character would have it speak for wanted comments."""
    ham = [f"such a lovely\u2060 song {n}" for n in range(9)] + ["her voice is lovely"] * 20
    fitted = SpamClassifier(bits=10).fit(ham + ["free coins here"] * 29, [False] * 29 + [True] * 29)

    plain, invisible = fitted.decision_function(["such a lovely song", "such a lovely\u2060 song"])

    assert invisible - plain == pytest.approx(0.5 * np.log(2), abs=0.02)


def test_a_batch_cut_into_pieces_scores_like_single_comments(scorer: Scorer) -> None:
    bodies = ["good song " * (MAX_CODES_AT_ONCE // 15), "", SPAM[0], "word " * MAX_CODES_AT_ONCE, HAM[0], "x\udc00"]
    comments, evidence = [Comment(body) for body in bodies], [Evidence()] * len(bodies)
    together = scorer.score(comments, evidence)
    alone = [scorer.score([comment], [Evidence()])[0] for comment in comments]
    assert [score.probability for score in together] == pytest.approx([score.probability for score in alone])
    assert [len(score.reasons) for score in together] == [len(score.reasons) for score in alone]


def test_comments_and_evidence_of_different_length_are_refused(scorer: Scorer) -> None:
    with pytest.raises(ValueError, match="evidence"):
        scorer.score([Comment("a")], [])


def test_no_comments_give_no_scores(scorer: Scorer) -> None:
    assert scorer.score([], []) == []


def test_the_calibrated_interval_holds_the_probability_and_rises_with_the_logit() -> None:
    rng = np.random.default_rng(3)
    logits = rng.normal(scale=4, size=6000)
    is_spam = rng.random(6000) < 1 / (1 + np.exp(-logits))
    fitted = fit_calibration(logits, is_spam, rng.integers(0, 3, 6000), np.ones(6000))
    grid = np.linspace(-12, 12, 200)
    made = fitted.apply(grid, np.ones(200))
    assert fitted.slope == pytest.approx(1.0, abs=0.15)
    assert (np.diff(made.low) >= -1e-12).all()
    assert (np.diff(made.high) >= -1e-12).all()
    assert ((made.low <= made.probability) & (made.probability <= made.high)).all()
    assert made.high[0] < 0.1
    assert made.low[-1] > 0.9


def test_sources_that_disagree_widen_the_interval() -> None:
    rng = np.random.default_rng(4)
    logits = rng.normal(scale=3, size=8000)
    sources = np.arange(8000) % 2
    is_spam = rng.random(8000) < 1 / (1 + np.exp(-logits))
    agreed = fit_calibration(logits, is_spam, sources, np.ones(8000)).apply(np.array([-6.0]), np.ones(1))
    shifted = np.where(sources == 1, logits - 4, logits)
    apart = fit_calibration(shifted, is_spam, sources, np.ones(8000)).apply(np.array([-6.0]), np.ones(1))
    assert apart.high[0] > agreed.high[0] + 0.03
