"""Makes what tests begin with: each value is ordinary but for the one field that a test names."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import orjson
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from models.thresholds import PROVISIONAL
from models.vocabulary import Comment, Evidence, Mode, Policy, Reason, Role, Score, Scorer, State, Thresholds
from store.live import answers
from store.live.connection import ERRORS
from store.records import claims, comments, guarantees, keys, reviewers, sites, submissions, transitions
from store.records.comments import CommentRecord
from store.records.database import Connection
from store.records.guarantees import StoredGuarantee
from store.records.reviewers import Reviewer
from store.records.schema import revisions
from store.records.sites import Site
from store.records.submissions import NewComment, Submission
from store.records.transitions import Claim, Move
from store.stores import Stores
from worker.drain import drain

THRESHOLDS = Thresholds(approve_below=0.1, reject_from=0.9, discard_from=0.99)

HAM, UNSURE, SPAM, WORST, POISON = "good evening", "maybe spam", "clear spam", "worst spam", "poison"


def score(
    probability: float = 0.5,
    low: float | None = None,
    high: float | None = None,
    reasons: tuple[Reason, ...] = (),
    model: str = "mdl_fixed",
) -> Score:
    """A score; the interval is the probability itself unless told."""
    return Score(
        probability, probability if low is None else low, probability if high is None else high, reasons, model
    )


def policy(mode: Mode = Mode.AUTOMATIC, thresholds: Thresholds = THRESHOLDS, version: str = "7") -> Policy:
    """A policy."""
    return Policy(version, mode, thresholds)


class FixedScorer:
    """A scorer whose answer is chosen by the words of the text: values in, values out, no training."""

    model = "mdl_fixed"
    _BY_WORDS = ((WORST, 0.995, 0.992, 0.999), (SPAM, 0.95, 0.92, 0.97), (UNSURE, 0.4, 0.18, 0.67))

    def score(self, comments: Sequence[Comment], evidence: Sequence[Evidence]) -> list[Score]:  # noqa: ARG002
        """One score a comment. Raises ValueError for a batch that holds a poisoned text."""
        return [self._one(comment.body) for comment in comments]

    def _one(self, body: str) -> Score:
        if POISON in body:
            raise ValueError("this text cannot be scored")
        for words, probability, low, high in self._BY_WORDS:
            at = body.find(words)
            if at >= 0:
                reason = Reason("words", f"It says “{words}”", 1.5, (at, at + len(words)))
                return score(probability, low, high, (reason,), self.model)
        return score(0.02, 0.01, 0.05, (), self.model)


def new_comment(body: str = HAM, **fields: Any) -> NewComment:
    """A comment as the store takes it."""
    return NewComment(body=body, **fields)


def add_site(stores: Stores, mode: Mode = Mode.AUTOMATIC, url: str = "https://blog.example") -> Site:
    """A site whose lanes nobody audits, so that every test knows what waits and why."""
    with stores.database.write() as connection:
        site = sites.add(connection, url, mode)
        leave_unaudited(connection, site.id)
    return site


def leave_unaudited(connection: Connection, site_id: str) -> None:
    """Have the lanes of a site decide on provisional thresholds without a single audit."""
    settings = PROVISIONAL._replace(approve_rate=0.0, reject_rate=0.0)
    guarantees.create(connection, StoredGuarantee(site_id, "{}", "{}", 0, None, None, *settings, updated_at=0))


def add_key(stores: Stores, site: Site, kind: str = "native") -> str:
    """A live key of the site."""
    with stores.database.write() as connection:
        return keys.add(connection, site.id, kind)[1]


@dataclass(frozen=True)
class Person:
    """A reviewer with a token."""

    reviewer: Reviewer
    token: str


def add_person(stores: Stores, name: str = "Ana", role: Role = Role.REVIEWER, site: Site | None = None) -> Person:
    """A reviewer with a personal token; of all sites unless told."""
    with stores.database.write() as connection:
        added = reviewers.add(connection, name, role, None if site is None else site.id)
        return Person(added, reviewers.new_token(connection, added.id))


def record(stores: Stores, site: Site, *news: NewComment | str) -> list[str]:
    """Record comments without any HTTP; their ids, in the same order."""
    made = [new_comment(new) if isinstance(new, str) else new for new in news]
    with stores.database.write() as connection:
        (outcomes,) = submissions.record(connection, [Submission(site.id, made)])
    assert not isinstance(outcomes, Exception | submissions.Replay)
    return [outcome.comment_id for outcome in outcomes]


def drain_due(stores: Stores, scorer: Scorer) -> int:
    """Run the drain job in this process until nothing is due; how many were recorded."""

    def nothing_due() -> bool:
        return not any(transitions.any_due(stores.database, retried=retried) for retried in (False, True))

    return drain(stores, scorer, nothing_due)


def read(stores: Stores, comment_id: str) -> CommentRecord:
    """A comment as it stands."""
    with stores.database.read() as connection:
        found = comments.get(connection, comment_id)
    assert found is not None
    return found


def move(record: CommentRecord, previous: State, state: State, **fields: Any) -> Move:
    """A transition of a comment's newest revision."""
    return Move(record.key, record.id, record.revision, record.site_id, previous, state, **fields)


