"""Receivers of webhooks on 127.0.0.1 that behave as a test says: well, badly, or not at all."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import orjson

OK = b"HTTP/1.1 204 No Content\r\n\r\n"
GONE = b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"
BROKEN = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\n\r\noops"
BUSY = b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n"
GARBAGE = b"this is not HTTP\r\n\r\n"


@dataclass(frozen=True)
class Received:
    """One request as it came."""

    at: float
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event_id(self) -> str:
        """What the receiver recognises it by."""
        return self.headers["webhook-id"]

    @property
    def data(self) -> dict[str, str]:
        """What happened to which comment."""
        data: dict[str, str] = orjson.loads(self.body)["data"]
        return data


Behaviour = Callable[[socket.socket], None]


def answers(reply: bytes) -> Behaviour:
    """Gives this answer."""
    return lambda connection: connection.sendall(reply)


def redirects_to(url: str) -> Behaviour:
    """Sends the client elsewhere."""
    return answers(f"HTTP/1.1 301 Moved Permanently\r\nLocation: {url}\r\nContent-Length: 0\r\n\r\n".encode())


def resets(connection: socket.socket) -> None:
    """Ends the connection without a word."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def trickles_after(beginning: bytes) -> Behaviour:
    """Begins an answer and goes on a byte at a time, without end."""

    def behaviour(connection: socket.socket) -> None:
        with suppress(OSError):
            connection.sendall(beginning)
            while True:
                connection.sendall(b"a")
                _until_gone(connection, 0.02)

    return behaviour


def sends_a_gibibyte(connection: socket.socket) -> None:
    """Announces 1 GiB and sends it as long as somebody reads."""
    with suppress(OSError):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
        for _ in range(1024):
            connection.sendall(bytes(1024 * 1024))


def hangs(connection: socket.socket) -> None:
    """Says nothing as long as the client waits."""
    with suppress(OSError):
        _until_gone(connection, 60.0)


def _until_gone(connection: socket.socket, seconds: float) -> None:
    connection.settimeout(seconds)
    try:
        if not connection.recv(1):
            raise ConnectionResetError
    except TimeoutError:
        pass


@dataclass
class Receiver:
    """A receiver. `behaviour` may be changed at any time; what came is kept whatever was answered."""

    behaviour: Behaviour
    received: list[Received] = field(default_factory=list)
    port: int = 0
    _listening: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0), backlog=256))

    def __post_init__(self) -> None:
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._serve, name="receiver", daemon=True).start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def allowed(self) -> str:
        """What permits it."""
        return f"127.0.0.1:{self.port}"

    def of_comment(self, comment_id: str) -> list[str]:
        """The ids of the events of a comment, each once, in the order in which they first came."""
        return list(dict.fromkeys(r.event_id for r in list(self.received) if r.data["comment_id"] == comment_id))

    def close(self) -> None:
        """Listen no more."""
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        behaviour = self.behaviour
        with connection, suppress(OSError, ValueError):
            self.received.append(_read(connection))
            behaviour(connection)


@contextmanager
def receiver(behaviour: Behaviour | None = None) -> Iterator[Receiver]:
    """A receiver as long as the block lasts; it answers well unless told."""
    made = Receiver(behaviour or answers(OK))
    try:
        yield made
    finally:
        made.close()


def _read(connection: socket.socket) -> Received:
    data = b""
    while b"\r\n\r\n" not in data:
        data += _more(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    while len(body) < int(headers["content-length"]):
        body += _more(connection)
    return Received(time.monotonic(), first.split(" ")[1], headers, body)


def _more(connection: socket.socket) -> bytes:
    piece = connection.recv(65536)
    if not piece:
        raise ValueError("the client went away")
    return piece
