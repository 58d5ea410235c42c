"""How far an edited comment has moved away from the text that was approved.

Measured from that text whatever came between, so many small steps count as much as one large one.
"""

import re
from collections import Counter
from typing import NamedTuple

from models.links import link_domains
from models.text import fold

MOST_LINKS = 20
# Chinese and Japanese are written without spaces, so each of their characters is a word.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u9fff]+")


class Moved(NamedTuple):
    """`new_share`: fraction in [0, 1], to three decimals, of the words that are new; a word that stands more often than
    before is new as often. `new_links`: links that are new, to a site that was linked before too, up to 20."""

    new_share: float
    new_links: int


def moved(folded: str, approved: str) -> Moved:
    """From the approved text, as it was sent, to a folded one. Linear in both lengths."""
    before = fold(approved)
    words = Counter(_WORD.findall(folded))
    new_words = words - Counter(_WORD.findall(before))
    share = new_words.total() / words.total() if words else 0.0
    return Moved(round(share, 3), min(_new_links(folded, before), MOST_LINKS))


def _new_links(folded: str, before: str) -> int:
    """Other addresses on a site count too: a shortener links everywhere. A dot in disguise stands between spaces, so
    domains are compared as well."""
    known = frozenset(before.split())
    tokens = " ".join([token for token in folded.split() if token not in known])
    new_domains = frozenset(link_domains(folded)).difference(link_domains(before))
    return max(len(link_domains(tokens)), len(new_domains))
