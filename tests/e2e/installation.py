"""A whole `gatepost up` for tests that hurt it: its processes by role, and a look into its database."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import redis

from store.live import embedded

START_SECONDS = 90.0
ROOT = Path(__file__).parents[2]


@dataclass
class Installation:
    """A running installation. Only processes that it started are ever touched, each by its id."""

    data: Path
    port: int
    key: str
    process: "subprocess.Popen[str]"
    environment: dict[str, str]

    def pids(self, role: str) -> list[int]:
        """Processes of a role: `api`, `worker`, `clock`, `redis`; parents before their children."""
        found = []
        for child in psutil.Process(self.process.pid).children(recursive=True):
            try:
                words = child.cmdline()
            except psutil.Error:
                continue
            name = "redis" if words and "valkey" in words[0] else words[-1] if words else ""
            if name == role:
                found.append(child.pid)
        return found

    def orphans(self) -> list[int]:
        """Processes of this installation that no longer descend from `up`, such as what a killed parent left."""
        family = {child.pid for child in psutil.Process(self.process.pid).children(recursive=True)}
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                ours = process.environ().get("GATEPOST_DATA") == str(self.data) and "cli.main" in process.cmdline()
                if ours and process.pid not in family | {self.process.pid}:
                    found.append(process.pid)
        return found

    def kill(self, role: str) -> int | None:
        """SIGKILL the first process of a role; its id, or None where it is not there just now."""
        for pid in self.pids(role)[:1]:
            send(pid, signal.SIGKILL)
            return pid
        return None

    def flush(self) -> None:
        """Empty Redis."""
        redis.Redis.from_url(embedded.url(self.data), socket_timeout=5).flushall()

    def query(self, statement: str) -> list[tuple[object, ...]]:
        """Rows of a reading statement."""
        with closing(sqlite3.connect(self.data / "gatepost.db", timeout=10)) as database:
            return database.execute(statement).fetchall()

    def extra_worker(self) -> "subprocess.Popen[bytes]":
        """One more scoring worker beside those of `up`."""
        return subprocess.Popen([sys.executable, "-m", "cli.main", "worker"], env=self.environment, cwd=ROOT)


@contextmanager
def installation(data: Path, **settings: str) -> Iterator[Installation]:
    """Start `gatepost up` and wait until it is ready; end it with SIGTERM."""
    port = free_port()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GATEPOST_")}
    environment |= {"GATEPOST_DATA": str(data), "GATEPOST_LOG_LEVEL": "WARNING", **settings}
    environment.pop("DATABASE_URL", None)
    environment.pop("REDIS_URL", None)
    command = [sys.executable, "-m", "cli.main", "up", "--port", str(port)]
    with (data.parent / f"{data.name}.log").open("wb") as log:
        process = subprocess.Popen(
            command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True
        )
        try:
            key = re.search(r"gps_[\w-]+", _first_lines(process))
            assert key is not None, f"gatepost up did not become ready:\n{Path(log.name).read_text()[-3000:]}"
            yield Installation(data, port, key.group(), process, environment)
        finally:
            process.terminate()
            try:
                process.wait(30)
            finally:
                process.kill()


def send(pid: int, number: int) -> None:
    """Send a signal to a process that may be gone already."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


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
