import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from models.calibration import Calibration, Floats, fit_language_scales

PLATEAUS = Calibration(1.0, 0.0, np.array([-4.0, 4.0]), np.array([0.6, 0.6]), np.array([0.9, 0.9]))


def test_texts_on_a_plateau_of_the_interval_keep_their_order() -> None:
    said = PLATEAUS.apply(np.array([0.6, 0.8, 1.0]), np.ones(3))

    assert np.all(np.diff(said.low) > 0)
    assert np.all(np.diff(said.high) > 0)


def test_the_less_of_a_text_is_known_the_wider_is_its_interval() -> None:
    said = PLATEAUS.apply(np.zeros(6), np.array([0.80, 0.70, 0.60, 0.50, 0.40, 0.0]))

    assert np.all(np.diff(said.high[:5]) > 0.005)
    assert np.all(np.diff(said.low[:5]) < -0.03)
    assert said.high[4] == said.high[5]


def test_the_order_widens_the_interval_by_less_than_a_thousandth() -> None:
    said = PLATEAUS.apply(np.array([0.6, 0.8, 1.0]), np.array([1.0, 1.0, 0.0]))

    assert np.all((said.low[:2] <= 0.6) & (said.low[:2] > 0.599))
    assert np.all((said.high[:2] >= 0.9) & (said.high[:2] < 0.901))
    assert said.low[2] <= 0.02
    assert 0.98 <= said.high[2] <= 1.0


def drawn(n: int, factor: float, seed: int) -> tuple[Floats, NDArray[np.bool_]]:
    """Logits of which the true one is `factor` times as large, and what came of them."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(scale=2.0, size=n)
    return logits, rng.random(n) < expit(factor * logits)


def scales_of(times: int, addend: float = 0.0) -> Floats:
    """Scales where English is surer than the model says, on the same rows so many times; the language numbered 2 has
    no rows.
    """
    unknown, (english, is_spam) = drawn(4000, 1.0, 1), drawn(400, 1.6, 2)
    return fit_language_scales(
        np.concatenate((unknown[0], np.tile(english - addend, times))),
        np.concatenate((unknown[1], np.tile(is_spam, times))),
        np.zeros(4000 + 400 * times, dtype=np.intp),
        np.repeat([0, 1], [4000, 400 * times]),
        n_languages=2,
    )


def test_the_factor_of_a_language_is_nearer_to_one_the_less_the_language_has() -> None:
    many, few = (scales_of(times)[1, 0] for times in (8, 1))

    assert 1.3 < many < 1.8
    assert 1.0 < few < many - 0.1


def test_a_language_gets_no_addend_however_common_spam_is_in_it() -> None:
    scales = scales_of(8, addend=1.0)

    assert np.all(scales[:, 1] == 0.0)
    assert np.all(scales[[0, 2], 0] == 1.0)
