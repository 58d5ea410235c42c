import pytest
from builders import Drain, add_site, record
from sqlalchemy.exc import IntegrityError

from store.records import review_items
from store.records.review_items import ReviewItem
from store.records.sites import Site
from store.stores import Stores


def items(stores: Stores, site: Site, *ranks: float) -> list[ReviewItem]:
    ids = record(stores, site, *(f"text {n}" for n in range(len(ranks))))
    made = [
        ReviewItem(f"rev_{n}", comment_id, site.id, 1, "uncertain", rank, 1, 1, 1000 - n)
        for n, (comment_id, rank) in enumerate(zip(ids, ranks, strict=True))
    ]
    with stores.database.write() as connection:
        review_items.add(connection, made)
    return made


def page(stores: Stores, **given: object) -> list[str]:
    options = {"site_id": None, "reason": None, "oldest_first": False, "after": None, "limit": 10} | given
    with stores.database.read() as connection:
        return [item.id for item in review_items.page(connection, **options)]  # type: ignore[arg-type]


def test_only_the_first_of_two_who_read_the_same_version_closes_it(stores: Stores, site: Site) -> None:
    (item,) = items(stores, site, 0.5)

    closed = []
    for _ in range(2):
        with stores.database.write() as connection:
            closed.append(review_items.close(connection, item))

    assert closed == [True, False]


def test_each_step_of_an_item_is_a_new_version(stores: Stores, site: Site) -> None:
    (item,) = items(stores, site, 0.5)

    with stores.database.write() as connection:
        review_items.close(connection, item)
        closed = review_items.by_ids(connection, [item.id])[item.id]
        review_items.reopen(connection, closed, 7)
        reopened = review_items.by_ids(connection, [item.id])[item.id]

    assert closed == item._replace(version=2, waiting=0)
    assert reopened == item._replace(version=3, waiting=1, waiting_since=7)


def test_only_the_first_of_two_who_read_the_same_version_lets_it_wait_on(stores: Stores, site: Site) -> None:
    (item,) = items(stores, site, 0.5)

    reopened = []
    for _ in range(2):
        with stores.database.write() as connection:
            reopened.append(review_items.reopen(connection, item, item.waiting_since))

    assert reopened == [True, False]


def test_an_old_version_cannot_be_reopened(stores: Stores, site: Site) -> None:
    (item,) = items(stores, site, 0.5)
    with stores.database.write() as connection:
        review_items.close(connection, item)

    with stores.database.write() as connection:
        reopened = review_items.reopen(connection, item, 7)

    assert reopened is False


def test_a_comment_has_one_item(stores: Stores, site: Site) -> None:
    (item,) = items(stores, site, 0.5)

    with pytest.raises(IntegrityError), stores.database.write() as connection:
        review_items.add(connection, [item._replace(id="rev_twin")])


def test_items_come_best_first_and_decided_ones_not_at_all(stores: Stores, site: Site) -> None:
    made = items(stores, site, -0.1, -0.9, -0.5, -0.7)
    with stores.database.write() as connection:
        review_items.close(connection, made[3])

    assert page(stores) == ["rev_1", "rev_2", "rev_0"]


def test_items_can_come_oldest_first(stores: Stores, site: Site) -> None:
    items(stores, site, -0.1, -0.9, -0.5)

    assert page(stores, oldest_first=True) == ["rev_2", "rev_1", "rev_0"]


def test_a_page_goes_on_behind_equal_ranks_without_loss_or_repetition(stores: Stores, site: Site) -> None:
    items(stores, site, -0.5, -0.5, -0.5, -0.5)

    first = page(stores, limit=2)
    second = page(stores, limit=2, after=(-0.5, first[-1]))

    assert first + second == ["rev_0", "rev_1", "rev_2", "rev_3"]


def test_counts_are_by_reason_and_by_site(stores: Stores, site: Site, drain_now: Drain) -> None:
    other = add_site(stores)
    record(stores, site, "maybe spam", "maybe spam again")
    record(stores, other, "maybe spam")
    drain_now()

    with stores.database.read() as connection:
        everything = review_items.counts(connection, None)
        of_one = review_items.counts(connection, other.id)

    assert (everything.waiting, everything.by_reason) == (3, {"uncertain": 3})
    assert everything.by_site == {site.id: 2, other.id: 1}
    assert (of_one.waiting, of_one.by_site) == (1, {other.id: 1})


def test_counts_of_an_empty_queue_know_no_oldest(stores: Stores) -> None:
    with stores.database.read() as connection:
        counts = review_items.counts(connection, None)

    assert (counts.waiting, counts.oldest_waiting_since, counts.by_reason) == (0, None, {})
