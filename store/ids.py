"""Sortable ids and instants, the two things that every record carries."""

import os
import random
import time
from datetime import UTC, datetime
from functools import lru_cache, partial

# Ids must differ, not be secret, so there is no call of the system for each. A source of our own, which nobody seeds.
_source = random.Random()
_random = partial(_source.getrandbits, 64)
os.register_at_fork(after_in_child=_source.seed)


def new_id(prefix: str) -> str:
    """A new id such as `cmt_00065a1f3c2b9e7d41c0a8e2f4b6d`: prefix, microseconds since 1970, 64 random bits."""
    return f"{prefix}_{time.time_ns() // 1000:014x}{_random():016x}"


def new_ids(prefix: str, count: int) -> list[str]:
    """Many new ids at once, a microsecond apart, so that they sort in this order."""
    start = time.time_ns() // 1000
    return [f"{prefix}_{start + i:014x}{_random():016x}" for i in range(count)]


def now_us() -> int:
    """This machine's time in microseconds since 1970, UTC. Leases use the database's time instead."""
    return time.time_ns() // 1000


def rfc3339(microseconds: int) -> str:
    """RFC 3339 in UTC with milliseconds, for example `2026-11-24T10:00:00.123Z`."""
    seconds, rest = divmod(microseconds, 1_000_000)
    return f"{_second(seconds)}.{rest // 1000:03d}Z"


@lru_cache(maxsize=4096)
def _second(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"
