"""Read a JSON body strictly: what two parsers could read differently is refused (RFC 8259, I-JSON RFC 7493)."""

import json
import math
import re
from typing import Any, NoReturn

from flask import Request
from werkzeug.datastructures import MultiDict

from service.problems import FieldError, Problem, invalid

MAX_BODY_BYTES = 1024 * 1024
MAX_BATCH_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 64
MAX_NUMBER_DIGITS = 400

_STRING_OR_BRACKET = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)


def refuse_repeated(args: MultiDict[str, str]) -> None:
    """Refuse a name that stands twice in the query, of which one would count and the other would not.

    Raises Problem 422.
    """
    twice = [name for name, values in args.lists() if len(values) > 1]
    if twice:
        raise invalid([FieldError(pointer=f"/{name}"[:255], code="bad_value", detail="stands twice") for name in twice])


class StrictRequest(Request):
    """A request whose JSON is read by the rules of this module."""

    @property
    def max_content_length(self) -> int | None:
        """Bytes that the body may have: 8 MiB for a batch, else 1 MiB."""
        return MAX_BATCH_BYTES if self.path == "/v1/comments:batch" else MAX_BODY_BYTES

    @max_content_length.setter
    def max_content_length(self, value: int | None) -> None:
        """Flask sets its default here; the limit is ours."""

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:  # noqa: ARG002
        """The body as a JSON object. Raises Problem 413, 415, 400 or 422."""
        self._require_json()
        raw = self.get_data()
        limit = self.max_content_length
        if self.content_length is None and limit is not None and len(raw) >= limit:
            # A body sent in chunks is cut at the limit without a word.
            raise Problem(413, "too_large", f"The body may have {limit} bytes at most.")
        value = read_json(raw)
        if not isinstance(value, dict):
            refuse_depth(raw)
            field = FieldError(pointer="", code="wrong_type", detail="The body must be a JSON object.")
            raise invalid([field])
        return value

    def _require_json(self) -> None:
        charset = self.mimetype_params.get("charset", "utf-8").lower()
        if self.mimetype != "application/json" or charset not in ("utf-8", "utf8"):
            raise Problem(
                415, "unsupported_media_type", "Send the body as JSON in UTF-8 with Content-Type: application/json."
            )
        if self.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise Problem(415, "unsupported_media_type", "Send the body without a Content-Encoding.")


def read_json(raw: bytes) -> Any:
    """Parse JSON. Raises Problem 400 `invalid_json` with a sentence that says what is wrong."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _refuse(f"The body is not UTF-8 (byte {error.start}).") from None
    try:
        return _DECODER.decode(text)
    except RecursionError:
        raise _refuse(f"The body is nested deeper than {MAX_DEPTH}.") from None
    except json.JSONDecodeError as error:
        raise _refuse(f"The body is not JSON: {error.msg} (character {error.pos}).") from None


def refuse_depth(raw: bytes) -> None:
    """Raise Problem 400 where the body is nested deeper than 64.

    Our shapes are flat, so only a body that has failed validation can be deep; only then is this looked at.
    """
    depth = 0
    for match in _STRING_OR_BRACKET.finditer(raw):
        token = match.group()
        if token in (b"[", b"{"):
            depth += 1
            if depth > MAX_DEPTH:
                raise _refuse(f"The body is nested deeper than {MAX_DEPTH}.")
        elif token in (b"]", b"}"):
            depth -= 1


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise _refuse("An object has the same key twice.")
    return value


def _constant(name: str) -> NoReturn:
    raise _refuse(f"{name} is not JSON.")


def _float(digits: str) -> float:
    value = float(digits) if len(digits) <= MAX_NUMBER_DIGITS else math.inf
    if math.isinf(value):
        raise _refuse("A number is too large for a double.")
    return value


def _int(digits: str) -> int:
    if len(digits) > 20 or not -(2**63) <= (value := int(digits)) < 2**63:
        raise _refuse("A number is beyond 64 bits.")
    return value


def _refuse(detail: str) -> Problem:
    return Problem(400, "invalid_json", detail)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_constant, parse_float=_float, parse_int=_int
)  # Made once: `json.loads` makes one a call.
