"""Connections do not run out, however many threads come and go."""

import threading

from builders import query
from sqlalchemy import func, select

from models.vocabulary import Mode
from store.records import sites
from store.records.database import Database
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
