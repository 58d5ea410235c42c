"""Group commit: requests that arrive together share one transaction and one fsync.

The first to come leads: it commits for all who queued while the one before it was committing. Each caller returns
only after the commit that holds its own submission, and once the disk has it.
"""

import threading
from collections import deque

from sqlalchemy.exc import DBAPIError, IntegrityError

from models.errors import DatabaseUnavailable, GatepostError
from store.records.database import Database, Lasting
from store.records.idempotency import Replay
from store.records.submissions import Outcome, Result, Submission, plan, record, write

MAX_GROUP_COMMENTS = 1024
MAX_CONFLICTS = 5
PLANNED_FROM = 32  # Fewer comments are planned in less time than a second transaction takes.


class _Flush:
    """The wait for the disk of one group, by whoever of it comes first; the next group is committed meanwhile."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._over = False
        self._error: DatabaseUnavailable | None = None

    def wait(self) -> None:
        with self._lock:
            if not self._over:
                try:
                    self._database.flush()
                except DatabaseUnavailable as error:
                    self._error = error
                self._over = True
        if self._error is not None:
            raise self._error


class _Pending:
    __slots__ = ("error", "flush", "result", "submission")

    def __init__(self, submission: Submission) -> None:
        self.submission = submission
        self.flush: _Flush | None = None  # There once it is committed.
        self.result: Result = ()
        self.error: Exception | None = None


class GroupCommit:
    """Commits the submissions of a process, those that wait at the same moment together."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queue: deque[_Pending] = deque()
        self._leader = threading.Lock()

    def submit(self, submission: Submission) -> list[Outcome] | Replay:
        """Record the submission durably and return what became of it.

        Raises IdempotencyMismatch, TwinInProgress or DatabaseUnavailable. Then nothing was recorded, unless it was the
        disk that failed: sent again with its external id or idempotency key the submission is found.
        """
        pending = _Pending(submission)
        self._queue.append(pending)
        with self._leader:
            while pending.flush is None:
                group = self._collect()
                self._commit(group)
                flush = _Flush(self._database)
                for member in group:
                    member.flush = flush
        if pending.error is not None:
            raise pending.error
        pending.flush.wait()
        if isinstance(pending.result, GatepostError):
            raise pending.result
        return pending.result if isinstance(pending.result, Replay) else list(pending.result)

    def _collect(self) -> list[_Pending]:
        group = [self._queue.popleft()]
        size = len(group[0].submission.comments)
        while self._queue and size < MAX_GROUP_COMMENTS:
            group.append(self._queue.popleft())
            size += len(group[-1].submission.comments)
        return group

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
            # The leader works for others too: each of them must see the failure.
            for pending in group:
                pending.error = error
            return
        for pending, result in zip(group, results, strict=True):
            pending.result = result

    def _record(self, submissions: list[Submission]) -> list[Result]:
        for _ in range(MAX_CONFLICTS):
            try:
                if sum(len(submission.comments) for submission in submissions) < PLANNED_FROM:
                    with self._database.write(Lasting.BY_FLUSH) as connection:
                        return record(connection, submissions)
                # All that needs no lock is done before it is taken: everybody else who writes waits for it.
                with self._database.read() as connection:
                    planned = plan(connection, submissions)
                if not planned.is_empty:
                    with self._database.write(Lasting.BY_FLUSH) as connection:
                        write(connection, planned)
                return planned.results
            except IntegrityError:
                # Another process has recorded one of these external ids or keys since; read it and go again.
                continue
        raise DatabaseUnavailable("The database had too many conflicting writes; try again in a moment.")
