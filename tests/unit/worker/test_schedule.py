from hypothesis import given
from hypothesis import strategies as st

from worker.schedule import JITTER, MAX_ASKED_SECONDS, MAX_ATTEMPTS, PAUSES_SECONDS, pause_us

HOUR_US = 3600 * 1_000_000
randomness = st.floats(0, 1, exclude_max=True)


@given(st.lists(randomness, min_size=MAX_ATTEMPTS, max_size=MAX_ATTEMPTS))
def test_the_last_attempt_comes_after_75_hours_and_not_after_84(numbers: list[float]) -> None:
    pauses = [pause_us(attempt, number) for attempt, number in enumerate(numbers, start=1)]

    assert pauses[-1] is None
    total = sum(pause for pause in pauses if pause is not None)
    assert 75 * HOUR_US <= total < 84 * HOUR_US


@given(st.integers(1, MAX_ATTEMPTS - 1), randomness)
def test_a_pause_is_lengthened_by_a_tenth_at_most(attempt: int, number: float) -> None:
    pause = pause_us(attempt, number)

    assert pause is not None
    planned = PAUSES_SECONDS[attempt - 1] * 1e6
    assert planned <= pause <= planned * (1 + JITTER)


@given(st.integers(1, MAX_ATTEMPTS - 1), randomness, st.floats(0, 1e9))
def test_what_a_receiver_asks_for_lengthens_a_pause_up_to_a_day(attempt: int, number: float, asked: float) -> None:
    pause, plain = pause_us(attempt, number, asked), pause_us(attempt, number)

    assert pause is not None
    assert plain is not None
    assert pause == max(plain, int(min(asked, MAX_ASKED_SECONDS) * 1e6))


def test_pauses_only_grow() -> None:
    assert list(PAUSES_SECONDS) == sorted(PAUSES_SECONDS)
