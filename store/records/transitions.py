"""The one place where a revision changes its state: a compare-and-set, and one event for each change.

A change is written *where the state is the one that was read*; where no row changed, somebody was first.
"""

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Update, bindparam, select, text, update
from sqlalchemy.sql.dml import ReturningUpdate

from models.errors import DatabaseUnavailable
from models.vocabulary import State
from store.ids import new_ids
from store.records import deliveries
from store.records.database import Database, among, insert_many, values_for
from store.records.deliveries import Outward
from store.records.schema import events, revisions

# Literal, so that the partial index over the due ones serves it.
IN_RECEIVED = text("revisions.state = 'received'")
_EVENT_COLUMNS = (
    "id",
    "site_id",
    "comment_id",
    "revision",
    "type",
    "previous_state",
    "state",
    "decision_id",
    "reviewer_id",
    "at",
    "deliver_after",
)
_CLAIM = (revisions.c.id, revisions.c.comment_id, revisions.c.revision, revisions.c.site_id, revisions.c.attempt)


STARTED = {False: revisions.c.attempt == 0, True: revisions.c.attempt > 0}
_ANY_DUE = {
    retried: select(revisions.c.id).where(IN_RECEIVED, started).limit(1) for retried, started in STARTED.items()
}
_EVENT_TYPE = {state: f"comment.{state.value}" for state in State}
_FINAL = (State.APPROVED, State.REJECTED)
_INNER = (State.RECEIVED, State.SCORING)  # Nobody outside is told of these.


class Move(NamedTuple):
    """One intended transition of a revision.

    `attempt` is the fencing token: given, the move happens only while the revision is still on that attempt.
    `undo_window_us`: how long the event waits before it may go outward.
    """

    key: int
    comment_id: str
    revision: int
    site_id: str
    previous: State
    state: State
    attempt: int | None = None
    decision_id: str | None = None
    reviewer_id: str | None = None
    undo_window_us: int = 0


class Claim(NamedTuple):
    """A revision that this worker may score until its lease ends; `attempt` fences the result."""

    key: int
    comment_id: str
    revision: int
    site_id: str
    attempt: int


def move(connection: Connection, moves: Sequence[Move], at: int) -> set[int]:
    """Carry out the moves whose revision still stands where it was read; return the keys of those that moved.

    `at`: microseconds since 1970, the time of the events.
    """
    groups: dict[tuple[State, State, int | None], list[Move]] = defaultdict(list)
    for item in moves:
        groups[item.previous, item.state, item.attempt].append(item)
    moved: set[int] = set()
    for (previous, state, attempt), members in groups.items():
        moved.update(_compare_and_set(connection, [item.key for item in members], previous, state, attempt))
    _write_events(connection, [item for item in moves if item.key in moved], at)
    return moved


def received(connection: Connection, revisions_of: Sequence[tuple[str, int, str]], at: int) -> None:
    """Write the first event of revisions that have just been inserted: (comment id, revision, site id)."""
    moves = [Move(0, *revision, State.RECEIVED, State.RECEIVED) for revision in revisions_of]
    _write_events(connection, moves, at, first=True)


def imported(connection: Connection, moves: Sequence[Move], at: int) -> None:
    """Write the first event of revisions that have just been inserted in the state in which another system left them.

    Nobody outside is told of it: what became of them is known where they come from.
    """
    _write_events(connection, moves, at, first=True, told=False)


def begin(connection: Connection, claims: Sequence[Claim], lease_until: int, at: int) -> None:
    """Move due revisions, read and locked in this transaction, from received to scoring; each becomes a start.

    `claims` hold the new attempt; `lease_until` and `at` in microseconds since 1970 on the database's clock.
    """
    values = {"keys": values_for(connection, [claim.key for claim in claims]), "until": lease_until}
    began = connection.execute(_begin_statement(connection.dialect.name), values).rowcount
    if began != len(claims):
        raise DatabaseUnavailable("Due comments were taken by somebody else in spite of their lock; try again.")
    moves = [Move(c.key, c.comment_id, c.revision, c.site_id, State.RECEIVED, State.SCORING) for c in claims]
    _write_events(connection, moves, at)


def any_due(database: Database, *, retried: bool) -> bool:
    """Whether a revision is due: a look that takes no write lock."""
    with database.read() as connection:
        return connection.execute(_ANY_DUE[retried]).scalar() is not None


def stale_claims(database: Database, connection: Connection, *, limit: int) -> list[Claim]:
    """Revisions in scoring whose lease has ended on the database's clock."""
    query = (
        select(*_CLAIM)
        .where(revisions.c.state == State.SCORING.value, revisions.c.lease_until < database.now)
        .order_by(revisions.c.lease_until)
        .limit(limit)
    )
    return [Claim(*row) for row in connection.execute(query)]


def _compare_and_set(
    connection: Connection, keys: list[int], previous: State, state: State, attempt: int | None
) -> list[int]:
    values = {"keys": values_for(connection, keys), "previous": previous.value, "new_state": state.value}
    if attempt is not None:
        values["fence"] = attempt
    statement = _move_statement(connection.dialect.name, fenced=attempt is not None)
    return list(connection.execute(statement, values).scalars())


@lru_cache
def _move_statement(dialect: str, *, fenced: bool) -> ReturningUpdate[Any]:
    statement = (
        update(revisions)
        .where(among(dialect, revisions.c.id, "keys"), revisions.c.state == bindparam("previous"))
        .values(state=bindparam("new_state"), lease_until=None)
        .returning(revisions.c.id)
    )
    return statement.where(revisions.c.attempt == bindparam("fence")) if fenced else statement


@lru_cache
def _begin_statement(dialect: str) -> Update:
    return (
        update(revisions)
        .where(among(dialect, revisions.c.id, "keys"), IN_RECEIVED)
        .values(state=State.SCORING.value, attempt=revisions.c.attempt + 1, lease_until=bindparam("until"))
    )


def _write_events(
    connection: Connection, moves: Sequence[Move], at: int, *, first: bool = False, told: bool = True
) -> None:
    """One event a move; `first`: the first ones of their revisions, which have no previous state. `told`: outward."""
    # Plain text instead of members of an enumeration, for which the drivers look for an adapter each time.
    rows = [
        (
            event_id,
            item.site_id,
            item.comment_id,
            item.revision,
            _EVENT_TYPE[item.state],
            None if first else item.previous.value,
            item.state.value,
            item.decision_id,
            item.reviewer_id,
            at,
            at + item.undo_window_us,
        )
        for event_id, item in zip(new_ids("evt", len(moves)), moves, strict=True)
    ]
    insert_many(connection, events, _EVENT_COLUMNS, rows)
    outward = [
        Outward(
            row[0],
            item.site_id,
            item.comment_id,
            row[-1],
            by_person=item.reviewer_id is not None and item.state in _FINAL,
            approved=item.state is State.APPROVED,
        )
        for row, item in zip(rows, moves, strict=True)
        if told and item.state not in _INNER
    ]
    deliveries.schedule(connection, outward, at)
