"""Which formats can be brought in, and the reader of each."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from service.transfer import blogger, commento, disqus, lines, tables, wordpress
from service.transfer.rows import Broken, Row
from service.transfer.source import Source


class Format(NamedTuple):
    """A reader, and how its origin is called in a sentence."""

    origin: str
    rows: Callable[[Source], Iterator[Row | Broken]]


FORMATS = {
    "wordpress": Format(wordpress.ORIGIN, wordpress.rows),
    "disqus": Format(disqus.ORIGIN, disqus.rows),
    "blogger": Format(blogger.ORIGIN, blogger.rows),
    "commento": Format(commento.ORIGIN, commento.rows),
    "csv": Format(tables.ORIGIN, tables.rows),
    "jsonl": Format(lines.ORIGIN, lines.rows),
}
