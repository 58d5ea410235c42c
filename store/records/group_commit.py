"""Group commit: requests that arrive together share one transaction and one fsync.

Each caller returns only after the commit that holds its own submission.
"""

import queue
import threading
import time

from sqlalchemy.exc import DBAPIError, IntegrityError

from models.errors import DatabaseUnavailable, GatepostError
from store.records.database import Database
from store.records.submissions import Outcome, Replay, Result, Submission, record

MAX_GROUP_COMMENTS = 512
MAX_CONFLICTS = 5
GATHER_SECONDS = 0.0005


class _Pending:
    __slots__ = ("done", "error", "result", "submission")

    def __init__(self, submission: Submission) -> None:
        self.submission = submission
        self.done = threading.Event()
        self.result: Result = ()
        self.error: Exception | None = None


class GroupCommit:
    """One writer thread for the submissions of a process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queue: queue.SimpleQueue[_Pending | None] = queue.SimpleQueue()
        self._crowded = False
        self._thread = threading.Thread(target=self._run, name="group-commit", daemon=True)
        self._thread.start()

    def submit(self, submission: Submission) -> list[Outcome] | Replay:
        """Record the submission durably and return what became of it.

        Raises IdempotencyMismatch, TwinInProgress or DatabaseUnavailable; then nothing was recorded.
        """
        pending = _Pending(submission)
        self._queue.put(pending)
        pending.done.wait()
        if pending.error is not None:
            raise pending.error
        if isinstance(pending.result, GatepostError):
            raise pending.result
        return pending.result if isinstance(pending.result, Replay) else list(pending.result)

    def close(self) -> None:
        """Commit what is queued and end the thread."""
        self._queue.put(None)
        self._thread.join(timeout=10)

    def _run(self) -> None:
        while True:
            first = self._queue.get()
            if first is None:
                return
            if self._crowded:
                # Others are on their way: half a millisecond lets them share this transaction.
                time.sleep(GATHER_SECONDS)
            group, ended = self._collect(first)
            self._crowded = len(group) > 1
            self._commit(group)
            for pending in group:
                pending.done.set()
            if ended:
                return

    def _collect(self, first: _Pending) -> tuple[list[_Pending], bool]:
        group, size = [first], len(first.submission.comments)
        while size < MAX_GROUP_COMMENTS:
            try:
                pending = self._queue.get_nowait()
            except queue.Empty:
                break
            if pending is None:
                return group, True
            group.append(pending)
            size += len(pending.submission.comments)
        return group, False

    def _commit(self, group: list[_Pending]) -> None:
        try:
            results = self._record([pending.submission for pending in group])
        except (DBAPIError, GatepostError, UnicodeError) as error:
            if len(group) > 1 and not isinstance(error, DatabaseUnavailable):
                for pending in group:
                    self._commit([pending])
                return
            for pending in group:
                pending.error = error
            return
        except Exception as error:
            # The edge of this thread: it must go on, and each caller must see the failure.
            for pending in group:
                pending.error = error
            return
        for pending, result in zip(group, results, strict=True):
            pending.result = result

    def _record(self, submissions: list[Submission]) -> list[Result]:
        for _ in range(MAX_CONFLICTS):
            try:
                with self._database.write() as connection:
                    return record(connection, submissions)
            except IntegrityError:
                # Another process has recorded one of these external ids or keys since; read it and go again.
                continue
        raise DatabaseUnavailable("The database had too many conflicting writes; try again in a moment.")
