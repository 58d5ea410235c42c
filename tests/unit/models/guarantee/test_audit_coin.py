import numpy as np
import pytest

from models.guarantee.audit import coin, ipw_mean, ipw_weight

SECRET = b"a secret of the site"


def test_a_comment_has_one_coin_and_another_site_another() -> None:
    assert coin(SECRET, "cmt_1") == coin(SECRET, "cmt_1")
    assert coin(SECRET, "cmt_1") != coin(b"another", "cmt_1")


def test_coins_are_uniform_and_know_nothing_of_the_score() -> None:
    coins = np.array([coin(SECRET, f"cmt_{number:05}") for number in range(20_000)])
    scores = np.random.default_rng(4).random(20_000)

    counts = np.histogram(coins, bins=50, range=(0, 1))[0]
    chi_square = ((counts - 400.0) ** 2 / 400.0).sum()

    assert 0.0 <= coins.min() < coins.max() < 1.0
    assert chi_square < 85.4  # 99.9 % of the chi-square distribution with 49 degrees of freedom
    assert abs(np.corrcoef(coins, scores)[0, 1]) < 3.3 / np.sqrt(20_000)


def test_samples_of_different_rates_are_nested() -> None:
    coins = [coin(SECRET, f"cmt_{number}") for number in range(2000)]

    few, many = ({number for number, one in enumerate(coins) if one < rate} for rate in (0.05, 0.2))

    assert few < many


def test_the_coin_is_a_number_that_others_can_compute() -> None:
    assert (
        coin(b"", "")
        == int("b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"[:16], 16) // 2**11 / 2**53
    )


def test_weights_for_training_are_cut() -> None:
    assert ipw_weight(1.0) == 1.0
    assert ipw_weight(0.05) == 20.0
    assert ipw_weight(0.01) == 20.0
    assert ipw_weight(0.01, most=None) == 100.0


def test_the_weighted_mean_is_that_of_all_comments() -> None:
    values, rates = [1, 1, 0, 0, 0, 1], [1, 1, 1, 1, 0.5, 0.25]

    estimate = ipw_mean(values, rates)

    assert estimate.value == pytest.approx((1 + 1 + 4) / (4 + 2 + 4))
    assert estimate.low < estimate.value < estimate.high
    assert estimate.n == 6
    assert ipw_mean(values, rates, most=2.0).value == pytest.approx(4 / 8)


def test_a_share_that_was_never_seen_may_still_be_above_zero() -> None:
    estimate = ipw_mean(np.zeros(100), np.full(100, 0.05))

    assert (estimate.value, estimate.low) == pytest.approx((0, 0))
    assert estimate.high == pytest.approx(0.037, abs=0.001), "Wilson's interval of 0 in 100"


def test_a_rate_under_which_none_was_seen_adds_its_doubt() -> None:
    """One more spam among those labelled in full must not make the others surer."""
    clean, rates = np.zeros(450), np.full(450, 0.05)

    alone = ipw_mean(clean, rates)
    beside = ipw_mean(np.append(clean, 1), np.append(rates, 1.0))

    assert beside.high > 0.9 * alone.high


def test_a_mean_of_nothing_or_of_other_shapes_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        ipw_mean([], [])
    with pytest.raises(ValueError, match="As many"):
        ipw_mean([1, 0], [1])


def test_the_weighted_interval_covers_and_the_plain_mean_does_not() -> None:
    rng = np.random.default_rng(7)
    covered, naive_covered = 0, 0

    for _ in range(300):
        score = rng.beta(0.3, 1.2, 4000)
        is_spam = rng.random(4000) < score
        rates = np.where(score < 0.1, 0.05, np.where(score > 0.9, 0.2, 1.0))
        labelled = rng.random(4000) < rates
        estimate = ipw_mean(is_spam[labelled], rates[labelled])
        plain = ipw_mean(is_spam[labelled], np.ones(labelled.sum()))
        covered += estimate.low <= 0.2 <= estimate.high
        naive_covered += plain.low <= 0.2 <= plain.high

    assert 0.92 <= covered / 300 <= 0.98
    assert naive_covered / 300 < 0.05
