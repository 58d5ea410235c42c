"""Read the arrays of one large JSON object element by element, in memory that does not grow with the file."""

import codecs
import json
from collections.abc import Iterator
from typing import Any

from models.errors import Refused
from service.transfer.source import Source

MAX_VALUE_CHARACTERS = 8 * 1024 * 1024
_BLANKS = " \t\n\r"


def members(source: Source) -> Iterator[tuple[str, Any]]:
    """The members of the object in the file as (name, value); an array gives one pair an element.

    Raises Refused where the file is no such object, or a value has more than 8 Mi characters.
    """
    text = _Text(source)
    text.take("{")
    if text.skip("}"):
        return
    while True:
        name = text.value()
        if not isinstance(name, str):
            raise text.refusal()
        text.take(":")
        if text.skip("["):
            if not text.skip("]"):
                yield name, text.value()
                while text.skip(","):
                    yield name, text.value()
                text.take("]")
        else:
            yield name, text.value()
        if not text.skip(","):
            text.take("}")
            return


class _Text:
    """What has been read and not yet been used."""

    def __init__(self, source: Source) -> None:
        self._name = source.name
        self._pieces = source.pieces()
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._json = json.JSONDecoder(parse_constant=_no_constant)
        self._buffer = ""
        self._at = 0
        self._ended = False

    def refusal(self) -> Refused:
        return Refused(f"{self._name} cannot be read as JSON any further; what came before it is in.")

    def skip(self, mark: str) -> bool:
        """Pass over this mark if it comes next."""
        self._skip_blanks()
        if not self._buffer.startswith(mark, self._at):
            return False
        self._at += len(mark)
        return True

    def take(self, mark: str) -> None:
        if not self.skip(mark):
            raise self.refusal()

    def value(self) -> Any:
        self._skip_blanks()
        while True:
            try:
                value, end = self._json.raw_decode(self._buffer, self._at)
            except (ValueError, RecursionError) as error:
                if self._ended or isinstance(error, RecursionError):
                    raise self.refusal() from error
            else:
                if end < len(self._buffer) or self._ended:  # Else a number may go on.
                    self._at = end
                    return value
            if len(self._buffer) - self._at > MAX_VALUE_CHARACTERS:
                raise Refused(f"{self._name} has a value of more than 8 Mi characters, or is no JSON.")
            self._fill(max(1, len(self._buffer) - self._at))

    def _skip_blanks(self) -> None:
        while True:
            while self._at < len(self._buffer) and self._buffer[self._at] in _BLANKS:
                self._at += 1
            if self._at < len(self._buffer) or self._ended:
                return
            self._fill(1)

    def _fill(self, at_least: int) -> None:
        """Read that many characters more, or to the end: doubling keeps many attempts at one value cheap."""
        parts = [self._buffer[self._at :]]
        n_new = 0
        try:
            while n_new < at_least and not self._ended:
                piece = next(self._pieces, b"")
                self._ended = not piece
                parts.append(self._decoder.decode(piece, final=self._ended))
                n_new += len(parts[-1])
        except UnicodeDecodeError as error:
            raise Refused(f"{self._name} is not UTF-8.") from error
        self._buffer, self._at = "".join(parts), 0


def _no_constant(name: str) -> None:
    raise ValueError(name)
