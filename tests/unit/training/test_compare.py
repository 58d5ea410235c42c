import math

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, roc_auc_score
from trained_models import SpamWord, classifier

from models.calibration import Calibration
from models.classifier import SpamClassifier
from models.vocabulary import Comment
from training.compare import AUC, BRIER, HAM_REJECTED, RECALL, compare
from training.gates import gates, proven_better, refusal
from training.judged import Rows, said_by

RNG = np.random.default_rng(3)


def rows(n: int = 120, ham_only: bool = False, word: str = "pills") -> Rows:
    is_spam = np.zeros(n, dtype=bool) if ham_only else np.arange(n) % 2 == 0
    comments = [Comment(f"cheap {word if spam else 'poker'} {number}") for number, spam in enumerate(is_spam)]
    return Rows("forum", comments, is_spam, np.ones(n), np.arange(n))


GOOD, BAD = classifier(SpamWord.PILLS), classifier(SpamWord.POKER)


def test_figures_are_those_of_scikit_learn() -> None:
    some = rows()
    (found,) = compare(GOOD, BAD, [some], n_rounds=50)

    for place, model in enumerate((GOOD, BAD)):
        said = said_by(model, some.samples).probability
        values = [(d.first, d.second)[place] for d in (found.of(AUC), found.of(BRIER))]
        assert values == pytest.approx([roc_auc_score(some.is_spam, said), brier_score_loss(some.is_spam, said)])
    assert (found.of(RECALL).first, found.of(RECALL).second) == (1.0, 0.0)
    assert (found.n, found.n_spam) == (120, 60)


def test_a_model_compared_with_itself_differs_by_nothing() -> None:
    (found,) = compare(GOOD, GOOD, [rows()], n_rounds=50)

    assert {(d.low, d.high) for d in found.differences} == {(0.0, 0.0)}
    assert all(gate.passed for gate in gates([found]))
    assert not proven_better([found])


def test_a_better_model_is_proven_better_and_a_worse_one_is_refused_with_figures() -> None:
    better, worse = compare(BAD, GOOD, [rows()], n_rounds=200), compare(GOOD, BAD, [rows()], n_rounds=200)

    assert proven_better(better)
    assert refusal(gates(better)) is None
    told = refusal(gates(worse))
    assert told is not None
    assert "ROC-AUC 1.000 → 0.000" in told
    assert not proven_better(worse)


def test_too_few_rows_open_no_gate() -> None:
    told = refusal(gates(compare(BAD, GOOD, [rows(38)], n_rounds=50)))

    assert told is not None
    assert "19 spam and 19 ham held out, 20 of each needed" in told
    assert refusal(gates([])) is not None


def test_the_fewer_rows_the_wider_the_interval() -> None:
    noisy = SpamClassifier(bits=10).fit(["cheap pills", "cheap poker"] * 3, [True, False] * 3)

    def width(n: int) -> float:
        some = rows(n)
        flipped = Rows("forum", some.samples, some.is_spam ^ (np.arange(n) % 7 == 0), some.stands_for, some.group_of)
        (found,) = compare(noisy, BAD, [flipped], n_rounds=200)
        return found.of(AUC).high - found.of(AUC).low

    assert width(60) > 1.5 * width(480)


def test_copies_of_a_text_count_as_one_piece_of_evidence() -> None:
    some = rows(60)
    copies = Rows("forum", list(some.samples) * 9, np.tile(some.is_spam, 9), np.ones(540), np.tile(some.group_of, 9))
    alone = Rows("forum", copies.samples, copies.is_spam, copies.stands_for, np.arange(540))
    mixed = classifier(SpamWord.PILLS)
    half = SpamClassifier(bits=10, C=0.01).fit(["a b", "c d"] * 4, [True, False] * 4)

    def width(given: Rows) -> float:
        (found,) = compare(half, mixed, [given], n_rounds=200)
        return found.of(BRIER).high - found.of(BRIER).low

    assert width(copies) > 2 * width(alone)


def test_ham_alone_has_no_ranking_but_shows_false_rejections() -> None:
    sure = SpamClassifier(bits=10, C=100).fit(["cheap poker x", "quiet evening y"] * 4, [True, False] * 4)
    sure.calibrate(Calibration(1.0, 0.0, np.array([-1.0, 1.0]), np.array([0.0, 0.95]), np.array([0.05, 1.0])))
    sure.familiar_[:] = 255

    found = compare(GOOD, sure, [rows(), rows(ham_only=True)], n_rounds=50)
    (alone,) = compare(GOOD, sure, [rows(ham_only=True)], n_rounds=50)

    assert math.isnan(alone.of(AUC).first)
    assert (alone.of(HAM_REJECTED).first, alone.of(HAM_REJECTED).second) == (0.0, 1.0)
    assert found[-1].of(AUC).first == 1.0
    assert "ham_rejected_not_worse" in str(refusal(gates(found)))


def test_each_source_counts_the_same_in_the_mean() -> None:
    found = compare(GOOD, BAD, [rows(400), rows(40, word="poker")], n_rounds=20)

    assert [one.source for one in found] == ["forum", "forum", "mean of sources"]
    assert found[2].of(AUC).first == pytest.approx((found[0].of(AUC).first + found[1].of(AUC).first) / 2)


def test_the_same_seed_gives_the_same_intervals() -> None:
    assert compare(GOOD, BAD, [rows()], n_rounds=30) == compare(GOOD, BAD, [rows()], n_rounds=30)


def test_nothing_to_compare_on_is_an_error() -> None:
    with pytest.raises(ValueError, match="no held-out row"):
        compare(GOOD, BAD, [])
