import resource
import ssl
import time

import pytest
from receiving import (
    BROKEN,
    BUSY,
    GARBAGE,
    OK,
    Behaviour,
    answers,
    hangs,
    receiver,
    redirects_to,
    resets,
    sends_a_gibibyte,
    trickles_after,
)

from models.receivers import read_allowed
from store.names import resolve
from worker.send import Resolve, Sender

TOTAL_SECONDS = 0.4


def sender(allowed: str = "", ask: Resolve = resolve) -> Sender:
    return Sender(read_allowed(allowed), ask, ssl.create_default_context(), TOTAL_SECONDS)


def test_a_message_arrives_with_its_headers_and_body() -> None:
    with receiver() as target:
        reply = sender(target.allowed).post(f"{target.url}?a=%20b", {"webhook-id": "evt_1"}, b'{"a":1}')

    assert (reply.status, reply.error) == (204, None)
    (request,) = target.received
    assert (request.path, request.body) == ("/hook?a=%20b", b'{"a":1}')
    assert request.headers["host"] == target.allowed
    assert request.headers["webhook-id"] == "evt_1"
    assert request.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("behaviour", "status", "error"),
    [
        (answers(OK), 204, None),
        (answers(b"HTTP/1.1 200 OK\r\n\r\nfine"), 200, None),
        (answers(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), 200, None),
        (sends_a_gibibyte, 200, None),
        (answers(BROKEN), 500, "answered 500"),
        (answers(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"), 200, None),
        (answers(GARBAGE), None, "not HTTP"),
        (answers(b"HTTP/1.1 200 OK\r\nA: " + bytes(70000)), 200, None),
        (answers(b"HTTP/1.1 99999 OK\r\n\r\n"), None, "not HTTP"),
        (answers(b""), None, "failed"),
        (trickles_after(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"), 200, None),
        (resets, None, "failed"),
        (hangs, None, "within"),
        (trickles_after(b"HTTP/1.1 200 OK\r\nX-Slow: "), None, "within"),
        (trickles_after(b"HTTP/1"), None, "within"),
        (trickles_after(b""), None, "within"),
    ],
)
def test_the_status_decides_and_no_receiver_takes_longer_than_its_time(
    behaviour: Behaviour, status: int | None, error: str | None
) -> None:
    with receiver(behaviour) as target:
        began = time.monotonic()
        reply = sender(target.allowed).post(target.url, {}, b"{}")
        took = time.monotonic() - began

    assert reply.status == status
    assert (reply.error is None) if error is None else (error in str(reply.error))
    assert took < TOTAL_SECONDS + 0.5


def test_a_gibibyte_costs_no_memory() -> None:
    with receiver(sends_a_gibibyte) as target:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for _ in range(3):
            assert sender(target.allowed).post(target.url, {}, b"{}").status == 200
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before

    assert grown < 5 * 1024  # KiB


def test_a_redirect_is_not_followed() -> None:
    with receiver() as elsewhere, receiver(redirects_to(elsewhere.url)) as target:
        reply = sender(f"{target.allowed},{elsewhere.allowed}").post(target.url, {}, b"{}")

    assert (reply.status, reply.error) == (301, "The receiver answered 301.")
    assert elsewhere.received == []


def test_what_the_receiver_asks_for_is_read() -> None:
    with receiver(answers(BUSY)) as target:
        reply = sender(target.allowed).post(target.url, {}, b"{}")

    assert (reply.status, reply.asked_seconds) == (429, 120.0)


@pytest.mark.parametrize(
    "found", [["127.0.0.1"], ["10.0.0.1"], ["::1"], ["93.184.216.34", "127.0.0.1"], ["::ffff:127.0.0.1"], []]
)
def test_a_name_that_leads_inside_gets_no_connection(found: list[str]) -> None:
    with receiver() as target:
        reply = sender(ask=lambda *_: found).post(f"https://hooks.example:{target.port}/", {}, b"{}")

    assert reply.status is None
    assert "not public" in str(reply.error) or "resolved" in str(reply.error)
    assert target.received == []


def test_the_name_is_asked_for_once_and_the_connection_goes_to_what_was_judged() -> None:
    """A name service that gives a public address first and an inner one afterwards gains nothing."""
    asked: list[str] = []
    with receiver() as target:

        def rebinding(host: str, _port: int, _seconds: float) -> list[str]:
            asked.append(host)
            return ["127.0.0.1"] if len(asked) == 1 else ["10.255.255.1"]

        reply = sender(f"hooks.example:{target.port}", rebinding).post(
            f"http://hooks.example:{target.port}/", {}, b"{}"
        )

    assert reply.status == 204
    assert asked == ["hooks.example"]
    assert target.received[0].headers["host"] == f"hooks.example:{target.port}"


def test_without_permission_plain_http_and_inner_addresses_are_refused() -> None:
    with receiver() as target:
        for url in (target.url, target.url.replace("http:", "https:"), f"http://localhost:{target.port}/"):
            assert sender().post(url, {}, b"{}").status is None

    assert target.received == []


def test_a_certificate_that_nobody_vouches_for_is_refused() -> None:
    with receiver(answers(OK)) as target:
        reply = sender(target.allowed).post(target.url.replace("http:", "https:"), {}, b"{}")

    assert reply.status is None
    assert target.received == []


def test_a_port_where_nobody_listens_is_an_error() -> None:
    with receiver() as target:
        pass

    assert "failed" in str(sender(target.allowed).post(target.url, {}, b"{}").error)
