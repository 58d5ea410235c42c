"""Folding: the same words written in many ways become one text, and links are found in it."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

_FIRST_MARK, _LAST_MARK = 0x0300, 0x036F
_HANGUL_SYLLABLES = range(0xAC00, 0xD7A4)
_INVISIBLE = frozenset({0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0, *range(0xFE00, 0xFE10)})
_REMOVED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Cn", "Co"})
_TLDS = (
    "com|net|org|info|biz|io|tv|ru|de|fr|uk|br|cn|jp|kr|vn|id|pl|nl|xyz|top|club|site|online|shop|store|live|link|"
    "click|app|dev|gl|ly|cc|ws|vip|pro|eu|su|ua|es|tk|ml|ga|cf|gg|space|website|blog|mobi|asia|edu|gov"
)
_TLDS_THAT_ARE_WORDS = "co|me|in|us|it|is|to|so|am|at|be|my|as|no"
_DOT = r"(?:\.|\s?[\[({]\s?(?:\.|dot)\s?[\])}]\s?|\sdot\s)"
# Possessive: what follows a label never stands in one, so a shorter label would not match either.
_LABEL = r"[a-z0-9-]{1,63}+"
_LINK = re.compile(
    rf"(?:https?://|www{_DOT})([\w.-]{{1,253}})"
    rf"|(?<![a-z0-9@-])({_LABEL}(?:{_DOT}{_LABEL}){{0,4}}?{_DOT}(?:(?:{_TLDS})(?![a-z0-9-])|(?:{_TLDS_THAT_ARE_WORDS})/))"
)
_PERHAPS_LINK = tuple(map(re.compile, (r"\.[a-z\])]", "://", "dot")))
_PERHAPS_EMAIL = (re.compile("@"),)
_DISGUISED_DOT = re.compile(r"[\[({]|dot")
_EMAIL = re.compile(r"(?<=[a-z0-9_])@[a-z0-9-]{1,63}\.[a-z]{2}")
_PHONE = re.compile(r"\d(?:[ ().-]{0,2}+\d){7}")
_FEW_TEXTS, _FEW_CODES = 8, 8
_UNSEEN, _REMOVED, _WIDER = 0, 1, 2


class _Folding(dict[int, str]):
    """Code point to its folded form, worked out once each; a table for `str.translate`."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold_code(code)
        return folded


class _Widths(dict[int, str]):
    """Code point to the character whose number is the length of its folded form (18 at most)."""

    def __missing__(self, code: int) -> str:
        width = self[code] = chr(len(_FOLDING[code]))
        return width


def fold(text: str) -> str:
    """The text without case, styled letters, accents, and invisible or control characters.

    Each code point is folded by itself (NFKD without U+0300-U+036F, casefolded; Hangul stays composed; every white
    space is a space), so the work is linear in the length. Lone surrogates are dropped. Never raises.
    """
    if text.isascii() and text.isprintable():
        return text.lower()
    return text.translate(_FOLDING)


def fold_all(texts: Sequence[str]) -> list[str]:
    """`fold` of each text, all at once: by a table of the code points that fold to one or to none.

    Those that fold to several are replaced afterwards: none is a folded form. Linear in the total length.
    """
    if len(texts) < _FEW_TEXTS:
        return [fold(text) for text in texts]
    codes = np.frombuffer("\n".join(texts).encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.intp)
    folded = _ONE_TO_ONE.take(codes)
    if not folded.all():
        unseen = np.unique(codes[folded == _UNSEEN])
        _ONE_TO_ONE[unseen] = [_one_code(code) for code in unseen.tolist()]
        folded = _ONE_TO_ONE.take(codes)
    wider = np.unique(codes[folded == _WIDER]).tolist()
    ends = np.cumsum(np.fromiter(map(len, texts), dtype=np.intp, count=len(texts)) + 1) - 1
    folded[ends[:-1]] = ord("\n")
    np.copyto(folded, codes, where=folded == _WIDER, casting="unsafe")
    kept = folded[folded != _REMOVED].astype("<u4", copy=False)
    joined: str = kept.tobytes().decode("utf-32-le")
    if len(wider) > _FEW_CODES:
        joined = joined.translate({code: _FOLDING[code] for code in wider})
    else:
        for code in wider:
            joined = joined.replace(chr(code), _FOLDING[code])
    return joined.split("\n")


