import numpy as np
import pytest

from models.batch_counts import BatchKeys, Seen, count_batch
from models.count_sketch import KnownKeys, RecentCounts, decoded

NOW = 1_790_000_000_000_000
LONG = "earn five hundred dollars a day from home without any experience"


@pytest.fixture
def seen() -> Seen:
    return Seen(RecentCounts(14, 10**12, 3), RecentCounts(14, 10**9, 3), KnownKeys(14))


def test_copies_in_the_batch_count_for_those_after_them(seen: Seen) -> None:
    batch = BatchKeys([LONG, "nice video", LONG, LONG], [1] * 4, [[]] * 4, [[]] * 4)

    assert count_batch(batch, seen, NOW).copies_seen == [0, None, 1, 2]


def test_the_same_text_on_another_site_is_no_copy(seen: Seen) -> None:
    batch = BatchKeys([LONG, LONG], [1, 2], [[], []], [[], []])

    assert count_batch(batch, seen, NOW).copies_seen == [0, 0]


def test_what_is_to_be_remembered_is_found_again(seen: Seen) -> None:
    batch = BatchKeys([LONG, "see b.example"], [1, 1], [[], [77]], [[5, 6], []])
    first = count_batch(batch, seen, NOW)
    assert (first.copies_seen, first.domains_new, first.recent_by_author) == ([0, None], [None, 1], [0, None])
    assert [len(keys) for keys in first.contents] == [16, 4]
    assert [len(keys) for keys in first.authors] == [8, 0]

    seen.contents.add(decoded(b"".join(first.contents)), NOW)
    seen.authors.add(decoded(b"".join(first.authors)), NOW)
    again = count_batch(batch, seen, NOW)

    assert (again.copies_seen, again.domains_new, again.recent_by_author) == ([1, None], [None, 0], [1, None])


def test_the_author_is_counted_by_what_gives_most(seen: Seen) -> None:
    seen.authors.add(np.array([6, 6, 6, 5], dtype=np.uint32), NOW)

    counted = count_batch(BatchKeys(["hi"], [1], [[]], [[5, 6]]), seen, NOW)

    assert counted.recent_by_author == [3]


def test_each_new_domain_is_counted(seen: Seen) -> None:
    seen.contents.add(np.array([8], dtype=np.uint32), NOW)

    counted = count_batch(BatchKeys(["x", "y"], [1, 1], [[7, 8, 9], [9]], [[], []]), seen, NOW)

    assert counted.domains_new == [2, 0]


def test_only_keys_that_may_have_labels_are_looked_up(seen: Seen) -> None:
    batch = BatchKeys(["x", LONG], [1, 1], [[7], []], [[5, 6], [5]])
    assert count_batch(batch, seen, NOW).lookup_keys == []

    seen.labelled.add([5, 7, 1000])

    assert count_batch(batch, seen, NOW).lookup_keys == [5, 7]


def test_an_empty_batch_has_nothing(seen: Seen) -> None:
    counted = count_batch(BatchKeys([], [], [], []), seen, NOW)

    assert (counted.texts, counted.contents, counted.copies_seen, counted.lookup_keys) == ([], [], [], [])
