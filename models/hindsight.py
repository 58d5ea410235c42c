"""What would have been decided of comments that came before: judged by their stored evidence and scores, and counted.

Values in, values out, by the one judgement: a preview and a simulation differ only in how many comments they look at
and who scores them.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from models.judge import judge, unscored
from models.vocabulary import Action, Comment, Evidence, Judgement, Policy, Reason, Score

MAX_SHOWN = 100
ACTIONS = (Action.APPROVE, Action.REVIEW, Action.REJECT, Action.DISCARD)
_MORE = {
    Action.APPROVE: "approved",
    Action.REVIEW: "sent to review",
    Action.REJECT: "rejected",
    Action.DISCARD: "discarded",
}


class Past(NamedTuple):
    """A comment as it was judged. `score`: None where no model spoke; `received_at`: microseconds since 1970."""

    comment_id: str
    received_at: int
    comment: Comment
    evidence: Evidence
    score: Score | None


class Flip(NamedTuple):
    """A comment that would have been decided otherwise, and what would have spoken."""

    comment_id: str
    before: Action
    after: Action
    reasons: tuple[Reason, ...]


@dataclass(slots=True)
class Difference:
    """How decisions would differ. `complete`: False where the time was over before the last of the comments that were
    asked for; `matched`: comments about which the proposed entry or rule spoke; `since`: when the oldest one judged was
    received; `flips`: the newest that would have been decided otherwise."""

    n_comments: int = 0
    complete: bool = True
    since: int | None = None
    matched: int = 0
    before: Counter[Action] = field(default_factory=Counter)
    after: Counter[Action] = field(default_factory=Counter)
    changes: Counter[tuple[Action, Action]] = field(default_factory=Counter)
    flips: list[Flip] = field(default_factory=list)

    def note(self, past: Past, before: Action, new: Judgement, proposed: str | None = None) -> None:
        """Count one comment. In mode shadow what counts is what is held back."""
        after = new.would or new.action
        self.n_comments += 1
        self.since = past.received_at
        self.matched += proposed in new.spoke if proposed else 0
        self.before[before] += 1
        self.after[after] += 1
        if before is not after:
            self.changes[before, after] += 1
            if len(self.flips) < MAX_SHOWN:
                self.flips.append(Flip(past.comment_id, before, after, new.reasons))

    def summary(self) -> str:
        """The difference in one sentence."""
        by_after: Counter[Action] = Counter()
        for (_, after), count in self.changes.items():
            by_after[after] += count
        parts = [f"{by_after[action]:,} more {_MORE[action]}" for action in reversed(ACTIONS) if by_after[action]]
        if not parts:
            return f"Of the last {self.n_comments:,} comments it would have decided none otherwise."
        changed = " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))
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


def judged(step: Sequence[Past], policy: Policy) -> list[Judgement]:
    """What the policy decides of each, in the same order."""
    scored = [past for past in step if past.score is not None]
    scores = [past.score for past in scored if past.score is not None]
    known = [past.evidence for past in scored]
    said = judge([past.comment for past in scored], known, Replayed(scores), [policy] * len(scored))
    by_id = {past.comment_id: judgement for past, judgement in zip(scored, said, strict=True)}
    return [by_id.get(past.comment_id) or unscored(past.comment, past.evidence, policy) for past in step]
