"""Take turns at writing to SQLite: a file lock in front of BEGIN IMMEDIATE.

SQLite's own busy handler sleeps up to 100 ms between looks, so a busy writer starves the others; with this lock
the next one looks every millisecond, and spends little on looking. The kernel gives the lock back when its holder
dies. SQLite's locking stays in force behind it.
"""

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from models.errors import DatabaseUnavailable

LOOK_SECONDS = 0.001


class WriteTurn:
    """One lock of a process on the file beside the database; threads take turns too."""

    def __init__(self, database: Path, timeout_seconds: float) -> None:
        self._path = database.with_name(f"{database.name}-turn")
        self._timeout_seconds = timeout_seconds
        self._threads = threading.Lock()
        self._file: int | None = None

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold the turn. Raises DatabaseUnavailable when others keep it for too long."""
        ends = time.monotonic() + self._timeout_seconds
        if not self._threads.acquire(timeout=self._timeout_seconds):
            raise DatabaseUnavailable("The database is busy; try again in a moment.")
        try:
            file = self._lock(ends)
            try:
                yield
            finally:
                fcntl.flock(file, fcntl.LOCK_UN)
        finally:
            self._threads.release()

    def _lock(self, ends: float) -> int:
        if self._file is None:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return self._file
            except BlockingIOError:
                if time.monotonic() > ends:
                    raise DatabaseUnavailable("The database is busy; try again in a moment.") from None
                time.sleep(LOOK_SECONDS)
