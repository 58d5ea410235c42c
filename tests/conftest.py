"""What most tests begin with: both databases, a Valkey, the stores on them, and people who call the API."""

import gc
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import builders
import orjson
import pytest
import servers
import structlog
from builders import Caller, Drain, FixedScorer, Person
from flask import Flask
from flask.testing import FlaskClient
from flask_openapi import utils as described
from shared_data import missing_part
from sqlalchemy import delete

from models.vocabulary import Scorer
from service.app import create_app
from store.records import migrate
from store.records.database import Database
from store.records.evidence_tables import metadata
from store.records.sites import Site
from store.settings import Settings, load_settings
from store.stores import Stores, open_stores
from worker.drain import drain

DATABASES = ("sqlite", "postgresql")
WIRES = ("test_akismet_", "test_adapters", "test_rules_api", "test_webhooks_api")
SECRET_KEY = "0123456789abcdef" * 4


def _described_once() -> None:
    """Every app of this process describes the same shapes: making their schemas was most of what an app costs."""
    make, validate = described.get_model_schema, described.Schema
    made: dict[tuple[Any, str], bytes] = {}
    validated: dict[bytes, Any] = {}

    def schema_of(model: Any, mode: Any = "validation") -> Any:
        if (model, mode) not in made:
            made[model, mode] = orjson.dumps(make(model, mode=mode))
        return orjson.loads(made[model, mode])

    def schema(**values: Any) -> Any:
        key = orjson.dumps(values)
        if key not in validated:
            validated[key] = validate(**values)
        return validated[key]

    vars(described).update(get_model_schema=schema_of, Schema=schema)


_described_once()


def pytest_collection_finish() -> None:
    """What is loaded stays to the end, so no collection of garbage need look at it again."""
    gc.collect()
    gc.freeze()


# As in production, a failure is logged without the values of its variables.
structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.JSONRenderer()])


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is about the spelling on a wire runs on SQLite in the usual run, and on PostgreSQL too with the slow ones.

    Beyond the parsing, which knows no database, those tests use what others try on both.
    """
    for item in items:
        asked = getattr(item, "callspec", None)
        on_postgresql = asked is not None and asked.params.get("database_url") == "postgresql"
        chosen = any("database_url" in mark.args[0] for mark in item.iter_markers("parametrize"))
        if item.path.name.startswith(WIRES) and on_postgresql and not chosen:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def valkey() -> Iterator[servers.Valkey]:
    """One Valkey for this test process."""
    server = servers.Valkey()
    yield server
    server.end()


@pytest.fixture(scope="session")
def postgres() -> Iterator[servers.Postgres]:
    """One PostgreSQL for this test process."""
    binaries = servers.find_postgres()
    if binaries is None:
        missing_part("PostgreSQL is not installed: initdb is neither on PATH nor in /usr/lib/postgresql")
    server = servers.Postgres(binaries)
    yield server
    server.end()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "gatepost.db"
    _migrate(f"sqlite:///{path}")
    with closing(sqlite3.connect(path)) as connection:  # All of it into the one file that is copied.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres: servers.Postgres) -> str:
    """The URL of a migrated PostgreSQL database, which tests empty before they use it."""
    url = postgres.create("gatepost_tests")
    _migrate(url)
    return url


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A migrated and empty database, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "gatepost.db")
        return f"sqlite:///{tmp_path / 'gatepost.db'}"
    url: str = request.getfixturevalue("migrated_postgres")
    _empty(url)
    return url


@pytest.fixture(params=DATABASES)
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without any table, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'bare.db'}"
    server: servers.Postgres = request.getfixturevalue("postgres")
    return server.create("gatepost_bare")


@pytest.fixture
def settings(database_url: str, valkey: servers.Valkey, tmp_path: Path) -> Settings:
    """Settings of an installation in a temporary directory."""
    given = {"DATABASE_URL": database_url, "REDIS_URL": valkey.url, "GATEPOST_SECRET_KEY": SECRET_KEY}
    return load_settings(given, data=tmp_path)


@pytest.fixture
def stores(settings: Settings, valkey: servers.Valkey) -> Iterator[Stores]:
    """The stores, empty."""
    valkey.client.flushall()
    opened = open_stores(settings, pool_size=40)
    yield opened
    opened.close()


@pytest.fixture
def site(stores: Stores) -> Site:
    """A site in mode automatic."""
    return builders.add_site(stores)


@pytest.fixture
def site_key(stores: Stores, site: Site) -> str:
    """A live key of the site."""
    return builders.add_key(stores, site)


@pytest.fixture
def reviewer(stores: Stores) -> Person:
    """Ana, a reviewer of all sites, with a token."""
    return builders.add_person(stores)


@pytest.fixture
def app(settings: Settings, stores: Stores) -> Iterator[Flask]:
    """The API on the stores."""
    made = create_app(settings, stores)
    yield made
    builders.close(made)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client without any credential."""
    return app.test_client(use_cookies=False)


@pytest.fixture
def as_site(client: FlaskClient, site_key: str) -> Caller:
    """Calls with the site's key."""
    return Caller(client, site_key)


@pytest.fixture
def as_reviewer(client: FlaskClient, reviewer: Person) -> Caller:
    """Calls with the reviewer's token."""
    return Caller(client, reviewer.token)


@pytest.fixture
def as_nobody(client: FlaskClient) -> Caller:
    """Calls without any credential."""
    return Caller(client, None)


@pytest.fixture
def scorer() -> Scorer:
    """A scorer with fixed rules, see `builders.FixedScorer`."""
    return FixedScorer()


@pytest.fixture
def drain_now(stores: Stores, scorer: Scorer) -> Drain:
    """Runs the drain job once, in this process, until nothing is due."""
    return lambda: builders.drain_due(stores, scorer)


@pytest.fixture
def worker(stores: Stores, scorer: Scorer) -> Iterator[None]:
    """A worker that drains from a thread as long as the test runs."""
    stopped = threading.Event()

    def run() -> None:
        while not stopped.is_set():
            drain(stores, scorer, stopped.is_set)

    thread = threading.Thread(target=run, name="draining")
    thread.start()
    yield
    stopped.set()
    thread.join()


def _migrate(url: str) -> None:
    database = Database(load_settings({"DATABASE_URL": url, "GATEPOST_SECRET_KEY": SECRET_KEY}).database_url)
    migrate.upgrade(database)
    database.close()


def _empty(url: str) -> None:
    database = Database(load_settings({"DATABASE_URL": url, "GATEPOST_SECRET_KEY": SECRET_KEY}).database_url)
    with database.write() as connection:
        connection.exec_driver_sql("SET LOCAL lock_timeout = '20s'")
        for table in reversed(metadata.sorted_tables):
            connection.execute(delete(table))
    database.close()
