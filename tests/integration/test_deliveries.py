"""Receivers that fail in every way: what is due arrives when they recover, and in order."""

import pytest
from builders import add_site, change, query, record
from delivering import APPROVED_AND_BACK, HOUR, Clock, a_deliverer, add_webhook, deliver_all, events_of, go, states_of
from receiving import (
    BROKEN,
    BUSY,
    GARBAGE,
    GONE,
    OK,
    Behaviour,
    Receiver,
    answers,
    hangs,
    redirects_to,
    resets,
    sends_a_gibibyte,
    trickles_after,
)
from sqlalchemy import insert, select, update
from standardwebhooks import Webhook as Judge

from models.vocabulary import State
from store.ids import now_us
from store.records import deliveries, outbox, sites, webhooks
from store.records.outward_tables import deliveries as table
from store.records.schema import foreign_comments
from store.records.sites import Site, WireSettings
from store.stores import Stores
from worker import signing
from worker.retain import DELIVERIES_KEPT_US, retain
from worker.schedule import MAX_ATTEMPTS, PAUSES_SECONDS


def test_every_event_but_the_inner_ones_arrives_signed_and_in_order(
    stores: Stores, site: Site, good: Receiver, clock: Clock
) -> None:
    webhook = add_webhook(stores, site, good.url)
    (comment_id,) = record(stores, site, "hello")
    go(stores, comment_id, State.SCORING, *APPROVED_AND_BACK)

    deliver_all(a_deliverer(stores, clock, good))

    assert good.of_comment(comment_id) == events_of(stores, comment_id)
    assert [r.data["state"] for r in good.received] == ["approved", "review", "rejected"]
    for request in good.received:
        Judge(webhook.secret).verify(request.body.decode(), request.headers)
    assert states_of(stores, webhook) == ["delivered"] * 3


@pytest.mark.parametrize(
    "behaviour",
    [
        answers(BROKEN),
        answers(BUSY),
        redirects_to("http://127.0.0.1:9/"),
        answers(GARBAGE),
        hangs,
        resets,
        trickles_after(b"HTTP/1.1 200 OK\r\nX-Slow: "),
    ],
    ids=["500", "429", "301", "garbage", "hang", "reset", "trickle"],
)
def test_what_fails_arrives_when_the_receiver_recovers_in_order_and_delays_nobody(
    stores: Stores, site: Site, good: Receiver, bad: Receiver, clock: Clock, *, behaviour: Behaviour
) -> None:
    failing, fine = add_webhook(stores, site, bad.url), add_webhook(stores, site, good.url)
    bad.behaviour = behaviour
    ids = record(stores, site, "one", "two", "three")
    for comment_id in ids:
        go(stores, comment_id, State.SCORING, *APPROVED_AND_BACK)
    deliverer = a_deliverer(stores, clock, good, bad)

    deliver_all(deliverer)
    assert [good.of_comment(comment_id) for comment_id in ids] == [events_of(stores, c) for c in ids]
    assert "delivered" not in states_of(stores, failing)
    for pause in PAUSES_SECONDS[:3]:
        clock.pass_time(pause * 1.1 + 121)
        deliver_all(deliverer)
    assert [len(bad.of_comment(comment_id)) for comment_id in ids] == [1, 1, 1], "a later event overtook"

    bad.behaviour = answers(OK)
    clock.pass_time(3 * HOUR)
    deliver_all(deliverer)

    assert [bad.of_comment(comment_id) for comment_id in ids] == [events_of(stores, c) for c in ids]
    assert states_of(stores, failing) == states_of(stores, fine) == ["delivered"] * 9
    for one in (bad, good):
        arrived = [(r.event_id, r.body) for r in one.received]
        assert len({body for _, body in arrived}) == len({event_id for event_id, _ in arrived}), "a body changed"


def test_a_gibibyte_of_reply_counts_by_its_status(stores: Stores, site: Site, bad: Receiver, clock: Clock) -> None:
    webhook = add_webhook(stores, site, bad.url)
    bad.behaviour = sends_a_gibibyte
    (comment_id,) = record(stores, site, "hello")
    go(stores, comment_id, State.SCORING, State.APPROVED)

    deliver_all(a_deliverer(stores, clock, bad, total_seconds=5.0))

    assert states_of(stores, webhook) == ["delivered"]


def test_a_receiver_that_is_back_after_72_hours_gets_everything(
    stores: Stores, site: Site, bad: Receiver, clock: Clock
) -> None:
    webhook = add_webhook(stores, site, bad.url)
    bad.behaviour = answers(BROKEN)
    (comment_id,) = record(stores, site, "hello")
    go(stores, comment_id, State.SCORING, State.APPROVED, State.REVIEW)
    deliverer = a_deliverer(stores, clock, bad)
    for _ in range(72 * 2):
        deliver_all(deliverer)
        clock.pass_time(HOUR / 2)
    assert states_of(stores, webhook) == ["waiting", "waiting"]

    bad.behaviour = answers(OK)
    for _ in range(12):
        deliver_all(deliverer)
        clock.pass_time(HOUR)

    assert bad.of_comment(comment_id) == events_of(stores, comment_id)
    assert states_of(stores, webhook) == ["delivered", "delivered"]


