"""Tell receivers what happened: claim what is due, send it from threads, write down what came of it.

One thread of a process talks to the database, and each attempt has a thread of its own, so that a receiver that hangs
keeps nobody waiting: how many attempts a receiver may have at once follows from how it answers. Several processes may
run; leases and their fences keep them apart.
"""

import logging
import queue
import random
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import orjson

from models.errors import DatabaseUnavailable
from models.receivers import read_allowed
from store.names import resolve
from store.records import deliveries, events, sites, webhooks
from store.records.database import Connection
from store.records.deliveries import APPROVALS, DEAD, DELIVERED, WAITING, Claim, Outcome
from store.records.events import EventRecord
from store.stores import Stores
from worker import signing
from worker.schedule import MAX_ASKED_SECONDS, pause_us
from worker.send import Reply, Sender

LOOK_SECONDS = 0.1
GATHER_SECONDS = 0.005
LEASE_US = 30_000_000
MAX_IN_FLIGHT = 128
MAX_SLOW_IN_FLIGHT = 64
MAX_OF_RECEIVER = 4
SLOW_SECONDS = 1.0
STOP_SECONDS = 5.0
AFTER_FAILURE_SECONDS = 1.0
GONE, TOO_MANY, UNAVAILABLE = 410, 429, 503

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Message:
    """What one attempt sends. `secrets`: empty for an approval link, whose token is all that its receiver asks for."""

    claim: Claim
    url: str
    secrets: tuple[str, ...]
    body: bytes


@dataclass(slots=True)
class _Standing:
    """How a receiver has answered this process. It begins with one attempt at a time, gets one more with each success
    up to `MAX_OF_RECEIVER`, and is back at one after a failure or a slow answer."""

    places: int = 1
    failed: bool = False
    running: dict[int, float] = field(default_factory=dict)

    def is_slow(self, now: float) -> bool:
        """Whether it failed last, or lets an attempt wait just now."""
        return self.failed or any(now - began > SLOW_SECONDS for began in self.running.values())

    def free(self, now: float) -> int:
        """How many more attempts it may have at once."""
        return (1 if self.is_slow(now) else self.places) - len(self.running)

    def note(self, seq: int, reply: Reply, now: float) -> None:
        """An attempt has ended."""
        slow = now - self.running.pop(seq) > SLOW_SECONDS
        self.failed = reply.error is not None
        self.places = 1 if self.failed or slow else min(self.places + 1, MAX_OF_RECEIVER)


