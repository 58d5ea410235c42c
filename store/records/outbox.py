"""Events on their way outward: inside the undo window they can still be withdrawn."""

from collections.abc import Sequence

from sqlalchemy import Connection, select, update

from store.records import deliveries
from store.records.schema import decisions, events


def withdraw(connection: Connection, decision_id: str, at: int) -> bool:
    """Withdraw the event of a decision if it may not go out yet; True if it will never be sent.

    Its row is locked first, so that a claim that is being made for it is seen here, or sees that it is withdrawn.
    """
    of_comment = select(decisions.c.comment_id).where(decisions.c.id == decision_id).scalar_subquery()
    query = select(events.c.id).where(
        events.c.comment_id == of_comment,
        events.c.decision_id == decision_id,
        events.c.withdrawn_at.is_(None),
        events.c.deliver_after > at,
    )
    ids = list(connection.execute(query.with_for_update()).scalars())
    if not ids or deliveries.any_tried(connection, ids):
        return False
    _withdraw(connection, ids, at)
    return True


def withdraw_last(connection: Connection, comment_id: str, at: int) -> None:
    """Withdraw the newest event of a comment: the undo of something that nobody outside heard of."""
    newest = select(events.c.id).where(events.c.comment_id == comment_id).order_by(events.c.seq.desc()).limit(1)
    _withdraw(connection, list(connection.execute(newest).scalars()), at)


def _withdraw(connection: Connection, event_ids: Sequence[str], at: int) -> None:
    connection.execute(update(events).where(events.c.id.in_(event_ids)).values(withdrawn_at=at))
    deliveries.withdraw(connection, event_ids)
