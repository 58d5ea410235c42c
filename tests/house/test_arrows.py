"""The arrows between the packages, and what each process may load."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = ("sklearn", "scipy", "joblib")


def run(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def imported(done: "subprocess.CompletedProcess[str]") -> set[str]:
    """The modules that a run with `-X importtime` has imported."""
    return {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}


def test_no_package_imports_what_its_room_may_not() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 broken" in done.stdout
    assert " 0 kept" not in done.stdout


def loaded_by(code: str, tmp_path: Path) -> set[str]:
    """The names of all modules that are loaded after running the code."""
    show = "; import sys; print(*sorted(sys.modules))"
    done = run("-c", code + show, GATEPOST_DATA=str(tmp_path), REDIS_URL=f"unix://{tmp_path}/none.sock")
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def heavy(modules: set[str]) -> list[str]:
    return sorted(name for name in modules if name.partition(".")[0] in HEAVY or name == "models.classifier")


def test_the_api_loads_no_classifier(tmp_path: Path) -> None:
    code = "import service.app as a, store.settings as s; app = a.create_app(s.load_settings())"

    modules = loaded_by(code, tmp_path)

    assert "service.intake" in modules
    assert heavy(modules) == []


def test_the_worker_does_load_it(tmp_path: Path) -> None:
    assert "sklearn" in heavy(loaded_by("import worker.jobs", tmp_path))


@pytest.mark.parametrize(
    "command", ["up", "api", "clock", "site", "key", "rule", "list", "webhook", "reviewer", "db", "check"]
)
def test_a_command_that_does_not_score_loads_no_classifier(command: str) -> None:
    """A child that is spawned imports its parent's main module, so the command's own imports count too."""
    done = run("-X", "importtime", "-m", "cli.main", command, "--help")

    assert done.returncode == 0, done.stderr[-2000:]
    assert "models.errors" in imported(done)
    assert heavy(imported(done)) == []


def test_the_list_of_commands_loads_none_of_them() -> None:
    done = run("-X", "importtime", "-m", "cli.main", "--help")

    assert done.returncode == 0
    assert "worker" in done.stdout
    assert imported(done) & {"flask", "sqlalchemy", "sklearn", "worker.drain", "store.settings"} == set()
