"""Send one message to a receiver that may be slow, broken or hostile.

At most 15 s in all, 64 KiB of reply, no redirect, and a connection only to an address that was judged: the name is
resolved once an attempt and the connection goes to what was found (decision 18).
"""

import http.client
import io
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from models.errors import Refused
from models.receivers import Receiver, read_receiver, refuse_inner

TOTAL_SECONDS = 15.0
RESOLVE_SECONDS = 5.0
CONNECT_SECONDS = 5.0
REST_SECONDS = 1.0
MAX_REPLY_BYTES = 64 * 1024
MAX_ADDRESSES = 3
USER_AGENT = "Gatepost/0.1"

Resolve = Callable[[str, int, float], list[str]]


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: a status, or None and what went wrong. `asked_seconds`: the Retry-After, 0 without one."""

    status: int | None
    error: str | None = None
    asked_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends messages. `allowed`: hosts and ports that the operator permits; `resolve`: asks the name service."""

    allowed: frozenset[tuple[str, int]]
    resolve: Resolve
    tls: ssl.SSLContext
    total_seconds: float = TOTAL_SECONDS

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """POST a JSON body. Nothing that the receiver does raises, nor does an address that may not be used."""
        ends = time.monotonic() + self.total_seconds
        try:
            receiver = read_receiver(url, self.allowed)
            with self._connect(receiver, ends) as connection:
                connection.settimeout(_left(ends))
                connection.sendall(_request(receiver, headers, body))
                return _read_reply(connection, ends)
        except Refused as error:
            return Reply(None, str(error))
        except TimeoutError:
            return Reply(None, f"No complete reply within {self.total_seconds:.0f} s.")
        except ssl.SSLError as error:
            return Reply(None, f"TLS failed: {error.reason or type(error).__name__}.")
        except OSError as error:
            return Reply(None, f"The connection failed: {error.strerror or type(error).__name__}.")
        except (http.client.HTTPException, ValueError):
            return Reply(None, "The reply is not HTTP.")

    def _connect(self, receiver: Receiver, ends: float) -> socket.socket:
        addresses = self.resolve(receiver.host, receiver.port, min(RESOLVE_SECONDS, _left(ends)))
        if not addresses:
            raise Refused("The name of the host cannot be resolved.")
        if not receiver.permitted:
            refuse_inner(addresses)
        connection = _connect_to_one(addresses[:MAX_ADDRESSES], receiver.port, ends)
        if receiver.scheme != "https":
            return connection
        try:
            connection.settimeout(_left(ends))
            return self.tls.wrap_socket(connection, server_hostname=receiver.host)
        except BaseException:
            connection.close()
            raise


class _Bounded(io.RawIOBase):
    """Reads from a connection until its time or its bytes are used up, however slowly they come."""

    def __init__(self, connection: socket.socket, ends: float, max_bytes: int) -> None:
        self._connection = connection
        self.ends = ends
        self._left_bytes = max_bytes

    def readable(self) -> bool:
        """True."""
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        """Read what has come, at least a byte. Raises TimeoutError when the time is over; ends at the last byte."""
        if self._left_bytes <= 0:
            return 0
        self._connection.settimeout(_left(self.ends))
        count = self._connection.recv_into(memoryview(buffer)[: self._left_bytes])
        self._left_bytes -= count
        return count


class _Replying:
    """The part of a connection that the parser of the standard library asks for."""

    def __init__(self, raw: _Bounded) -> None:
        self._raw = raw

    def makefile(self, _mode: str) -> io.BufferedReader:
        """What it reads from."""
        return io.BufferedReader(self._raw)


def _connect_to_one(addresses: list[str], port: int, ends: float) -> socket.socket:
    failed: OSError = OSError("no address")
    for address in addresses:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.settimeout(min(CONNECT_SECONDS, _left(ends)))
            connection.connect((address, port))
        except OSError as error:
            connection.close()
            failed = error
        else:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return connection
    raise failed


def _request(receiver: Receiver, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = [
        f"POST {receiver.target} HTTP/1.1",
        f"Host: {receiver.authority}",
        f"User-Agent: {USER_AGENT}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Accept-Encoding: identity",
        "Connection: close",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


def _read_reply(connection: socket.socket, ends: float) -> Reply:
    raw = _Bounded(connection, ends, MAX_REPLY_BYTES)
    reply = http.client.HTTPResponse(_Replying(raw), method="POST")  # type: ignore[arg-type]
    reply.begin()
    # The status decides. The rest is read so that the receiver can finish, but not for long and not to its end.
    raw.ends = min(ends, time.monotonic() + REST_SECONDS)
    with suppress(OSError, http.client.HTTPException):
        while reply.read1(MAX_REPLY_BYTES):
            pass
    error = None if 200 <= reply.status < 300 else f"The receiver answered {reply.status}."
    return Reply(reply.status, error, _asked_seconds(reply.getheader("Retry-After")))


def _asked_seconds(text: str | None) -> float:
    """Retry-After in seconds; one that is a date, or anything else, counts as none."""
    return float(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 9 else 0.0


def _left(ends: float) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
