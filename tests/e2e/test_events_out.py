"""A whole installation tells outward what happens, by a stream and by a webhook, and ends in time."""

import json
import signal
import subprocess
import sys
import time
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest
from installation import ROOT, Installation, installation
from receiving import Receiver, receiver
from servers import wait_until
from standardwebhooks import Webhook


def gatepost(running: Installation, *arguments: str) -> dict[str, object]:
    """Run a command beside the installation; its JSON."""
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", *arguments, "--json"],
        env=running.environment,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    shown: dict[str, object] = json.loads(done.stdout)
    return shown


def call(running: Installation, method: str, path: str, body: object = None) -> tuple[HTTPConnection, HTTPResponse]:
    connection = HTTPConnection("127.0.0.1", running.port, timeout=30)
    headers = {"Authorization": f"Bearer {running.key}"} | ({"Content-Type": "application/json"} if body else {})
    connection.request(method, path, json.dumps(body) if body else None, headers)
    return connection, connection.getresponse()


def messages(stream: HTTPResponse, count: int) -> list[str]:
    """The types of the next events."""
    found: list[str] = []
    while len(found) < count:
        line = stream.readline()
        assert line, "the stream ended"
        if line.startswith(b"event: "):
            found.append(line.decode().strip().removeprefix("event: "))
    return found


@pytest.mark.timeout(240)
def test_a_comment_is_told_by_stream_and_webhook_and_sigterm_ends_streams(tmp_path: Path) -> None:
    with receiver() as hook, installation(tmp_path / "data", GATEPOST_WEBHOOK_ALLOW=hook.allowed) as running:
        secret = add_webhook(running, hook)
        connection, stream = call(running, "GET", "/v1/events/stream")
        assert stream.status == 200

        call(running, "POST", "/v1/comments", {"body": "Nice post"})[0].close()
        told = messages(stream, 3)
        wait_until(lambda: hook.received, 15)

        assert told[:2] == ["comment.received", "comment.scoring"]
        (request, *_) = hook.received
        Webhook(secret).verify(request.body.decode(), request.headers)
        assert json.loads(request.body)["type"] == told[2]

        streams_of_clients_that_left_give_their_places_back(running)
        began = time.monotonic()
        running.process.send_signal(signal.SIGTERM)
        assert stream.read() == b"" or time.monotonic() - began < 5
        assert running.process.wait(20) == 0
        assert time.monotonic() - began < 15
        connection.close()


def add_webhook(running: Installation, hook: Receiver) -> str:
    (site,) = gatepost(running, "site", "list")["items"]  # type: ignore[misc,attr-defined]
    added = gatepost(running, "webhook", "add", "--site", site["site_id"], "--url", hook.url)
    rotated = gatepost(running, "webhook", "rotate", str(added["webhook_id"]))
    (listed,) = gatepost(running, "webhook", "list", "--site", site["site_id"])["items"]  # type: ignore[misc,attr-defined]
    assert (listed["webhook_id"], listed["live_secrets"]) == (added["webhook_id"], 2)
    assert rotated["secret"] != added["secret"]
    return str(added["secret"])


def streams_of_clients_that_left_give_their_places_back(running: Installation) -> None:
    """One place of eight is in use."""
    opened = [call(running, "GET", "/v1/events/stream") for _ in range(8)]
    assert sorted(answer.status for _, answer in opened) == [200] * 7 + [503]
    for connection, answer in opened:
        answer.close()
        connection.close()

    def is_free() -> bool:
        connection, answer = call(running, "GET", "/v1/events/stream")
        status = answer.status
        answer.close()
        connection.close()
        return status == 200

    wait_until(is_free, 40)
