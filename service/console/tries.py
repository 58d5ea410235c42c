"""How often one may guess: by name and by address, over all processes; in this one alone while Redis is away."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

import structlog
from flask import Request

from store.live import rate_limits
from store.live.connection import ERRORS
from store.stores import Stores

TRIES_SECONDS = 900
MAX_TRIES = 10
MAX_TRIES_OF_ADDRESS = 60
MAX_COUNTED = 10_000
_IPV6_NETWORK = 64

log = structlog.get_logger()


class Tries:
    """Counts tries to sign in: ten for a name in 15 minutes, whether it exists or not, and sixty for an address."""

    def __init__(self, stores: Stores, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = stores.redis
        self._proxies = stores.settings.proxies
        self._own = OwnCounts(clock)

    def take(self, request: Request, name: str) -> bool:
        """Count a try with that name from the address of this request; False where either has none left."""
        address = address_of(request, self._proxies)
        by_address = address is None or self._take("address", address, MAX_TRIES_OF_ADDRESS)
        return by_address and self._take("name", name_key(name), MAX_TRIES)

    def take_code(self, reviewer_id: str) -> bool:
        """Count a try of a one-time code."""
        return self._take("code", reviewer_id, MAX_TRIES)

    def forget(self, name: str) -> None:
        """The right password was given: the name starts anew."""
        self._forget("name", name_key(name))

    def forget_code(self, reviewer_id: str) -> None:
        """The right code was given."""
        self._forget("code", reviewer_id)

    def _take(self, kind: str, who: str, limit: int) -> bool:
        try:
            return rate_limits.take(self._client, kind, who, limit=limit, seconds=TRIES_SECONDS)
        except ERRORS:
            log.warning("tries_counted_alone")
            return self._own.take(kind, who, limit)

    def _forget(self, kind: str, who: str) -> None:
        self._own.forget(kind, who)
        try:
            rate_limits.forget(self._client, kind, who)
        except ERRORS:
            log.warning("tries_counted_alone")


@dataclass(slots=True)
class _Count:
    tries: int
    until: float


class OwnCounts:
    """The same counts in the memory of this process, bounded."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counts: OrderedDict[tuple[str, str], _Count] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, kind: str, who: str, limit: int) -> bool:
        """Count a try; False where there were `limit` of them within the window."""
        now = self._clock()
        with self._lock:
            count = self._counts.get((kind, who))
            if count is None or count.until <= now:
                self._counts.pop((kind, who), None)
                self._make_room(now)
                count = self._counts[kind, who] = _Count(0, now + TRIES_SECONDS)
            count.tries += 1
            return count.tries <= limit

    def forget(self, kind: str, who: str) -> None:
        """Begin anew."""
        with self._lock:
            self._counts.pop((kind, who), None)

    def _make_room(self, now: float) -> None:
        # The oldest stands first, so the first that has not ended ends the search.
        while self._counts:
            oldest = next(iter(self._counts.values()))
            if oldest.until > now and len(self._counts) < MAX_COUNTED:
                return
            self._counts.popitem(last=False)


def address_of(request: Request, proxies: int) -> str | None:
    """Who asks, as seen by the outermost of so many proxies; an IPv6 network of 64 bits counts as one.

    None where that is not known: without a proxy named in the settings, the loopback may be a whole world behind one.
    """
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    seen = request.remote_addr if proxies == 0 else hops[-proxies] if len(hops) >= proxies else None
    try:
        address = ip_address(seen or "")
    except ValueError:
        return None
    if proxies == 0 and address.is_loopback:
        return None
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped) if mapped else str(IPv6Address(int(address) >> _IPV6_NETWORK << _IPV6_NETWORK))
    return str(address)


def name_key(name: str) -> str:
    """The name as it is compared."""
    return name.strip().casefold()[:255]
