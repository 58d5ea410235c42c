"""Decisions: who decided what about which revision, and everything that speaks for it."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, Row, bindparam, select, update

from models.vocabulary import Action, DecidedBy
from store.ids import rfc3339
from store.records import lane_outcomes
from store.records.database import insert_many
from store.records.lane_outcomes import LaneOutcome
from store.records.schema import decisions


class DecisionRecord(NamedTuple):
    """A stored decision. `reasons` and `evidence` are JSON text; instants are microseconds since 1970.

    `cause` names what led to it (`score:1` the first scoring attempt, `human:3` version 3 of the review item);
    a revision cannot have two decisions of one cause. `lane` to `is_copy`: what the lanes said and the draw for the
    audit (`models.vocabulary.LaneCall`), None where it was not theirs to decide. A NamedTuple, like all that is made
    for every comment: a frozen dataclass takes four times as long to make.
    """

    id: str
    comment_id: str
    revision: int
    cause: str
    site_id: str
    action: str
    decided_by: str
    reviewer_id: str | None
    reviewer_name: str | None
    probability: float | None
    low: float | None
    high: float | None
    reasons: str
    would: str | None
    model: str | None
    policy: str
    evidence: str | None
    evidence_digest: str | None
    decided_at: int
    latency_ms: int
    note: str | None = None
    undone_at: int | None = None
    lane: str | None = None
    coin: float | None = None
    approve_rate: float | None = None
    reject_rate: float | None = None
    is_copy: int | None = None


STEP_US = 300_000_000
_FIELDS = DecisionRecord._fields
_COLUMNS = [decisions.c[name] for name in _FIELDS]
_BY_IDS = select(*_COLUMNS).where(decisions.c.id.in_(bindparam("ids", expanding=True)))
_OF = (
    select(*_COLUMNS)
    .where(decisions.c.comment_id.in_(bindparam("ids", expanding=True)), decisions.c.undone_at.is_(None))
    .order_by(decisions.c.decided_at, decisions.c.id)
)


def add(connection: Connection, records: Sequence[DecisionRecord]) -> None:
    """Write new decisions. Raises IntegrityError where a revision has a decision of that cause already."""
    insert_many(connection, decisions, _FIELDS, records)
    by_people = [record for record in records if record.decided_by == DecidedBy.HUMAN]
    if by_people:
        lane_outcomes.note(
            connection,
            [
                LaneOutcome(r.id, r.site_id, r.comment_id, r.revision, int(r.action == Action.REJECT), r.decided_at)
                for r in by_people
                if r.action in (Action.APPROVE, Action.REJECT)
            ],
        )


def get(connection: Connection, decision_id: str) -> DecisionRecord | None:
    """One decision by its id."""
    row = connection.execute(select(*_COLUMNS).where(decisions.c.id == decision_id)).one_or_none()
    return None if row is None else _record(row)


def by_ids(connection: Connection, decision_ids: Sequence[str]) -> dict[str, DecisionRecord]:
    """Decisions by their ids, undone ones included."""
    return {record.id: record for record in map(_record, connection.execute(_BY_IDS, {"ids": decision_ids}))}


def of_cause(connection: Connection, comment_id: str, cause: str) -> DecisionRecord | None:
    """The decision of a comment with this cause, unless it was undone."""
    query = select(*_COLUMNS).where(
        decisions.c.comment_id == comment_id, decisions.c.cause == cause, decisions.c.undone_at.is_(None)
    )
    row = connection.execute(query.order_by(decisions.c.revision.desc()).limit(1)).one_or_none()
    return None if row is None else _record(row)


def current(connection: Connection, comment_ids: Sequence[str]) -> dict[tuple[str, int], DecisionRecord]:
    """The newest decision that stands, for each revision of these comments: (comment id, revision) → decision."""
    found: dict[tuple[str, int], DecisionRecord] = {}
    for record in _of(connection, comment_ids):
        found[record.comment_id, record.revision] = record
    return found


def by_machine(connection: Connection, comment_ids: Sequence[str]) -> dict[tuple[str, int], DecisionRecord]:
    """The newest decision that no person made, for each revision of these comments."""
    return {(r.comment_id, r.revision): r for r in _of(connection, comment_ids) if r.decided_by != "human"}


def of_step(connection: Connection, reviewer_id: str, at: int) -> list[str]:
    """The ids of all that a reviewer decided at exactly one instant, as many are together."""
    near = STEP_US  # Ids are made by the clock of the machine, instants by that of the database.
    query = select(decisions.c.id).where(
        decisions.c.id >= f"dec_{max(0, at - near):014x}",
        decisions.c.id < f"dec_{at + near:014x}",
        decisions.c.decided_at == at,
        decisions.c.reviewer_id == reviewer_id,
        decisions.c.undone_at.is_(None),
    )
    return list(connection.execute(query.order_by(decisions.c.id)).scalars())


def undo(connection: Connection, decision_id: str, at: int) -> bool:
    """Mark a decision as undone; False if it was already."""
    statement = update(decisions).where(decisions.c.id == decision_id, decisions.c.undone_at.is_(None))
    if connection.execute(statement.values(undone_at=at)).rowcount != 1:
        return False
    lane_outcomes.take_back(connection, decision_id)
    return True


def shown(record: DecisionRecord) -> dict[str, Any]:
    """The decision as clients get it: with the score where the model decided."""
    by_model = record.decided_by == DecidedBy.MODEL
    return {
        "id": record.id,
        "comment_id": record.comment_id,
        "revision": record.revision,
        "action": record.action,
        "by": record.decided_by,
        "probability": record.probability if by_model else None,
        "interval": [record.low, record.high] if by_model and record.low is not None else None,
        "reasons": orjson.Fragment(record.reasons),
        "would": record.would,
        "model": record.model if by_model else None,
        "policy": record.policy,
        "evidence_digest": record.evidence_digest,
        "decided_at": rfc3339(record.decided_at),
        "latency_ms": record.latency_ms,
    }


def _of(connection: Connection, comment_ids: Sequence[str]) -> Iterable[DecisionRecord]:
    return map(_record, connection.execute(_OF, {"ids": comment_ids}))


def _record(row: Row[Any]) -> DecisionRecord:
    return DecisionRecord(*tuple(row))
