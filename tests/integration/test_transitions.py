import pytest
from builders import claim, move, query, read, record, states
from sqlalchemy import select

from models.vocabulary import State
from store.records import transitions
from store.records.schema import events
from store.records.sites import Site
from store.stores import Stores

AT = 1_800_000_000_000_000


def event_states(stores: Stores, comment_id: str) -> list[tuple[str | None, str]]:
    wanted = select(events.c.previous_state, events.c.state).where(events.c.comment_id == comment_id)
    return query(stores, wanted.order_by(events.c.seq))


def test_a_recorded_comment_has_one_event_without_a_previous_state(stores: Stores, site: Site) -> None:
    (comment_id,) = record(stores, site, "hello")

    assert event_states(stores, comment_id) == [(None, "received")]


def test_a_move_changes_the_state_and_writes_one_event(stores: Stores, site: Site) -> None:
    (comment_id,) = record(stores, site, "hello")
    intended = move(read(stores, comment_id), State.RECEIVED, State.SCORING)

    with stores.database.write() as connection:
        moved = transitions.move(connection, [intended], AT)

    assert moved == {intended.key}
    assert states(stores, [comment_id]) == ["scoring"]
    assert event_states(stores, comment_id) == [(None, "received"), ("received", "scoring")]


def test_the_second_of_two_movers_loses_and_writes_no_event(stores: Stores, site: Site) -> None:
    (comment_id,) = record(stores, site, "hello")
    first = move(read(stores, comment_id), State.RECEIVED, State.APPROVED)
    second = move(read(stores, comment_id), State.RECEIVED, State.REJECTED)

    with stores.database.write() as connection:
        transitions.move(connection, [first], AT)
    with stores.database.write() as connection:
        moved = transitions.move(connection, [second], AT)

    assert moved == set()
    assert states(stores, [comment_id]) == ["approved"]
    assert len(event_states(stores, comment_id)) == 2


def test_a_result_of_an_earlier_attempt_changes_nothing(stores: Stores, site: Site) -> None:
    (comment_id,) = record(stores, site, "hello")
    (stale,) = claim(stores)
    back = move(read(stores, comment_id), State.SCORING, State.RECEIVED)
    with stores.database.write() as connection:
        transitions.move(connection, [back], AT)
    (fresh,) = claim(stores, retried=True)
    late = move(read(stores, comment_id), State.SCORING, State.APPROVED, attempt=stale.attempt)

    with stores.database.write() as connection:
        moved = transitions.move(connection, [late], AT)

    assert moved == set()
    assert states(stores, [comment_id]) == ["scoring"]
    assert fresh.attempt == stale.attempt + 1


def test_a_rolled_back_move_leaves_neither_state_nor_event(stores: Stores, site: Site) -> None:
    (comment_id,) = record(stores, site, "hello")
    intended = move(read(stores, comment_id), State.RECEIVED, State.SCORING)

    def fail_after_moving() -> None:
        with stores.database.write() as connection:
            transitions.move(connection, [intended], AT)
            raise RuntimeError("the process fails here")

    with pytest.raises(RuntimeError):
        fail_after_moving()

    assert states(stores, [comment_id]) == ["received"]
    assert event_states(stores, comment_id) == [(None, "received")]


def test_moves_of_one_batch_are_decided_each_by_itself(stores: Stores, site: Site) -> None:
    gone, stays = record(stores, site, "one", "two")
    with stores.database.write() as connection:
        transitions.move(connection, [move(read(stores, gone), State.RECEIVED, State.APPROVED)], AT)
    batch = [
        move(read(stores, gone), State.RECEIVED, State.SCORING),
        move(read(stores, stays), State.RECEIVED, State.SCORING),
    ]

    with stores.database.write() as connection:
        moved = transitions.move(connection, batch, AT)

    assert moved == {batch[1].key}
    assert states(stores, [gone, stays]) == ["approved", "scoring"]


def test_an_event_may_go_outward_only_after_its_undo_window(stores: Stores, site: Site) -> None:
    (comment_id,) = record(stores, site, "hello")
    intended = move(read(stores, comment_id), State.RECEIVED, State.APPROVED, undo_window_us=10_000_000)

    with stores.database.write() as connection:
        transitions.move(connection, [intended], AT)

    wanted = select(events.c.deliver_after).where(events.c.state == "approved")
    assert query(stores, wanted) == [AT + 10_000_000]