def origins(text: str) -> NDArray[np.intp] | None:
    """Which code point of `text` each code point of `fold(text)` comes from: shape (len(fold(text)),), rising.

    None where the two texts agree place by place, which is the usual case.
    """
    if text.isascii() and text.isprintable():
        return None
    widths = np.frombuffer(text.translate(_WIDTHS).encode("latin-1"), dtype=np.uint8)
    if bool((widths == 1).all()):
        return None
    return np.repeat(np.arange(len(text), dtype=np.intp), widths)


def link_domains(folded: str) -> list[str]:
    """The domain of each link in a folded text, in order, `www.` left out; also `example[.]com` and `example dot com`.

    Bounded repetition everywhere keeps the search linear.
    """
    if not any(pattern.search(folded) for pattern in _PERHAPS_LINK):
        return []
    if not _DISGUISED_DOT.search(folded):
        # Then no link reaches over white space, and each has a dot or a scheme inside.
        folded = " ".join([token for token in folded.split() if "." in token[:-1] or "://" in token])
    return [_domain(full or bare) for full, bare in _LINK.findall(folded)]


def perhaps_links(folded: Sequence[str]) -> list[int]:
    """The numbers of those among the folded texts in which `link_domains` may find any, rising."""
    return _texts_with(_PERHAPS_LINK, folded)


def perhaps_email(folded: Sequence[str]) -> list[int]:
    """The numbers of those among the folded texts in which `has_email` may be true, rising."""
    return _texts_with(_PERHAPS_EMAIL, folded)


def _texts_with(patterns: Sequence[re.Pattern[str]], folded: Sequence[str]) -> list[int]:
    """By one search over all texts, which goes on after the end of each text in which something is found."""
    joined = "\n".join(folded)
    ends = list(accumulate(len(text) + 1 for text in folded))
    found = set()
    for pattern in patterns:
        hit = pattern.search(joined)
        while hit is not None:
            index = bisect_right(ends, hit.start())
            found.add(index)
            hit = pattern.search(joined, ends[index])
    return sorted(found)


def has_email(folded: str) -> bool:
    """Whether a folded text holds an e-mail address."""
    return "@" in folded and _EMAIL.search(folded) is not None


def has_phone(folded: str) -> bool:
    """Whether a folded text holds 8 digits in a row or more, spaces and the usual separators between them allowed."""
    return _PHONE.search(folded) is not None


def _domain(found: str) -> str:
    plain = re.sub(_DOT, ".", found).rstrip("/.,)")
    return plain.removeprefix("www.")


def _one_code(code: int) -> int:
    folded = _FOLDING[code]
    return ord(folded) if len(folded) == 1 else _WIDER if folded else _REMOVED


def _fold_code(code: int) -> str:
    if code in _HANGUL_SYLLABLES:
        return chr(code)
    if chr(code).isspace():
        return " "
    decomposed = unicodedata.normalize("NFKD", chr(code)).casefold()
    return "".join(filter(_stays, unicodedata.normalize("NFKD", decomposed)))


def _stays(character: str) -> bool:
    code = ord(character)
    if _FIRST_MARK <= code <= _LAST_MARK or code in _INVISIBLE:
        return False
    return unicodedata.category(character) not in _REMOVED_CATEGORIES


_FOLDING = _Folding()
_WIDTHS = _Widths()
# U+0000 to U+0002 are no folded forms, so they say that a code point was not met yet, or does not fold to one.
_ONE_TO_ONE = np.zeros(0x110000, dtype=np.uint32)
