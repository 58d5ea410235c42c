"""Which addresses Gatepost may send to: those that everybody can reach, and what the operator permits by name.

Values only: names are resolved elsewhere, and what they resolve to is judged here.
"""

import ipaddress
import re
import socket
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlsplit

from models.errors import Refused

MAX_URL = 2048
_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*")
_INNER_NAMES = ("localhost", "local", "internal", "intranet", "home.arpa", "lan", "corp", "onion")
_PORTS = {"https": 443, "http": 80}

# Not for everybody although Python's `is_global` says so in some of its versions (IANA's registries of special-purpose
# addresses, RFC 6890 and what came after it): ways from IPv6 to any IPv4 address, relays, and multicast.
_NOT_PUBLIC = [
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8",
        "100.64.0.0/10",
        "169.254.0.0/16",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",
        "2002::/16",
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    )
]
_IPV6_IN_USE = ipaddress.ip_network("2000::/3")


class Receiver(NamedTuple):
    """A URL in its parts. `permitted`: the operator allows this host and port, wherever it leads and without TLS."""

    scheme: str
    host: str
    port: int
    target: str
    permitted: bool

    @property
    def authority(self) -> str:
        """What stands in the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def read_allowed(text: str) -> frozenset[tuple[str, int]]:
    """Read `host:port,…`, IPv6 in brackets. Raises ValueError for an entry that is not like that."""
    allowed = set()
    for entry in filter(None, (part.strip() for part in text.split(","))):
        host, separator, port = entry.rpartition(":")
        plain = _plain(host.removeprefix("[").removesuffix("]"))
        if not separator or not plain or not (port.isascii() and port.isdigit()) or not 0 < int(port) < 65536:
            raise ValueError(f"{entry!r} is not host:port")
        allowed.add((plain, int(port)))
    return frozenset(allowed)


def read_receiver(url: str, allowed: frozenset[tuple[str, int]] = frozenset()) -> Receiver:
    """Take a URL apart that Gatepost is to send to.

    Raises Refused, with what to change, for one that is not https, holds a name and password, or spells an address in
    a way that two readers could read differently, unless the operator permits its host and port. What a name resolves
    to is to be judged by `refuse_inner`.
    """
    if not url.isascii() or not url.isprintable() or re.search(r'[\s\\<>"{}|^`]', url) or len(url) > MAX_URL:
        raise Refused("The URL must be plain ASCII of at most 2,048 characters; write other characters as %XX or xn--.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Refused("The URL cannot be read; check its host, port and brackets.") from None
    scheme, host = parts.scheme.lower(), _plain(parts.hostname or "")
    if scheme not in _PORTS or not host or port == 0:
        raise Refused("The URL must begin with https:// and name a host.")
    if "@" in parts.netloc:
        raise Refused("The URL must not hold a name or password.")
    literal = _address(host)
    if literal is None and not _NAME.fullmatch(host):
        raise Refused("The host of the URL is neither a name nor an address.")
    port = port or _PORTS[scheme]
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    receiver = Receiver(scheme, host, port, target, (host, port) in allowed)
    if not receiver.permitted:
        _refuse(receiver, literal)
    return receiver


def refuse_inner(addresses: Iterable[str]) -> None:
    """Raise Refused where one of the addresses that a name resolves to is not public."""
    for address in addresses:
        if not is_public(address):
            raise Refused(
                "The host leads to an address that is not public; the operator may permit it (GATEPOST_WEBHOOK_ALLOW)."
            )


def is_public(address: str) -> bool:
    """Whether everybody on the internet can reach an IPv4 or IPv6 address, written as the name service gives it."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    if not ip.is_global or ip.is_multicast or ip.is_reserved or ip.is_private:
        return False
    if ip.version == 6 and ip not in _IPV6_IN_USE:
        return False
    return not any(ip in network for network in _NOT_PUBLIC if network.version == ip.version)


def _refuse(receiver: Receiver, literal: str | None) -> None:
    if receiver.scheme != "https":
        raise Refused("The URL must begin with https://; the operator may permit another (GATEPOST_WEBHOOK_ALLOW).")
    if literal is not None:
        if literal != receiver.host:
            raise Refused("Write the address in the URL in its usual form, or better use a name.")
        refuse_inner([literal])
        return
    labels = receiver.host.split(".")
    if len(labels) == 1 or any(receiver.host.endswith(f".{name}") for name in _INNER_NAMES):
        raise Refused("The host is a name of an inner network; the operator may permit it (GATEPOST_WEBHOOK_ALLOW).")
    if re.fullmatch(r"[0-9]+|0x[0-9a-f]*", labels[-1]):
        raise Refused("The host of the URL is neither a name nor an address.")


def _address(host: str) -> str | None:
    """The address that a host spells out, in its usual form; None for a name. `0x7f.1` and the like are addresses for
    the C library, so they are here."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return None


def _plain(host: str) -> str:
    """Lower case, without the dot at the end that makes a name absolute; an IPv6 address in its usual form."""
    host = host.lower().removesuffix(".")
    if ":" in host:
        try:
            return str(ipaddress.IPv6Address(host))
        except ValueError:
            return ""
    return host
