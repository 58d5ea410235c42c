import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from models.errors import ConfigurationError
from store.records import migrate
from store.records.database import Database
from store.records.evidence_tables import metadata
from store.settings import load_settings

ROOT = Path(__file__).parents[2]


@pytest.fixture
def bare(bare_url: str, tmp_path: Path) -> Iterator[Database]:
    database = Database(load_settings({"DATABASE_URL": bare_url}, data=tmp_path).database_url)
    yield database
    database.close()


def test_an_empty_database_gets_exactly_the_tables_of_the_schema(bare: Database) -> None:
    migrate.upgrade(bare)

    with bare.read() as connection:
        assert migrate.differences(connection) == []
        assert set(inspect(connection).get_table_names()) == {*metadata.tables, "alembic_version"}


def test_differences_would_be_seen(bare: Database) -> None:
    migrate.upgrade(bare)
    with bare.write() as connection:
        connection.execute(text("ALTER TABLE comments ADD COLUMN stray INTEGER"))

    with bare.read() as connection:
        assert migrate.differences(connection) != []


def test_migrating_twice_is_harmless(bare: Database) -> None:
    migrate.upgrade(bare)
    migrate.upgrade(bare)

    migrate.require_current(bare)
    with bare.read() as connection:
        assert migrate.differences(connection) == []


def test_a_start_without_the_tables_of_this_version_is_refused(bare: Database) -> None:
    with pytest.raises(ConfigurationError, match="gatepost db upgrade"):
        migrate.require_current(bare)


def test_a_start_on_the_tables_of_another_version_is_refused(bare: Database) -> None:
    migrate.upgrade(bare)
    with bare.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(ConfigurationError, match="gatepost db upgrade"):
        migrate.require_current(bare)


def test_two_processes_may_migrate_at_the_same_time(bare: Database, bare_url: str, tmp_path: Path) -> None:
    environment = os.environ | {"DATABASE_URL": bare_url, "GATEPOST_DATA": str(tmp_path), "PYTHONPATH": str(ROOT)}
    code = (
        "from store.records import migrate; from store.records.database import Database;"
        " from store.settings import load_settings; migrate.upgrade(Database(load_settings().database_url))"
    )

    started = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for _ in range(2)
    ]
    errors = [process.communicate(timeout=60)[1].decode() for process in started]

    assert [process.returncode for process in started] == [0, 0], errors
    with bare.read() as connection:
        assert migrate.differences(connection) == []
