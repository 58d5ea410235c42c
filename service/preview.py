"""What a change of lists or rules would have done to the comments that came before it is saved.

The stored scores and evidence are judged once under the policy as it stands and once under the one that is proposed,
so the difference is that of the change alone, and no model is needed.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import orjson

from models.errors import Unavailable
from models.judge import judge, unscored
from models.rulebook import CODES, compile_policy
from models.vocabulary import Action, Comment, Evidence, Judgement, Origin, Policy, Reason, Score, State
from store.records import comments, decisions, evidence, origins
from store.records.comments import CommentRecord
from store.records.database import Connection, Database
from store.records.decisions import DecisionRecord
from store.records.policies import StoredPolicy

MAX_COMMENTS = 2000
MAX_SHOWN = 100
BUDGET_SECONDS = 3.0
_PAGE, _STEP = 250, 10
ACTIONS = (Action.APPROVE, Action.REVIEW, Action.REJECT, Action.DISCARD)
_MORE = {
    Action.APPROVE: "approved",
    Action.REVIEW: "sent to review",
    Action.REJECT: "rejected",
    Action.DISCARD: "discarded",
}
_UNDECIDED = (State.RECEIVED, State.SCORING)


class Flip(NamedTuple):
    """A comment that the change would have decided otherwise."""

    comment: CommentRecord
    before: Action
    after: Action
    reasons: tuple[Reason, ...]


@dataclass(slots=True)
class Preview:
    """The difference. `complete`: False where the time was over before the last of the comments that were asked for.

    `matched`: comments about which the proposed entry or rule spoke; `since`: when the oldest one judged was received.
    """

    n_comments: int = 0
    complete: bool = True
    since: int | None = None
    matched: int = 0
    before: Counter[Action] = field(default_factory=Counter)
    after: Counter[Action] = field(default_factory=Counter)
    changes: Counter[tuple[Action, Action]] = field(default_factory=Counter)
    flips: list[Flip] = field(default_factory=list)

    def summary(self) -> str:
        """The difference in one sentence."""
        by_after: Counter[Action] = Counter()
        for (_, after), count in self.changes.items():
            by_after[after] += count
        parts = [f"{by_after[action]:,} more {_MORE[action]}" for action in reversed(ACTIONS) if by_after[action]]
        changed = " and ".join(parts) if parts else "nothing decided otherwise"
        return f"Of the last {self.n_comments:,} comments it would have had {changed}."


class Replayed:
    """A scorer that says again what was said before; `scores` belong to the comments that it is asked about."""

    model = "stored"

    def __init__(self, scores: Sequence[Score]) -> None:
        self._scores = list(scores)

    def score(self, comments: Sequence[Comment], evidence: Sequence[Evidence]) -> list[Score]:
        """The stored scores. Raises ValueError for another number of comments."""
        if not len(comments) == len(evidence) == len(self._scores):
            raise ValueError("The scores belong to other comments.")
        return self._scores


class _Past(NamedTuple):
    record: CommentRecord
    comment: Comment
    evidence: Evidence
    score: Score | None


class Previews:
    """One at a time in a process, so that they never take more than one of its threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turn = threading.Lock()

    def compare(self, now: StoredPolicy, then: StoredPolicy, *, proposed: str | None, last: int) -> Preview:
        """Judge the last comments of the site under both. `proposed`: the id of the new entry or rule in `then`.

        Raises Unavailable where another preview is running in this process.
        """
        if not self._turn.acquire(blocking=False):
            raise Unavailable("Another preview is running; try again in a moment.")
        try:
            return self._compare(now, then, proposed, last)
        finally:
            self._turn.release()

    def _compare(self, now: StoredPolicy, then: StoredPolicy, proposed: str | None, last: int) -> Preview:
        until = time.monotonic() + BUDGET_SECONDS
        policies = [compiled(now), compiled(then)]
        counted = any(policy.rules is not None and policy.rules.asks_author_approved for policy in policies)
        found = Preview()
        with self._database.read() as connection:
            for step in _steps(connection, now.site_id, last, count_approved=counted):
                if time.monotonic() > until:
                    found.complete = False
                    break
                before, after = (_judged(step, policy) for policy in policies)
                for past, old, new in zip(step, before, after, strict=True):
                    _note(found, past.record, old, new, proposed)
        return found


def compiled(stored: StoredPolicy) -> Policy:
    """A stored policy, ready to judge by."""
    return compile_policy(
        stored.version,
        stored.mode,
        stored.entries,
        stored.rules,
        first_comments=stored.first_comments,
        trust_after=stored.trust_after,
        author_per_hour=stored.author_per_hour,
        pseudonym_key=stored.pseudonym_key,
        lanes=stored.lanes,
    )


def _note(found: Preview, record: CommentRecord, old: Judgement, new: Judgement, proposed: str | None) -> None:
    """In mode shadow what counts is what is held back."""
    before, after = old.would or old.action, new.would or new.action
    found.n_comments += 1
    found.since = record.received_at
    found.matched += proposed in new.spoke if proposed else 0
    found.before[before] += 1
    found.after[after] += 1
    if before is not after:
        found.changes[before, after] += 1
        if len(found.flips) < MAX_SHOWN:
            found.flips.append(Flip(record, before, after, new.reasons))


def _judged(step: Sequence[_Past], policy: Policy) -> list[Judgement]:
    scored = [past for past in step if past.score is not None]
    scores = [past.score for past in scored if past.score is not None]
    known = [past.evidence for past in scored]
    said = judge([past.comment for past in scored], known, Replayed(scores), [policy] * len(scored))
    by_id = {past.record.id: judgement for past, judgement in zip(scored, said, strict=True)}
    return [by_id.get(past.record.id) or unscored(past.comment, past.evidence, policy) for past in step]


def _steps(connection: Connection, site_id: str, last: int, *, count_approved: bool) -> Iterator[list[_Past]]:
    """The last comments, newest first, a few at a time."""
    after, left = None, last
    while left > 0:
        page = comments.page(connection, site_id, external_id=None, state=None, after=after, limit=min(_PAGE, left))
        if not page:
            return
        after, left = page[-1].id, left - len(page)
        decided = [record for record in page if record.state not in _UNDECIDED]
        ids = [record.id for record in decided]
        machine = decisions.by_machine(connection, ids)
        known = origins.of_comments(connection, ids, count_approved=count_approved)
        past = [
            _Past(record, *_stored(record, machine.get((record.id, record.revision)), known[record.id]))
            for record in decided
        ]
        yield from (past[at : at + _STEP] for at in range(0, len(past), _STEP))


def _stored(
    record: CommentRecord, said: DecisionRecord | None, origin: Origin
) -> tuple[Comment, Evidence, Score | None]:
    comment = Comment(
        record.body,
        record.author_name,
        record.author_url,
        record.page_title,
        None,
        record.language,
        origin,
    )
    if said is None:
        return comment, Evidence(), None
    known, _ = evidence.load(said.evidence)
    return comment, known, _score(said)


def _score(said: DecisionRecord) -> Score | None:
    if said.probability is None or said.low is None or said.high is None:
        return None
    reasons = tuple(
        Reason(one["code"], one["text"], one["weight"], None if one["span"] is None else tuple(one["span"]))
        for one in orjson.loads(said.reasons)
        if one["code"] not in CODES
    )
    return Score(said.probability, said.low, said.high, reasons, said.model or "")
