"""Comments of a WordPress export (WXR, "WordPress eXtended RSS"), as Tools → Export writes it.

WordPress leaves out what it holds for spam; some plugins do not. Source: wp-admin/includes/export.php of WordPress.
"""

from collections.abc import Iterator

from service import lenient
from service.transfer.rows import Broken, Row, Stood
from service.transfer.source import Source
from service.transfer.xml_elements import Element, elements
from store.ids import rfc3339

ORIGIN = "WordPress"
_STOOD = {
    "1": Stood.PUBLISHED,
    "approve": Stood.PUBLISHED,
    "0": Stood.PENDING,
    "hold": Stood.PENDING,
    "spam": Stood.SPAM,
    "trash": Stood.REMOVED,
    "post-trashed": Stood.REMOVED,
}
_WANTED = {("item", ""), ("item", "title"), ("item", "link"), ("item", "encoded"), ("item", "comment")}


def rows(source: Source) -> Iterator[Row | Broken]:
    """The comments of all posts, in the order of the file. Raises Refused for what is no WXR."""
    number = 0
    page: dict[str, str] = {}
    for element in elements(source, "rss", _WANTED):
        if element.name == "item":
            page = {}
        elif element.name == "comment":
            number += 1
            yield _row(number, element, page)
        elif element.name != "encoded" or element.namespace.endswith("/content/"):
            page[element.name] = element.text.strip()


def _row(number: int, element: Element, page: dict[str, str]) -> Row | Broken:
    comment_id, stood = element.value("comment_id"), _STOOD.get(element.value("comment_approved").casefold())
    if not comment_id or stood is None:
        return Broken(
            number, "has no wp:comment_id" if not comment_id else "has a wp:comment_approved that is not known"
        )
    written = element.value("comment_date_gmt")
    at = lenient.instant(written) or lenient.instant(element.value("comment_date"))
    user_id, kind = element.value("comment_user_id"), element.value("comment_type")
    comment = {
        "external_id": comment_id,
        "body": element.value("comment_content"),
        "content_type": kind or "comment",
        "created_at": None if at is None else rfc3339(at),
        "author": {
            "id": None if user_id in ("", "0") else lenient.line(user_id, 255),
            "name": lenient.line(element.value("comment_author"), 255),
            "email": lenient.line(element.value("comment_author_email"), 320),
            "url": lenient.line(element.value("comment_author_url"), 2048),
            "ip": lenient.address(element.value("comment_author_IP")),
        },
        "page": {
            "url": lenient.line(page.get("link"), 2048),
            "title": lenient.line(page.get("title"), 1000),
            "text": lenient.text(page.get("encoded")) if stood is Stood.PENDING else None,
        },
    }
    parent = element.value("comment_parent")
    return Row(number, comment, stood, None if parent in ("", "0") else parent)
