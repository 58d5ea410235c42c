"""Make SQLite's commits last without holding its lock: flush the write-ahead log after them.

A commit with `synchronous=NORMAL` has put its frames into the log and waits for no disk. Once the log is flushed they
are where `synchronous=FULL` would have put them: a log is read up to the last whole commit, so one flush serves every
commit before it, of all processes. A checkpoint that empties the log in between flushes log and database itself.
Source: sqlite.org, Write-Ahead Logging and PRAGMA synchronous.
"""

import os
import threading
from pathlib import Path

_flush_data = getattr(os, "fdatasync", os.fsync)


class Wal:
    """The log beside a database. One file stays open a process: Linux tells each a failed write once, by its files.

    `failed`: a flush has failed. What was lost in the cache cannot be flushed by another one, so nothing in the log
    counts as lasting until a checkpoint has copied all of it and the owner sets this to False.
    """

    def __init__(self, database: Path) -> None:
        self._path = Path(f"{database}-wal")
        self._lock = threading.Lock()
        self._opened: tuple[int, int] | None = None
        self.failed = False

    def flush(self) -> None:
        """Return when the disk has every commit that had been made when this was called. Raises OSError."""
        try:
            _flush_data(self._file())
        except OSError:
            self.failed = True
            raise

    def _file(self) -> int:
        with self._lock:
            inode = self._path.stat().st_ino
            if self._opened is None or self._opened[0] != inode:
                # One that was opened before may be in use by another thread; logs are seldom made, so it stays open.
                self._opened = (inode, os.open(self._path, os.O_RDONLY | os.O_CLOEXEC))
                _flush_directory(self._path.parent)
            return self._opened[1]


def _flush_directory(directory: Path) -> None:
    """A new file lasts only if its directory does."""
    file = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)
