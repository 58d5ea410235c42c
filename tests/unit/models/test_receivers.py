import ipaddress
import random
from unittest.mock import patch

import pytest
from requests_hardened.ip_filter import InvalidIPAddress, get_ip_address

from models.errors import Refused
from models.receivers import is_public, read_allowed, read_receiver, refuse_inner
from store.names import resolve

INNER_HOSTS = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0177.0.0.1",
    "0x7f.0.0.1",
    "0x7f000001",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::]",
    "[fd00::1]",
    "[fe80::1]",
    "[fe80::1%25eth0]",
    "[::]",
    "[ff02::1]",
    "127.0.0.1.",
    "localhost",
    "localhost.",
    "LOCALHOST",
    "a.localhost",
    "printer.local",
    "db.internal",
    "metadata",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "0xa9fea9fe",
    "0.0.0.0",
    "0",
    "192.0.0.8",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "①②⑦.0.0.1",
    "127。0。0。1",
    "127.0.0.1%00.example.org",
    "user@127.0.0.1",
    "user:secret@example.org",
    "example.org@127.0.0.1",
    "example.org\\@127.0.0.1",
]


@pytest.mark.parametrize("host", INNER_HOSTS)
@pytest.mark.parametrize("port", ["", ":8443"])
def test_no_spelling_of_an_inner_address_is_taken(host: str, port: str) -> None:
    with pytest.raises(Refused):
        read_receiver(f"https://{host}{port}/hook")


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/hook",
        "ftp://example.org/",
        "file:///etc/passwd",
        "https://",
        "https:///hook",
        "//example.org/",
        "https://example.org:0/",
        "https://example.org:99999/",
        "https://[::1/",
        "https://exa mple.org/",
        "https://example.org/a b",
        "https://example.org/\r\nX-Evil: 1",
        "https://example.org/\t",
        "https://example..org/",
        "https://-example.org/",
        "https://ex%61mple.org/",
        "https://" + "a" * 3000 + ".org/",
        "javascript:alert(1)",
        "",
    ],
)
def test_what_is_no_plain_https_url_is_not_taken(url: str) -> None:
    with pytest.raises(Refused):
        read_receiver(url)


@pytest.mark.parametrize(
    ("url", "authority", "target"),
    [
        ("https://example.org", "example.org", "/"),
        ("https://Example.ORG./hook?a=1&b=%20#part", "example.org", "/hook?a=1&b=%20"),
        ("https://example.org:8443/x", "example.org:8443", "/x"),
        ("https://xn--mnchen-3ya.example/", "xn--mnchen-3ya.example", "/"),
        ("https://93.184.216.34/", "93.184.216.34", "/"),
        ("https://[2606:2800:220:1::1]:444/", "[2606:2800:220:1::1]:444", "/"),
    ],
)
def test_a_public_receiver_is_taken_apart(url: str, authority: str, target: str) -> None:
    receiver = read_receiver(url)

    assert (receiver.authority, receiver.target, receiver.permitted) == (authority, target, False)


def test_the_operator_permits_a_host_and_port_and_no_other() -> None:
    allowed = read_allowed("127.0.0.1:9000, hooks.lan:8443,[::1]:80")

    assert read_receiver("http://127.0.0.1:9000/", allowed).permitted
    assert read_receiver("https://HOOKS.lan.:8443/", allowed).permitted
    assert read_receiver("http://[0:0::1]/", allowed).permitted
    for other in ("http://127.0.0.1:9001/", "http://hooks.lan/", "http://localhost:9000/", "http://127.1:9000/"):
        with pytest.raises(Refused):
            read_receiver(other, allowed)


@pytest.mark.parametrize("text", ["127.0.0.1", "host:", ":80", "host:0", "host:99999", "host:x", "::1"])
def test_a_permission_that_is_not_host_and_port_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not host:port"):
        read_allowed(text)


def test_one_inner_address_among_several_is_enough_to_refuse() -> None:
    refuse_inner(["93.184.216.34", "2606:2800:220:1::1"])

    for inner in ("10.0.0.1", "::1", "fe80::1%eth0", "nonsense", "64:ff9b::a00:1"):
        with pytest.raises(Refused):
            refuse_inner(["93.184.216.34", inner])


def addresses() -> list[str]:
    """The edges of every special network, their neighbours, and many others."""
    chosen = random.Random(7)
    found = [str(ipaddress.IPv4Address(chosen.getrandbits(32))) for _ in range(3000)]
    found += [str(ipaddress.IPv6Address(chosen.getrandbits(128))) for _ in range(1000)]
    found += [str(ipaddress.IPv6Address((0x2000 << 112) + chosen.getrandbits(125))) for _ in range(1000)]
    for first in range(256):
        found += [f"{first}.0.0.0", f"{first}.255.255.255", f"::ffff:{first}.0.0.1", f"64:ff9b::{first:x}00:1"]
    for first in (0x64, 0x100, 0x2001, 0x2002, 0x3FFE, 0x3FFF, 0x4000, 0x5F00, 0xFC00, 0xFD00, 0xFE80, 0xFEC0, 0xFF02):
        found += [str(ipaddress.IPv6Address((first << 112) + chosen.getrandbits(20))) for _ in range(5)]
    return found


def test_what_an_independent_filter_blocks_is_not_public_here_either() -> None:
    """requests-hardened is the judge: it may block less, never more."""
    judged = 0
    for address in addresses():
        with patch("socket.getaddrinfo", lambda host, *_, **__: [(10 if ":" in host else 2, 1, 6, "", (host, 1))]):
            try:
                get_ip_address(address, 443, allow_loopback=False)
            except InvalidIPAddress:
                judged += 1
                assert not is_public(address), address
    assert judged > 500


def test_ordinary_addresses_are_public() -> None:
    for address in ("1.1.1.1", "8.8.8.8", "93.184.216.34", "192.0.1.1", "2606:4700::1111", "2a00:1450:4001::1"):
        assert is_public(address), address


@pytest.mark.parametrize("spelling", ["2130706433", "0x7f.1", "127.1", "localhost"])
def test_what_the_c_library_makes_of_a_spelling_is_judged(spelling: str) -> None:
    found = resolve(spelling, 443, 5.0)

    assert found
    with pytest.raises(Refused):
        refuse_inner(found)


def test_a_name_that_does_not_resolve_gives_nothing() -> None:
    assert resolve("no-such-name.invalid", 443, 5.0) == []
