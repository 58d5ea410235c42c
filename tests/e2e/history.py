"""What clients saw, and the pure checker that holds it against the record (after Jepsen's histories)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

MACHINE = ("model", "rule")


@dataclass
class History:
    """One entry a comment: how often it was sent, and the id that was acknowledged."""

    sent: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    acknowledged: dict[str, str] = field(default_factory=dict)
    contradictions: list[str] = field(default_factory=list)

    def acknowledge(self, external_id: str, comment_id: str) -> None:
        """An answer of 200 or 202 came; every later one must name the same comment."""
        known = self.acknowledged.setdefault(external_id, comment_id)
        if known != comment_id:
            self.contradictions.append(f"{external_id} was acknowledged as {known} and as {comment_id}")


@dataclass(frozen=True)
class Row:
    """A comment as it stands in the record."""

    external_id: str
    comment_id: str
    state: str
    attempt: int


@dataclass(frozen=True)
class Decided:
    """A decision in the record."""

    comment_id: str
    cause: str
    decided_by: str


@dataclass(frozen=True)
class Step:
    """A transition in the record, in order."""

    comment_id: str
    previous: str | None
    state: str


def violations(history: History, rows: Sequence[Row], decisions: Sequence[Decided], steps: Sequence[Step]) -> list[str]:
    """Every way in which the record breaks a promise; empty when all is kept."""
    found = list(history.contradictions)
    by_external: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_external[row.external_id].append(row)
    for external_id, comment_id in history.acknowledged.items():
        if [row.comment_id for row in by_external[external_id]] != [comment_id]:
            found.append(f"{external_id} was acknowledged and is not in the record exactly once")
    for row in rows:
        if row.external_id not in history.sent:
            found.append(f"{row.external_id} is in the record and was never sent")
    found += _decided_once(rows, decisions)
    found += _chains(rows, steps)
    return found


def _decided_once(rows: Sequence[Row], decisions: Sequence[Decided]) -> list[str]:
    by_comment: dict[str, list[Decided]] = defaultdict(list)
    for decision in decisions:
        by_comment[decision.comment_id].append(decision)
    found = []
    for row in rows:
        mine = [d for d in by_comment[row.comment_id] if d.decided_by in MACHINE]
        if len(mine) != 1:
            found.append(f"{row.external_id} was decided {len(mine)} times")
        elif mine[0].cause != f"score:{row.attempt}":
            found.append(
                f"{row.external_id} was decided by {mine[0].cause}, a claim that had ended: attempt {row.attempt}"
            )
    return found


def _chains(rows: Sequence[Row], steps: Sequence[Step]) -> list[str]:
    by_comment: dict[str, list[Step]] = defaultdict(list)
    for step in steps:
        by_comment[step.comment_id].append(step)
    found = []
    for row in rows:
        state = None
        for step in by_comment[row.comment_id]:
            if step.previous != state:
                found.append(f"{row.external_id} went from {step.previous} to {step.state} while it was {state}")
            state = step.state
        if state != row.state:
            found.append(f"{row.external_id} is {row.state} and its last event says {state}")
    return found
