"""Folding: the same words written in many ways become one text."""

import unicodedata
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.skeleton import in_one_script, lines_of_two_scripts, unmasked

_FIRST_MARK, _LAST_MARK = 0x0300, 0x036F
_HANGUL_SYLLABLES = range(0xAC00, 0xD7A4)
_INVISIBLE = frozenset({0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0, *range(0xFE00, 0xFE10)})
_REMOVED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Cn", "Co"})
_FEW_TEXTS, _FEW_CODES = 8, 8
_KEPT_CODES = 1 << 16
_PIECE_CODES = 1 << 18
_UNSEEN, _REMOVED, _WIDER = 0, 1, 2


class _Folding(dict[int, str]):
    """Code point to its folded form, worked out once each; a table for `str.translate`.

    Kept for as many as all languages together have, so that nobody fills the memory with texts of everything else.
    """

    def __missing__(self, code: int) -> str:
        folded = _fold_code(code)
        if len(self) < _KEPT_CODES:
            self[code] = folded
        return folded


class _Widths(dict[int, str]):
    """Code point to the character whose number is the length of its folded form (18 at most)."""

    def __missing__(self, code: int) -> str:
        width = chr(len(_FOLDING[code]))
        if len(self) < _KEPT_CODES:
            self[code] = width
        return width


@dataclass(frozen=True, slots=True)
class Folded:
    """Folded texts. `moved`: the numbers of those whose places may be others than in the text as it was sent.
    `unmasked`: of those that have any, how many letters only looked like the script that their word is in.
    """

    texts: list[str]
    moved: Set[int]
    unmasked: Mapping[int, int]


def fold(text: str) -> str:
    """The text without case, styled letters, accents, and invisible or control characters; each disguised word in one
    script.

    Each code point is folded by itself (NFKD without U+0300-U+036F, casefolded; Hangul stays composed; every white
    space is a space), then words that hold two scripts, so the work is linear in the length. Lone surrogates are
    dropped. Never raises.
    """
    if _is_plain(text):
        return text.lower()
    return in_one_script(text.translate(_FOLDING))


def fold_all(texts: Sequence[str]) -> Folded:
    """`fold` of each text, all at once: by a table of the code points that fold to one or to none.

    Those that fold to several are replaced afterwards: none is a folded form. Linear in the total length, in pieces of
    bounded length.
    """
    if len(texts) < _FEW_TEXTS:
        return _fold_few(texts)
    if sum(map(len, texts)) <= _PIECE_CODES:
        return _fold_many(texts)
    half = len(texts) // 2
    first, second = fold_all(texts[:half]), fold_all(texts[half:])
    return Folded(
        first.texts + second.texts,
        first.moved | {half + number for number in second.moved},
        {**first.unmasked, **{half + number: n for number, n in second.unmasked.items()}},
    )


def _fold_few(texts: Sequence[str]) -> Folded:
    uneven = {number for number, text in enumerate(texts) if not _is_plain(text)}
    folded = [
        unmasked(text.translate(_FOLDING)) if number in uneven else (text.lower(), 0)
        for number, text in enumerate(texts)
    ]
    return Folded([text for text, _ in folded], uneven, {number: n for number, (_, n) in enumerate(folded) if n})


def _fold_many(texts: Sequence[str]) -> Folded:
    codes = np.frombuffer("\n".join(texts).encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.intp)
    folded = _ONE_TO_ONE.take(codes)
    uneven = (folded <= _WIDER).nonzero()[0]
    if not folded.take(uneven).all():
        for code in set(codes[uneven].tolist()):
            _ONE_TO_ONE[code] = _one_code(code)
        folded = _ONE_TO_ONE.take(codes)
        uneven = (folded <= _WIDER).nonzero()[0]
    ends = np.cumsum(np.fromiter(map(len, texts), dtype=np.intp, count=len(texts)) + 1) - 1
    folded[ends[:-1]] = ord("\n")
    wide = uneven[folded.take(uneven) == _WIDER]
    wide_codes = codes.take(wide)
    folded[wide] = wide_codes
    kept = folded[folded != _REMOVED] if len(wide) < len(uneven) else folded
    joined: str = kept.astype("<u4", copy=False).tobytes().decode("utf-32-le")
    if len(wide):
        joined = _widened(joined, set(wide_codes.tolist()))
    lines = joined.split("\n")
    n_unmasked: dict[int, int] = {}
    for number in lines_of_two_scripts(joined):
        lines[number], n_unmasked[number] = unmasked(lines[number])
    return Folded(lines, set(ends.searchsorted(uneven).tolist()), n_unmasked)


def _widened(joined: str, wide: Set[int]) -> str:
    if len(wide) > _FEW_CODES:
        return joined.translate({code: _FOLDING[code] for code in wide})
    for code in wide:
        joined = joined.replace(chr(code), _FOLDING[code])
    return joined


def origins(text: str) -> NDArray[np.intp] | None:
    """Which code point of `text` each code point of `fold(text)` comes from: shape (len(fold(text)),), rising.

    None where the two texts agree place by place, which is the usual case.
    """
    if _is_plain(text):
        return None
    widths = np.frombuffer(text.translate(_WIDTHS).encode("latin-1"), dtype=np.uint8)
    if bool((widths == 1).all()):
        return None
    return np.repeat(np.arange(len(text), dtype=np.intp), widths)


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


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
