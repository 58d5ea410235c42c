"""Carry out what is asked about one person: a few hundred comments at a time, so that the clock keeps its other hours.

Doing it twice is harmless: what is erased is found no more, and what is done is not open any more.
"""

from store.records import privacy
from store.records.privacy import ERASURE
from store.stores import Stores

STEP = 100
STEPS_AT_A_TIME = 20


def carry_out(stores: Stores) -> None:
    """Do what is asked, up to 2,000 comments of it; the rest waits for the next call. Raises DatabaseUnavailable."""
    with stores.database.read() as connection:
        asked = privacy.unfinished(connection)
    steps = STEPS_AT_A_TIME
    for request, person in asked:
        if request.kind != ERASURE:
            with stores.database.write() as connection:
                privacy.hand_out(connection, request, person, stores.database.now_us(connection))
            continue
        left = 1
        while left and steps > 0:
            steps -= 1
            with stores.database.write() as connection:
                at = stores.database.now_us(connection)
                left = privacy.erase_some(connection, request, person, limit=STEP, at=at)
