"""Audits that wait for a person, and the scores of a site's last comments."""

from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, exists, func, or_, select

from store.records.guarantee_tables import lane_outcomes
from store.records.schema import comments, decisions, review_items

_ACTED = (decisions.c.lane == "approve") & (decisions.c.coin < decisions.c.approve_rate) | (
    decisions.c.lane == "reject"
) & (decisions.c.coin < decisions.c.reject_rate)
_UNIFORM = or_(decisions.c.coin < decisions.c.approve_rate, decisions.c.coin < decisions.c.reject_rate)
_WAITING = and_(review_items.c.waiting == 1, decisions.c.lane.is_not(None), decisions.c.undone_at.is_(None))
_JOINED = review_items.join(
    decisions,
    (decisions.c.comment_id == review_items.c.comment_id) & (decisions.c.revision == review_items.c.revision),
)
_COUNTED = exists().where(
    lane_outcomes.c.comment_id == review_items.c.comment_id, lane_outcomes.c.revision == review_items.c.revision
)


class Waiting(NamedTuple):
    """A sampled comment that nobody has decided, as the machine decided it."""

    decision_id: str
    comment_id: str
    revision: int
    lane: str
    coin: float
    approve_rate: float
    reject_rate: float
    is_copy: int
    low: float
    high: float
    model: str
    decided_at: int


_SAMPLED = [decisions.c.id, *(decisions.c[name] for name in Waiting._fields[1:])]


def pending(connection: Connection, site_id: str) -> dict[str, int]:
    """How many audits of each lane wait: by `approve` and `reject`."""
    query = (
        select(decisions.c.lane, func.count())
        .select_from(_JOINED)
        .where(review_items.c.site_id == site_id, _WAITING, _ACTED)
        .group_by(decisions.c.lane)
    )
    return {lane: count for lane, count in connection.execute(query)}


def overdue(connection: Connection, site_id: str, *, before: int, limit: int) -> list[Waiting]:
    """Audits, and what waits anyway and is evidence, that have waited since before that instant, oldest first."""
    query: Select[Any] = (
        select(*_SAMPLED)
        .select_from(_JOINED)
        .where(
            review_items.c.site_id == site_id,
            review_items.c.waiting_since < before,
            _WAITING,
            _UNIFORM,
            decisions.c.model.is_not(None),
            ~_COUNTED,
        )
        .order_by(review_items.c.waiting_since, review_items.c.id)
        .limit(limit)
    )
    return [Waiting(*row) for row in connection.execute(query)]


def scores(connection: Connection, site_id: str, model: str, *, limit: int) -> list[tuple[float, float]]:
    """Lower and upper end of the score of the site's last comments that its lanes were asked about, under a model."""
    newest = (
        select(comments.c.id)
        .where(comments.c.site_id == site_id)
        .order_by(comments.c.id.desc())
        .limit(limit)
        .subquery()
    )
    query = (
        select(decisions.c.low, decisions.c.high)
        .join(newest, newest.c.id == decisions.c.comment_id)
        .where(decisions.c.lane.is_not(None), decisions.c.model == model)
    )
    return [(low, high) for low, high in connection.execute(query)]
