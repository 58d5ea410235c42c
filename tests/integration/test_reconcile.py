from collections.abc import Iterator

import orjson
import pytest
from builders import HAM, POISON, UNSURE, Drain, change, claim, end_scoring_leases, query, read, record, states
from sqlalchemy import select, update

from store.live import queues, review_queue
from store.records.schema import decisions, review_items, revisions
from store.records.sites import Site
from store.settings import load_settings
from store.stores import Stores, open_stores
from worker.reconcile import rebuild_review_queue, reconcile, return_stale_claims

WHO = ("usr_1", "Ana")


@pytest.fixture
def without_redis(stores: Stores) -> Iterator[Stores]:
    nowhere = {"DATABASE_URL": stores.settings.database_url, "REDIS_URL": f"unix://{stores.settings.data}/none.sock"}
    opened = open_stores(load_settings(nowhere, data=stores.settings.data))
    yield opened
    opened.close()


def queued(stores: Stores) -> int:
    return queues.queue(stores.redis, queues.SCORING_QUEUE).count


def grow_old(stores: Stores, seconds: int) -> None:
    change(stores, update(revisions).values(received_at=revisions.c.received_at - seconds * 1_000_000))


def fail_once(stores: Stores, drain_now: Drain) -> None:
    drain_now()
    end_scoring_leases(stores)
    return_stale_claims(stores)


def test_a_claim_whose_lease_has_ended_goes_back_to_be_scored(stores: Stores, site: Site) -> None:
    (comment_id,) = record(stores, site, HAM)
    claim(stores)
    end_scoring_leases(stores)

    returned = return_stale_claims(stores)

    assert returned == 1
    assert states(stores, [comment_id]) == ["received"]


def test_a_claim_that_is_still_held_stays(stores: Stores, site: Site) -> None:
    (comment_id,) = record(stores, site, HAM)
    claim(stores)

    returned = return_stale_claims(stores)

    assert returned == 0
    assert states(stores, [comment_id]) == ["scoring"]


def test_after_three_starts_a_person_decides(stores: Stores, site: Site, drain_now: Drain) -> None:
    (comment_id,) = record(stores, site, POISON)

    seen = []
    for _ in range(3):
        fail_once(stores, drain_now)
        seen.extend(states(stores, [comment_id]))

    assert seen == ["received", "received", "review"]


def test_what_could_not_be_scored_says_so_and_is_decided_by_rule(stores: Stores, site: Site, drain_now: Drain) -> None:
    (comment_id,) = record(stores, site, POISON)
    for _ in range(3):
        fail_once(stores, drain_now)

    decision = read(stores, comment_id).decision

    assert decision is not None
    assert (decision.action, decision.decided_by) == ("review", "rule")
    assert (decision.probability, decision.low, decision.high, decision.model) == (None, None, None, None)
    assert [reason["code"] for reason in orjson.loads(decision.reasons)] == ["scorer_failed"]
    assert query(stores, select(review_items.c.reason)) == ["scorer_failed"]


def test_starts_count_and_not_exceptions(stores: Stores, site: Site) -> None:
    """A worker that is killed raises nothing."""
    (comment_id,) = record(stores, site, HAM)

    for retried in (False, True, True):
        assert len(claim(stores, retried=retried)) == 1
        end_scoring_leases(stores)
        return_stale_claims(stores)

    assert states(stores, [comment_id]) == ["review"]


def test_two_clocks_return_a_claim_once(stores: Stores, site: Site) -> None:
    record(stores, site, HAM)
    claim(stores)
    end_scoring_leases(stores)

    assert [return_stale_claims(stores) for _ in range(2)] == [1, 0]


def test_a_lost_wake_up_is_made_good(stores: Stores, site: Site) -> None:
    record(stores, site, HAM)
    grow_old(stores, 3)

    reconcile(stores)

    assert queued(stores) == 1


def test_a_comment_that_has_just_come_needs_no_second_wake_up(stores: Stores, site: Site) -> None:
    record(stores, site, HAM)

    reconcile(stores)

    assert queued(stores) == 0


def test_one_job_is_queued_however_often_it_is_asked_for(stores: Stores, site: Site) -> None:
    record(stores, site, HAM)
    grow_old(stores, 3)

    for _ in range(5):
        reconcile(stores)
        queues.ensure_drain(stores.redis)

    assert queued(stores) == 1


def test_an_emptied_redis_gets_its_review_queue_back(stores: Stores, site: Site, drain_now: Drain) -> None:
    record(stores, site, *(f"{UNSURE} {n}" for n in range(5)))
    drain_now()
    stores.redis.flushall()

    reconcile(stores)

    assert review_queue.size(stores.redis) == 5
    assert len(review_queue.claim(stores.redis, WHO, 10, site.id)) == 5


def test_an_emptied_redis_gets_its_wake_up_back(stores: Stores, site: Site, drain_now: Drain) -> None:
    (comment_id,) = record(stores, site, HAM)
    queues.ensure_drain(stores.redis)
    stores.redis.flushall()
    grow_old(stores, 3)

    reconcile(stores)
    drain_now()

    assert queued(stores) == 1
    assert states(stores, [comment_id]) == ["approved"]


def test_a_rebuilt_queue_has_the_order_of_the_lost_one(stores: Stores, site: Site, drain_now: Drain) -> None:
    record(stores, site, UNSURE, POISON, UNSURE + " too")
    for _ in range(3):
        fail_once(stores, drain_now)
    before = [lease.item_id for lease in review_queue.claim(stores.redis, WHO, 10, None)]
    stores.redis.flushall()

    rebuilt = rebuild_review_queue(stores)

    assert rebuilt == 3
    assert [lease.item_id for lease in review_queue.claim(stores.redis, WHO, 10, None)] == before


def test_a_rebuild_takes_out_what_waits_no_longer_and_keeps_leases(
    stores: Stores, site: Site, drain_now: Drain
) -> None:
    record(stores, site, UNSURE)
    drain_now()
    (lease,) = review_queue.claim(stores.redis, WHO, 1, None)
    review_queue.add(stores.redis, [("rev_decided_long_ago", site.id, 0.0)])

    rebuild_review_queue(stores)

    assert review_queue.size(stores.redis) == 1
    assert review_queue.claim(stores.redis, WHO, 10, site.id) == []
    assert review_queue.by_id(stores.redis, lease.id) is not None


def test_stale_claims_go_back_while_redis_is_away(stores: Stores, site: Site, without_redis: Stores) -> None:
    (comment_id,) = record(stores, site, HAM)
    claim(stores)
    end_scoring_leases(stores)

    reconcile(without_redis)

    assert states(stores, [comment_id]) == ["received"]


def test_a_quiet_round_changes_nothing(stores: Stores, site: Site, drain_now: Drain) -> None:
    ids = record(stores, site, HAM, UNSURE)
    drain_now()
    before = query(stores, select(decisions.c.id))

    reconcile(stores)
    reconcile(stores)

    assert states(stores, ids) == ["approved", "review"]
    assert query(stores, select(decisions.c.id)) == before
