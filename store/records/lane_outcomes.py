"""What people found comments to be: evidence about the lanes, waiting to be counted once."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, exists, select, update

from store.records.database import insert_many
from store.records.guarantee_tables import lane_outcomes
from store.records.schema import comments, decisions, foreign_comments, review_items

NO_EVIDENCE = 0


class LaneOutcome(NamedTuple):
    """A person's decision about a revision. `is_spam`: 1 where it was rejected; `at`: microseconds since 1970."""

    decision_id: str
    site_id: str
    comment_id: str
    revision: int
    is_spam: int
    at: int


class SampledOutcome(NamedTuple):
    """The same with what the lanes had said of it, and by what it may belong to others of one campaign.

    `lane` None: it was not theirs to decide, or nobody scored it. `author`, `duplicate`: of whom it is and what it says
    alike, None where not known.
    """

    decision_id: str
    comment_id: str
    revision: int
    is_spam: int
    at: int
    lane: str | None
    coin: float | None
    approve_rate: float | None
    reject_rate: float | None
    is_copy: int | None
    low: float | None
    high: float | None
    model: str | None
    decided_at: int
    author_id: str | None
    email_hash: str | None
    ip_hash: str | None
    evidence: str | None
    is_test: int | None


_FIELDS = LaneOutcome._fields
_TABLE = lane_outcomes
_SAMPLED = (
    _TABLE.c.decision_id,
    _TABLE.c.comment_id,
    _TABLE.c.revision,
    _TABLE.c.is_spam,
    _TABLE.c.at,
    decisions.c.lane,
    decisions.c.coin,
    decisions.c.approve_rate,
    decisions.c.reject_rate,
    decisions.c.is_copy,
    decisions.c.low,
    decisions.c.high,
    decisions.c.model,
    decisions.c.decided_at,
    comments.c.author_id,
    comments.c.email_hash,
    comments.c.ip_hash,
    decisions.c.evidence,
    foreign_comments.c.is_test,
)
_JOINED = (
    _TABLE.join(comments, comments.c.id == _TABLE.c.comment_id)
    .outerjoin(
        decisions,
        (decisions.c.comment_id == _TABLE.c.comment_id)
        & (decisions.c.revision == _TABLE.c.revision)
        & decisions.c.lane.is_not(None),
    )
    .outerjoin(foreign_comments, foreign_comments.c.comment_id == _TABLE.c.comment_id)
)


# A second look at the same revision is still to come, and counts instead.
_SECOND_LOOK = exists().where(
    review_items.c.comment_id == _TABLE.c.comment_id,
    review_items.c.revision == _TABLE.c.revision,
    review_items.c.waiting == 1,
)
_other = _TABLE.alias()
_COUNTED = exists().where(
    _other.c.comment_id == _TABLE.c.comment_id,
    _other.c.revision == _TABLE.c.revision,
    _other.c.counted_in > NO_EVIDENCE,
)


def note(connection: Connection, outcomes: Sequence[LaneOutcome]) -> None:
    """Write what people decided."""
    insert_many(connection, _TABLE, _FIELDS, outcomes)


def take_back(connection: Connection, decision_id: str) -> None:
    """Forget a decision that was undone, unless it has been counted."""
    connection.execute(delete(_TABLE).where(_TABLE.c.decision_id == decision_id, _TABLE.c.counted_in.is_(None)))


def uncounted(connection: Connection, site_id: str, *, before: int, limit: int) -> list[SampledOutcome]:
    """The oldest that are not counted yet and were decided before that instant."""
    query = (
        select(*_SAMPLED)
        .select_from(_JOINED)
        .where(
            _TABLE.c.site_id == site_id, _TABLE.c.counted_in.is_(None), _TABLE.c.at < before, ~_SECOND_LOOK, ~_COUNTED
        )
        .order_by(_TABLE.c.at, _TABLE.c.decision_id)
        .limit(limit)
    )
    return _records(connection.execute(query))


def sample(connection: Connection, site_id: str, *, since: int, limit: int) -> list[SampledOutcome]:
    """The newest counted ones of comments that the machine had decided since that instant, oldest first."""
    query = (
        select(*_SAMPLED)
        .select_from(_JOINED)
        .where(
            _TABLE.c.site_id == site_id,
            _TABLE.c.counted_in > NO_EVIDENCE,
            _TABLE.c.at >= since,
            decisions.c.decided_at >= since,
        )
        .order_by(_TABLE.c.at.desc(), _TABLE.c.decision_id.desc())
        .limit(limit)
    )
    return _records(connection.execute(query))[::-1]


def count(connection: Connection, decision_ids: Sequence[str], counted_in: int) -> None:
    """Mark these as counted in that entry of the log."""
    if decision_ids:
        statement = update(_TABLE).where(_TABLE.c.decision_id.in_(decision_ids), _TABLE.c.counted_in.is_(None))
        connection.execute(statement.values(counted_in=counted_in))


def count_overdue(
    connection: Connection, site_id: str, found: Sequence[tuple[str, str, int]], counted_in: int, at: int
) -> None:
    """Write that nobody decided these in time: (decision of the machine, comment id, revision)."""
    rows = [(*one[:1], site_id, *one[1:], 0, at, counted_in) for one in found]
    insert_many(connection, _TABLE, (*_FIELDS, "counted_in"), rows)


def settle_rest(connection: Connection, site_id: str, before: int) -> None:
    """Mark what came after its revision was counted: it is no evidence any more."""
    waiting = select(_TABLE.c.decision_id).where(
        _TABLE.c.site_id == site_id, _TABLE.c.counted_in.is_(None), _TABLE.c.at < before, _COUNTED
    )
    ids = list(connection.execute(waiting).scalars())
    count(connection, ids, NO_EVIDENCE)


def sites_waiting(connection: Connection, before: int) -> set[str]:
    """Sites of which something is not counted yet."""
    query = select(_TABLE.c.site_id).where(_TABLE.c.counted_in.is_(None), _TABLE.c.at < before).distinct()
    return set(connection.execute(query).scalars())


def _records(rows: Any) -> list[SampledOutcome]:
    """One an outcome: of two decisions of the machine about one revision the last one counts."""
    found: dict[str, SampledOutcome] = {}
    for row in rows:
        record = SampledOutcome(*row)
        known = found.get(record.decision_id)
        if known is None or record.decided_at > known.decided_at:
            found[record.decision_id] = record
    return list(found.values())
