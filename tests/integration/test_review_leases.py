import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from servers import wait_until

from store.live import review_queue
from store.live.review_queue import LEASE_SECONDS
from store.stores import Stores

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ANA, BEN = ("usr_ana", "Ana"), ("usr_ben", "Ben")
ROUNDS = 200


def put(stores: Stores, *items: tuple[str, float], site: str = "site_1") -> None:
    review_queue.add(stores.redis, [(item, site, rank) for item, rank in items])


def test_the_best_item_is_claimed_first(stores: Stores) -> None:
    put(stores, ("rev_late", 0.5), ("rev_best", -0.9), ("rev_next", -0.2))

    leases = review_queue.claim(stores.redis, ANA, 2, None)

    assert [lease.item_id for lease in leases] == ["rev_best", "rev_next"]
    assert all(lease.milliseconds_left == LEASE_SECONDS * 1000 for lease in leases)


def test_a_claim_for_one_site_gives_items_of_that_site_only(stores: Stores) -> None:
    put(stores, ("rev_1", 0.0))
    put(stores, ("rev_2", 0.0), site="site_2")

    leases = review_queue.claim(stores.redis, ANA, 5, "site_2")

    assert [lease.item_id for lease in leases] == ["rev_2"]


def test_two_reviewers_who_claim_at_the_same_moment_never_get_the_same_item(stores: Stores) -> None:
    put(stores, *((f"rev_{n}", float(n)) for n in range(ROUNDS)))
    together = threading.Barrier(2)

    def claim_all(who: tuple[str, str]) -> list[str]:
        mine = []
        for _ in range(ROUNDS):
            together.wait(10)
            mine += [lease.item_id for lease in review_queue.claim(stores.redis, who, 1, None)]
        return mine

    with ThreadPoolExecutor(2) as pool:
        ana, ben = pool.map(claim_all, (ANA, BEN))

    assert Counter(ana + ben) == Counter(f"rev_{n}" for n in range(ROUNDS))
    assert ana
    assert ben


def test_two_reviewers_who_ask_for_the_same_item_at_the_same_moment_never_both_get_it(stores: Stores) -> None:
    put(stores, *((f"rev_{n}", float(n)) for n in range(ROUNDS)))
    together = threading.Barrier(2)

    def claim_each(who: tuple[str, str]) -> list[bool]:
        got = []
        for n in range(ROUNDS):
            together.wait(10)
            got.append(review_queue.claim_one(stores.redis, who, f"rev_{n}") is not None)
        return got

    with ThreadPoolExecutor(2) as pool:
        ana, ben = pool.map(claim_each, (ANA, BEN))

    assert [a + b for a, b in zip(ana, ben, strict=True)] == [1] * ROUNDS


def test_expired_lease_returns_the_item_to_the_queue(stores: Stores) -> None:
    put(stores, ("rev_1", 0.0))
    (lease,) = review_queue.claim(stores.redis, ANA, 1, None)
    assert review_queue.claim(stores.redis, BEN, 1, None) == []

    for key in stores.redis.keys("gatepost:lease:*"):
        stores.redis.pexpire(key, 5)
    wait_until(lambda: not stores.redis.keys("gatepost:lease:*"))

    assert [again.item_id for again in review_queue.claim(stores.redis, BEN, 1, None)] == ["rev_1"]
    assert review_queue.by_id(stores.redis, lease.id) is None
    assert review_queue.extend(stores.redis, lease) is None
    assert review_queue.release(stores.redis, lease) is False


def test_a_holder_who_was_too_late_cannot_end_the_lease_of_the_next(stores: Stores) -> None:
    put(stores, ("rev_1", 0.0))
    (late,) = review_queue.claim(stores.redis, ANA, 1, None)
    stores.redis.delete(*stores.redis.keys("gatepost:lease:*"))
    (held,) = review_queue.claim(stores.redis, BEN, 1, None)

    released = review_queue.release(stores.redis, late)

    assert released is False
    assert review_queue.by_id(stores.redis, held.id) is not None


def test_a_heartbeat_gives_the_full_time_again(stores: Stores) -> None:
    put(stores, ("rev_1", 0.0))
    (lease,) = review_queue.claim(stores.redis, ANA, 1, None)
    for key in stores.redis.keys("gatepost:lease:*"):
        stores.redis.pexpire(key, 10_000)

    review_queue.extend(stores.redis, lease)

    found = review_queue.by_id(stores.redis, lease.id)
    assert found is not None
    assert found.milliseconds_left > 290_000


def test_a_released_item_is_free_at_once(stores: Stores) -> None:
    put(stores, ("rev_1", 0.0))
    (lease,) = review_queue.claim(stores.redis, ANA, 1, None)

    review_queue.release(stores.redis, lease)

    assert len(review_queue.claim(stores.redis, BEN, 1, None)) == 1


def test_asking_again_for_an_item_that_one_holds_extends_the_same_lease(stores: Stores) -> None:
    put(stores, ("rev_1", 0.0))
    first = review_queue.claim_one(stores.redis, ANA, "rev_1")

    again = review_queue.claim_one(stores.redis, ANA, "rev_1")

    assert first is not None
    assert again is not None
    assert again.id == first.id


def test_a_claim_looks_past_a_hundred_leased_items(stores: Stores) -> None:
    put(stores, *((f"rev_{n:03}", float(n)) for n in range(230)))
    for _ in range(11):
        review_queue.claim(stores.redis, ANA, 20, None)

    leases = review_queue.claim(stores.redis, BEN, 20, None)

    assert [lease.item_id for lease in leases] == [f"rev_{n:03}" for n in range(220, 230)]


def test_what_is_removed_is_neither_waiting_nor_leased(stores: Stores) -> None:
    put(stores, ("rev_1", 0.0))
    (lease,) = review_queue.claim(stores.redis, ANA, 1, None)

    review_queue.remove(stores.redis, [("rev_1", "site_1")])

    assert review_queue.by_id(stores.redis, lease.id) is None
    assert review_queue.claim(stores.redis, BEN, 1, "site_1") == []
    assert review_queue.count_leased(stores.redis, None) == 0