def test_after_the_last_attempt_an_event_is_a_dead_letter_until_it_is_sent_by_hand(
    stores: Stores, site: Site, bad: Receiver, clock: Clock
) -> None:
    webhook = add_webhook(stores, site, bad.url)
    bad.behaviour = answers(BROKEN)
    (comment_id,) = record(stores, site, "hello")
    go(stores, comment_id, State.SCORING, State.APPROVED)
    deliverer = a_deliverer(stores, clock, bad)
    deliver_all(deliverer)
    for pause in PAUSES_SECONDS:
        clock.pass_time(pause * 1.1)
        deliver_all(deliverer)
    assert len(bad.received) == MAX_ATTEMPTS
    assert len({r.event_id for r in bad.received}) == 1
    assert states_of(stores, webhook) == ["dead"]

    bad.behaviour = answers(OK)
    with stores.database.write() as connection:
        assert deliveries.redeliver(connection, webhook.id, state="dead", now=clock(connection)) == 1
    deliver_all(deliverer)

    assert states_of(stores, webhook) == ["delivered"]
    assert len({r.event_id for r in bad.received}) == 1


def test_410_disables_the_webhook_and_nothing_more_is_sent(
    stores: Stores, site: Site, bad: Receiver, clock: Clock
) -> None:
    webhook = add_webhook(stores, site, bad.url)
    bad.behaviour = answers(GONE)
    ids = record(stores, site, "one", "two", "three")
    for comment_id in ids:
        go(stores, comment_id, State.SCORING, State.APPROVED)
    deliverer = a_deliverer(stores, clock, bad)

    deliver_all(deliverer)
    go(stores, ids[0], State.REVIEW)
    clock.pass_time(80 * HOUR)
    deliver_all(deliverer)

    assert len(bad.received) == 1
    assert states_of(stores, webhook) == ["dead"] * 3
    with stores.database.read() as connection:
        after = webhooks.get(connection, webhook.id)
    assert (after.state, after.version) == ("disabled", 2)


def test_a_receiver_that_asks_for_a_pause_gets_it(stores: Stores, site: Site, bad: Receiver, clock: Clock) -> None:
    add_webhook(stores, site, bad.url)
    bad.behaviour = answers(BUSY)
    first, second = record(stores, site, "one", "two")
    go(stores, first, State.SCORING, State.APPROVED)
    deliverer = a_deliverer(stores, clock, bad)
    deliver_all(deliverer)
    bad.behaviour = answers(OK)

    go(stores, second, State.SCORING, State.APPROVED)
    clock.pass_time(100)
    deliver_all(deliverer)
    assert len(bad.received) == 1

    clock.pass_time(30)
    deliver_all(deliverer)
    assert len(bad.received) == 3


def test_an_event_waits_for_its_undo_window_and_never_goes_out_when_it_was_withdrawn(
    stores: Stores, site: Site, good: Receiver, clock: Clock
) -> None:
    add_webhook(stores, site, good.url)
    kept, undone = record(stores, site, "kept", "undone")
    for comment_id in (kept, undone):
        go(stores, comment_id, State.SCORING, State.REVIEW)
    deliverer = a_deliverer(stores, clock, good)
    deliver_all(deliverer)
    for comment_id in (kept, undone):
        decision = {"decision_id": f"dec_{comment_id}", "reviewer_id": "usr_1", "undo_window_us": 10_000_000}
        go(stores, comment_id, State.APPROVED, **decision)
    go(stores, kept, State.REVIEW)

    deliver_all(deliverer)
    assert len(good.received) == 2, "went out inside the window, or overtook what waits"
    with stores.database.write() as connection:
        outbox.withdraw_last(connection, undone, now_us())

    clock.pass_time(11)
    deliver_all(deliverer)

    assert [r.data["state"] for r in good.received if r.data["comment_id"] == kept] == ["review", "approved", "review"]
    assert [r.data["state"] for r in good.received if r.data["comment_id"] == undone] == ["review"]


def test_after_a_rotation_both_secrets_sign_for_a_while(
    stores: Stores, site: Site, good: Receiver, clock: Clock
) -> None:
    before = add_webhook(stores, site, good.url)
    with stores.database.write() as connection:
        after = webhooks.rotate(connection, before, int(HOUR * 1e6))
    assert after is not None
    first, second = record(stores, site, "one", "two")
    deliverer = a_deliverer(stores, clock, good)

    go(stores, first, State.SCORING, State.APPROVED)
    deliver_all(deliverer)
    clock.pass_time(HOUR + 1)
    go(stores, second, State.SCORING, State.APPROVED)
    deliver_all(deliverer)

    during, later = good.received
    for secret in (before.secret, after.secret):
        Judge(secret).verify(during.body.decode(), during.headers)
    assert len(during.headers["webhook-signature"].split(" ")) == 2
    Judge(after.secret).verify(later.body.decode(), later.headers)
    assert len(later.headers["webhook-signature"].split(" ")) == 1


