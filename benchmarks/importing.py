"""Import a made-up WordPress export, and say how long it took and how much memory it needed at most."""

import os
import resource
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import click
import orjson

from benchmarks import wxr


@dataclass(frozen=True, slots=True)
class Run:
    """One import: seconds, the most memory that the process held at once (MiB), and what it printed."""

    seconds: float
    peak_mib: float
    counts: dict[str, int]


def measure(data: Path, site_id: str, file: Path) -> Run:
    """Run `gatepost import wordpress` in a process of its own and wait for it. Raises RuntimeError if it fails."""
    printed = data / "printed.json"
    began = time.monotonic()
    command = [sys.executable, "-m", "cli.main", "import", "wordpress", str(file), "--site", site_id, "--json"]
    with printed.open("wb") as out:
        actions = [(os.POSIX_SPAWN_DUP2, out.fileno(), 1)]
        child = os.posix_spawn(sys.executable, command, environment(data), file_actions=actions)
        _, status, usage = os.wait4(child, 0)
    if status != 0:
        raise RuntimeError(f"the import failed with status {os.waitstatus_to_exitcode(status)}")
    return Run(time.monotonic() - began, _peak_mib(usage), orjson.loads(printed.read_bytes()))


def environment(data: Path) -> dict[str, str]:
    """The variables of a command that works on that data directory."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GATEPOST_")}
    kept.pop("DATABASE_URL", None)
    return kept | {"GATEPOST_DATA": str(data), "REDIS_URL": f"unix://{data}/none.sock"}


def add_site(data: Path) -> str:
    """A site in that data directory; its id."""
    printed = data / "site.json"
    command = [sys.executable, "-m", "cli.main", "site", "add", "--url", "https://garden.example", "--json"]
    with printed.open("wb") as out:
        child = os.posix_spawn(
            sys.executable, command, environment(data), file_actions=[(os.POSIX_SPAWN_DUP2, out.fileno(), 1)]
        )
        os.waitpid(child, 0)
    return str(orjson.loads(printed.read_bytes())["site_id"])


def _peak_mib(usage: resource.struct_rusage) -> float:
    unit = 1024 if sys.platform == "darwin" else 1  # Linux counts in KiB, macOS in bytes.
    return usage.ru_maxrss / unit / 1024


@click.command()
@click.option("--counts", default="5000,50000", show_default=True, help="How many comments each file has.")
def main(counts: str) -> None:
    """Make files of that many comments, import each into an empty installation, print seconds and peak memory."""
    for count in map(int, counts.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            data = Path(folder)
            file = data / "export.xml"
            wxr.write(file, count)
            run = measure(data, add_site(data), file)
            size_mib = file.stat().st_size / 2**20
            click.echo(
                f"{count} comments, {size_mib:.1f} MiB: {run.seconds:.1f} s, {count / run.seconds:.0f}/s, "
                f"peak {run.peak_mib:.0f} MiB, {run.counts}"
            )


if __name__ == "__main__":
    main()
