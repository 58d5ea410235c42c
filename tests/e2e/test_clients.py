"""The clients in Python and JavaScript against a running installation, and against servers that fail."""

import json
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import client_calls
import pytest
from installation import Installation, free_port, installation
from shared_data import missing_part
from standardwebhooks import Webhook

Call = Callable[..., Any]
NODE = shutil.which("node")
SECRET, OTHER_SECRET = "whsec_" + "QUJD" * 8, "whsec_" + "REVG" * 8
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
BODY = '{"id": "evt_1", "type": "comment.approved", "data": {"comment_id": "cmt_é"}}'


@pytest.fixture(params=["python", "javascript"])
def call(request: pytest.FixtureRequest) -> Call:
    """Calls a function of `client_calls` in that language."""
    if request.param == "python":
        return lambda name, *arguments: getattr(client_calls, name)(*arguments)
    if NODE is None:
        missing_part("Node is not installed: `apt-get install nodejs`")
    return _in_node


def _in_node(name: str, *arguments: Any) -> Any:
    script = str(Path(__file__).with_name("client_calls.mjs"))
    done = subprocess.run(
        [NODE or "node", script, name, json.dumps(arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A whole Gatepost."""
    with installation(tmp_path_factory.mktemp("clients") / "data") as started:
        yield started


def url(running: Installation) -> str:
    return f"http://127.0.0.1:{running.port}/"


def test_a_comment_lives_and_is_erased(call: Call, running: Installation, request: pytest.FixtureRequest) -> None:
    gone = {"kind": "NotFound", "status": 404, "code": "not_found", "pointers": [], "has_request_id": True}

    assert call("life", url(running), running.key, request.node.callspec.id) == {
        "decided": True,
        "same": True,
        "statuses": [202, 422],
        "waited": True,
        "revision": 2,
        "label": "spam",
        "found": "Zwei – drei",
        "listed": True,
        "gone": gone,
        "nothing": None,
    }


def test_a_refusal_is_an_error_of_its_kind(call: Call, running: Installation) -> None:
    refusals = call("wrong", url(running), running.key)

    assert [(one["kind"], one["status"], one["code"], one["pointers"]) for one in refusals] == [
        ("InvalidRequest", 422, "invalid_request", ["/body"]),
        ("NotAllowed", 401, "unauthorized", []),
        ("Conflict", 409, "external_id_taken", []),
    ]


@dataclass
class Scripted:
    """A server that gives these answers one after the other, the last one for ever: (status, headers, body)."""

    answers: list[tuple[int, dict[str, str], dict[str, Any]]]
    seen: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def serving(script: Scripted) -> Iterator[str]:
    """Serve the script on a port of 127.0.0.1."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            status, headers, body = script.answers[min(len(script.seen), len(script.answers) - 1)]
            script.seen.append({name.lower(): value for name, value in self.headers.items()})
            content = json.dumps(body).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: ARG002
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/below/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


BUSY = (503, {"Retry-After": "2"}, {"code": "unavailable"})
LIMITED = (429, {}, {"code": "rate_limited"})
TWIN = (409, {"Retry-After": "1"}, {"code": "in_progress"})
FINE = (202, {}, {"id": "cmt_1"})


def test_what_may_help_is_tried_again_with_the_same_key_and_after_the_time_that_was_named(call: Call) -> None:
    script = Scripted([BUSY, LIMITED, TWIN, FINE])
    with serving(script) as address:
        done = call("persistent", address)

    assert (done["answer"], done["failed"]) == ([{"id": "cmt_1"}], None)
    assert len({one["idempotency-key"] for one in script.seen}) == 1
    first, second, third = done["paused"]
    assert 2 <= first <= 2.5
    assert 0 < second <= 1
    assert 1 <= third <= 3


def test_two_submissions_have_two_keys(call: Call) -> None:
    script = Scripted([FINE])
    with serving(script) as address:
        call("persistent", address)
        call("persistent", address)

    assert len({one["idempotency-key"] for one in script.seen}) == 2


def test_after_the_last_attempt_it_gives_up(call: Call) -> None:
    script = Scripted([BUSY])
    with serving(script) as address:
        failed = call("persistent", address, 3)["failed"]

    assert (failed["kind"], failed["code"], len(script.seen)) == ("Unavailable", "unavailable", 3)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((503, {"Retry-After": "3600"}, {"code": "unavailable"}), "Unavailable"),
        ((422, {}, {"code": "invalid_request"}), "InvalidRequest"),
        ((409, {}, {"code": "external_id_taken"}), "Conflict"),
        ((302, {"Location": "http://127.0.0.1:9/"}, {}), "GatepostError"),
    ],
)
def test_what_cannot_help_is_not_tried_again(call: Call, answer: tuple[int, dict[str, str], Any], kind: str) -> None:
    """Nor is a redirect followed: it would take the key elsewhere."""
    script = Scripted([answer])
    with serving(script) as address:
        done = call("persistent", address)

    assert (done["failed"]["kind"], len(script.seen), done["paused"]) == (kind, 1, [])


def test_nobody_there_is_unavailable(call: Call) -> None:
    done = call("persistent", f"http://127.0.0.1:{free_port()}", 2)

    assert (done["failed"]["kind"], done["failed"]["status"], len(done["paused"])) == ("Unavailable", 0, 1)


def test_a_server_that_does_not_answer_is_given_up(call: Call) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        done = call("persistent", f"http://127.0.0.1:{silent.getsockname()[1]}", 1, 0.2)

    assert (done["failed"]["kind"], done["failed"]["code"]) == ("Unavailable", "no_answer")


def signed(secret: str = SECRET, body: str = BODY) -> dict[str, str]:
    """The headers of a webhook, by the package that defines them."""
    signature = Webhook(secret).sign("msg_1", NOW, body)
    return {
        "Webhook-Id": "msg_1",
        "Webhook-Timestamp": str(int(NOW.timestamp())),
        "Webhook-Signature": signature,
    }


def test_a_webhook_is_what_its_signature_says(call: Call) -> None:
    event = json.loads(BODY)
    rotating = signed() | {"Webhook-Signature": signed(OTHER_SECRET)["Webhook-Signature"] + " v1,AAAA v2,x"}

    assert call("webhook", BODY, signed(), SECRET, NOW.timestamp()) == event
    assert call("webhook", BODY, signed(), [OTHER_SECRET, SECRET], NOW.timestamp() + 200) == event
    assert call("webhook", BODY, rotating, OTHER_SECRET, NOW.timestamp()) == event


@pytest.mark.parametrize(
    ("body", "headers", "secret", "later"),
    [
        (BODY.replace("approved", "rejected"), {}, SECRET, 0),
        (BODY, {"Webhook-Id": "msg_2"}, SECRET, 0),
        (BODY, {"Webhook-Timestamp": str(int(NOW.timestamp()) + 1)}, SECRET, 0),
        (BODY, {"Webhook-Timestamp": "soon"}, SECRET, 0),
        (BODY, {"Webhook-Signature": ""}, SECRET, 0),
        (BODY, {"Webhook-Signature": "v1,%%% v1a,AAAA"}, SECRET, 0),
        (BODY, {}, OTHER_SECRET, 0),
        (BODY, {}, SECRET, 301),
        (BODY, {}, SECRET, -301),
    ],
)
def test_a_webhook_that_is_not_right_is_refused(
    call: Call, body: str, headers: dict[str, str], secret: str, later: int
) -> None:
    assert call("webhook", body, signed() | headers, secret, NOW.timestamp() + later) is None


@pytest.mark.parametrize("file", ["clients/python/gatepost_client.py", "clients/javascript/gatepost.mjs"])
def test_a_client_is_thin(file: str) -> None:
    assert len((Path(__file__).parents[2] / file).read_text(encoding="utf-8").splitlines()) <= 200
