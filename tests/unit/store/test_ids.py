import random
import re
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from store.ids import new_id, new_ids, now_us, rfc3339


def test_an_id_has_its_prefix_time_and_randomness() -> None:
    assert re.fullmatch(r"cmt_[0-9a-f]{30}", new_id("cmt"))


def test_ids_sort_by_the_time_they_were_made() -> None:
    ids = []
    for _ in range(200):
        ids.append(new_id("cmt"))
        before = now_us()
        while now_us() == before:
            pass

    assert ids == sorted(ids)


def test_ids_of_the_same_moment_differ() -> None:
    assert len({new_id("x") for _ in range(20_000)}) == 20_000


def test_a_seed_that_others_set_does_not_bring_an_id_back() -> None:
    """Nor do two processes that were one."""
    random.seed(7)
    first = new_id("x")[-16:]
    random.seed(7)

    assert new_id("x")[-16:] != first
    with ProcessPoolExecutor(2, mp_context=get_context("fork")) as pool:
        ends = [made[-16:] for made in pool.map(new_id, ["x"] * 8)]
    assert len(set(ends)) == 8


def test_an_id_fits_into_its_column() -> None:
    assert all(len(new_id(prefix)) <= 40 for prefix in ("cmt", "dec", "rev", "site", "lse", "usr"))


def test_now_is_microseconds_since_1970() -> None:
    assert abs(now_us() / 1e6 - time.time()) < 1.0


@pytest.mark.parametrize(
    ("microseconds", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (999, "1970-01-01T00:00:00.000Z"),
        (1_000, "1970-01-01T00:00:00.001Z"),
        (999_999, "1970-01-01T00:00:00.999Z"),
        (1_795_514_400_123_456, "2026-11-24T10:00:00.123Z"),
        (951_782_400_000_000, "2000-02-29T00:00:00.000Z"),
        (7_258_118_399_999_999, "2199-12-31T23:59:59.999Z"),
    ],
)
def test_an_instant_is_written_in_utc_with_milliseconds(microseconds: int, text: str) -> None:
    assert rfc3339(microseconds) == text


def test_written_instants_sort_like_instants() -> None:
    instants = [0, 5_000_000, 1_000_000_000_000, 1_795_514_400_123_456]

    assert sorted(map(rfc3339, instants)) == [rfc3339(instant) for instant in instants]


def test_ids_that_are_made_together_sort_in_their_order() -> None:
    ids = new_ids("rev", 500)

    assert ids == sorted(ids)
    assert len(set(ids)) == 500
