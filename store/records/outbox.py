"""Events on their way outward: inside the undo window they can still be withdrawn."""

from sqlalchemy import Connection, update

from store.records.schema import events


def withdraw(connection: Connection, decision_id: str, at: int) -> bool:
    """Withdraw the event of a decision if it may not go out yet; True if it will never be sent."""
    statement = update(events).where(
        events.c.decision_id == decision_id, events.c.withdrawn_at.is_(None), events.c.deliver_after > at
    )
    return connection.execute(statement.values(withdrawn_at=at)).rowcount > 0


def withdraw_last(connection: Connection, comment_id: str, at: int) -> None:
    """Withdraw the newest event of a comment: the undo of something that nobody outside heard of."""
    newest = (
        events.select()
        .with_only_columns(events.c.seq)
        .where(events.c.comment_id == comment_id)
        .order_by(events.c.seq.desc())
        .limit(1)
        .scalar_subquery()
    )
    connection.execute(update(events).where(events.c.seq == newest).values(withdrawn_at=at))
