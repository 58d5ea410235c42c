"""What is looked for among the decisions, as a page's address has it; what cannot be read asks for nothing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from models.vocabulary import Action, DecidedBy
from service.decided import Wanted

MAX_CHARACTERS = 200
_TEXTS = ("site", "reason", "language", "text", "author", "domain")
FIRST_DAY = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Filter:
    """The fields of the form as they were filled in, only those that can be read. Percentages and days are text."""

    site: str = ""
    action: str = ""
    by: str = ""
    reason: str = ""
    low: str = ""
    high: str = ""
    language: str = ""
    text: str = ""
    author: str = ""
    domain: str = ""
    since: str = ""
    until: str = ""

    @property
    def query(self) -> dict[str, Any]:
        """The filter as the query string has it."""
        return {name: value for name in self.__slots__ if (value := getattr(self, name))}

    @property
    def rare(self) -> bool:
        """Whether something is asked for that the form keeps folded away."""
        return any((self.reason, self.low, self.high, self.language, self.domain, self.since, self.until))

    @property
    def wanted(self) -> Wanted:
        """What the log is asked for; the last day counts as a whole."""
        return Wanted(
            site_id=self.site or None,
            action=Action(self.action) if self.action else None,
            by=DecidedBy(self.by) if self.by else None,
            reason=self.reason or None,
            low=int(self.low) / 100 if self.low else None,
            high=int(self.high) / 100 if self.high else None,
            language=self.language or None,
            text=self.text or None,
            author=self.author or None,
            domain=self.domain or None,
            since=_instant(self.since, 0),
            until=_instant(self.until, 1),
        )


def read_filter(given: Mapping[str, str]) -> Filter:
    """The filter in a query string."""
    kept = {name: given.get(name, "").strip()[:MAX_CHARACTERS].replace("\0", "") for name in Filter.__slots__}
    known = {
        "action": kept["action"] in set(Action),
        "by": kept["by"] in set(DecidedBy),
        "low": _is_percent(kept["low"]),
        "high": _is_percent(kept["high"]),
        "since": _day(kept["since"]) is not None,
        "until": _day(kept["until"]) is not None,
    }
    return Filter(**{name: value for name, value in kept.items() if known.get(name, True)})


def read_after(given: Mapping[str, str]) -> str | None:
    """The decision behind which a list goes on; None for what is none."""
    after = given.get("after", "")
    return after if re.fullmatch("dec_[0-9a-f]{1,40}", after) else None


def _is_percent(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 3 and int(text) <= 100


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_DAY <= day < date(2200, 1, 1) else None


def _instant(text: str, days_later: int) -> int | None:
    day = _day(text)
    if day is None:
        return None
    begins = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=days_later)
    return int(begins.timestamp()) * 1_000_000
