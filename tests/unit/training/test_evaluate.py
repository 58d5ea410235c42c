import numpy as np
import pytest

from models.calibration import Calibration
from models.classifier import SpamClassifier
from models.vocabulary import Comment, Thresholds
from training.dataset import OWN_DATA, Source
from training.evaluate import Figures, figures_on

THRESHOLDS = Thresholds(approve_below=0.2, reject_from=0.8, discard_from=0.95)
KNOTS = np.array([-3.0, -1.0, 1.0, 3.0])


class Fixed(SpamClassifier):
    """Takes the body as the logit, so that a test can say what each text scores."""

    def __init__(self) -> None:
        super().__init__()
        self.calibration_ = Calibration(2.0, 0.0, KNOTS, np.array([0, 0, 0.81, 0.96]), np.array([0.1, 0.3, 1, 1]))

    def logits_and_familiar(self, X: tuple[Comment, ...]) -> tuple[np.ndarray, np.ndarray]:  # noqa: N803
        return np.array([float(comment.body) for comment in X]), np.ones(len(X))


def figures(spam: list[float], ham: list[float]) -> Figures:
    comments = tuple(Comment(str(logit)) for logit in (*spam, *ham))
    is_spam = np.arange(len(comments)) < len(spam)
    return figures_on(Fixed(), Source("mine", OWN_DATA, "0" * 64, comments, is_spam), THRESHOLDS)


def test_the_four_lanes_share_all_rows() -> None:
    made = figures(spam=[3.0, 1.0, 0.0, -3.0], ham=[-3.0, -3.0, 0.0, 1.5])
    assert (made.approved, made.review, made.rejected, made.discarded) == (0.375, 0.25, 0.25, 0.125)


def test_errors_are_shares_of_their_lane() -> None:
    made = figures(spam=[3.0, 1.0, -3.0], ham=[-3.0, -3.0, 1.5, 0.0])
    assert made.spam_in_approved == pytest.approx(1 / 3)
    assert made.ham_in_rejected == pytest.approx(1 / 2)
    assert made.ham_in_discarded == 0.0
    assert made.false_positive_rate == pytest.approx(1 / 4)


def test_an_empty_lane_has_no_error() -> None:
    made = figures(spam=[0.0], ham=[0.0])
    assert made.spam_in_approved is made.ham_in_rejected is made.ham_in_discarded is None


def test_recall_allows_one_ham_in_a_hundred_above_the_bar() -> None:
    ham = [float(value) for value in np.linspace(-3, 0, 200)]
    assert figures(spam=[5.0, 5.0, -2.0, -2.5], ham=ham).recall == 0.5
    assert figures(spam=[5.0, 5.0, 5.0, 5.0], ham=[6.0, 6.0, 6.0, *ham]).recall == 0.0


def test_calibration_error_is_the_gap_between_promise_and_truth() -> None:
    honest = figures(spam=[0.0] * 50, ham=[0.0] * 50)
    wrong = figures(spam=[-20.0] * 100, ham=[20.0] * 100)
    assert honest.ece == pytest.approx(0.0)
    assert wrong.ece == pytest.approx(1.0)
    assert (honest.brier, wrong.brier) == (pytest.approx(0.25), pytest.approx(1.0))


def test_perfect_order_has_full_auc() -> None:
    assert figures(spam=[1.0, 2.0], ham=[-1.0, 0.5]).auc == 1.0
    assert figures(spam=[-1.0, 0.5], ham=[1.0, 2.0]).auc == 0.0
