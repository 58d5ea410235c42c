"""Who waits for the next comments: one worker at a time, said in a key that expires by itself.

While somebody lingers, a submission calls no further worker. The key may be stale for half a second after a crash; the
reconciler calls a worker for what has waited longer.
"""

import time

import redis

from store.ids import new_id
from store.live.connection import ERRORS

KEY = "gatepost:lingering"
LIVES_MS = 500
_SAID_AGAIN_SECONDS = 0.1

# KEYS[1]: the key. ARGV: a token, milliseconds (0 = end). Only the own token is touched; an absent one is taken.
_OWN = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
if ARGV[2] == '0' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
return 1
"""


class Lingering:
    """The wish of one drain to be the one that lingers."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._token = new_id("lin")
        self._said_at: float | None = None

    def go_on(self) -> bool:
        """Whether this drain may linger on: False while another one does. True without Redis."""
        if self._said_at is not None and time.monotonic() - self._said_at < _SAID_AGAIN_SECONDS:
            return True
        try:
            mine = bool(self._client.eval(_OWN, 1, KEY, self._token, str(LIVES_MS)))
        except ERRORS:
            return True
        self._said_at = time.monotonic() if mine else None
        return mine

    def end(self) -> bool:
        """Linger no more; True if this drain did."""
        lingered = self._said_at is not None
        if lingered:
            self._said_at = None
            try:
                self._client.eval(_OWN, 1, KEY, self._token, "0")
            except ERRORS:
                return True
        return lingered
