"""The one door in: every entrance translates and then calls `submit`."""

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from models.errors import NotFound, RedisUnavailable, Unanswered, VersionMismatch
from models.pseudonyms import pseudonym as keyed_hash
from models.vocabulary import State
from store.ids import new_id, now_us
from store.live import checks, queues, review_queue
from store.live.answers import Answers
from store.live.connection import ERRORS
from store.records import comments, edits, idempotency, review_items
from store.records.comments import CommentRecord
from store.records.database import Connection
from store.records.edits import Edit
from store.records.group_commit import GroupCommit
from store.records.idempotency import IdempotencyKey, Replay
from store.records.sites import Site
from store.records.submissions import NewComment, Outcome, Submission
from store.stores import Stores

GRACE_US = 10_000_000
PAUSE_SECONDS = 0.02

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one submitted comment stands now. `taken`: its external_id belongs to another comment."""

    comment: CommentRecord
    taken: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to a submission. `waited`: the wish to wait was honoured."""

    status: int
    body: str
    replayed: bool
    waited: bool


Render = Callable[[Sequence[Standing]], tuple[int, str]]


class Waker:
    """Makes sure, from a thread of its own, that a drain job is queued: nobody who submits waits for Redis."""

    def __init__(self, stores: Stores) -> None:
        self._redis = stores.redis
        self._wanted = threading.Event()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="waker", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Ask for a drain job; returns at once."""
        self._wanted.set()

    def close(self) -> None:
        """End the thread."""
        self._closed = True
        self._wanted.set()

    def _run(self) -> None:
        while True:
            self._wanted.wait()
            if self._closed:
                return
            self._wanted.clear()
            try:
                queues.ensure_drain(self._redis)
            except ERRORS as error:
                log.warning("Redis does not answer, the clock will wake a worker: %s", error)
            # Submissions that come close together need one look at the queue, not one each.
            time.sleep(PAUSE_SECONDS)


class Intake:
    """Records submissions durably and, where asked to, waits for the decisions."""

    def __init__(self, stores: Stores, waiting_capacity: int) -> None:
        self._stores = stores
        self._commits = GroupCommit(stores.database)
        self._answers = Answers(stores.redis, waiting_capacity)
        self._waker = Waker(stores)

    def close(self) -> None:
        """End the threads."""
        self._answers.close()
        self._waker.close()

    def submit(
        self,
        site: Site,
        news: Sequence[NewComment],
        render: Render,
        *,
        key: tuple[str, str] | None = None,
        wait_seconds: float = 0.0,
    ) -> Answered:
        """Record comments of one request and render its answer.

        `key`: the client's idempotency key and the fingerprint of the request. The answer is given after the
        commit; with `wait_seconds` as soon as all are decided, or when that time is over.
        Raises IdempotencyMismatch, TwinInProgress, DatabaseUnavailable.
        """
        waits = wait_seconds > 0 and self._answers.reserve()
        try:
            return self._submit(site, news, render, key, wait_seconds if waits else 0.0)
        finally:
            if waits:
                self._answers.release()

    def _submit(
        self,
        site: Site,
        news: Sequence[NewComment],
        render: Render,
        key: tuple[str, str] | None,
        wait_seconds: float,
    ) -> Answered:
        began = time.monotonic()

        def at_once(outcomes: Sequence[Outcome]) -> tuple[int, str] | None:
            if wait_seconds or any(outcome.kind != "new" for outcome in outcomes):
                return None
            return render([Standing(_as_recorded(site.id, new, o)) for new, o in zip(news, outcomes, strict=True)])

        idempotency_key = None
        if key is not None:
            idempotency_key = _held(key, wait_seconds)
        result = self._commits.submit(Submission(site.id, news, idempotency_key, at_once))
        if isinstance(result, Replay):
            return Answered(result.status, result.body, replayed=True, waited=False)
        if any(outcome.kind == "new" for outcome in result):
            self._waker.wake()
        answer = at_once(result)
        if answer is None:
            left = wait_seconds - (time.monotonic() - began)  # From the request on, not from the commit.
            answer = render(self._standings(site, news, result, left))
            if idempotency_key is not None:
                self._finish(site.id, idempotency_key, answer)
        return Answered(*answer, replayed=False, waited=wait_seconds > 0)

    def revise(
        self,
        site: Site,
        comment_id: str,
        edit: Edit,
        render: Render,
        check: Callable[[CommentRecord], None],
        *,
        key: tuple[str, str] | None = None,
        wait_seconds: float = 0.0,
    ) -> Answered:
        """Record an edit of a comment as its next revision and render the answer, as `submit` does.

        The same text again changes nothing. `check` sees the comment as it stands and may raise. Raises NotFound,
        VersionMismatch (it changed meanwhile), IdempotencyMismatch, TwinInProgress, DatabaseUnavailable.
        """
        waits = wait_seconds > 0 and self._answers.reserve()
        wait_seconds = wait_seconds if waits else 0.0
        try:
            held = None if key is None else _held(key, wait_seconds)
            with self._stores.database.write() as connection:
                earlier = None if held is None else idempotency.earlier(connection, site.id, held, now_us())
                if isinstance(earlier, Replay):
                    return Answered(earlier.status, earlier.body, replayed=True, waited=False)
                if earlier is None:
                    record = _present(connection, site, comment_id)
                    check(record)
                    _revise(connection, record, edit, self._stores.database.now_us(connection))
                    if held is not None:
                        outcome = [("new", comment_id)]
                        now = now_us()
                        idempotency.add(connection, idempotency.row(site.id, held, outcome, None, now), now)
            self._waker.wake()
            answer = render([self._standing(comment_id, wait_seconds)])
            if held is not None:
                self._finish(site.id, held, answer)
            return Answered(*answer, replayed=False, waited=waits)
        finally:
            if waits:
                self._answers.release()

    def erase(self, site: Site, comment_id: str, check: Callable[[CommentRecord], None]) -> None:
        """Erase a comment for good; `check` sees it as it stands and may raise. Raises NotFound, VersionMismatch."""
        with self._stores.database.write() as connection:
            record = _present(connection, site, comment_id)
            check(record)
            if not edits.erase(connection, record, self._stores.database.now_us(connection)):
                raise VersionMismatch("The comment has changed meanwhile; read it again.")
            item = review_items.of_comment(connection, comment_id)
        if item is not None:
            with suppress(*ERRORS):  # A claim would find out that the item waits no longer.
                review_queue.remove(self._stores.redis, [(item.id, site.id)])

    def check(self, asked: bytes, seconds: float) -> bytes:
        """Have a worker judge a text of which nothing is stored. Raises Unanswered, RedisUnavailable."""
        if not self._answers.reserve():
            raise Unanswered("No check can be answered just now; try again in a moment.")
        check_id = new_id("chk")
        try:
            checks.ask(self._stores.redis, check_id, asked)
            queues.ensure_drain(self._stores.redis)
            self._answers.wait([check_id], seconds)
            answer = checks.fetch(self._stores.redis, check_id)
        except ERRORS as error:
            raise RedisUnavailable("Checks need Redis, which does not answer; try again in a moment.") from error
        finally:
            self._answers.release()
        if answer is None:
            raise Unanswered("No worker answered in time; try again in a moment.")
        return answer

    def _standing(self, comment_id: str, wait_seconds: float) -> Standing:
        return Standing(self._decided([comment_id], wait_seconds)[comment_id])

    def _standings(
        self, site: Site, news: Sequence[NewComment], outcomes: Sequence[Outcome], wait_seconds: float
    ) -> list[Standing]:
        wanted = [outcome.comment_id for outcome in outcomes if outcome.kind != "taken"]
        found = self._decided(wanted, wait_seconds)
        standings = []
        for new, outcome in zip(news, outcomes, strict=True):
            record = found.get(outcome.comment_id) or _as_recorded(site.id, new, outcome)
            standings.append(Standing(record, taken=outcome.kind == "taken"))
        return standings

    def _decided(self, comment_ids: Sequence[str], wait_seconds: float) -> dict[str, CommentRecord]:
        """The comments as soon as all are decided, or as they are when the time is over.

        What was told before the last look may be about an earlier revision, so it is not waited for by that.
        """
        ends = time.monotonic() + wait_seconds
        found: dict[str, CommentRecord] = {}
        missing = list(comment_ids)
        while True:
            looked = time.monotonic()
            found.update(self._read(missing))
            missing = [i for i in missing if i not in found or found[i].decision is None]
            if not missing or looked >= ends:
                return found
            self._answers.wait(missing, ends - looked, since=looked)

    def _read(self, comment_ids: Sequence[str]) -> dict[str, CommentRecord]:
        with self._stores.database.read() as connection:
            return comments.by_ids(connection, comment_ids)

    def _finish(self, site_id: str, key: IdempotencyKey, answer: tuple[int, str]) -> None:
        with self._stores.database.write() as connection:
            idempotency.finish(connection, site_id, key.digest, *answer)


def pseudonym(site: Site, kind: str, value: str) -> str:
    """Keyed hash of a piece of personal data: equal within a site, unrelated between sites (HMAC-SHA256)."""
    return keyed_hash(site.pseudonym_key, kind, value)


def content_digest(site: Site, content: bytes) -> str:
    """Keyed digest by which a comment that is sent again is recognised."""
    return hashlib.blake2b(
        content, key=bytes.fromhex(site.pseudonym_key), person=b"content", digest_size=32
    ).hexdigest()


def key_digest(key: str) -> str:
    """How an idempotency key is stored."""
    return hashlib.sha256(key.encode()).hexdigest()


def _held(key: tuple[str, str], wait_seconds: float) -> IdempotencyKey:
    return IdempotencyKey(key_digest(key[0]), key[1], int(wait_seconds * 1e6) + GRACE_US)


def _revise(connection: Connection, record: CommentRecord, edit: Edit, at: int) -> None:
    if record.body != edit.body and not edits.revise(connection, record, edit, at):
        raise VersionMismatch("The comment has changed meanwhile; read it again.")


def _present(connection: Connection, site: Site, comment_id: str) -> CommentRecord:
    record = comments.get(connection, comment_id, site.id)
    if record is None or record.state == State.ERASED:
        raise NotFound("There is no such comment on this site; check the id and the key.")
    return record


def _as_recorded(site_id: str, new: NewComment, outcome: Outcome) -> CommentRecord:
    return CommentRecord(
        outcome.comment_id,
        site_id,
        new.external_id,
        new.parent_id,
        new.content_type,
        new.language,
        new.author_id,
        new.author_name,
        new.author_url,
        new.author_role,
        new.page_url,
        new.page_title,
        new.created_at,
        outcome.received_at,
        1,
        State.RECEIVED.value,
        new.body,
        0,
        0,
    )
