"""Read what is new in a table whose rows are numbered as they are written.

PostgreSQL gives out a number when a row is written and shows the row when its transaction commits, so a lower number
can appear after a higher one. A number that is skipped is therefore asked for again, for a minute.
"""

from collections.abc import Sequence

PATIENCE_US = 60_000_000


class Tail:
    """How far a table has been read. `last`: the highest number read, 0 at first."""

    def __init__(self) -> None:
        self.last = 0
        self._missing: dict[int, int] = {}

    @property
    def missing(self) -> list[int]:
        """Numbers below `last` that have not been seen yet and may still come."""
        return list(self._missing)

    def advance(self, numbers: Sequence[int], now: int) -> None:
        """Note which numbers were read, rising, at the instant `now` in microseconds.

        What lies before the very first number was there and forgotten before anybody read.
        """
        for number in numbers:
            if number > self.last:
                skipped = range(self.last + 1, number) if self.last else ()
                self._missing.update((gap, now) for gap in skipped)
                self.last = number
            else:
                self._missing.pop(number, None)
        if self._missing:
            self._missing = {gap: since for gap, since in self._missing.items() if since > now - PATIENCE_US}
