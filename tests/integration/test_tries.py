"""How often one may guess, counted in Redis for all processes, and in one process while Redis is away."""

from dataclasses import dataclass, replace

import pytest
import redis
from flask import Request
from redis.backoff import NoBackoff
from redis.retry import Retry
from werkzeug.test import EnvironBuilder

from service.console.tries import (
    MAX_COUNTED,
    MAX_TRIES,
    MAX_TRIES_OF_ADDRESS,
    TRIES_SECONDS,
    OwnCounts,
    Tries,
    address_of,
    name_key,
)
from store.stores import Stores

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@dataclass
class Clock:
    """Time as a test sets it."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def asked_from(address: str, forwarded: str | None = None) -> Request:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return Request(EnvironBuilder(environ_base={"REMOTE_ADDR": address}, headers=headers).get_environ())


LOCAL = asked_from("127.0.0.1")


@on_sqlite
def test_processes_count_tries_of_a_name_together_in_any_spelling(stores: Stores) -> None:
    processes = [Tries(stores) for _ in range(2)]

    allowed = [processes[n % 2].take(LOCAL, " Marta" if n % 3 else "MARTA") for n in range(MAX_TRIES)]

    assert all(allowed)
    assert not processes[0].take(LOCAL, "marta")
    assert processes[0].take(LOCAL, "somebody else")
    processes[1].forget("marta ")
    assert processes[0].take(LOCAL, "Marta")
    (ttl, *_) = [stores.redis.pttl(key) for key in stores.redis.scan_iter("gatepost:tries:*")]
    assert 0 < int(ttl) <= TRIES_SECONDS * 1000
    assert not any(b"marta" in key.lower() for key in stores.redis.scan_iter("gatepost:tries:*"))


@on_sqlite
def test_an_address_that_tries_many_names_is_refused_and_others_are_not(stores: Stores) -> None:
    tries = Tries(replace(stores, settings=replace(stores.settings, proxies=1)))
    guessing, other = asked_from("10.0.0.2", "203.0.113.9"), asked_from("10.0.0.2", "203.0.113.10")

    allowed = [tries.take(guessing, f"name {n}") for n in range(MAX_TRIES_OF_ADDRESS + 1)]

    assert allowed == [True] * MAX_TRIES_OF_ADDRESS + [False]
    assert tries.take(other, "name 0")


@on_sqlite
def test_without_redis_this_process_counts_alone(stores: Stores) -> None:
    away = redis.Redis(port=1, retry=Retry(NoBackoff(), 0))
    clock = Clock()
    tries = Tries(replace(stores, redis=away), clock)

    assert [tries.take(LOCAL, "Marta") for _ in range(MAX_TRIES + 1)] == [True] * MAX_TRIES + [False]
    clock.now = TRIES_SECONDS
    assert tries.take(LOCAL, "Marta")
    tries.forget("Marta")


def test_memory_of_own_counts_is_bounded() -> None:
    clock = Clock()
    counts = OwnCounts(clock)

    for number in range(MAX_COUNTED + 50):
        counts.take("name", f"name {number}", 10)

    assert len(counts._counts) == MAX_COUNTED
    clock.now = TRIES_SECONDS + 1
    assert counts.take("name", "one more", 10)
    assert len(counts._counts) == 1


@pytest.mark.parametrize(
    ("remote", "forwarded", "proxies", "seen"),
    [
        ("203.0.113.9", None, 0, "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", 0, "203.0.113.9"),
        ("127.0.0.1", "198.51.100.1", 0, None),
        ("127.0.0.1", "evil, 198.51.100.1", 1, "198.51.100.1"),
        ("127.0.0.1", "evil, 198.51.100.1, 10.0.0.3", 2, "198.51.100.1"),
        ("127.0.0.1", "198.51.100.1", 2, None),
        ("127.0.0.1", "not an address", 1, None),
        ("2001:db8:1:2:3:4:5:6", None, 0, "2001:db8:1:2::"),
        ("::ffff:203.0.113.9", None, 0, "203.0.113.9"),
    ],
)
def test_the_address_is_the_one_that_the_outermost_known_proxy_saw(
    remote: str, forwarded: str | None, proxies: int, seen: str | None
) -> None:
    assert address_of(asked_from(remote, forwarded), proxies) == seen
    assert name_key(" Straße ") == "strasse"
