"""Break the product on purpose, each time in a copy, and see the failure test fail.

    python tests/mutants.py

A failure test that passes on a broken product proves nothing. Exit 1 where a mutant survives.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
RUN_SECONDS = 400


@dataclass(frozen=True)
class Mutant:
    """A change of one place: `before` must stand there exactly once."""

    name: str
    file: str
    before: str
    after: str
    tests: str


MUTANTS = (
    Mutant(
        "the reconciler is switched off",
        "worker/clock.py",
        "            reconcile(stores)\n",
        "            pass\n",
        "tests/e2e/test_chaos.py",
    ),
    Mutant(
        "the attempt is no fencing token any more",
        "store/records/transitions.py",
        'return statement.where(revisions.c.attempt == bindparam("fence")) if fenced else statement',
        'return statement.where(bindparam("fence") == bindparam("fence")) if fenced else statement',
        "tests/e2e/test_chaos.py",
    ),
    Mutant(
        "a result is recorded whether or not its claim still holds",
        "worker/drain.py",
        "conclusion for conclusion in prepared.conclusions if conclusion.move.key in moved",
        "conclusion for conclusion in prepared.conclusions",
        "tests/integration/test_drain.py",
    ),
)


def main() -> int:
    """Run every mutant; how many survived."""
    survivors = 0
    for mutant in MUTANTS:
        with tempfile.TemporaryDirectory(prefix="gatepost-mutant-") as directory:
            died, why = _dies(mutant, Path(directory) / "copy")
        survivors += not died
        print(f"{'killed  ' if died else 'SURVIVED'}  {mutant.name}: {why}", flush=True)
    return 1 if survivors else 0


def _dies(mutant: Mutant, copy: Path) -> tuple[bool, str]:
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", ".venv", "var", "__pycache__", ".*_cache"))
    path = copy / mutant.file
    source = path.read_text(encoding="utf-8")
    assert source.count(mutant.before) == 1, f"{mutant.file} holds the place {source.count(mutant.before)} times"
    path.write_text(source.replace(mutant.before, mutant.after), encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(copy)}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "--no-header", "-p", "no:cacheprovider", mutant.tests]
    run = subprocess.run(
        command, cwd=copy, env=environment, capture_output=True, text=True, timeout=RUN_SECONDS, check=False
    )
    told = [line for line in run.stdout.splitlines() if line.startswith(("E  ", "FAILED"))]
    return run.returncode == 1, (told[0] if told else run.stdout[-300:])[:300]


if __name__ == "__main__":
    sys.exit(main())
