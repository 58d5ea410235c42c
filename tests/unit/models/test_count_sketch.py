import numpy as np
import pytest

from models.count_sketch import MOST, KnownKeys, RecentCounts, decoded, earlier_in_batch

HOUR_US = 3600 * 1_000_000
NOW = 1_790_000_000_000_000 // HOUR_US * HOUR_US


def array(*keys: int) -> "np.ndarray[tuple[int], np.dtype[np.uint32]]":
    return np.array(keys, dtype=np.uint32)


@pytest.fixture
def recent() -> RecentCounts:
    """Three stretches of an hour."""
    return RecentCounts(14, HOUR_US, 3)


def test_keys_are_counted_as_often_as_they_are_given(recent: RecentCounts) -> None:
    recent.add(array(7, 7, 9), NOW)
    recent.add(array(7), NOW + 5)

    assert recent.counts(array(9, 7, 1), NOW + 9).tolist() == [1, 3, 0]


def test_counts_have_the_shape_of_the_keys(recent: RecentCounts) -> None:
    assert recent.counts(array(1, 2, 3, 4).reshape(2, 2), NOW).shape == (2, 2)
    assert recent.counts(array(), NOW).shape == (0,)


def test_what_lies_three_stretches_back_is_forgotten(recent: RecentCounts) -> None:
    recent.add(array(7), NOW)
    recent.add(array(7), NOW + HOUR_US)

    seen = [int(recent.counts(array(7), NOW + hours * HOUR_US)[0]) for hours in (1, 2, 3, 4)]

    assert seen == [2, 2, 1, 0]


def test_old_keys_that_come_late_change_nothing(recent: RecentCounts) -> None:
    recent.add(array(1), NOW)
    recent.add(array(7), NOW - 3 * HOUR_US)

    assert recent.counts(array(7), NOW).tolist() == [0]


def test_memory_of_old_stretches_is_given_back(recent: RecentCounts) -> None:
    for hours in range(10):
        recent.add(array(7), NOW + hours * HOUR_US)

    assert len(recent._stretches) == 3


def test_a_count_ends_at_its_most_and_does_not_begin_again(recent: RecentCounts) -> None:
    for _ in range(3):
        recent.add(np.full(200, 7, dtype=np.uint32), NOW)

    assert recent.counts(array(7), NOW).tolist() == [MOST]


def test_counts_are_never_too_small_and_seldom_too_large(recent: RecentCounts) -> None:
    rng = np.random.default_rng(3)
    given, others = rng.integers(0, 1 << 32, (2, 4096), dtype=np.uint32)
    recent.add(given, NOW)

    assert (recent.counts(given, NOW) >= 1).all()
    assert (recent.counts(others, NOW) > 0).mean() < 0.03


def test_known_keys_are_known_and_few_others() -> None:
    rng = np.random.default_rng(3)
    given, others = rng.integers(0, 1 << 32, (2, 1000), dtype=np.uint32)
    known = KnownKeys(18)
    assert known.empty

    known.add(given.tolist())

    assert not known.empty
    assert known.has(given).all()
    assert known.has(others).mean() < 0.02


def test_nothing_given_leaves_it_empty() -> None:
    known = KnownKeys(10)

    known.add([])

    assert known.empty


def test_a_key_counts_its_earlier_places_in_the_batch() -> None:
    assert earlier_in_batch(array(5, 3, 5, 5, 3)).tolist() == [0, 0, 1, 2, 1]
    assert earlier_in_batch(array()).tolist() == []


def test_stored_keys_are_read_as_they_were() -> None:
    assert decoded(b"\x01\x00\x00\x00\xff\xff\xff\xff").tolist() == [1, 2**32 - 1]
    assert decoded(array(5, 7, 2**32 - 1).tobytes()).tolist() == [5, 7, 2**32 - 1]
    assert decoded(b"").tolist() == []
