"""The engine, transactions, and the database's own clock. SQLite by default, PostgreSQL by URL."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from enum import Enum, auto
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Dialect,
    Engine,
    Executable,
    Table,
    any_,
    bindparam,
    create_engine,
    event,
    func,
    literal_column,
    select,
    text,
)
from sqlalchemy import Connection as Connection  # The others take it from here: SQL stays in this package.
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from models.errors import ConfigurationError, DatabaseUnavailable
from store.records.wal import Wal
from store.records.write_turn import WriteTurn

BUSY_TIMEOUT_MS = 10_000
_ROWS_AT_ONCE = (100, 25, 5, 1)  # A few sizes, so that the driver keeps every statement prepared.
_SQLITE_NOW = "CAST((julianday('now') - 2440587.5) * 86400000000.0 AS INTEGER)"
_POSTGRES_NOW = "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)"


class Lasting(Enum):
    """When a commit outlasts a power cut.

    AT_ONCE: when `write` returns. BY_FLUSH: when `flush` has returned after it. IN_TIME: with any commit after it that
    does; until then a power cut, and nothing else, may undo it.
    """

    AT_ONCE = auto()
    BY_FLUSH = auto()
    IN_TIME = auto()


class Database:
    """One engine. `read()` gives a connection on one snapshot, `write()` one transaction that commits at its end."""

    def __init__(self, url: str, *, pool_size: int = 40) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(url, pool_size) if self.is_sqlite else _postgres_engine(url, pool_size)
        self._kept_writers: dict[bool, Connection] = {}
        self._wal: Wal | None = None
        self._turn: Callable[[], AbstractContextManager[None]] = nullcontext
        if self.is_sqlite:
            path = Path(self.url.database or "").resolve()  # SQLite keeps its log beside the file, not beside a link.
            self._turn = WriteTurn(path, BUSY_TIMEOUT_MS / 1000).taken
            self._wal = Wal(path)
        self.now: ColumnElement[int] = literal_column(_SQLITE_NOW if self.is_sqlite else _POSTGRES_NOW, BigInteger)
        self._now_query = select(self.now)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection for reading. Raises DatabaseUnavailable when the database does not answer."""
        try:
            with self.engine.connect() as connection:
                yield connection
        except (OperationalError, PoolTimeout) as error:
            raise DatabaseUnavailable("The database does not answer; try again in a moment.") from error

    @contextmanager
    def write(self, lasting: Lasting = Lasting.AT_ONCE) -> Iterator[Connection]:
        """Give one writing transaction (SQLite: BEGIN IMMEDIATE). Commits at the end, rolls back on an error.

        SQLite has one writer at a time; only a commit AT_ONCE waits for the disk while others wait for it. Raises
        DatabaseUnavailable when the database does not answer or stays locked for 10 s.
        """
        waits = lasting is Lasting.AT_ONCE
        try:
            with self._turn():
                connection = self._writer(waits)
                try:
                    with connection.begin():
                        if lasting is Lasting.IN_TIME and not self.is_sqlite:
                            connection.exec_driver_sql("SET LOCAL synchronous_commit TO off")
                        yield connection
                finally:
                    if not self.is_sqlite:
                        connection.close()
        except (OperationalError, PoolTimeout) as error:
            self._kept_writers.pop(waits, None)
            raise DatabaseUnavailable("The database does not answer; try again in a moment.") from error

    def flush(self) -> None:
        """Return when all that was committed BY_FLUSH lasts; no writer waits meanwhile. PostgreSQL has seen to it.

        Raises DatabaseUnavailable where the disk does not take it, and from then on until a checkpoint succeeds.
        """
        if self._wal is None:
            return
        try:
            if self._wal.failed:
                self._checkpoint()
                self._wal.failed = False
            self._wal.flush()
        except (OSError, sqlite3.Error) as error:
            raise DatabaseUnavailable("The disk does not take what is written; look at it at once.") from error

    def _checkpoint(self) -> None:
        """Copy the whole log into the database and empty it. Raises OSError or sqlite3.Error where that fails."""
        with self._turn(), self.engine.connect() as connection:
            driver: Any = connection.connection.dbapi_connection
            [(busy, *_)] = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            if busy:
                raise OSError("The log is in use and could not be emptied.")

    def _writer(self, waits: bool) -> Connection:
        """A connection to write on, which `waits` for the disk or not. SQLite has one writer at a time anyway, so one
        of each kind is kept for whoever has the turn: taking one from the pool costs more than a small transaction."""
        if not self.is_sqlite:
            return self.engine.connect().execution_options(gatepost_write=True)
        kept = self._kept_writers.get(waits)
        if kept is None or kept.closed:
            kept = self.engine.connect().execution_options(gatepost_write=True)
            if not waits:
                kept.detach()  # Nobody may get it from the pool for what has to last at once.
                kept.connection.cursor().execute("PRAGMA synchronous=NORMAL").close()
            self._kept_writers[waits] = kept
        return kept

    def now_us(self, connection: Connection) -> int:
        """The database's time in microseconds since 1970."""
        return int(connection.execute(self._now_query).scalar_one())

    def ping(self) -> bool:
        """Whether the database answers a question."""
        try:
            with self.engine.connect() as connection:
                connection.exec_driver_sql("SELECT 1")
        except (DBAPIError, PoolTimeout):
            return False
        return True

    def refuse_unsafe(self) -> None:
        """Raise ConfigurationError where the database would forget a commit after a crash."""
        if self.is_sqlite:
            return
        with self.read() as connection:
            for name in ("synchronous_commit", "fsync"):
                if connection.execute(text(f"SHOW {name}")).scalar_one() == "off":
                    raise ConfigurationError(
                        f"PostgreSQL runs with {name}=off and may forget accepted comments; set {name}=on."
                    )

    def close(self) -> None:
        """Close every connection."""
        for kept in self._kept_writers.values():
            kept.close()
        self.engine.dispose()


