"""What mode `shadow` held back: the difference between what the machine would have done and what it did."""

from typing import NamedTuple

from sqlalchemy import Connection, func, select

from store.records import comments
from store.records.comments import CommentRecord
from store.records.decisions import DecisionRecord
from store.records.schema import HELD_BACK, decisions

_COLUMNS = [decisions.c[name] for name in DecisionRecord._fields]
NOT_APPROVED = ("review", "reject", "discard")


class HeldBack(NamedTuple):
    """A comment as it stands, with the decision in which something else than approval was held back."""

    comment: CommentRecord
    decision: DecisionRecord


def counts(connection: Connection, site_id: str, since: int) -> dict[str, int]:
    """How many decisions in mode shadow would have been which action, since an instant (microseconds since 1970)."""
    query = (
        select(decisions.c.would, func.count())
        .where(decisions.c.site_id == site_id, HELD_BACK, decisions.c.id >= _first_id(since))
        .group_by(decisions.c.would)
    )
    return {str(would): count for would, count in connection.execute(query)}


def page(
    connection: Connection, site_id: str, *, action: str | None, since: int, before: str | None, limit: int
) -> list[HeldBack]:
    """Newest first, those with a decision id below `before`; erased comments are left out. `action`: that one alone."""
    query = (
        select(*_COLUMNS)
        .where(
            decisions.c.site_id == site_id,
            HELD_BACK,
            decisions.c.would.in_(NOT_APPROVED if action is None else (action,)),
            decisions.c.id >= _first_id(since),
            decisions.c.evidence.is_not(None),
        )
        .order_by(decisions.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(decisions.c.id < before)
    found = [DecisionRecord(*row) for row in connection.execute(query)]
    records = comments.by_ids(connection, [one.comment_id for one in found])
    return [HeldBack(records[one.comment_id], one) for one in found]


def _first_id(since: int) -> str:
    """Ids begin with their instant."""
    return f"dec_{since:014x}"