class Deliverer:
    """Delivers what is due from one process.

    `clock`: the time in microseconds since 1970 on the database's clock, which the schedule goes by; `randomness`:
    numbers in [0, 1) for the jitter.
    """

    def __init__(
        self,
        stores: Stores,
        sender: Sender | None = None,
        *,
        clock: Callable[[Connection], int] | None = None,
        randomness: Callable[[], float] = random.random,
    ) -> None:
        self._database = stores.database
        allowed = read_allowed(stores.settings.webhook_allow)
        self._sender = sender or Sender(allowed, resolve, ssl.create_default_context())
        self._clock = clock or stores.database.now_us
        self._randomness = randomness
        self._standings: dict[str, _Standing] = {}
        self._in_flight: dict[int, Claim] = {}
        self._ended: queue.SimpleQueue[tuple[Claim, Reply]] = queue.SimpleQueue()

    def run(self, stopped: threading.Event) -> None:
        """Deliver until told to stop; then wait 5 s for what is on its way and give back the rest."""
        while not stopped.is_set():
            try:
                began = self.step()
            except DatabaseUnavailable as error:
                log.warning("%s", error)
                began = 0
            except Exception:  # The edge of a thread that must go on.
                log.exception("Deliveries stopped for a moment")
                began = 0
                stopped.wait(AFTER_FAILURE_SECONDS)
            self._wait(0.0 if began else LOOK_SECONDS)
        self.finish(STOP_SECONDS)

    def step(self) -> int:
        """Write down what has ended and begin what is due; how many attempts began. Raises DatabaseUnavailable."""
        self._settle()
        messages = self._claim()
        for message in messages:
            self._standing(message.claim).running[message.claim.seq] = time.monotonic()
            self._in_flight[message.claim.seq] = message.claim
            threading.Thread(target=self._attempt, args=(message,), name="attempt", daemon=True).start()
        return len(messages)

    def finish(self, seconds: float) -> None:
        """Wait for the attempts that are on their way, for that long at most; others may try the rest at once."""
        ends = time.monotonic() + seconds
        with suppress(DatabaseUnavailable):
            while self._in_flight and time.monotonic() < ends:
                self._wait(LOOK_SECONDS)
                self._settle()
            with self._database.write() as connection:
                deliveries.give_back(connection, list(self._in_flight.values()))

    @property
    def in_flight(self) -> int:
        """How many attempts are on their way."""
        return len(self._in_flight)

    def _wait(self, seconds: float) -> None:
        """Wait until an attempt ends, and a moment more for others that end together."""
        with suppress(queue.Empty):
            self._ended.put(self._ended.get(timeout=max(seconds, GATHER_SECONDS)))
            time.sleep(GATHER_SECONDS)

    def _attempt(self, message: Message) -> None:
        claim = message.claim
        signed: dict[str, str] = {}
        if message.secrets:
            signed = signing.headers(message.secrets, claim.event_id, int(time.time()), message.body)
        try:
            reply = self._sender.post(message.url, signed, message.body)
        except Exception:  # The edge of a thread whose result somebody counts on.
            log.exception("An attempt to deliver %s failed on our side", claim.event_id)
            reply = Reply(None, "The attempt failed on our side.")
        self._ended.put((claim, reply))

    def _settle(self) -> None:
        ended: list[tuple[Claim, Reply]] = []
        with suppress(queue.Empty):
            while True:
                ended.append(self._ended.get_nowait())
        if not ended:
            return
        try:
            with self._database.write() as connection:
                self._record(connection, ended, self._clock(connection))
        except DatabaseUnavailable:
            for one in ended:
                self._ended.put(one)
            raise
        now = time.monotonic()
        for claim, reply in ended:
            del self._in_flight[claim.seq]
            self._standing(claim).note(claim.seq, reply, now)
        self._forget_idle()

    def _record(self, connection: Connection, ended: Sequence[tuple[Claim, Reply]], now: int) -> None:
        deliveries.settle(connection, [self._outcome(claim, reply, now) for claim, reply in ended], now)
        for claim, reply in ended:
            if claim.url is not None:
                continue
            if reply.status == GONE:
                webhooks.disable(connection, claim.receiver, now)
            elif reply.status in (TOO_MANY, UNAVAILABLE) and reply.asked_seconds:
                asked = min(reply.asked_seconds, MAX_ASKED_SECONDS)
                webhooks.pause(connection, claim.receiver, now + int(asked * 1e6))

    def _outcome(self, claim: Claim, reply: Reply, now: int) -> Outcome:
        if reply.error is None:
            return Outcome(claim, DELIVERED, now, reply.status, None)
        pause = None if reply.status == GONE else pause_us(claim.attempt, self._randomness(), reply.asked_seconds)
        if pause is None:
            return Outcome(claim, DEAD, now, reply.status, reply.error)
        return Outcome(claim, WAITING, now + pause, reply.status, reply.error)

    def _claim(self) -> list[Message]:
        with self._database.read() as connection:
            due = deliveries.receivers_due(connection, self._clock(connection))
        shares = self._shares(due)
        if not shares:
            return []
        claims: list[Claim] = []
        with self._database.write() as connection:
            now = self._clock(connection)
            for receiver, limit in shares:
                claims += deliveries.claim(connection, receiver, limit=limit, now=now, lease_us=LEASE_US)
        return self._messages(claims, now)

    def _shares(self, due: Sequence[str]) -> list[tuple[str, int]]:
        """How many attempts each receiver may begin now: those that answer well first, slow ones in half of all
        places."""
        now = time.monotonic()
        running = len(self._in_flight)
        slow_running = sum(len(s.running) for s in self._standings.values() if s.is_slow(now))
        order = random.sample(due, len(due))  # Nobody is always the last.
        standings = {receiver: self._standings.get(receiver) or _Standing() for receiver in order}
        shares = []
        for slow in (False, True):
            for receiver in order:
                if standings[receiver].is_slow(now) is not slow:
                    continue
                room = MAX_IN_FLIGHT - running
                if slow:
                    room = min(room, MAX_SLOW_IN_FLIGHT - slow_running)
                limit = min(standings[receiver].free(now), room)
                if limit > 0:
                    shares.append((receiver, limit))
                    running += limit
                    slow_running += limit if slow else 0
        return shares

    def _messages(self, claims: Sequence[Claim], now: int) -> list[Message]:
        if not claims:
            return []
        with self._database.read() as connection:
            found = events.by_ids(connection, [claim.event_id for claim in claims])
            hooks = webhooks.by_ids(connection, [claim.receiver for claim in claims if claim.url is None])
            of_sites = {claim.site_id: sites.get(connection, claim.site_id) for claim in claims if claim.url}
        messages = []
        for claim in claims:
            if claim.url is not None and claim.receiver.startswith(APPROVALS):
                messages.append(Message(claim, claim.url, (), b"{}"))
            elif claim.url is not None:
                secrets: tuple[str, ...] = (signing.of_site(of_sites[claim.site_id].pseudonym_key),)
                messages.append(Message(claim, claim.url, secrets, _body(found[claim.event_id])))
            elif claim.receiver in hooks:
                hook = hooks[claim.receiver]
                messages.append(Message(claim, hook.url, hook.live_secrets(now), _body(found[claim.event_id])))
        return messages

    def _standing(self, claim: Claim) -> _Standing:
        return self._standings.setdefault(claim.receiver, _Standing())

    def _forget_idle(self) -> None:
        """Keep what is known of receivers from growing without end; who is forgotten begins anew."""
        if len(self._standings) > 10_000:
            self._standings = {name: s for name, s in self._standings.items() if s.running or s.failed}


def _body(record: EventRecord) -> bytes:
    return orjson.dumps(events.shown(record))
