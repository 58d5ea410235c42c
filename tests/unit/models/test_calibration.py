import numpy as np

from models.calibration import Calibration

PLATEAUS = Calibration(1.0, 0.0, np.array([-4.0, 4.0]), np.array([0.6, 0.6]), np.array([0.9, 0.9]))


def test_texts_on_a_plateau_of_the_interval_keep_their_order() -> None:
    said = PLATEAUS.apply(np.array([0.6, 0.8, 1.0]), np.ones(3))

    assert np.all(np.diff(said.low) > 0)
    assert np.all(np.diff(said.high) > 0)


def test_the_order_widens_the_interval_by_less_than_a_thousandth() -> None:
    said = PLATEAUS.apply(np.array([0.6, 0.8, 1.0]), np.array([1.0, 1.0, 0.0]))

    assert np.all((said.low[:2] <= 0.6) & (said.low[:2] > 0.599))
    assert np.all((said.high[:2] >= 0.9) & (said.high[:2] < 0.901))
    assert said.low[2] <= 0.02
    assert 0.98 <= said.high[2] <= 1.0
