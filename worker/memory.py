"""What a worker remembers of what the database holds: how often keys came up lately, and which have labels.

Filled from the database at first use and then with what is new, so that no comment costs a query of its own.
"""

from collections.abc import Sequence
from itertools import groupby

from models.batch_counts import Seen
from models.count_sketch import KnownKeys, RecentCounts, decoded
from store.records import reputations, sightings
from store.records.database import Connection
from store.records.tail import Tail
from worker.policies import Policies

HOUR_US = 3600 * 1_000_000
_QUARTER_US, _DAY_US, _WEEK_US = HOUR_US // 4, 24 * HOUR_US, 7 * 24 * HOUR_US


class Memory:
    """Counts of one process over all sites; about 40 MB when each of the last five weeks has been busy.

    `seen.contents`: near-duplicate keys and linked domains of the last 28 to 35 days. `seen.authors`: accounts,
    e-mail and IP addresses of the last 60 to 75 minutes. `seen.labelled`: the lookup keys that may have a reputation.
    `policies`: those of the sites, compiled.
    """

    def __init__(self) -> None:
        self.seen = Seen(RecentCounts(21, _WEEK_US, 5), RecentCounts(19, _QUARTER_US, 5), KnownKeys(22))
        self.policies = Policies()
        self._sightings, self._reputations = Tail(), Tail()

    def refresh(self, connection: Connection, now: int) -> None:
        """Read what was written since the last time. `now` in microseconds since 1970."""
        more = True
        while more:
            rows = sightings.unread(connection, self._sightings, now)
            _count(self.seen.contents, _WEEK_US, [(row.at, row.contents) for row in rows])
            _count(self.seen.authors, _QUARTER_US, [(row.at, row.authors) for row in rows if row.at > now - _DAY_US])
            more = len(rows) >= sightings.PAGE
        more = True
        while more:
            keys = reputations.unread_keys(connection, self._reputations, now)
            self.seen.labelled.add(keys)
            more = len(keys) >= reputations.PAGE


def _count(recent: RecentCounts, stretch_us: int, rows: Sequence[tuple[int, bytes]]) -> None:
    """Rows of one stretch of time at once: after a start there may be a hundred thousand small ones."""
    for _, together in groupby(rows, key=lambda row: row[0] // stretch_us):
        instants, stored = zip(*together, strict=True)
        recent.add(decoded(b"".join(stored)), instants[0])
