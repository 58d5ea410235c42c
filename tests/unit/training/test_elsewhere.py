"""Thresholds of a new site from the errors on sources left out: the widest that the mean and the worst allow."""

import numpy as np
import pytest

from models.calibration import Calibrated
from models.thresholds import CAUTIOUS
from training.elsewhere import elsewhere, thresholds_of
from training.evaluate import Held
from training.judged import Judged


def left_out(spam: list[float], ham: list[float], held: Held = Held.BY_SOURCE) -> Judged:
    """A source whose intervals are single points."""
    at = np.array([*spam, *ham])
    is_spam = np.arange(len(at)) < len(spam)
    return Judged("one", held, is_spam, np.ones(len(at)), Calibrated(at, at, at))


GOOD = left_out(spam=[0.99] * 100, ham=[0.01] * 2000)


def test_errors_elsewhere_narrow_both_thresholds() -> None:
    careless = left_out(spam=[0.99] * 90 + [0.155] * 10, ham=[0.01] * 1994 + [0.901] * 6)

    best, found = elsewhere([GOOD] * 4), elsewhere([GOOD] * 3 + [careless])

    assert best is not None
    assert found is not None
    assert (best.thresholds.approve_below, best.thresholds.reject_from) == (0.30, 0.70)
    assert (found.thresholds.approve_below, found.thresholds.reject_from) == (0.155, 0.905)
    assert found.spam_in_approved == found.genuine_rejected == 0.0
    assert found.thresholds.discard_from == CAUTIOUS.discard_from


def test_one_bad_source_counts_although_the_mean_is_good() -> None:
    """A site may be like the worst of them: twice the allowed share is the most."""
    worst = left_out(spam=[0.99] * 90 + [0.155] * 10, ham=[0.01] * 2000)

    found = elsewhere([GOOD] * 20 + [worst])

    assert found is not None
    assert found.thresholds.approve_below == 0.155


def test_a_model_that_is_wrong_everywhere_decides_nothing_on_a_new_site() -> None:
    upside_down = left_out(spam=[0.001] * 100, ham=[0.999] * 100)

    found = elsewhere([upside_down] * 3)

    assert found is not None
    assert (found.thresholds.approve_below, found.thresholds.reject_from) == (0.0, 1.0)


def test_too_few_sources_left_out_say_nothing() -> None:
    by_fold = left_out([0.9] * 100, [0.1] * 100, Held.BY_FOLD)
    assert elsewhere([GOOD, GOOD, by_fold, left_out([], [0.01] * 100)]) is None


@pytest.mark.parametrize(
    "told", [{}, {"thresholds": {"approve_below": 0.9, "reject_from": 0.1, "discard_from": 1.0}}], ids=["none", "mad"]
)
def test_a_card_without_usable_thresholds_means_the_cautious_ones(told: dict[str, dict[str, float]]) -> None:
    assert thresholds_of(told) == CAUTIOUS
