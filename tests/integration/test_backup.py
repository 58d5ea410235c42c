"""A backup holds everything as of one moment, and comes back whole or not at all."""

import os
import shutil
import stat
from pathlib import Path

import builders
import pytest
import servers
from builders import HAM, SPAM, Caller, Drain, change, query
from commands import Run, command, refused, shown
from sqlalchemy import delete, select

from cli.supervisor import alone
from models.errors import ConfigurationError
from store.records.evidence_tables import reputations
from store.records.schema import comments, labels
from store.records.sites import Site
from store.stores import Stores


@pytest.fixture
def run(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> Run:
    binaries = servers.find_postgres()
    if binaries is not None:
        monkeypatch.setenv("PATH", f"{os.environ['PATH']}:{binaries}")
    if not stores.database.is_sqlite and shutil.which("pg_dump") is None:
        pytest.skip("pg_dump is not installed")
    return command(stores.settings)


@pytest.fixture
def written(as_site: Caller, drain_now: Drain) -> list[str]:
    ids = [as_site.submit(text).get_json()["id"] for text in (HAM, SPAM)]
    drain_now()
    as_site.post(f"/v1/comments/{ids[0]}/feedback", {"label": "spam"})
    return ids


def test_what_was_saved_comes_back_and_what_came_since_is_kept_aside(
    run: Run, stores: Stores, site: Site, written: list[str], tmp_path: Path
) -> None:
    file = tmp_path / "saved"
    assert run("db", "backup", str(file)).exit_code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    (late,) = builders.record(stores, site, "came later")
    stores.database.close()

    told = shown(run("db", "restore", str(file), "--verify", "--json"))

    assert told["verified"] == {"comments": 2, "decisions": 3, "labels": 1}
    assert query(stores, select(comments.c.id).order_by(comments.c.id)) == written
    assert [path.name for path in tmp_path.glob("*unfinished")] == []
    stores.database.close()
    again = shown(run("db", "restore", told["kept"], "--verify", "--json"))
    assert again["verified"]["comments"] == 3
    assert query(stores, select(comments.c.id).order_by(comments.c.id)) == [*written, late]


def test_a_damaged_or_foreign_file_changes_nothing(
    run: Run, stores: Stores, written: list[str], tmp_path: Path
) -> None:
    file = tmp_path / "saved"
    run("db", "backup", str(file))
    content = file.read_bytes()
    damaged, foreign = tmp_path / "damaged", tmp_path / "foreign"
    damaged.write_bytes(content[: len(content) // 2])
    foreign.write_bytes(b"something else")

    assert "no backup" in refused(run("db", "restore", str(foreign)))
    assert "cannot be read" in refused(run("db", "restore", str(tmp_path / "none")))
    assert refused(run("db", "restore", str(damaged)))
    assert "cannot be written" in refused(run("db", "backup", str(tmp_path / "no" / "where")))
    assert query(stores, select(comments.c.id).order_by(comments.c.id)) == written


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nothing_is_restored_under_a_running_installation(run: Run, stores: Stores, tmp_path: Path) -> None:
    run("db", "backup", str(tmp_path / "saved"))

    with alone(stores.settings):
        result = run("db", "restore", str(tmp_path / "saved"))

    assert isinstance(result.exception, ConfigurationError)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_without_the_tools_of_postgresql_a_sentence_says_so(
    stores: Stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert "pg_dump is not on PATH" in refused(command(stores.settings)("db", "backup", str(tmp_path / "saved")))


def test_reputations_are_counted_anew_from_the_labels(
    run: Run, stores: Stores, as_site: Caller, drain_now: Drain
) -> None:
    sent = as_site.submit(SPAM, author={"id": "ana"}).get_json()
    drain_now()
    as_site.post(f"/v1/comments/{sent['id']}/feedback", {"label": "spam"})
    columns = select(reputations.c.kind, reputations.c.value, reputations.c.spam)
    before = query(stores, columns)
    change(stores, delete(reputations))

    assert shown(run("db", "recount", "--json")) == {"reputations": 1}

    assert query(stores, columns) == before
    assert len(query(stores, select(labels.c.id))) == 1
