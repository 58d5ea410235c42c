"""The whole database into a file and back: SQLite by its own backup, PostgreSQL by pg_dump and pg_restore.

A file is there only when it is whole. What a restore takes the place of is kept in a file of its own first.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import zip_longest
from pathlib import Path

from sqlalchemy import func, select, text

from models.errors import Refused
from store.records import migrate
from store.records.database import Database
from store.records.schema import comments, decisions, labels, revisions
from store.records.training_tables import metadata

_SQLITE_MAGIC, _DUMP_MAGIC = b"SQLite format 3\0", b"PGDMP"


def save(database: Database, file: Path) -> None:
    """Write a copy of the database as of one moment, while others go on working. Raises Refused."""
    with _finished(file) as unfinished:
        if not database.is_sqlite:
            _run("pg_dump", "--format=custom", "--no-owner", f"--file={unfinished}", _name(database), database=database)
            return
        with _opened(_path(database)) as source, _opened(unfinished) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
            _refuse_damaged(copy, file)


def restore(database: Database, file: Path, kept: Path, *, verify: bool = False) -> bool:
    """Put a backup in the place of the database and bring it to this version's tables; True where there was something
    before, which is in `kept` now. Nobody else may use the database. `verify`: compare row by row, where the backup can
    be read. Raises Refused."""
    _refuse_other(file, _SQLITE_MAGIC if database.is_sqlite else _DUMP_MAGIC)
    if database.is_sqlite:
        with _opened(file) as backup:
            _refuse_damaged(backup, file)
    had = _holds_something(database)
    if had:
        if kept.exists():
            raise Refused(f"{kept} exists already; move it away first.")
        save(database, kept)
    database.close()
    if database.is_sqlite:
        with _opened(file) as backup, _opened(_path(database)) as target:
            backup.backup(target)
            if verify and not _same(backup, target):
                raise Refused("What was restored is not what the backup holds; restore it again.")
    else:
        options = ("--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error")
        _run("pg_restore", *options, f"--dbname={_name(database)}", str(file), database=database)
    migrate.upgrade(database)
    return had


def examine(database: Database) -> dict[str, int]:
    """Read every table through; how many comments, decisions and labels there are. Raises Refused where one contradicts
    another, or the file is damaged."""
    if database.is_sqlite:
        with _opened(_path(database)) as connection:
            _refuse_damaged(connection, _path(database))
    newest = (revisions.c.comment_id == comments.c.id) & (revisions.c.revision == comments.c.revision)
    bare = select(func.count()).select_from(comments.outerjoin(revisions, newest)).where(revisions.c.id.is_(None))
    with database.read() as connection:
        missing = connection.execute(bare).scalar_one()
        if missing:
            raise Refused(f"{missing} comments have no newest revision; the database is not whole.")
        for table in metadata.sorted_tables:
            for _ in connection.execution_options(yield_per=1000).execute(select(table)):
                pass
        counted = {"comments": comments, "decisions": decisions, "labels": labels}
        return {
            name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in counted.items()
        }


def _same(one: sqlite3.Connection, other: sqlite3.Connection) -> bool:
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    names = [name for (name,) in one.execute(query)]
    return all(
        row == its
        for name in names
        for row, its in zip_longest(*(c.execute(f'SELECT * FROM "{name}"') for c in (one, other)))  # noqa: S608
    )


def _holds_something(database: Database) -> bool:
    exists = "SELECT count(*) FROM sqlite_master WHERE name = 'sites'"
    if not database.is_sqlite:
        exists = "SELECT count(*) FROM pg_tables WHERE tablename = 'sites' AND schemaname = current_schema()"
    with database.read() as connection:
        return bool(connection.execute(text(exists)).scalar_one())


@contextmanager
def _finished(file: Path) -> Iterator[Path]:
    """A path to write to, which becomes the file when all is written and on the disk."""
    unfinished = file.with_name(f".{file.name}.unfinished")
    try:
        unfinished.unlink(missing_ok=True)
        os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        yield unfinished
        with unfinished.open("rb") as written:
            os.fsync(written.fileno())
        unfinished.replace(file)
    except OSError as error:
        raise Refused(f"{file} cannot be written: {error.strerror}.") from error
    finally:
        unfinished.unlink(missing_ok=True)


def _refuse_other(file: Path, magic: bytes) -> None:
    try:
        with file.open("rb") as opened:
            found = opened.read(len(magic))
    except OSError as error:
        raise Refused(f"{file} cannot be read: {error.strerror}.") from error
    if found != magic:
        kind = "SQLite" if magic == _SQLITE_MAGIC else "PostgreSQL"
        raise Refused(f"{file} is no backup of a database of {kind}.")


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, timeout=10.0)) as connection:
        yield connection


def _refuse_damaged(connection: sqlite3.Connection, file: Path) -> None:
    try:
        found = [row[0] for row in connection.execute("PRAGMA integrity_check(1)")]
        ours = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'").fetchone()[0]
        dangling = connection.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError as error:
        raise Refused(f"{file} is damaged: {error}.") from error
    if found != ["ok"]:
        raise Refused(f"{file} is damaged: {found[0]}.")
    if not ours or dangling is not None:
        raise Refused(f"{file} is no whole database of Gatepost.")


def _path(database: Database) -> Path:
    return Path(database.url.database or "")


def _name(database: Database) -> str:
    return database.url.set(drivername="postgresql", password=None).render_as_string()


def _run(tool: str, *arguments: str, database: Database) -> None:
    """A tool of PostgreSQL, with the password in its environment, where nobody else sees it."""
    path = shutil.which(tool)
    if path is None:
        raise Refused(f"{tool} is not on PATH; install the client programs of PostgreSQL.")
    environment = os.environ | ({"PGPASSWORD": str(database.url.password)} if database.url.password else {})
    done = subprocess.run(
        [path, *arguments], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or ["it did not say why"]
        raise Refused(f"{tool} failed: {lines[0]}")
