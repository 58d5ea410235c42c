"""Comments of a Blogger export (Atom): both the older backup of a blog and the `feed.atom` of Google Takeout.

The address `noreply@blogger.com` stands for every author who gave none, so it is nobody's.
"""

from collections.abc import Iterator

from service import lenient
from service.transfer.rows import Broken, Row, Stood
from service.transfer.source import Source
from service.transfer.xml_elements import Element, elements
from store.ids import rfc3339

ORIGIN = "Blogger"
NOBODY = "noreply@blogger.com"
_WANTED = {("feed", "entry")}
_STOOD = {
    "": Stood.PUBLISHED,
    "LIVE": Stood.PUBLISHED,
    "PENDING": Stood.PENDING,
    "SPAM": Stood.SPAM,
    "SPAM_COMMENT": Stood.SPAM,
    "EMPTIED": Stood.REMOVED,
    "GHOSTED": Stood.REMOVED,
}


def rows(source: Source) -> Iterator[Row | Broken]:
    """The comments among the entries, in the order of the file. Raises Refused for what is no Atom feed."""
    number = 0
    for element in elements(source, "feed", _WANTED):
        if _is_comment(element):
            number += 1
            yield _row(number, element)


def _is_comment(entry: Element) -> bool:
    if entry.value("type"):
        return entry.value("type") == "COMMENT"
    kinds = [one.attributes.get("term", "") for one in entry.children if one.name == "category"]
    return entry.child("in-reply-to") is not None or any(kind.endswith("kind#comment") for kind in kinds)


def _row(number: int, entry: Element) -> Row | Broken:
    entry_id, stood = entry.value("id"), _STOOD.get(entry.value("status").upper())
    if not entry_id:
        return Broken(number, "has no id")
    if stood is None:
        return Broken(number, f"has a status that is not known: {entry.value('status')[:40]}")
    at = lenient.instant(entry.value("published"))
    author = entry.child("author") or Element("author", "", {})
    email = author.value("email")
    page = entry.child("in-reply-to")
    comment = {
        "external_id": entry_id,
        "body": entry.value("content"),
        "created_at": None if at is None else rfc3339(at),
        "author": {
            "name": lenient.line(author.value("name"), 255),
            "email": None if email.casefold() == NOBODY else lenient.line(email, 320),
            "url": lenient.line(author.value("uri"), 2048),
        },
        "page": {"url": None if page is None else lenient.line(page.attributes.get("href"), 2048)},
    }
    removed = entry.child("trashed") is not None and entry.value("trashed") not in ("", "false")
    return Row(number, comment, Stood.REMOVED if removed else stood, _parent(entry, entry_id))


def _parent(entry: Element, entry_id: str) -> str | None:
    """Takeout names the parent by its id; the older backup by a link that ends in the parent's number."""
    if entry.value("inReplyTo"):
        return entry.value("inReplyTo")
    related = next((e for e in entry.children if e.name == "link" and e.attributes.get("rel") == "related"), None)
    if related is None:
        return None
    post_number = related.attributes.get("href", "").rstrip("/").rpartition("/")[2]
    head, mark, _ = entry_id.rpartition(".post-")
    return f"{head}{mark}{post_number}" if mark and post_number else None
