"""Read a form as real clients send it: names without a value, four spellings of a list, other character sets.

`application/x-www-form-urlencoded` after the WHATWG URL Standard §5, by which a bare name is a field with an empty
value. The body and the query count together, since some calls are made either way.
"""

import codecs
import re
from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge

MAX_FIELDS = 2000
_OTHERS = ("multipart/form-data", "application/json")
_LISTED = re.compile(r"(.*)\[\d*\]", re.DOTALL)
# Only character sets of text: Python also "decodes" compression, escapes and punycode, some of them very slowly.
_CHARSETS = re.compile(
    r"utf-8|ascii|iso8859-\d+|cp(?:125\d|437|85\d|866|932|949|950)|koi8-[ru]|shift_jis|euc_(?:jp|kr)|gb2312|gbk|gb18030|big5"
)


class Unreadable(Exception):
    """The body cannot be read as a form; the text says why, for whoever sets the client up."""


class Form:
    """The fields of one request, decoded when they are asked for."""

    def __init__(self, fields: Mapping[str, list[bytes]], charset: str) -> None:
        self._fields = fields
        self._charset = charset

    def __contains__(self, name: object) -> bool:
        """Whether the field was sent, be it without a value."""
        return name in self._fields

    def get(self, name: str) -> str:
        """The first value of a field; empty where it was not sent."""
        values = self._fields.get(name)
        return values[0].decode(self._charset, "replace") if values else ""

    def every(self, name: str) -> list[str]:
        """All values of a field: repeated, with `[]` or with `[0]`, `[1]`."""
        return [value.decode(self._charset, "replace") for value in self._fields.get(name, ())]

    def first(self, *names: str) -> str:
        """The first of these fields that has a value."""
        return next((value for name in names if (value := self.get(name))), "")


def read(request: Request) -> Form:
    """The form of a request. Raises Unreadable."""
    most = request.max_content_length or 0
    too_large = Unreadable(f"The body may have {most} bytes at most.")
    try:
        body = request.get_data()
    except RequestEntityTooLarge:
        raise too_large from None
    if request.content_length is None and len(body) >= most:
        raise too_large  # A body sent in chunks is cut at the limit without a word.
    encoding = request.headers.get("Content-Encoding", "identity").lower()
    if body and (request.mimetype in _OTHERS or encoding != "identity"):
        raise Unreadable("Send a plain form: Content-Type application/x-www-form-urlencoded, and not compressed.")
    charset = _charset(request.mimetype_params.get("charset", ""))
    return parse(body + b"&" + request.query_string, charset)


def parse(encoded: bytes, charset: str = "utf-8") -> Form:
    """The fields of an encoded form; those beyond the first 2,000 are not looked at."""
    fields: dict[str, list[bytes]] = {}
    for pair in encoded.split(b"&", MAX_FIELDS)[:MAX_FIELDS]:
        if not pair:
            continue
        name, _, value = pair.partition(b"=")
        key = _decode(name).decode("utf-8", "replace")
        listed = _LISTED.fullmatch(key)
        fields.setdefault(listed[1] if listed else key, []).append(_decode(value))
    return Form(fields, charset)


def _decode(part: bytes) -> bytes:
    return unquote_to_bytes(part.replace(b"+", b" "))


def _charset(name: str) -> str:
    try:
        known = codecs.lookup(name.strip()).name
    except (LookupError, ValueError):
        return "utf-8"
    return known if _CHARSETS.fullmatch(known) else "utf-8"
