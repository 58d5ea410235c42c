"""Comments of a Commento export: one JSON object with `comments` and `commenters`, usually gzipped.

Commenters stand behind the comments, so the file is read twice; memory grows with the commenters, not the comments.
Source: api/domain_export.go of Commento.
"""

from collections.abc import Iterator
from typing import Any

from models.errors import Refused
from service import lenient
from service.transfer.json_members import members
from service.transfer.rows import Broken, Row, Stood
from service.transfer.source import Source
from store.ids import rfc3339

ORIGIN = "Commento"
VERSION = 1
NOBODY = "anonymous"
_STOOD = {
    "approved": Stood.PUBLISHED,
    "": Stood.PUBLISHED,
    "unapproved": Stood.PENDING,
    "flagged": Stood.SPAM,
}
_Author = dict[str, str | None]


def rows(source: Source) -> Iterator[Row | Broken]:
    """The comments in the order of the file. Raises Refused for what is no Commento export."""
    authors: dict[str, _Author] = {}
    is_export = False
    for name, value in members(source):
        if name == "version" and value != VERSION:
            raise Refused(f"{source.name} is version {str(value)[:20]} of Commento's export; only 1 is known.")
        if name == "commenters" and isinstance(value, dict):
            authors[_text(value, "commenterHex")] = _author(value)
        is_export = is_export or name in ("version", "comments", "commenters")
    if not is_export:
        raise Refused(f"{source.name} has neither comments nor commenters: another format?")
    source.rewind()
    number = 0
    for name, value in members(source):
        if name == "comments":
            number += 1
            yield _row(number, value, authors)


def _row(number: int, value: Any, authors: dict[str, _Author]) -> Row | Broken:
    if not isinstance(value, dict):
        return Broken(number, "is no object")
    comment_id, stood = _text(value, "commentHex"), _STOOD.get(_text(value, "state"))
    if not comment_id or stood is None:
        return Broken(number, "has no commentHex" if not comment_id else "has a state that is not known")
    at = lenient.instant(_text(value, "creationDate"))
    path = _text(value, "url") or _text(value, "path")
    domain = _text(value, "domain")
    parent = _text(value, "parentHex")
    comment = {
        "external_id": comment_id,
        "body": _text(value, "markdown") or _text(value, "html"),
        "created_at": None if at is None else rfc3339(at),
        "author": authors.get(_text(value, "commenterHex")),
        "page": {"url": lenient.line(f"https://{domain}{path}" if domain else path, 2048)},
    }
    return Row(
        number, comment, Stood.REMOVED if value.get("deleted") is True else stood, parent if parent != "root" else None
    )


def _author(value: dict[str, Any]) -> _Author:
    return {
        "id": None if _text(value, "commenterHex") == NOBODY else lenient.line(_text(value, "commenterHex"), 255),
        "name": lenient.line(_text(value, "name"), 255),
        "email": lenient.line(_text(value, "email"), 320),
        "url": None if _text(value, "link") == "undefined" else lenient.line(_text(value, "link"), 2048),
    }


def _text(value: dict[str, Any], name: str) -> str:
    found = value.get(name)
    return found if isinstance(found, str) else ""
