"""A machine's reason in the language of whoever reads it."""

import re
from functools import lru_cache

from service.console.catalogue.reasons import PARTS, SENTENCES
from service.console.texts import LANGUAGES, language

_PLACE = re.compile(r"\\{(\w+)\\}")
_VERBS = "(?P<verb>is blocked|is held for a person|is allowed)"


def spoken(reason: str) -> str:
    """The sentence of a stored reason; as it is where no translation fits, as of one that an earlier version made."""
    return reason if language() == LANGUAGES[0] else _translated(reason)


@lru_cache(maxsize=4096)
def _translated(reason: str) -> str:
    for pattern, german in _PATTERNS:
        found = pattern.fullmatch(reason)
        if found is not None:
            return german.format(**{place: _part(place, value) for place, value in found.groupdict().items()})
    return reason


def _part(place: str, value: str) -> str:
    """What is quoted are the author's words, also where they are "Two"."""
    return value if place == "quote" else PARTS.get(value, value)


def _pattern(english: str) -> re.Pattern[str]:
    with_places = _PLACE.sub(lambda place: f"(?P<{place[1]}>.+?)", re.escape(english))
    return re.compile(with_places.replace("(?P<verb>.+?)", _VERBS), re.DOTALL)


_PATTERNS = [(_pattern(english), german) for english, german in SENTENCES]
