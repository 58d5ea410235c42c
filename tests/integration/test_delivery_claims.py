"""Several deliverers, dead ones and receivers that hang: each event goes out once, and nobody else waits."""

import threading
import time

from builders import add_site, change, query, read, record
from delivering import APPROVED_AND_BACK, Clock, a_deliverer, add_webhook, deliver_all, events_of, go, states_of
from receiving import (
    OK,
    Receiver,
    answers,
    hangs,
)
from servers import wait_until
from sqlalchemy import select

from models.vocabulary import State
from store.ids import now_us
from store.records import decisions, deliveries, outbox
from store.records.decisions import DecisionRecord
from store.records.outward_tables import deliveries as table
from store.records.sites import Site
from store.stores import Stores
from worker.deliver import LEASE_US, _Standing


def test_a_claim_that_has_begun_cannot_be_withdrawn_and_a_withdrawal_not_claimed(
    stores: Stores, site: Site, good: Receiver
) -> None:
    webhook = add_webhook(stores, site, good.url)
    ids = record(stores, site, "begun", "withdrawn")
    for comment_id in ids:
        go(stores, comment_id, State.SCORING, State.REVIEW)
    change(stores, table.delete())
    for comment_id in ids:
        go(stores, comment_id, State.APPROVED, decision_id=_decision(stores, comment_id), undo_window_us=10_000_000)
    late = now_us() + 2 * 10_000_000

    with stores.database.write() as connection:
        (begun,) = deliveries.claim(connection, webhook.id, limit=1, now=late, lease_us=LEASE_US)
    with stores.database.write() as connection:
        assert not outbox.withdraw(connection, f"dec_{ids[0]}", now_us())
        assert outbox.withdraw(connection, f"dec_{ids[1]}", now_us())
    with stores.database.write() as connection:
        assert deliveries.claim(connection, webhook.id, limit=9, now=late, lease_us=LEASE_US) == []
    assert query(stores, select(table.c.event_id)) == [begun.event_id]


def _decision(stores: Stores, comment_id: str) -> str:
    made = DecisionRecord(
        f"dec_{comment_id}", comment_id, 1, "human:1", read(stores, comment_id).site_id, "approve", "human",
        "usr_1", "Ana", None, None, None, "[]", None, None, "1", None, None, 1, 1,
    )  # fmt: skip
    with stores.database.write() as connection:
        decisions.add(connection, [made])
    return made.id


def test_two_deliverers_send_each_event_once_and_in_order(
    stores: Stores, site: Site, good: Receiver, clock: Clock
) -> None:
    webhook = add_webhook(stores, site, good.url)
    ids = record(stores, site, *(f"comment {n}" for n in range(20)))
    for comment_id in ids:
        go(stores, comment_id, State.SCORING, *APPROVED_AND_BACK)
    stopped = threading.Event()
    threads = [threading.Thread(target=a_deliverer(stores, clock, good).run, args=(stopped,)) for _ in range(3)]

    for thread in threads:
        thread.start()
    wait_until(lambda: set(states_of(stores, webhook)) == {"delivered"}, 60)
    stopped.set()
    for thread in threads:
        thread.join()

    assert len(good.received) == 60
    assert [good.of_comment(comment_id) for comment_id in ids] == [events_of(stores, c) for c in ids]


def test_what_a_dead_process_had_claimed_is_sent_by_another(
    stores: Stores, site: Site, good: Receiver, clock: Clock
) -> None:
    webhook = add_webhook(stores, site, good.url)
    (comment_id,) = record(stores, site, "hello")
    go(stores, comment_id, State.SCORING, State.APPROVED, State.REVIEW)
    with stores.database.write() as connection:
        claims = deliveries.claim(connection, webhook.id, limit=9, now=clock(connection), lease_us=LEASE_US)
    assert len(claims) == 1, "only the oldest of a comment may be claimed"
    deliverer = a_deliverer(stores, clock, good)

    deliver_all(deliverer)
    assert good.received == []
    clock.pass_time(31)
    deliver_all(deliverer)

    assert good.of_comment(comment_id) == events_of(stores, comment_id)
    late = deliveries.Outcome(claims[0], "dead", 0, 500, "too late")
    with stores.database.write() as connection:
        deliveries.settle(connection, [late], clock(connection))
    assert states_of(stores, webhook) == ["delivered", "delivered"]


