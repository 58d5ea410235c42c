"""Words in disguise, written in one script: in "pаypаl" two letters are Cyrillic, so no model has ever seen that word.

A letter of another script becomes the one that it looks like, one for one, so every place in the text stays
where it was. Only words that hold two scripts are touched: a Russian text with an English name in it stays as it is.
"""

import re
from collections.abc import Mapping
from operator import ne

import numpy as np
from numpy.typing import NDArray

# Each letter with its double, after folding. Capitals were folded too, so "в" also stands for the B of "Вitcoin".
_CYRILLIC = "аa вb сc ԁd еe нh һh іi јj кk ӏl мm оo рp ԛq ѕs тt ԝw хx уy"
_GREEK = "αa βb εe ηh ιi κk μm νv οo ρp τt υu ωw χx γy ζz"
_LATIN_CLASS, _OTHER_CLASS = "a-z\u00df-\u024f", "\u0370-\u052f"
_MIXED = re.compile(f"[{_OTHER_CLASS}](?:(?=[{_LATIN_CLASS}])|(?<=[{_LATIN_CLASS}].))")
# Begins where a word does and takes runs whole, so no letter is looked at again and again.
_MIXED_WORD = re.compile(
    f"(?<![{_LATIN_CLASS}{_OTHER_CLASS}])(?:[{_LATIN_CLASS}]++[{_OTHER_CLASS}]|[{_OTHER_CLASS}]++[{_LATIN_CLASS}])"
    f"[{_LATIN_CLASS}{_OTHER_CLASS}]*+"
)
_FIRST_OF_OTHER, _LAST_OF_OTHER, _LAST_OF_GREEK = "\u0370", "\u052f", "\u03ff"
_LATIN, _OTHER = 1, 2


def in_one_script(folded: str) -> str:
    """A folded text with each disguised word in the script that it pretends to be; same length, linear time.

    A word of two scripts becomes Latin if all its other letters have a Latin double, and else, or if more of its
    letters are of the other script, of that one if all its Latin letters have a double there. A word that cannot be
    written in one script stays as it is.
    """
    return unmasked(folded)[0]


def unmasked(folded: str) -> tuple[str, int]:
    """`in_one_script`, and how many letters it replaces."""
    if _MIXED.search(folded) is None:
        return folded, 0
    counts: list[int] = []

    def one(found: re.Match[str]) -> str:
        word = _unmasked(found)
        counts.append(sum(map(ne, found[0], word)))
        return word

    return _MIXED_WORD.sub(one, folded), sum(counts)


def lines_of_two_scripts(folded: str) -> list[int]:
    """The numbers of the lines in which `in_one_script` may change anything; few have any."""
    codes = np.frombuffer(folded.encode("utf-32-le"), dtype="<u4")
    if not len(codes) or codes.max() < ord(_FIRST_OF_OTHER):
        return []
    scripts = _SCRIPTS.take(codes, mode="clip")
    beside = ((scripts[1:] | scripts[:-1]) == _LATIN | _OTHER).nonzero()[0]
    if not len(beside):
        return []
    lines: list[int] = np.unique((codes == ord("\n")).nonzero()[0].searchsorted(beside)).tolist()
    return lines


def _unmasked(found: re.Match[str]) -> str:
    word = found[0]
    others = [letter for letter in word if letter >= _FIRST_OF_OTHER]
    to_latin = _in(word, _TO_LATIN) if all(letter in _TO_LATIN for letter in others) else None
    from_latin = _FROM_LATIN[others[0] > _LAST_OF_GREEK]
    latin = [letter for letter in word if letter < _FIRST_OF_OTHER]
    to_other = _in(word, from_latin) if all(letter in from_latin for letter in latin) else None
    if to_other is not None and (to_latin is None or len(others) > len(latin)):
        return to_other
    return to_latin or word


def _in(word: str, doubles: Mapping[str, str]) -> str:
    return "".join([doubles.get(letter, letter) for letter in word])


def _script_table() -> NDArray[np.uint8]:
    table = np.zeros(ord(_LAST_OF_OTHER) + 2, dtype=np.uint8)
    table[ord("a") : ord("z") + 1] = table[0xDF:0x250] = _LATIN
    table[ord(_FIRST_OF_OTHER) : ord(_LAST_OF_OTHER) + 1] = _OTHER
    return table


_TO_LATIN = {pair[0]: pair[1] for pair in f"{_CYRILLIC} {_GREEK}".split()}
# The first letter of several that look alike is the usual one.
_FROM_LATIN = tuple({pair[1]: pair[0] for pair in reversed(pairs.split())} for pairs in (_GREEK, _CYRILLIC))
_SCRIPTS = _script_table()
