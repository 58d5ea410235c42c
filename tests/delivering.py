"""Webhooks, deliverers and the passing of time, for tests of what is told outward."""

import ssl

from builders import move, query, read
from receiving import (
    Receiver,
)
from sqlalchemy import select

from models.receivers import read_allowed
from models.vocabulary import State
from store.ids import now_us
from store.names import resolve
from store.records import transitions, webhooks
from store.records.database import Connection
from store.records.outward_tables import deliveries as table
from store.records.schema import events
from store.records.sites import Site
from store.records.webhooks import Webhook
from store.stores import Stores
from worker.deliver import Deliverer
from worker.send import Sender

HOUR = 3600.0
APPROVED_AND_BACK = (State.APPROVED, State.REVIEW, State.REJECTED)


class Clock:
    """The database's time, moved on by the test."""

    def __init__(self) -> None:
        self.offset_us = 0

    def __call__(self, _: Connection) -> int:
        return now_us() + self.offset_us

    def pass_time(self, seconds: float) -> None:
        self.offset_us += int(seconds * 1e6)


def add_webhook(stores: Stores, site: Site, url: str) -> Webhook:
    with stores.database.write() as connection:
        return webhooks.add(connection, site.id, url)


def a_sender(*allowed: Receiver, total_seconds: float = 0.3) -> Sender:
    permitted = read_allowed(",".join(one.allowed for one in allowed))
    return Sender(permitted, resolve, ssl.create_default_context(), total_seconds)


def a_deliverer(stores: Stores, clock: Clock | None, *allowed: Receiver, total_seconds: float = 0.3) -> Deliverer:
    sender = a_sender(*allowed, total_seconds=total_seconds)
    return Deliverer(stores, sender, clock=clock, randomness=lambda: 0.5)


def deliver_all(deliverer: Deliverer) -> None:
    """Deliver until nothing is due and nothing is on its way."""
    while deliverer.step() or deliverer.in_flight:
        deliverer._wait(0.05)


def go(stores: Stores, comment_id: str, *states: State, **fields: object) -> None:
    """Move a comment from state to state, each in a transaction of its own."""
    for state in states:
        standing = read(stores, comment_id)
        with stores.database.write() as connection:
            to = move(standing, State(standing.state), state, **fields)  # type: ignore[arg-type]
            assert transitions.move(connection, [to], now_us())


def events_of(stores: Stores, comment_id: str) -> list[str]:
    """The ids of what is told of a comment, in order."""
    outward = events.c.type.not_in(("comment.received", "comment.scoring"))
    found = select(events.c.id).where(events.c.comment_id == comment_id, outward).order_by(events.c.seq)
    return query(stores, found)


def states_of(stores: Stores, webhook: Webhook) -> list[str]:
    return query(stores, select(table.c.state).where(table.c.receiver == webhook.id).order_by(table.c.seq))
