"""Runs the processes of `gatepost up`: starts them in order, restarts what dies, ends them together."""

import fcntl
import logging
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO
from urllib.error import URLError

import click

from cli.first_start import first_start
from cli.options import refuse_taken_port
from models.errors import ConfigurationError, RedisUnavailable
from store.live import embedded, queues
from store.live.connection import ERRORS, connect, refuse_eviction
from store.records import migrate
from store.settings import Settings
from store.stores import Stores, open_stores, redis_url

START_SECONDS = 60.0
STOP_SECONDS = 18.0
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5.0
STEADY_SECONDS = 20.0
LOOK_SECONDS = 0.1

log = logging.getLogger(__name__)

Start = Callable[[], "subprocess.Popen[bytes]"]


@dataclass(slots=True)
class Child:
    """A process that must be there. `start_again_at`: monotonic time, after a pause that grows with each death."""

    name: str
    start: Start
    process: "subprocess.Popen[bytes]"
    started_at: float
    pause_seconds: float = FIRST_PAUSE_SECONDS
    start_again_at: float | None = None


def supervise(settings: Settings) -> None:
    """Run everything until SIGTERM or Ctrl-C. Raises ConfigurationError where it cannot start."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    settings.data.mkdir(parents=True, exist_ok=True)
    lock = _lock(settings)
    refuse_taken_port(settings)
    children: list[Child] = []
    stores = open_stores(settings)
    try:
        if _start_all(settings, stores, children, stopped):
            while not stopped.wait(LOOK_SECONDS):
                _restart_dead(children)
    finally:
        _stop_all(children)
        stores.close()
        lock.close()


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Have the data directory to oneself as `up` has. Raises ConfigurationError while an `up` uses it."""
    settings.data.mkdir(parents=True, exist_ok=True)
    lock = _lock(settings)
    try:
        yield
    finally:
        lock.close()


def _start_all(settings: Settings, stores: Stores, children: list[Child], stopped: threading.Event) -> bool:
    """Start the parts in order, each when the one that it needs is there; False when told to stop meanwhile."""
    if not settings.redis_url:
        children.append(_child("redis", lambda: embedded.start(settings.data)))
    if not _wait(lambda: _answers(settings), children, stopped, "Redis"):
        return False
    refuse_eviction(stores.redis)
    stores.database.refuse_unsafe()
    migrate.upgrade(stores.database)
    lines = first_start(settings, stores)
    for number in range(settings.workers):
        children.append(_child(f"worker-{number + 1}", _command(settings, "worker")))
    children.append(_child("worker-training", _command(settings, "worker", "--queue", "training")))
    children.append(_child("clock", _command(settings, "clock")))
    if not _wait(lambda: bool(queues.alive(stores.redis)), children, stopped, "the worker"):
        return False
    children.append(_child("api", _command(settings, "api")))
    if not _wait(lambda: _ready(settings), children, stopped, "the API"):
        return False
    click.echo("\n".join(lines))
    sys.stdout.flush()
    return True


def _command(settings: Settings, *arguments: str) -> Start:
    environment = os.environ | {
        "GATEPOST_DATA": str(settings.data),
        "GATEPOST_PORT": str(settings.port),
        "GATEPOST_SUPERVISOR": str(os.getpid()),
    }
    command = [sys.executable, "-m", "cli.main", *arguments]
    return lambda: subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr.fileno(), start_new_session=True
    )


def _child(name: str, start: Start) -> Child:
    return Child(name, start, start(), time.monotonic())


def _restart_dead(children: list[Child]) -> None:
    now = time.monotonic()
    for child in children:
        if child.start_again_at is not None:
            if now >= child.start_again_at:
                child.process, child.started_at, child.start_again_at = child.start(), now, None
        elif child.process.poll() is not None:
            if now - child.started_at > STEADY_SECONDS:
                child.pause_seconds = FIRST_PAUSE_SECONDS
            log.warning(
                "%s ended with %s, starting it again in %.1f s",
                child.name,
                child.process.returncode,
                child.pause_seconds,
            )
            child.start_again_at = now + child.pause_seconds
            child.pause_seconds = min(2 * child.pause_seconds, LONGEST_PAUSE_SECONDS)


def _stop_all(children: list[Child]) -> None:
    """Let the API finish first, then the workers, Redis last; kill what is not gone in time."""
    ends = time.monotonic() + STOP_SECONDS
    for group in (("api",), ("worker", "clock"), ("redis",)):
        members = [child for child in children if child.name.startswith(group)]
        for child in members:
            if child.process.poll() is None:
                child.process.terminate()
        for child in members:
            try:
                child.process.wait(max(0.1, ends - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("%s did not end in time", child.name)
                child.process.kill()
                child.process.wait()


def _wait(ready: Callable[[], bool], children: list[Child], stopped: threading.Event, name: str) -> bool:
    """Wait until `ready`; False when told to stop. Raises ConfigurationError when a part keeps dying."""
    ends = time.monotonic() + START_SECONDS
    while not stopped.is_set():
        try:
            if ready():
                return True
        except ERRORS:
            pass
        _restart_dead(children)
        if time.monotonic() > ends:
            raise ConfigurationError(f"{name} did not come up within {START_SECONDS:.0f} s; the log above says why.")
        stopped.wait(LOOK_SECONDS)
    return False


def _answers(settings: Settings) -> bool:
    try:
        return bool(connect(redis_url(settings)).ping())
    except ERRORS as error:
        if settings.redis_url:
            raise RedisUnavailable(f"Redis does not answer ({error}); start it or correct REDIS_URL.") from error
        return False


def _ready(settings: Settings) -> bool:
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104
    try:
        with urllib.request.urlopen(f"http://{host}:{settings.port}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def _lock(settings: Settings) -> TextIO:
    path = settings.data / "up.lock"
    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise ConfigurationError(
            f"Another `gatepost up` uses {settings.data}; stop it, or give this one another --data directory."
        ) from None
    return file