def claim(stores: Stores, limit: int = 256, *, retried: bool = False, lease_seconds: int = 30) -> list[Claim]:
    """Claim what is due, as a worker does."""
    with stores.database.write() as connection:
        return claims.claim_due(stores.database, connection, limit=limit, retried=retried, lease_seconds=lease_seconds)


def end_scoring_leases(stores: Stores) -> None:
    """Make the time of every claim pass."""
    change(stores, update(revisions).where(revisions.c.lease_until.is_not(None)).values(lease_until=1))


def states(stores: Stores, comment_ids: Sequence[str]) -> list[str]:
    """The states of comments, in the same order."""
    return [read(stores, comment_id).state for comment_id in comment_ids]


def query(stores: Stores, statement: Any) -> list[Any]:
    """The rows of a query: a single column as plain values, more as tuples."""
    with stores.database.read() as connection:
        rows = [tuple(row) for row in connection.execute(statement)]
    return [row[0] for row in rows] if rows and len(rows[0]) == 1 else rows


def change(stores: Stores, statement: Any) -> None:
    """Carry out a statement: how a test makes time pass in the data."""
    with stores.database.write() as connection:
        connection.execute(statement)


def comment(body: str = HAM, **fields: Any) -> dict[str, Any]:
    """A comment as a website sends it."""
    return {"body": body, **fields}


@dataclass(frozen=True)
class Caller:
    """Somebody who calls the API with one secret, or without any."""

    client: FlaskClient
    secret: str | None

    def call(
        self, method: str, path: str, body: Any = None, *, raw: bytes | None = None, **headers: str
    ) -> TestResponse:
        """One request. `raw` sends these bytes; a header's `_` stands for `-`; an empty one is left out."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.secret is not None:
            given.setdefault("Authorization", f"Bearer {self.secret}")
        data = raw if raw is not None or body is None else orjson.dumps(body)
        if data is not None:
            given.setdefault("Content-Type", "application/json")
        sent = {name: value for name, value in given.items() if value}
        return self.client.open(path, method=method, data=data, headers=sent)

    def get(self, path: str, **headers: str) -> TestResponse:
        """GET."""
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, *, raw: bytes | None = None, **headers: str) -> TestResponse:
        """POST."""
        return self.call("POST", path, body, raw=raw, **headers)

    def submit(self, body: str = HAM, *, headers: Mapping[str, str] | None = None, **fields: Any) -> TestResponse:
        """Submit one comment."""
        return self.post("/v1/comments", comment(body, **fields), **(headers or {}))


def problem(answer: TestResponse) -> tuple[int, str, list[tuple[str, str]]]:
    """Status, code, and (pointer, code) of each field of a problem."""
    assert answer.content_type == "application/problem+json", answer.get_data(as_text=True)
    shown = orjson.loads(answer.data)
    return answer.status_code, shown["code"], [(e["pointer"], e["code"]) for e in shown["errors"] or []]


def close(app: Flask) -> None:
    """End the threads of an app, before its stores are closed."""
    stores, intake = app.extensions["gatepost"]
    intake.close()
    with suppress(*ERRORS):
        answers.publish(stores.redis, ["cmt_none"])  # Its listener looks up once more, and ends.
    for thread in (intake._answers._thread, intake._waker._thread):
        thread.join(5)


Drain = Callable[[], int]
