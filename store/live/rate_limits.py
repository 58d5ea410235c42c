"""How often somebody tried something, counted for all processes together. The counts end by themselves.

Losing Redis loses the counts; the caller then counts for itself.
"""

import hashlib
from typing import Any

import redis

_TRIES = "gatepost:tries:"

# KEYS[1]: the count. ARGV[1]: ms after which it begins anew. The window is fixed: trying does not prolong it.
_TAKE = """
local tries = redis.call('INCR', KEYS[1])
if tries == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return tries
"""


def take(client: redis.Redis, kind: str, who: str, *, limit: int, seconds: int) -> bool:
    """Count a try of `who`; False where there were `limit` of them within `seconds` since the first."""
    tries: Any = client.eval(_TAKE, 1, _key(kind, who), str(seconds * 1000))
    return int(tries) <= limit


def forget(client: redis.Redis, kind: str, who: str) -> None:
    """Let `who` begin anew."""
    client.delete(_key(kind, who))


def _key(kind: str, who: str) -> str:
    """Names and addresses of people are kept only as a digest."""
    return f"{_TRIES}{kind}:{hashlib.sha256(who.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"
