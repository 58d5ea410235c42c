"""How much of a comment is about its page: the share of its longer words that stand in the title or the text."""

import re
from functools import lru_cache
from itertools import pairwise

from models.text import fold

MIN_WORDS = 3
_STEM = 6
# Words of five letters or more, mostly not the small words of the grammar; Hangul, whose syllables hold several
# letters, from two; of Chinese and Japanese, written without spaces, each pair of neighbours.
_HANGUL = "\uac00-\ud7a3"
_UNSPACED = "\u3040-\u30ff\u3400-\u9fff"
_WORD = re.compile(rf"[{_UNSPACED}]+|[{_HANGUL}]{{2,}}|[^\W\d_{_HANGUL}{_UNSPACED}]{{5,}}")


def relevance(folded: str, page_title: str | None, page_text: str | None) -> float | None:
    """Fraction in [0, 1], to three decimals, of the different longer words of a folded comment that the page has too.

    Words are compared by their first six letters, so that most inflected forms meet. None where the page sent neither
    title nor text or has no such word, or the comment has fewer than three. Linear in both lengths; the words of the
    pages asked for last are kept.
    """
    if not (page_title or page_text):
        return None
    words = _words(folded)
    if len(words) < MIN_WORDS:
        return None
    on_page = _page_words(page_title, page_text)
    return round(len(words & on_page) / len(words), 3) if on_page else None


@lru_cache(maxsize=64)
def _page_words(title: str | None, text: str | None) -> frozenset[str]:
    return frozenset(_words(fold(f"{title or ''} {text or ''}")))


def _words(folded: str) -> set[str]:
    words: set[str] = set()
    for run in _WORD.findall(folded):
        first = run[0]
        if "\u3040" <= first <= "\u9fff":
            words.update(map("".join, pairwise(run)))
        else:
            words.add(run[:2] if first >= "\uac00" else run[:_STEM])
    return words
