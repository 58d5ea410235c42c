"""Judge texts that somebody only asks about: the same evidence, model and policy, and nothing is stored."""

import logging
import time
from typing import Any

import orjson

from models.removal import Removal
from models.vocabulary import Origin, Scorer
from store.live import checks
from store.live.connection import ERRORS
from store.records.claims import DueText
from store.records.transitions import Claim
from store.stores import Stores
from worker import judging
from worker.judging import Asked
from worker.memory import Memory

LOOK_SECONDS = 0.05
AT_ONCE = 32

log = logging.getLogger(__name__)


class Checks:
    """Looks for checks between the batches of one drain, every 50 ms at most."""

    def __init__(self, stores: Stores, memory: Memory) -> None:
        self._stores = stores
        self._memory = memory
        self._looked_at = -LOOK_SECONDS

    def answer(self, scorer: Scorer) -> int:
        """Judge and answer those that wait; how many. Without Redis there are none."""
        if time.monotonic() - self._looked_at < LOOK_SECONDS:
            return 0
        self._looked_at = time.monotonic()
        try:
            asked = checks.take(self._stores.redis, AT_ONCE)
            if asked:
                checks.answer(self._stores.redis, self._judged(asked, scorer))
        except ERRORS as error:
            log.warning("Redis does not answer, checks are not answered: %s", error)
            return 0
        return len(asked)

    def _judged(self, asked: dict[str, bytes], scorer: Scorer) -> dict[str, bytes]:
        sent = [orjson.loads(text) for text in asked.values()]
        checked = judging.check(self._stores, scorer, self._memory, [_asked(one) for one in sent])
        return {
            check_id: orjson.dumps({"decision": one.decision._asdict(), "without": _shown(one.removals)})
            for check_id, one in zip(asked, checked, strict=True)
            if one is not None
        }


def _asked(sent: dict[str, Any]) -> Asked:
    claimed = Claim(0, "", 1, sent["site_id"], 1), DueText(**sent["text"])
    return Asked(claimed, Origin(**sent["origin"]), sent["explain"])


def _shown(found: list[Removal] | None) -> list[dict[str, Any]] | None:
    return None if found is None else [one._asdict() for one in found]
