import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.guarantee.monitor import (
    QUIET,
    Detector,
    complaints_pile_up,
    detector_level,
    detector_step,
    in_lane_target,
    share_shift,
)

LIMIT = 5000.0


def audits_to_alarm(rate: float, target: float, seed: int, detector: Detector = QUIET, most: int = 5000) -> int:
    rng = np.random.default_rng(seed)
    for n, is_error in enumerate((rng.random(most) < rate).tolist(), start=1):
        detector = detector_step(detector, is_error, target)
        if is_error and detector_level(detector) >= LIMIT:
            return n
    return most


@given(st.lists(st.floats(0, 1e4), min_size=7, max_size=7), st.sampled_from([0.0005, 0.005, 0.02, 0.1, 0.5]))
def test_on_its_target_the_detector_grows_by_one_an_audit(held: list[float], target: float) -> None:
    """Hence the time to a false alarm: a level of 5,000 takes 5,000 audits on average at least."""
    detector = tuple(held)

    wrong, right = (detector_step(detector, is_error, target) for is_error in (True, False))
    expected = [target * up + (1 - target) * down for up, down in zip(wrong, right, strict=True)]

    assert expected == pytest.approx([1 + one for one in held], rel=1e-9)
    assert all(one >= 0 for one in right)


@pytest.mark.parametrize(("times", "at_most"), [(10, 50), (4, 180)])
def test_the_alarm_is_fast_also_after_a_long_good_time(times: int, at_most: int) -> None:
    detector: Detector = QUIET
    for _ in range(3000):
        detector = detector_step(detector, False, 0.01)

    waited = [audits_to_alarm(times * 0.01, 0.01, seed, detector) for seed in range(41)]

    assert np.median(waited) <= at_most


def test_half_the_target_seldom_alarms() -> None:
    early = [audits_to_alarm(0.005, 0.01, seed, most=2000) < 2000 for seed in range(40)]

    assert sum(early) <= 3


def test_a_target_for_all_genuine_comments_is_one_for_what_was_rejected() -> None:
    assert in_lane_target(0.001, 0.8, 0.1) == pytest.approx(0.008)
    assert in_lane_target(0.01, 0.9, 0.001) == 0.5
    assert in_lane_target(0.01, 0.9, 0.0) == 0.5


def test_a_share_that_moved_is_told_in_standard_errors() -> None:
    assert share_shift(700, 1000, 7000, 10_000) == 0.0
    assert share_shift(550, 1000, 7000, 10_000) < -5
    assert share_shift(750, 1000, 7000, 10_000) > 3
    assert share_shift(0, 0, 7, 10) == share_shift(5, 10, 0, 0) == share_shift(5, 5, 9, 9) == 0.0


def test_complaints_pile_up_where_they_are_several_and_more_than_usual() -> None:
    told = [complaints_pile_up(*one) for one in ((4, 0.0), (5, 0.0), (5, 2.0), (30, 10.0), (29, 10.0))]
    assert told == [False, True, False, True, False]
