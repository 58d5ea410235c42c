"""Make SQLite's commits last without holding its lock: flush the write-ahead log after them.

A commit with `synchronous=NORMAL` has put its frames into the log and waits for no disk. Once the log is flushed they
are where `synchronous=FULL` would have put them: a log is read up to the last whole commit, so one flush serves every
commit before it, of all processes. A checkpoint that empties the log in between flushes log and database itself.
Source: sqlite.org, Write-Ahead Logging and PRAGMA synchronous.
"""

import os
from functools import cache
from pathlib import Path

_flush_data = getattr(os, "fdatasync", os.fsync)


def flush_wal(database: Path) -> None:
    """Return when the disk has every commit that had been made when this was called. Raises OSError."""
    file = os.open(f"{database}-wal", os.O_RDONLY | os.O_CLOEXEC)
    try:
        _flush_data(file)
        _flush_name(database.parent, os.fstat(file).st_ino)
    finally:
        os.close(file)


@cache
def _flush_name(directory: Path, inode: int) -> None:  # noqa: ARG001 - once for each log that is made
    """A new file lasts only if its directory does."""
    file = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)
