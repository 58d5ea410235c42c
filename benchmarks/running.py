"""A `gatepost up` of its own in a temporary directory, ended at the end."""

import os
import re
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

START_SECONDS = 90


@dataclass(frozen=True)
class Running:
    """A running installation: its port, the key of its first site, which only the first start tells, and its database
    file."""

    port: int
    key: str
    database: Path

    def count_decided(self) -> int:
        """How many comments have a decision."""
        with sqlite3.connect(self.database) as database:
            return int(database.execute("SELECT count(*) FROM decisions").fetchone()[0])


@contextmanager
def running(directory: Path, **environment: str) -> Iterator[Running]:
    """Start `gatepost up` and wait until it is ready. Raises RuntimeError where it does not come up."""
    port = free_port()
    settings = {name: value for name, value in os.environ.items() if not name.startswith("GATEPOST_")}
    settings |= {"GATEPOST_LOG_LEVEL": "ERROR", **environment}
    settings.pop("DATABASE_URL", None)
    settings.pop("REDIS_URL", None)
    log = (directory / "log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "cli.main", "up", "--data", str(directory / "data"), "--port", str(port)],
        env=settings,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
    )
    try:
        lines = _first_lines(process)
        key = re.search(r"gps_[\w-]+", lines)
        if not lines.startswith("ready"):
            raise RuntimeError(f"gatepost up did not become ready; see {directory / 'log'}")
        yield Running(port, key.group() if key else "", directory / "data" / "gatepost.db")
    finally:
        process.terminate()
        process.wait(30)
        log.close()


def free_port() -> int:
    """A port of 127.0.0.1 that nobody uses just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _first_lines(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    timer = threading.Timer(START_SECONDS, process.kill)
    timer.start()
    try:
        return "".join(process.stdout.readline() for _ in range(4))
    finally:
        timer.cancel()
