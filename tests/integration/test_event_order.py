"""The feed skips nothing, in whatever order transactions commit."""

import threading
from contextlib import suppress

import pytest
from builders import add_site, move, query, read, record
from sqlalchemy import select

from models.vocabulary import State
from store.ids import now_us
from store.records import events, transitions
from store.records.events import Settled
from store.records.schema import events as table
from store.records.sites import Site
from store.stores import Stores


def seen(stores: Stores, site: Site, settled: Settled, after: int = 0, patience_seconds: float = 0.05) -> list[int]:
    """The numbers of the events that a reader gets."""
    until = settled.until(patience_seconds)
    with stores.database.read() as connection:
        return [e.seq for e in events.of_site(connection, site.id, after=after, until=until, limit=1000)]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_commits_late_with_a_lower_number_is_not_skipped(stores: Stores, site: Site) -> None:
    slow, quick = record(stores, site, "slow", "quick")
    settled = Settled(stores.database)
    known = seen(stores, site, settled)
    standing = read(stores, slow)

    with stores.database.write() as late:
        transitions.move(late, [move(standing, State.RECEIVED, State.SCORING)], now_us())
        with stores.database.write() as early:
            transitions.move(early, [move(read(stores, quick), State.RECEIVED, State.SCORING)], now_us())
        assert len(query(stores, select(table.c.seq))) == len(known) + 1, "the higher number can be seen already"
        assert seen(stores, site, settled, after=known[-1]) == []

    assert seen(stores, site, settled, after=known[-1]) == [known[-1] + 1, known[-1] + 2]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_number_that_was_rolled_back_holds_nobody_up(stores: Stores, site: Site) -> None:
    lost, kept = record(stores, site, "lost", "kept")
    settled = Settled(stores.database)
    known = seen(stores, site, settled)

    with suppress(ZeroDivisionError), stores.database.write() as connection:
        transitions.move(connection, [move(read(stores, lost), State.RECEIVED, State.SCORING)], now_us())
        raise ZeroDivisionError
    with stores.database.write() as connection:
        transitions.move(connection, [move(read(stores, kept), State.RECEIVED, State.SCORING)], now_us())

    assert seen(stores, site, settled, after=known[-1]) == [known[-1] + 2]


def test_readers_that_follow_writers_get_every_event_once_and_in_order(stores: Stores, site: Site) -> None:
    other = add_site(stores)
    ids = {one.id: record(stores, one, *(f"comment {n}" for n in range(40))) for one in (site, other)}
    done = threading.Event()
    got: list[int] = []

    def write(comment_ids: list[str]) -> None:
        for comment_id in comment_ids:
            standing = read(stores, comment_id)
            for previous, state in ((State.RECEIVED, State.SCORING), (State.SCORING, State.APPROVED)):
                with stores.database.write() as connection:
                    transitions.move(connection, [move(standing, previous, state)], now_us())

    def follow() -> None:
        settled = Settled(stores.database)
        finished = False
        while not finished:
            finished = done.is_set()
            got.extend(seen(stores, site, settled, after=got[-1] if got else 0, patience_seconds=1.0))

    writers = [threading.Thread(target=write, args=(group[n::2],)) for group in ids.values() for n in range(2)]
    reader = threading.Thread(target=follow)
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    reader.join()

    of_site = select(table.c.seq).where(table.c.site_id == site.id).order_by(table.c.seq)
    assert got == query(stores, of_site)
    assert len(got) == 120