def test_the_address_of_a_comment_is_told_once_of_each_decision_of_a_person(
    stores: Stores, site: Site, good: Receiver, clock: Clock
) -> None:
    with_address, without = record(stores, site, "one", "two")
    row = {"comment_id": with_address, "site_id": site.id, "wire": "akismet", "callback": good.url}
    change(stores, insert(foreign_comments).values(**row, fingerprint="", is_test=0, received_at=1))
    for comment_id in (with_address, without):
        go(stores, comment_id, State.SCORING, State.REVIEW)
        go(stores, comment_id, State.APPROVED, reviewer_id="usr_1", undo_window_us=10_000_000)
    deliverer = a_deliverer(stores, clock, good)
    deliver_all(deliverer)
    assert good.received == []

    clock.pass_time(11)
    deliver_all(deliverer)

    (request,) = good.received
    assert (request.data["comment_id"], request.data["state"]) == (with_address, "approved")
    Judge(signing.of_site(site.pseudonym_key)).verify(request.body.decode(), request.headers)


def test_another_sites_events_are_not_sent(stores: Stores, site: Site, good: Receiver, clock: Clock) -> None:
    add_webhook(stores, add_site(stores), good.url)
    (comment_id,) = record(stores, site, "hello")
    go(stores, comment_id, State.SCORING, State.APPROVED)

    deliver_all(a_deliverer(stores, clock, good))

    assert good.received == []


def test_settled_deliveries_and_replaced_secrets_are_forgotten(stores: Stores, site: Site) -> None:
    webhook = add_webhook(stores, site, "https://hooks.example/")
    ids = record(stores, site, "old", "young", "waiting")
    for comment_id in ids:
        go(stores, comment_id, State.SCORING, State.APPROVED)
    minute = 60_000_000
    for comment_id, age in zip(ids, (minute, -minute), strict=False):
        settled = {"state": "delivered", "settled_at": now_us() - DELIVERIES_KEPT_US - age}
        change(stores, update(table).where(table.c.comment_id == comment_id).values(**settled))
    with stores.database.write() as connection:
        webhooks.rotate(connection, webhook, 0)

    retain(stores)

    assert query(stores, select(table.c.comment_id).order_by(table.c.seq)) == ids[1:]
    with stores.database.read() as connection:
        assert webhooks.get(connection, webhook.id).previous_secret is None


def test_an_approved_comment_of_cusdis_is_approved_there_once_and_nowhere_else(
    stores: Stores, site: Site, good: Receiver, clock: Clock
) -> None:
    """Only what the site says is its Cusdis is called, and what was rejected is not."""
    with stores.database.write() as connection:
        sites.set_wires(connection, site.id, WireSettings(cusdis_url=good.url))
    ours, rejected, elsewhere, waiting = record(stores, site, "one", "two", "three", "four")
    links = dict.fromkeys((ours, rejected, waiting), f"{good.url}/open/approve?token=abc")
    for comment_id, link in {**links, elsewhere: "http://127.0.0.1:9/open/approve?token=x"}.items():
        row = {"comment_id": comment_id, "site_id": site.id, "wire": "cusdis", "approve_link": link}
        change(stores, insert(foreign_comments).values(**row, fingerprint="", is_test=0, received_at=1))
    go(stores, ours, State.SCORING, State.APPROVED)
    go(stores, elsewhere, State.SCORING, State.APPROVED)
    go(stores, rejected, State.SCORING, State.REJECTED)
    go(stores, waiting, State.SCORING, State.REVIEW)

    deliver_all(a_deliverer(stores, clock, good))

    (request,) = good.received
    assert (request.path, request.body) == ("/hook/api/open/approve?token=abc", b"{}")
    assert "webhook-signature" not in request.headers
    assert query(stores, select(table.c.state)) == ["delivered"]

    go(stores, waiting, State.APPROVED, reviewer_id="usr_1", undo_window_us=10_000_000)
    deliver_all(a_deliverer(stores, clock, good))
    assert len(good.received) == 1, "the undo window holds here as well"
    with stores.database.read() as connection:
        assert deliveries.counts(connection) == (1, 0)


@pytest.mark.parametrize(
    ("link", "call"),
    [
        ("https://c.example/open/approve?token=a", "https://c.example/api/open/approve?token=a"),
        ("https://C.example/sub/open/approve?token=a#x", "https://C.example/sub/api/open/approve?token=a"),
        ("https://c.example/api/open/approve?token=a", "https://c.example/api/open/approve?token=a"),
        ("http://c.example/open/approve?token=a", None),
        ("https://c.example:8443/open/approve?token=a", None),
        ("https://c.example.evil.example/open/approve", None),
        ("https://c.example@evil.example/open/approve", None),
        ("https://c.example/open/delete?token=a", None),
    ],
)
def test_an_approval_link_must_lead_to_the_sites_own_cusdis(link: str, call: str | None) -> None:
    assert deliveries.approval_call(link, "https://c.example/") == call
