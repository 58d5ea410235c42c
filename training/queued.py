"""What the training worker does with all that is queued: one after another, each ended in one way or another."""

import logging
from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeVar

from models.errors import GatepostError
from store.records.database import Connection
from store.stores import Stores

log = logging.getLogger(__name__)
Taken = TypeVar("Taken")


class Ended(NamedTuple):
    """What became of it. `state`: done, refused or failed; `told`: in one sentence; `outcome`: JSON."""

    state: str
    told: str
    outcome: str | None = None
    model_id: str | None = None


def taken_in_turn(stores: Stores, claim: Callable[[Connection], Taken | None]) -> Iterator[Taken]:
    """Take what is queued until nothing is."""
    while True:
        with stores.database.write() as connection:
            taken = claim(connection)
        if taken is None:
            return
        yield taken


def ended(what: str, work: Callable[[], Ended]) -> Ended:
    """Do the work. What can be expected to go wrong is a refusal, all else a failure that the log explains."""
    try:
        return work()
    except (GatepostError, ValueError, OSError) as error:
        return Ended("refused", str(error))
    except Exception:
        # The edge of the run: it must look failed, and the next one must run.
        log.exception("%s failed", what)
        return Ended("failed", "Something went wrong; the log of the training worker says what.")
