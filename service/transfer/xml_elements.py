"""Read chosen elements of an XML file one after the other, in memory that does not grow with the file.

A document type is refused, and with it every entity that a file could declare: no entity bomb, no outside file.
"""

from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from itertools import islice
from xml.parsers import expat

from models.errors import Refused
from service.transfer.source import Source

MAX_DEPTH = 64
MAX_FIELD_CHARACTERS = 256 * 1024
MAX_RECORD_CHARACTERS = 1024 * 1024
MAX_ELEMENTS = 10_000
MAX_ATTRIBUTES, MAX_ATTRIBUTE_CHARACTERS = 16, 4096
MAX_SILENT_BYTES = 16 * 1024 * 1024
# XML allows no control characters, but databases of old blogs are full of them.
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r"))
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"\0<", b"<\0")


@dataclass(slots=True)
class Element:
    """An element by its local name. A text of more than 256 Ki characters is cut."""

    name: str
    namespace: str
    attributes: dict[str, str]
    text: str = ""
    children: list["Element"] = field(default_factory=list)

    def child(self, name: str) -> "Element | None":
        """The first child of that name."""
        return next((one for one in self.children if one.name == name), None)

    def value(self, name: str) -> str:
        """The text of the first child of that name, without blanks around it; empty where there is none."""
        found = self.child(name)
        return "" if found is None else found.text.strip()


def elements(source: Source, root: str, wanted: Set[tuple[str, str]]) -> Iterator[Element]:
    """Each element whose (parent's, own) local name is wanted, in order, with all that it holds.

    A wanted pair with an empty own name gives the bare parent when it begins. Raises Refused where the file is no XML,
    has another root or a document type, or is built to exhaust memory.
    """
    reading = _Reading(source.name, root, wanted)
    strips = None
    for piece in source.pieces():
        if strips is None:
            strips = b"" if piece.startswith(_WIDE) else _CONTROLS
        reading.feed(piece.translate(None, strips))
        yield from reading.taken()
    reading.end()
    yield from reading.taken()


class _Reading:
    def __init__(self, file_name: str, root: str, wanted: Set[tuple[str, str]]) -> None:
        self._file_name, self._root, self._wanted = file_name, root, wanted
        self._found: list[Element] = []
        self._path: list[str] = []
        self._open: list[Element] = []
        self._texts: list[str] = []
        self._n_field = self._n_record = self._n_elements = 0
        self._silent_bytes = 0
        self._parser = expat.ParserCreate(namespace_separator="\n")
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype
        self._parser.EntityDeclHandler = self._refuse_doctype
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.CommentHandler = self._other
        self._parser.ProcessingInstructionHandler = self._other

    def feed(self, piece: bytes) -> None:
        self._silent_bytes += len(piece)
        self._parse(piece, final=False)
        if self._silent_bytes > MAX_SILENT_BYTES:
            raise Refused(f"{self._file_name} has a piece of markup of more than 16 MiB, which no comment needs.")

    def end(self) -> None:
        self._parse(b"", final=True)

    def taken(self) -> list[Element]:
        found, self._found = self._found, []
        return found

    def _parse(self, piece: bytes, *, final: bool) -> None:
        try:
            self._parser.Parse(piece, final)
        except expat.ExpatError as error:
            what = expat.ErrorString(error.code)
            raise Refused(f"{self._file_name} cannot be read as XML from line {error.lineno} on: {what}.") from error
        except (LookupError, ValueError) as error:  # An encoding that is unknown, or has more than one byte.
            raise Refused(f"{self._file_name} is in an encoding that is not known; save it as UTF-8.") from error

    def _refuse_doctype(self, *_: object) -> None:
        raise Refused(f"{self._file_name} has a document type (DOCTYPE), which could hide an entity bomb; remove it.")

    def _other(self, *_: object) -> None:
        self._silent_bytes = 0

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._silent_bytes = 0
        namespace, _, name = tag.rpartition("\n")
        if not self._path and name != self._root:
            raise Refused(f"{self._file_name} begins with <{name[:40]}>, not with <{self._root}>: another format?")
        if len(self._path) >= MAX_DEPTH:
            raise Refused(f"{self._file_name} has elements deeper than {MAX_DEPTH}, which no export has.")
        parent = self._path[-1] if self._path else ""
        self._path.append(name)
        if self._open or (parent, name) in self._wanted:
            self._n_elements += 1
            if self._n_elements > MAX_ELEMENTS:
                raise Refused(f"{self._file_name} has a comment of more than {MAX_ELEMENTS} elements.")
            made = Element(name, namespace, _shortened(attributes))
            if self._open:
                self._close_text()
                self._open[-1].children.append(made)
            self._open.append(made)
        elif (name, "") in self._wanted:
            self._found.append(Element(name, namespace, {}))

    def _end(self, _tag: str) -> None:
        self._silent_bytes = 0
        self._path.pop()
        if self._open:
            self._close_text()
            closed = self._open.pop()
            if not self._open:
                self._found.append(closed)
                self._n_elements = self._n_record = 0

    def _text(self, text: str) -> None:
        self._silent_bytes = 0
        room = min(MAX_FIELD_CHARACTERS - self._n_field, MAX_RECORD_CHARACTERS - self._n_record)
        if self._open and room > 0:
            self._texts.append(text[:room])
            self._n_field += len(text)
            self._n_record += len(text)

    def _close_text(self) -> None:
        if self._texts:
            self._open[-1].text += "".join(self._texts)
            self._texts.clear()
        self._n_field = 0


def _shortened(attributes: dict[str, str]) -> dict[str, str]:
    given = islice(attributes.items(), MAX_ATTRIBUTES)
    return {key.rpartition("\n")[2]: value[:MAX_ATTRIBUTE_CHARACTERS] for key, value in given}