def test_a_result_of_before_a_redelivery_says_nothing_about_it(stores: Stores, site: Site, good: Receiver) -> None:
    webhook = add_webhook(stores, site, good.url)
    (comment_id,) = record(stores, site, "hello")
    go(stores, comment_id, State.SCORING, State.APPROVED)
    now = now_us()
    with stores.database.write() as connection:
        (first,) = deliveries.claim(connection, webhook.id, limit=1, now=now, lease_us=LEASE_US)
        deliveries.settle(connection, [deliveries.Outcome(first, "delivered", now, 204, None)], now)
        deliveries.redeliver(connection, webhook.id, state="delivered", now=now)
        (again,) = deliveries.claim(connection, webhook.id, limit=1, now=now + 1, lease_us=LEASE_US)

        deliveries.settle(connection, [deliveries.Outcome(first, "dead", now, 500, "late")], now)

    assert again.attempt == first.attempt
    assert states_of(stores, webhook) == ["waiting"]


def test_at_the_end_what_is_on_its_way_is_given_back(
    stores: Stores, site: Site, bad: Receiver, good: Receiver, clock: Clock
) -> None:
    webhook = add_webhook(stores, site, bad.url)
    bad.behaviour = hangs
    (comment_id,) = record(stores, site, "hello")
    go(stores, comment_id, State.SCORING, State.APPROVED)
    first = a_deliverer(stores, clock, bad, total_seconds=60)
    assert first.step() == 1
    wait_until(lambda: bad.received)

    first.finish(0.0)
    bad.behaviour = answers(OK)
    deliver_all(a_deliverer(stores, clock, bad))

    assert states_of(stores, webhook) == ["delivered"]


def test_receivers_that_hang_delay_no_other(stores: Stores, site: Site, good: Receiver, bad: Receiver) -> None:
    """Forty webhooks that hang, and one that answers: of 100 events 99 in 100 must reach it within a second."""
    bad.behaviour = hangs
    hanging = [add_site(stores) for _ in range(4)]
    for other in hanging:
        for n in range(10):
            add_webhook(stores, other, f"{bad.url}/{n}")
    add_webhook(stores, site, good.url)
    for other in hanging:
        for comment_id in record(stores, other, "one", "two", "three"):
            go(stores, comment_id, State.SCORING, State.APPROVED)
    deliverer = a_deliverer(stores, None, good, bad, total_seconds=15.0)
    stopped = threading.Event()
    thread = threading.Thread(target=deliverer.run, args=(stopped,))
    thread.start()
    wait_until(lambda: deliverer.in_flight >= 40)

    began: dict[str, float] = {}
    for comment_id in record(stores, site, *(f"comment {n}" for n in range(100))):
        go(stores, comment_id, State.SCORING)
        began[comment_id] = time.monotonic()
        go(stores, comment_id, State.APPROVED)
    wait_until(lambda: len(good.received) == 100, 30)
    bad.close()
    stopped.set()

    delays = sorted(r.at - began[r.data["comment_id"]] for r in good.received)
    assert delays[98] <= 1.0
    assert deliverer.in_flight >= 40
    assert thread.is_alive()


def test_slow_receivers_never_take_more_than_half_of_the_places(stores: Stores, site: Site, bad: Receiver) -> None:
    bad.behaviour = hangs
    for _ in range(8):
        other = add_site(stores)
        for n in range(20):
            add_webhook(stores, other, f"{bad.url}/{n}")
        (comment_id,) = record(stores, other, "hello")
        go(stores, comment_id, State.SCORING, State.APPROVED)
    deliverer = a_deliverer(stores, None, bad, total_seconds=60)
    for receiver_id in query(stores, select(table.c.receiver)):
        deliverer._standings[receiver_id] = _Standing(failed=True)

    began = sum(deliverer.step() for _ in range(3))

    assert began == 64
