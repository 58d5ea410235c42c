"""How foreign text, instants and numbers are shown: nothing hidden stays hidden, nothing becomes markup."""

import re
import unicodedata
from collections.abc import Sequence
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from service.console.texts import say

EXCERPT_CHARACTERS = 160
_HOUR = 3600
_DAY = 24 * _HOUR
# Letters, as Unicode has it, that show nothing or an empty space.
_BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_HIDDEN_CATEGORIES = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
# Greek and Cyrillic letters, in a word with Latin ones; those alone make a word of their language.
_LOOKALIKE = re.compile("[\u0370-\u03ff\u0400-\u052f]")
_LATIN = re.compile("[A-Za-z]")
_WORD = re.compile(r"[^\W\d_]+")
_JOINERS = "\u200c\u200d"


def visible(text: str | None) -> Markup:
    """Foreign text, escaped, with each invisible character as a small mark such as `U+200B`."""
    return marked(text or "", ())


def marked(text: str, spans: Sequence[tuple[int, int]]) -> Markup:
    """The same with `<mark>` around the spans: half-open ranges of code points, which may overlap."""
    parts: list[str] = []
    position = 0
    for start, end in _merged(spans, len(text)):
        inside = _piece(text, start, end)
        parts += [_piece(text, position, start), f"<mark>{inside}</mark>"]
        position = end
    parts.append(_piece(text, position, len(text)))
    return Markup("".join(parts))  # noqa: S704  Every piece is escaped below.


def excerpt(text: str) -> str:
    """The beginning of a text on one line."""
    line = " ".join(text[: EXCERPT_CHARACTERS * 4].split())
    shorter = len(line) > EXCERPT_CHARACTERS or len(text) > EXCERPT_CHARACTERS * 4
    return line[:EXCERPT_CHARACTERS].rstrip() + ("…" if shorter else "")


def age(microseconds: int) -> str:
    """A stretch of time in its largest unit."""
    seconds = max(0, microseconds) // 1_000_000
    if seconds < 60:
        return say("age.now")
    if seconds < _HOUR:
        return say("age.minutes", count=seconds // 60)
    if seconds < _DAY:
        return say("age.hours", count=seconds // _HOUR)
    days = seconds // _DAY
    return say("age.day") if days == 1 else say("age.days", count=days)


def until(microseconds: int) -> str:
    """How long something still lasts, rounded up to the hour: what is good for three days is not said to be for two."""
    return age(microseconds if microseconds < _HOUR * 1_000_000 else microseconds + _HOUR * 1_000_000 - 1)


def ago(microseconds: int) -> str:
    """How long ago something was."""
    return say("ago.now") if microseconds < 60_000_000 else say("ago", age=age(microseconds))


def left(milliseconds: int) -> str:
    """What is left of a lease, rounded up to minutes."""
    return say("age.minutes", count=max(1, -(-milliseconds // 60_000)))


def clock(milliseconds: int) -> str:
    """What is left of a lease, as minutes and seconds."""
    seconds = max(0, milliseconds) // 1000
    return f"{seconds // 60}:{seconds % 60:02d}"


def percent(probability: float) -> str:
    """A probability for people: never 0% or 100%, which would be a promise."""
    if probability < 0.01:
        return say("percent.low")
    if probability > 0.99:
        return say("percent.high")
    return say("percent", count=round(probability * 100))


def share(fraction: float, decimals: int = 1) -> str:
    """A share of a whole, counted rather than estimated, so that nothing and all of it may be said."""
    return say("share", percent=f"{fraction:.{decimals}%}".rstrip("%").replace(".", say("decimal.point")))


def rate(fraction: float) -> str:
    """A share with as many decimals as tell it from its neighbours: two below 1 %, one below 10 %, else none."""
    decimals = 0 if fraction >= 0.1 else 1 if fraction >= 0.01 else 2
    percent = f"{fraction * 100:.{decimals}f}"
    percent = percent.rstrip("0").rstrip(".") if decimals else percent
    return say("share", percent=percent.replace(".", say("decimal.point")))


def number(count: float) -> str:
    """A count, its thousands marked as the language does it: what English marks by a comma is a fraction in German."""
    return f"{count:,.0f}".replace(",", say("thousands.mark"))


def site_name(url: str) -> str:
    """A site by its host, as people know it."""
    return urlsplit(url).netloc or url


def page_of_site(url: str | None, site: str | None) -> str | None:
    """The address of a page that may be opened: one of the site itself, nothing that a visitor could have chosen."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    own = parts.scheme in ("http", "https") and site is not None and parts.netloc.casefold() == site.casefold()
    return url if own else None


def _merged(spans: Sequence[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted((max(0, start), min(end, length)) for start, end in spans):
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _piece(text: str, start: int, end: int) -> str:
    parts: list[str] = []
    plain = start
    for index in range(start, end):
        if text[index].isprintable() and text[index] not in _BLANK_LETTERS:
            continue
        if not _hidden(text, index):
            continue
        parts += [_words(text[plain:index]), _ghost(text[index])]
        plain = index + 1
    parts.append(_words(text[plain:end]))
    return "".join(parts)


def _words(text: str) -> str:
    """Text, escaped, with the words marked that mix letters of alphabets which look alike."""
    if _LOOKALIKE.search(text) is None:
        return str(escape(text))
    parts: list[str] = []
    plain = 0
    for word in _WORD.finditer(text):
        strange = _LOOKALIKE.findall(word.group())
        if strange and _LATIN.search(word.group()):
            points = " ".join(f"{letter} U+{ord(letter):04X}" for letter in dict.fromkeys(strange))
            title = escape(say("item.mixed", letters=points))
            inside = f'<span class="mixed" title="{title}">{escape(word.group())}</span>'
            parts += [str(escape(text[plain : word.start()])), inside]
            plain = word.end()
    return "".join([*parts, str(escape(text[plain:]))])


def _hidden(text: str, index: int) -> bool:
    character = text[index]
    if character in "\n\t" or (character == "\r" and text[index + 1 : index + 2] == "\n"):
        return False
    if character in _JOINERS:
        return not _joins(text, index)
    return character in _BLANK_LETTERS or unicodedata.category(character) in _HIDDEN_CATEGORIES


def _joins(text: str, index: int) -> bool:
    """Whether a joiner does its proper work: between letters of Arabic or Indic scripts, or between pictures."""
    before, after = text[max(0, index - 1) : index], text[index + 1 : index + 2]
    if not before or not after:
        return False
    if "\u0600" <= before <= "\u0dff" and "\u0600" <= after <= "\u0dff":
        return True
    picture = before == "\ufe0f" or unicodedata.category(before) in ("So", "Sk")
    return text[index] == "\u200d" and picture and unicodedata.category(after) in ("So", "Sm")


def _ghost(character: str) -> str:
    code = f"U+{ord(character):04X}"
    name = unicodedata.name(character, "")
    return f'<span class="ghost" title="{escape(f"{name} {code}".strip())}">{code}</span>'
