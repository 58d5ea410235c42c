"""Links, e-mail addresses and phone numbers in folded texts. Bounded repetition keeps each search linear."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

_TLDS = (
    "com|net|org|info|biz|io|tv|ru|de|fr|uk|br|cn|jp|kr|vn|id|pl|nl|xyz|top|club|site|online|shop|store|live|link|"
    "click|app|dev|gl|ly|cc|ws|vip|pro|eu|su|ua|es|tk|ml|ga|cf|gg|space|website|blog|mobi|asia|edu|gov"
)
_TLDS_THAT_ARE_WORDS = "co|me|in|us|it|is|to|so|am|at|be|my|as|no"
_ENDING = rf"(?:(?:{_TLDS})(?![a-z0-9-])|(?:{_TLDS_THAT_ARE_WORDS})/)"
_IN_BRACKETS, _AS_WORD = r"[\[({]\s?(?:\.|dot)\s?[\])}]", r"\sdot\s"
_DOT = rf"(?:\.|\s?{_IN_BRACKETS}\s?|{_AS_WORD})"
# Possessive: what follows a label never stands in one, so a shorter label would not match either.
_LABEL = r"[a-z0-9-]{1,63}+"
_LINK = re.compile(
    rf"(?:https?://|www{_DOT})([\w.-]{{1,253}})|(?<![a-z0-9@-])({_LABEL}(?:{_DOT}{_LABEL}){{0,4}}?{_DOT}{_ENDING})"
)
_ANY_DOT, _DISGUISED_DOT = re.compile(_DOT), re.compile(f"{_IN_BRACKETS}|{_AS_WORD}")
_PERHAPS_LINK = tuple(map(re.compile, (r"\.[a-z\])]", "://", "dot")))
_PLAIN_ENDING = re.compile(rf"\.(?=[a-z]){_ENDING}")
# The sign first, for which the search can run ahead.
_EMAIL = re.compile(r"@(?<=[a-z0-9_]@)[a-z0-9-]{1,63}\.[a-z]{2}")
_PHONE = re.compile(r"\d(?:[ ().-]{0,2}+\d){7}")


def link_domains(folded: str) -> list[str]:
    """The domain of each link in a folded text, in order, `www.` left out; disguised ones too.

    As in `example[.]com` and `example dot com`.
    """
    return _domains(folded) if any(pattern.search(folded) for pattern in _PERHAPS_LINK) else []


def links_and_emails(folded: Sequence[str]) -> tuple[dict[int, list[str]], list[int]]:
    """`link_domains` of each of the folded texts that has links, by its number, and the numbers of those that hold an
    e-mail address. One search over all texts, for most have neither.
    """
    joined, ends = _side_by_side(folded)
    return _links(folded, joined, ends), list(_texts_with(_EMAIL, joined, ends))


def links_of_all(folded: Sequence[str]) -> dict[int, list[str]]:
    """`link_domains` of each of the folded texts that has links, by its number."""
    return _links(folded, *_side_by_side(folded))


def has_phone(folded: str) -> bool:
    """Whether a folded text holds 8 digits in a row or more, spaces and the usual separators between them allowed."""
    return _PHONE.search(folded) is not None


def _side_by_side(folded: Sequence[str]) -> tuple[str, list[int]]:
    """All texts, and where the one after each begins."""
    return "\n".join(folded), list(accumulate([len(text) + 1 for text in folded]))


def _links(folded: Sequence[str], joined: str, ends: Sequence[int]) -> dict[int, list[str]]:
    perhaps = sorted({number for pattern in _PERHAPS_LINK for number in _texts_with(pattern, joined, ends)})
    return {number: domains for number in perhaps if (domains := _domains(folded[number]))}


def _texts_with(pattern: re.Pattern[str], joined: str, ends: Sequence[int]) -> Iterator[int]:
    """The numbers of the texts that have it, rising; the search goes on behind each. `ends`: where the next begins."""
    hit = pattern.search(joined)
    while hit is not None:
        number = bisect_right(ends, hit.start())
        yield number
        hit = pattern.search(joined, ends[number])


def _domains(folded: str) -> list[str]:
    """Of a text that was found to have a dot before a letter or a bracket, a scheme, or the word."""
    if not _has_disguised_dot(folded):
        if "://" not in folded and "www." not in folded and not _PLAIN_ENDING.search(folded):
            return []
        # So no link reaches over white space, and each has a dot or a scheme inside.
        folded = " ".join([token for token in folded.split() if "." in token[:-1] or "://" in token])
    return [_ANY_DOT.sub(".", full or bare).rstrip("/.,)").removeprefix("www.") for full, bare in _LINK.findall(folded)]


def _has_disguised_dot(folded: str) -> bool:
    perhaps = "dot" in folded or "[" in folded or "(" in folded or "{" in folded
    return perhaps and _DISGUISED_DOT.search(folded) is not None
