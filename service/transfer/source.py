"""A file to read in pieces, plain or gzipped, with how far one is."""

import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from models.errors import Refused

PIECE_BYTES = 64 * 1024
MAX_LINE_BYTES = 16 * 1024 * 1024


class Source:
    """A file, open from `with` on. Memory does not grow with it: nothing of it is kept."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> "Source":
        try:
            self._raw = self._path.open("rb")
            self.size_bytes = self._path.stat().st_size
        except OSError as error:
            raise Refused(f"{self._path} cannot be read: {error.strerror}.") from error
        self.rewind()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._raw.close()

    @property
    def name(self) -> str:
        """How the file is called in a sentence."""
        return self._path.name

    @property
    def position_bytes(self) -> int:
        """How much of the file, as it lies there, has been read."""
        return self._raw.tell()

    def rewind(self) -> None:
        """Begin again."""
        self._raw.seek(0)
        zipped = self._raw.read(2) == b"\x1f\x8b"
        self._raw.seek(0)
        self._stream: io.BufferedIOBase = gzip.GzipFile(fileobj=self._raw) if zipped else self._raw

    def pieces(self) -> Iterator[bytes]:
        """The content, 64 KiB at a time. Raises Refused where a gzipped file is damaged or cut off."""
        while piece := self._read(PIECE_BYTES):
            yield piece

    def lines(self) -> Iterator[tuple[int, bytes | None]]:
        """Each line with its number; None for one of more than 16 MiB, which is passed over."""
        number = 0
        with io.BufferedReader(_Reading(self), PIECE_BYTES) as buffered:
            while line := buffered.readline(MAX_LINE_BYTES):
                number += 1
                whole = line.endswith(b"\n") or len(line) < MAX_LINE_BYTES
                yield number, line if whole else None
                while not whole and (rest := buffered.readline(MAX_LINE_BYTES)):
                    whole = rest.endswith(b"\n")

    def text(self) -> io.TextIOWrapper:
        """The content as UTF-8 text; line ends stay as they are."""
        return io.TextIOWrapper(io.BufferedReader(_Reading(self), PIECE_BYTES), encoding="utf-8-sig", newline="")

    def _read(self, size: int) -> bytes:
        try:
            return self._stream.read(size)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise Refused(f"{self.name} is gzipped, but damaged or cut off; what came before it is in.") from error


class _Reading(io.RawIOBase):
    """The content for those who want a stream."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._source._read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)
