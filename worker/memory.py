"""What a worker remembers of what the database holds: how often keys came up lately, and which have labels.

Filled from the database at first use and then with what is new, so that no comment costs a query of its own.
"""

from models.batch_counts import Seen
from models.count_sketch import KnownKeys, RecentCounts, decoded
from store.records import reputations, sightings
from store.records.database import Connection
from store.records.tail import Tail

HOUR_US = 3600 * 1_000_000
_WEEK_US = 7 * 24 * HOUR_US


class Memory:
    """Counts of one process over all sites; about 40 MB when each of the last five weeks has been busy.

    `seen.contents`: near-duplicate keys and linked domains of the last 28 to 35 days. `seen.authors`: accounts,
    e-mail and IP addresses of the last 60 to 75 minutes. `seen.labelled`: the lookup keys that may have a reputation.
    """

    def __init__(self) -> None:
        self.seen = Seen(RecentCounts(21, _WEEK_US, 5), RecentCounts(19, HOUR_US // 4, 5), KnownKeys(22))
        self._sightings, self._reputations = Tail(), Tail()

    def refresh(self, connection: Connection, now: int) -> None:
        """Read what was written since the last time. `now` in microseconds since 1970."""
        more = True
        while more:
            rows = sightings.unread(connection, self._sightings, now)
            for row in rows:
                self.seen.contents.add(decoded(row.contents), row.at)
                self.seen.authors.add(decoded(row.authors), row.at)
            more = len(rows) >= sightings.PAGE
        more = True
        while more:
            keys = reputations.unread_keys(connection, self._reputations, now)
            self.seen.labelled.add(keys)
            more = len(keys) >= reputations.PAGE