def among(dialect: str, column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """The condition that a column is one of the values of the parameter `name`, made with `values_for`.

    One parameter however many values there are: the statement stays the same, so it is prepared once.
    """
    if dialect == "sqlite":
        given = func.json_each(bindparam(name)).table_valued("value")
        return column.in_(select(given.c.value))
    return column == any_(bindparam(name, type_=ARRAY(column.type)))


def values_for(connection: Connection, values: Sequence[Any]) -> Any:
    """The parameter of `among`."""
    return orjson.dumps(values).decode() if connection.dialect.name == "sqlite" else list(values)


def insert_many(connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows given as positional values: the quick way in for what every comment brings.

    Statements of the driver's own, since building a dictionary a row cost a third of a whole drain, and many rows a
    statement on SQLite, whose driver gives other threads a turn after each. Raises IntegrityError and the like as any
    other statement.
    """
    if not rows:
        return
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql(_insertion(table.name, tuple(columns), "%s", 1), [tuple(row) for row in rows])
        return

    def insert(driver: sqlite3.Connection) -> sqlite3.Cursor:
        at, cursor = 0, driver.cursor()
        for size in _ROWS_AT_ONCE:
            text = _insertion(table.name, tuple(columns), "?", size)
            while at + size <= len(rows):
                cursor.execute(text, list(chain.from_iterable(rows[at : at + size])))
                at += size
        return cursor

    _driven(connection, insert)


@lru_cache
def _insertion(table: str, columns: tuple[str, ...], mark: str, n_rows: int) -> str:
    row = f"({', '.join([mark] * len(columns))})"
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([row] * n_rows)}"  # noqa: S608 - our own names


def fetched(connection: Connection, statement: Executable, values: dict[str, Any]) -> list[Any]:
    """All rows of a statement that every comment brings. Its columns must be text and numbers, as drivers have them."""
    if connection.dialect.name != "sqlite":
        return list(connection.execute(statement, values))
    if not connection.in_transaction():
        connection.begin()  # As SQLAlchemy does before a first statement: a reader stays on one snapshot.
    text, names, literals = _compiled(statement, connection.dialect)
    given = literals | values
    return _driven(connection, lambda driver: driver.execute(text, [given[name] for name in names]))


@lru_cache
def _compiled(statement: Executable, dialect: Dialect) -> tuple[str, tuple[str, ...], dict[str, Any]]:
    """Text, names of its parameters in their order, and the values that the statement itself holds."""
    compiled: Any = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
    return str(compiled), tuple(compiled.positiontup), compiled.params


def _driven(connection: Connection, run: Callable[[sqlite3.Connection], sqlite3.Cursor]) -> list[Any]:
    """What a statement gives on SQLite's driver: what SQLAlchemy does around one takes longer than a small one itself.

    Raises what SQLAlchemy would.
    """
    driver: Any = connection.connection.dbapi_connection
    try:
        return run(driver).fetchall()
    except sqlite3.Error as error:
        raise DBAPIError.instance(None, None, error, sqlite3.Error, dialect=connection.dialect) from error


def _sqlite_engine(url: str, pool_size: int) -> Engine:
    path = make_url(url).database
    if not path or path == ":memory:" or path.startswith("file:"):
        raise ConfigurationError("DATABASE_URL must name a SQLite file; an in-memory database forgets everything.")
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, pool_size=pool_size, max_overflow=0, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in (
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "synchronous=FULL",
            "foreign_keys=ON",
            "cache_size=-4000",
            "wal_autocheckpoint=4000",
        ):
            connection.execute(f"PRAGMA {pragma}").close()
        if connection.execute("PRAGMA journal_mode=WAL").fetchone() != ("wal",):
            raise ConfigurationError("SQLite can keep no write-ahead log there; put its file on a local disk.")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("gatepost_write")
        _driven(connection, lambda driver: driver.execute("BEGIN IMMEDIATE" if writes else "BEGIN"))

    return engine


def _postgres_engine(url: str, pool_size: int) -> Engine:
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_pre_ping=True,
        connect_args={"connect_timeout": 5, "options": "-c timezone=UTC"},
    )
