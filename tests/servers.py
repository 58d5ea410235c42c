"""The PostgreSQL and Valkey that the tests start for themselves, on unix sockets, and end with themselves."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import redis

from store.live import embedded

START_SECONDS = 30.0
MEMORY = "/dev/shm"


def wait_until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    """Return as soon as `condition` gives something true; fail when the time is over."""
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, f"still not so after {seconds} s: {condition}"
        time.sleep(0.005)


@dataclass
class Tether:
    """Ends a server when this process is gone, however it went: the pipe between them closes."""

    server: "subprocess.Popen[bytes]"
    guard: "subprocess.Popen[bytes]" = field(init=False)

    def __post_init__(self) -> None:
        self.guard = subprocess.Popen(
            ["sh", "-c", "read _; kill $0", str(self.server.pid)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def end(self) -> None:
        """End the guard, then the server."""
        self.guard.kill()
        self.guard.wait()
        self.server.terminate()
        try:
            self.server.wait(10)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait()


class Valkey:
    """One embedded Valkey in a short directory of its own."""

    def __init__(self) -> None:
        self.data = Path(tempfile.mkdtemp(prefix="gp"))
        self._tether = Tether(embedded.start(self.data))
        self.url = embedded.url(self.data)
        self.client = redis.Redis.from_url(self.url)
        wait_until(self._answers, START_SECONDS)

    def end(self) -> None:
        """End the server and remove its directory."""
        self.client.close()
        self._tether.end()
        shutil.rmtree(self.data, ignore_errors=True)

    def _answers(self) -> bool:
        with suppress(redis.RedisError):
            return bool(self.client.ping())
        return False


class Postgres:
    """One PostgreSQL server without TCP, in a directory of its own. Root starts it as an unprivileged user."""

    def __init__(self, binaries: Path) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="gp", dir=MEMORY if os.access(MEMORY, os.W_OK) else None))
        self._user = _unprivileged()
        if self._user is not None:
            shutil.chown(self.directory, self._user)
        data = self.directory / "data"
        log = (self.directory / "log").open("wb")
        self._run(
            [binaries / "initdb", "-D", data, "-U", "gatepost", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]
        )
        # In the file, not on the command line, so that a test can change it by ALTER SYSTEM.
        with (data / "postgresql.conf").open("a") as file:
            file.write(
                "fsync = on\nsynchronous_commit = on\nlisten_addresses = ''\n"
                f"unix_socket_directories = '{self.directory}'\n"
                "max_connections = 200\nshared_buffers = 32MB\nautovacuum = off\nlock_timeout = '10s'\n"
            )
        self._server = subprocess.Popen(
            [binaries / "postgres", "-D", data],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            user=self._user,
            cwd=self.directory,
            start_new_session=True,
        )
        log.close()
        self._tether = Tether(self._server)
        wait_until(self._answers, START_SECONDS)

    def url(self, name: str) -> str:
        """The URL of one database, as an operator writes it."""
        return f"postgresql://gatepost@/{name}?host={self.directory}"

    def execute(self, *statements: str, database: str = "postgres") -> None:
        """Run statements outside of a transaction."""
        with self._connect(database) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def create(self, name: str) -> str:
        """Make an empty database and return its URL."""
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}")
        return self.url(name)

    def show(self, setting: str) -> str:
        """What a new connection sees of a setting."""
        with self._connect("postgres") as connection:
            row = connection.execute(f"SHOW {setting}".encode()).fetchone()
        assert row is not None
        return str(row[0])

    def end(self) -> None:
        """End the server and remove its directory."""
        self.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend'"
            " AND pid <> pg_backend_pid()"
        )
        self._tether.end()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _connect(self, database: str) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(f"host={self.directory} user=gatepost dbname={database}", autocommit=True)

    def _answers(self) -> bool:
        assert self._server.poll() is None, (self.directory / "log").read_text()
        with suppress(psycopg.OperationalError):
            self._connect("postgres").close()
            return True
        return False

    def _run(self, arguments: list[str | Path]) -> None:
        done = subprocess.run(
            arguments, user=self._user, cwd=self.directory, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()


def find_postgres() -> Path | None:
    """The directory of initdb and postgres, newest version first; None where there is no PostgreSQL."""
    on_path = shutil.which("initdb")
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: float(p.parts[-3]))
    found = [*([Path(on_path)] if on_path else []), *reversed(installed)]
    return next((path.parent for path in found if (path.parent / "postgres").exists()), None)


def _unprivileged() -> str | None:
    if os.getuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"
