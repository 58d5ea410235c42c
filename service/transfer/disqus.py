"""Comments of a Disqus export (XML). Threads come first and tell the pages; e-mail and IP are left out by Disqus.

Memory grows with the number of threads, not of comments. Source: the schema at disqus.com/api/schemas/1.0/disqus.xsd.
"""

from collections.abc import Iterator

from service import lenient
from service.transfer.rows import Broken, Row, Stood
from service.transfer.source import Source
from service.transfer.xml_elements import Element, elements
from store.ids import rfc3339

ORIGIN = "Disqus"
_WANTED = {("disqus", "thread"), ("disqus", "post")}
_Page = tuple[str | None, str | None]


def rows(source: Source) -> Iterator[Row | Broken]:
    """The comments in the order of the file. Raises Refused for what is no Disqus export."""
    pages: dict[str, _Page] = {}
    number = 0
    for element in elements(source, "disqus", _WANTED):
        if element.name == "thread":
            page = lenient.line(element.value("link"), 2048), lenient.line(element.value("title"), 1000)
            pages[element.attributes.get("id", "")] = page
        else:
            number += 1
            yield _row(number, element, pages)


def _row(number: int, element: Element, pages: dict[str, _Page]) -> Row | Broken:
    post_id = element.attributes.get("id") or element.value("id")
    if not post_id:
        return Broken(number, "has no dsq:id")
    at = lenient.instant(element.value("createdAt"))
    author = element.child("author") or Element("author", "", {})
    url, title = pages.get(_reference(element, "thread"), (None, None))
    comment = {
        "external_id": post_id,
        "body": element.value("message"),
        "created_at": None if at is None else rfc3339(at),
        "author": {
            "id": lenient.line(author.value("username"), 255),
            "name": lenient.line(author.value("name"), 255),
            "email": lenient.line(author.value("email"), 320),
            "url": lenient.line(author.value("link"), 2048),
            "ip": lenient.address(element.value("ipAddress")),
        },
        "page": {"url": url, "title": title},
    }
    return Row(number, comment, _stood(element), _reference(element, "parent") or None)


def _stood(element: Element) -> Stood:
    if element.value("isSpam") == "true":
        return Stood.SPAM
    if element.value("isDeleted") == "true":
        return Stood.REMOVED
    return Stood.PENDING if element.value("isApproved") == "false" else Stood.PUBLISHED


def _reference(element: Element, name: str) -> str:
    found = element.child(name)
    return "" if found is None else found.attributes.get("id") or found.text.strip()
