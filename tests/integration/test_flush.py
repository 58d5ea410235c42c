"""On SQLite: what was acknowledged or announced lasts, since its log is flushed first; no writer waits meanwhile."""

import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest
from builders import Drain, new_comment, read, record
from servers import wait_until
from sqlalchemy import make_url, select

from models.errors import DatabaseUnavailable
from store.records import wal
from store.records.database import Database, Lasting
from store.records.group_commit import GroupCommit
from store.records.sites import Site
from store.records.submissions import Outcome, Submission
from store.settings import Settings
from store.stores import Stores, open_stores
from worker import drain

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def submitted(stores: Stores, site: Site, body: str = "hello") -> str:
    result = GroupCommit(stores.database).submit(Submission(site.id, [new_comment(body)]))
    assert isinstance(result, list)
    assert isinstance(result[0], Outcome)
    return result[0].comment_id


@pytest.fixture
def flushed(stores: Stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """What was on its way to the disk at each flush: copies of the database and its log."""
    database = Path(make_url(stores.settings.database_url).database or "")
    copies: list[Path] = []

    def copy(_file: int) -> None:
        copies.append(tmp_path / f"flush-{len(copies)}.db")
        for ending in ("", "-wal"):
            shutil.copyfile(f"{database}{ending}", f"{copies[-1]}{ending}")

    monkeypatch.setattr(wal, "_flush_data", copy)
    return copies


def rows(copy: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(copy)) as connection:
        return connection.execute(query).fetchall()


def test_a_comment_is_in_the_log_that_is_flushed_before_it_is_acknowledged(
    stores: Stores, site: Site, flushed: list[Path]
) -> None:
    comment_id = submitted(stores, site)

    assert (comment_id,) in rows(flushed[-1], "SELECT id FROM comments")


def test_a_decision_is_in_it_before_it_is_announced(
    stores: Stores, site: Site, drain_now: Drain, flushed: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    (comment_id,) = record(stores, site, "hello")
    seen: list[int] = []
    monkeypatch.setattr(drain, "announce", lambda _stores, _concluded: seen.append(len(flushed)))

    drain_now()

    assert seen == [len(flushed)] != [0]
    assert (comment_id,) in rows(flushed[-1], "SELECT comment_id FROM decisions")


def test_a_disk_that_takes_nothing_is_told_to_whoever_submits(
    stores: Stores, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_file: int) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(wal, "_flush_data", full)

    with pytest.raises(DatabaseUnavailable, match="The disk does not take what is written"):
        submitted(stores, site)


def test_after_a_flush_that_failed_nothing_lasts_before_the_log_is_emptied(
    stores: Stores, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next flush of a file whose write was lost succeeds, and would promise what is not there."""
    log = Path(f"{make_url(stores.settings.database_url).database}-wal")
    failures, sizes = [OSError("Input/output error")], []

    def flush(_file: int) -> None:
        if failures:
            raise failures.pop()
        sizes.append(log.stat().st_size)

    monkeypatch.setattr(wal, "_flush_data", flush)
    with pytest.raises(DatabaseUnavailable):
        submitted(stores, site, "first")
    with stores.database.read() as connection:
        connection.execute(select(1))  # Somebody reads, so that it takes more than one attempt to begin anew.

    submitted(stores, site, "second")

    assert sizes == [0], "all of it had been copied"


def test_a_database_behind_a_link_has_its_log_flushed(settings: Settings, tmp_path: Path) -> None:
    path = make_url(settings.database_url).database or ""
    link = tmp_path / "linked" / "gatepost.db"
    link.parent.mkdir()
    link.symlink_to(Path(path).resolve())

    database = Database(f"sqlite:///{link}")
    with database.write(Lasting.BY_FLUSH) as connection:
        connection.exec_driver_sql("CREATE TABLE t (a)")
    database.flush()
    database.close()


def test_others_write_while_a_commit_waits_for_the_disk(
    stores: Stores, site: Site, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits, reached, waits = GroupCommit(stores.database), Event(), Event()

    def flush(_file: int) -> None:
        waits.set()
        assert reached.wait(30)

    monkeypatch.setattr(wal, "_flush_data", flush)
    other = open_stores(settings)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(commits.submit, Submission(site.id, [new_comment("first")]))
        assert waits.wait(30)
        (elsewhere,) = record(other, site, "of another process")
        second = pool.submit(commits.submit, Submission(site.id, [new_comment("second")]))
        wait_until(lambda: not commits._queue and not commits._leader.locked())
        neither = [first.done(), second.done()]
        reached.set()
        results = [first.result(30), second.result(30)]
    other.close()

    assert neither == [False, False]
    assert all(isinstance(result, list) for result in results)
    assert read(stores, elsewhere).body == "of another process"
