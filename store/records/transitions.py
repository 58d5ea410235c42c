"""The one place where a revision changes its state: a compare-and-set, and one event for each change.

A change is written *where the state is the one that was read*; where no row changed, somebody was first.
"""

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, select, text, update
from sqlalchemy.sql.dml import ReturningUpdate

from models.vocabulary import State
from store.ids import new_ids
from store.records import deliveries
from store.records.database import Database, among, fetched, insert_many, values_for
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
_NAME = {state: state.value for state in State}
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


class Prepared(NamedTuple):
    """Moves with their events, made before anybody waits for the database. `rows`: one event a move, in order."""

    moves: Sequence[Move]
    rows: list[tuple[Any, ...]]
    at: int


def move(connection: Connection, moves: Sequence[Move], at: int) -> set[int]:
    """Carry out the moves whose revision still stands where it was read; return the keys of those that moved.

    `at`: microseconds since 1970, the time of the events.
    """
    return carry_out(connection, prepare(moves, at))


def prepare(moves: Sequence[Move], at: int) -> Prepared:
    """Make the events of moves; `at`: their time in microseconds since 1970."""
    return Prepared(moves, _events(moves, at), at)


def carry_out(connection: Connection, prepared: Prepared) -> set[int]:
    """Carry out the moves whose revision still stands where it was read; return the keys of those that moved."""
    moves, rows, at = prepared
    groups: dict[tuple[State, State, int | None], list[int]] = defaultdict(list)
    for item in moves:
        groups[item.previous, item.state, item.attempt].append(item.key)
    moved: set[int] = set()
    for (previous, state, attempt), keys in groups.items():
        moved.update(_compare_and_set(connection, keys, previous, state, attempt))
    if len(moved) < len(moves):
        rows = [row for row, item in zip(rows, moves, strict=True) if item.key in moved]
        moves = [item for item in moves if item.key in moved]
    _write(connection, Prepared(moves, rows, at))
    return moved


def move_untold(connection: Connection, moves: Sequence[Move], at: int) -> set[int]:  # noqa: ARG001  As `move`.
    """The same without a word of it to anybody: for what is no comment of the site."""
    return {
        key for one in moves for key in _compare_and_set(connection, [one.key], one.previous, one.state, one.attempt)
    }


def prepare_first(revisions_of: Sequence[tuple[str, int, str]], at: int) -> Prepared:
    """Make the first event of revisions that will be inserted: (comment id, revision, site id)."""
    moves = [Move(0, *revision, State.RECEIVED, State.RECEIVED) for revision in revisions_of]
    return Prepared(moves, _events(moves, at, first=True), at)


def received(connection: Connection, prepared: Prepared) -> None:
    """Write the first event of revisions that have just been inserted, made by `prepare_first`."""
    _write(connection, prepared, told=False)


def imported(connection: Connection, moves: Sequence[Move], at: int) -> None:
    """Write the first event of revisions that have just been inserted in the state in which another system left them.

    Nobody outside is told of it: what became of them is known where they come from.
    """
    _write(connection, Prepared(moves, _events(moves, at, first=True), at), told=False)


def begin(connection: Connection, *, limit: int, retried: bool, lease_until: int, at: int) -> list[Claim]:
    """Move up to `limit` due revisions from received to scoring, the oldest, and return them; each becomes a start.

    `retried` chooses between fresh ones and ones that were started before. `lease_until` and `at` in microseconds
    since 1970 on the database's clock.
    """
    values = {"limit": limit, "until": lease_until}
    rows = fetched(connection, _begin_statement(retried=retried), values)
    claims = sorted(Claim(*row) for row in rows)
    moves = [Move(c.key, c.comment_id, c.revision, c.site_id, State.RECEIVED, State.SCORING) for c in claims]
    _write(connection, prepare(moves, at), told=False)
    return claims


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
    return [row[0] for row in fetched(connection, statement, values)]


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
def _begin_statement(*, retried: bool) -> ReturningUpdate[Any]:
    """One statement that looks and claims. PostgreSQL passes over what another worker is claiming."""
    due = (
        select(revisions.c.id)
        .where(IN_RECEIVED, STARTED[retried])
        .order_by(revisions.c.id)
        .limit(bindparam("limit"))
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    return (
        update(revisions)
        .where(revisions.c.id.in_(select(due.c.id)))
        .values(state=State.SCORING.value, attempt=revisions.c.attempt + 1, lease_until=bindparam("until"))
        .returning(*_CLAIM)
    )


def _events(moves: Sequence[Move], at: int, *, first: bool = False) -> list[tuple[Any, ...]]:
    """One event a move; `first`: the first ones of their revisions, which have no previous state."""
    # Plain text instead of members of an enumeration, for which the drivers look for an adapter each time.
    return [
        (
            event_id,
            item.site_id,
            item.comment_id,
            item.revision,
            _EVENT_TYPE[item.state],
            None if first else _NAME[item.previous],
            _NAME[item.state],
            item.decision_id,
            item.reviewer_id,
            at,
            at + item.undo_window_us,
        )
        for event_id, item in zip(new_ids("evt", len(moves)), moves, strict=True)
    ]


def _write(connection: Connection, prepared: Prepared, *, told: bool = True) -> None:
    """Write the events. `told`: outward too, where somebody outside is told of their state."""
    moves, rows, at = prepared
    insert_many(connection, events, _EVENT_COLUMNS, rows)
    if not told:
        return
    listening = deliveries.listening(connection, {item.site_id for item in moves})
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
        if item.state not in _INNER and (item.reviewer_id is not None or item.site_id in listening)
    ]
    deliveries.schedule(connection, outward, at)
