"""Ask the name service, with a limit of time: the C library's own can be half a minute."""

import socket
import threading


def resolve(host: str, port: int, timeout_seconds: float) -> list[str]:
    """The addresses of a host in the order in which to try them; empty where there is none in time.

    An address in any spelling that the C library takes resolves to itself.
    """
    found: list[str] = []

    def ask() -> None:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
        except (OSError, UnicodeError):
            return
        found.extend(dict.fromkeys(str(answer[4][0]) for answer in answers))

    thread = threading.Thread(target=ask, name="resolve", daemon=True)
    thread.start()
    thread.join(timeout_seconds)
    return list(found)
