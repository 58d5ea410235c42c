"""The review queue and its leases: what waits for a person, best first, and who has which item just now.

One sorted set for all sites and one for each; a lease is a pair of keys that expire by themselves. Everything
here can be rebuilt from the database, except leases, which then simply end.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
import redis

from store.ids import new_id

LEASE_SECONDS = 300
MARKER = "gatepost:review:built"
_ALL = "gatepost:review:all"
_SITE = "gatepost:review:site:"
_SOME = "gatepost:review:some"
_ITEM = "gatepost:lease:item:"
_LEASE = "gatepost:lease:id:"

# KEYS[1]: the sorted set; where others follow, it is made of them, for this once. ARGV: prefix of item leases, prefix
# of lease ids, ms, how many to look at, then for each wanted lease its id and its JSON. Best first; skips what is
# leased. Atomic in Redis.
_CLAIM = """
if #KEYS > 1 then redis.call('ZUNIONSTORE', KEYS[1], #KEYS - 1, unpack(KEYS, 2)) end
local wanted = (#ARGV - 4) / 2
local given, offset = {}, 0
while #given < wanted do
  local page = redis.call('ZRANGE', KEYS[1], offset, offset + 99)
  if #page == 0 or offset >= tonumber(ARGV[4]) then break end
  for _, item in ipairs(page) do
    if #given == wanted then break end
    local at = 5 + 2 * #given
    if redis.call('SET', ARGV[1] .. item, ARGV[at + 1], 'NX', 'PX', ARGV[3]) then
      redis.call('SET', ARGV[2] .. ARGV[at], item, 'PX', ARGV[3])
      given[#given + 1] = item
    end
  end
  offset = offset + 100
end
if #KEYS > 1 then redis.call('DEL', KEYS[1]) end
return given
"""

# KEYS[1]: the item's lease. ARGV: the expected JSON, ms (0 = release). Only the holder's own lease is touched.
_OWN = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '0' then redis.call('DEL', KEYS[1], KEYS[2]) else
  redis.call('PEXPIRE', KEYS[1], ARGV[2]) redis.call('PEXPIRE', KEYS[2], ARGV[2]) end
return 1
"""
LOOKED_AT = 10_000


@dataclass(frozen=True, slots=True)
class Lease:
    """A time-limited exclusive claim on a review item. `milliseconds_left` counts down to its end."""

    id: str
    item_id: str
    reviewer_id: str
    reviewer: str
    milliseconds_left: int


def add(client: redis.Redis, items: Sequence[tuple[str, str, float]]) -> None:
    """Put items in: (item id, site id, rank), lower rank first. Again is harmless. Takes a pipeline too."""
    by_site: dict[str, dict[str, float]] = {}
    for item_id, site_id, rank in items:
        by_site.setdefault(site_id, {})[item_id] = rank
    for site_id, ranks in by_site.items():
        client.zadd(_ALL, ranks)
        client.zadd(_SITE + site_id, ranks)


def remove(client: redis.Redis, items: Sequence[tuple[str, str]]) -> None:
    """Take items out, (item id, site id), with whatever lease is on them."""
    pipeline = client.pipeline(transaction=False)
    for item_id, site_id in items:
        pipeline.zrem(_ALL, item_id)
        pipeline.zrem(_SITE + site_id, item_id)
        pipeline.delete(_ITEM + item_id)
    pipeline.execute()


def claim(
    client: redis.Redis, reviewer: tuple[str, str], count: int, site_id: str | Sequence[str] | None
) -> list[Lease]:
    """Lease up to `count` free items to a reviewer (id, name), best first. Two never get the same one.

    `site_id`: of one site, of several, or of all (None).
    """
    sets = _sets(site_id)
    keys = sets if len(sets) == 1 else [_SOME, *sets]
    offered = [Lease(new_id("lse"), "", *reviewer, LEASE_SECONDS * 1000) for _ in range(count)]
    pairs = [word for lease in offered for word in (lease.id, _value(lease))]
    given: Any = client.eval(_CLAIM, len(keys), *keys, _ITEM, _LEASE, str(LEASE_SECONDS * 1000), str(LOOKED_AT), *pairs)
    return [replace(lease, item_id=item.decode()) for lease, item in zip(offered, given, strict=False)]


def claim_one(client: redis.Redis, reviewer: tuple[str, str], item_id: str) -> Lease | None:
    """Lease one named item; the reviewer's own lease on it is extended. None where somebody else holds it."""
    held = leases(client, [item_id]).get(item_id)
    if held is not None:
        return extend(client, held) if held.reviewer_id == reviewer[0] else None
    lease = Lease(new_id("lse"), item_id, *reviewer, LEASE_SECONDS * 1000)
    if not client.set(_ITEM + item_id, _value(lease), nx=True, px=LEASE_SECONDS * 1000):
        return None
    client.set(_LEASE + lease.id, item_id, px=LEASE_SECONDS * 1000)
    return lease


def take_over(client: redis.Redis, reviewer: tuple[str, str], item_id: str) -> Lease:
    """Lease an item to a reviewer whoever holds it; the lease of that one ends."""
    held = leases(client, [item_id]).get(item_id)
    lease = Lease(new_id("lse"), item_id, *reviewer, LEASE_SECONDS * 1000)
    pipeline = client.pipeline()
    if held is not None:
        pipeline.delete(_LEASE + held.id)
    pipeline.set(_ITEM + item_id, _value(lease), px=LEASE_SECONDS * 1000)
    pipeline.set(_LEASE + lease.id, item_id, px=LEASE_SECONDS * 1000)
    pipeline.execute()
    return lease


def leases(client: redis.Redis, item_ids: Sequence[str]) -> dict[str, Lease]:
    """The leases on these items, by item id."""
    if not item_ids:
        return {}
    pipeline = client.pipeline(transaction=False)
    for item_id in item_ids:
        pipeline.get(_ITEM + item_id)
        pipeline.pttl(_ITEM + item_id)
    answers = pipeline.execute()
    found: dict[str, Lease] = {}
    for index, item_id in enumerate(item_ids):
        value, left = answers[2 * index], answers[2 * index + 1]
        if value is not None and left > 0:
            lease_id, reviewer_id, reviewer = orjson.loads(value)
            found[item_id] = Lease(lease_id, item_id, reviewer_id, reviewer, left)
    return found


def by_id(client: redis.Redis, lease_id: str) -> Lease | None:
    """A lease that has not ended, by its id."""
    item_id: Any = client.get(_LEASE + lease_id)
    if item_id is None:
        return None
    lease = leases(client, [item_id.decode()]).get(item_id.decode())
    return lease if lease and lease.id == lease_id else None


def extend(client: redis.Redis, lease: Lease) -> Lease | None:
    """Give the lease its full time again; None if it has ended."""
    if not _own(client, lease, LEASE_SECONDS * 1000):
        return None
    return replace(lease, milliseconds_left=LEASE_SECONDS * 1000)


def release(client: redis.Redis, lease: Lease) -> bool:
    """End the lease; False if it had ended."""
    return _own(client, lease, 0)


def free(client: redis.Redis, item_ids: Sequence[str]) -> None:
    """End whatever leases are on these items, which stay in the queue for others."""
    if item_ids:
        client.delete(*(_ITEM + item_id for item_id in item_ids))


def count_leased(client: redis.Redis, site_id: str | Sequence[str] | None) -> int:
    """How many items of a site, of several or of all somebody holds just now."""
    held = [key.decode().removeprefix(_ITEM) for key in client.scan_iter(match=f"{_ITEM}*", count=1000)]
    if not held:
        return 0
    found: list[Any] = [client.zmscore(key, held) for key in _sets(site_id)]
    return sum(rank is not None for ranks in found for rank in ranks)


def size(client: redis.Redis) -> int | None:
    """How many items are in the queue; None if the queue was lost and must be rebuilt."""
    pipeline = client.pipeline(transaction=False)
    pipeline.exists(MARKER)
    pipeline.zcard(_ALL)
    built, count = pipeline.execute()
    return int(count) if built else None


def rebuild(client: redis.Redis, read_waiting: Callable[[], Sequence[tuple[str, str, float]]]) -> int:
    """Make the queue hold exactly what waits: (item id, site id, rank); return how many. Leases stay.

    What the queue holds is read before the database is, so that an item added meanwhile is not taken for stale.
    """
    members: Any = client.zrange(_ALL, 0, -1)
    known = {item.decode() for item in members}
    items = read_waiting()
    add(client, items)
    stale = known - {item_id for item_id, _, _ in items}
    pipeline = client.pipeline(transaction=False)
    if stale:
        for key in (_ALL, *client.scan_iter(match=f"{_SITE}*")):
            pipeline.zrem(key, *stale)
    pipeline.set(MARKER, 1)
    pipeline.execute()
    return len(items)


def _sets(site_id: str | Sequence[str] | None) -> list[str]:
    if site_id is None:
        return [_ALL]
    return [_SITE + one for one in ([site_id] if isinstance(site_id, str) else site_id)]


def _own(client: redis.Redis, lease: Lease, milliseconds: int) -> bool:
    keys = (_ITEM + lease.item_id, _LEASE + lease.id)
    return bool(client.eval(_OWN, 2, *keys, _value(lease), str(milliseconds)))


def _value(lease: Lease) -> str:
    return orjson.dumps([lease.id, lease.reviewer_id, lease.reviewer]).decode()
