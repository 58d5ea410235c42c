"""Comments as JSON, one a line: as `POST /v1/comments` takes them, with `status` and the parent's `external_id`."""

from collections.abc import Iterator

import orjson

from service.transfer.rows import Broken, Row, Stood
from service.transfer.source import Source

ORIGIN = "a JSONL file"
# What a file may say → how it stood
STATUSES = {
    "approved": Stood.PUBLISHED,
    "ham": Stood.PUBLISHED,
    "spam": Stood.SPAM,
    "rejected": Stood.REMOVED,
    "trash": Stood.REMOVED,
    "pending": Stood.PENDING,
}


def stood_of(status: str | None) -> Stood | None:
    """How it stood: without a status Gatepost decides; None for a status that is not known."""
    return STATUSES.get((status or "pending").strip().casefold() or "pending")


def rows(source: Source) -> Iterator[Row | Broken]:
    """The comments in the order of the file; empty lines are passed over. Raises Refused for a damaged file."""
    for number, line in source.lines():
        if line is None:
            yield Broken(number, "is longer than 16 MiB")
        elif line.strip():
            yield row(number, line)


def row(number: int, line: bytes) -> Row | Broken:
    """One line."""
    try:
        value = orjson.loads(line.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        return Broken(number, "is no JSON")
    if not isinstance(value, dict):
        return Broken(number, "is no JSON object")
    status, parent = value.pop("status", None), value.pop("parent", None)
    stood = stood_of(status) if status is None or isinstance(status, str) else None
    if stood is None:
        return Broken(number, f"status must be one of {', '.join(STATUSES)}")
    if parent is not None and not isinstance(parent, str):
        return Broken(number, "parent must be the external_id of another comment")
    return Row(number, value, stood, parent)
