import pytest

from service.rates import Rates


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_no_minute_ever_has_more_than_the_limit_and_a_twentieth(clock: Clock) -> None:
    """Whoever sends as fast as possible, or in the worst moments, gets no more through."""
    rates = Rates(clock)
    taken: list[float] = []
    for tick in range(3000):
        clock.now = tick / 10
        burst = 20 if tick % 7 == 0 else 3
        taken += [clock.now for _ in range(burst) if rates.take("key_1", 100, 1).allowed]

    worst = max(sum(start <= at < start + 60 for at in taken) for start in range(240))
    assert worst <= 105


def test_what_was_refused_is_not_counted(clock: Clock) -> None:
    rates = Rates(clock)

    assert rates.take("key_1", 10, 11).allowed is False
    assert rates.take("key_1", 10, 10).allowed is True


def test_the_window_slides(clock: Clock) -> None:
    rates = Rates(clock)
    rates.take("key_1", 10, 10)

    clock.now = 90
    half = rates.take("key_1", 10, 1)
    clock.now = 200
    fresh = rates.take("key_1", 10, 1)

    assert (half.allowed, half.remaining, half.reset) == (True, 4, 30)
    assert fresh.remaining == 9
