"""Connections do not run out, however many threads come and go."""

import threading
from contextlib import ExitStack

from builders import query
from sqlalchemy import func, select

from models.vocabulary import Mode
from store.records import sites
from store.records.database import Database, Lasting
from store.records.schema import sites as site_table
from store.stores import Stores


def test_threads_that_come_and_go_do_not_use_up_the_connections(stores: Stores, database_url: str) -> None:
    database = Database(database_url, pool_size=3)

    def write_and_read() -> None:
        with database.write() as connection:
            sites.add(connection, "https://a.example", Mode.AUTOMATIC)
        with database.read() as connection:
            sites.every(connection)

    for _ in range(20):
        threads = [threading.Thread(target=write_and_read) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    database.close()

    assert query(stores, select(func.count()).select_from(site_table)) == [40]


def test_only_what_is_flushed_later_or_need_not_last_is_committed_without_waiting_for_the_disk(stores: Stores) -> None:
    asked = "PRAGMA synchronous" if stores.database.is_sqlite else "SHOW synchronous_commit"
    waits, goes_on = (2, 1) if stores.database.is_sqlite else ("on", "off")

    def setting(lasting: Lasting) -> object:
        with stores.database.write(lasting) as connection:
            return connection.exec_driver_sql(asked).scalar_one()

    expected = {Lasting.AT_ONCE: waits, Lasting.IN_TIME: goes_on, Lasting.BY_FLUSH: goes_on}
    if not stores.database.is_sqlite:
        expected[Lasting.BY_FLUSH] = waits  # PostgreSQL shares its own waits.
    assert [setting(lasting) for lasting in (*Lasting, *Lasting)] == [
        expected[lasting] for lasting in (*Lasting, *Lasting)
    ]
    with ExitStack() as held:
        every = [held.enter_context(stores.database.read()) for _ in range(6)]
        assert {connection.exec_driver_sql(asked).scalar_one() for connection in every} == {waits}
