"""The examples as a newcomer meets them: write a comment, see it held, approve it in the console, see it appear."""

import importlib.util
import json
import os
import queue
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from desk import PASSWORD, fill_login
from flask import Flask, Response, request
from installation import Installation, free_port, installation
from playwright.sync_api import Browser, Page, expect
from shared_data import missing_part
from werkzeug.serving import make_server

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"


@dataclass
class Place:
    """A running Gatepost with a site on which a person sees every comment, and where the blog will be."""

    running: Installation
    blog_port: int
    site_id: str
    key: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.running.port}"


def gatepost(running: Installation, *arguments: str, given: str = "") -> dict[str, str]:
    """A command beside the running installation; what it prints with `--json`."""
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", *arguments, "--json"],
        env=running.environment,
        cwd=ROOT,
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    printed: dict[str, str] = json.loads(done.stdout)
    return printed


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """See Place."""
    port = free_port()
    data = tmp_path_factory.mktemp("examples") / "data"
    with installation(data, GATEPOST_WEBHOOK_ALLOW=f"127.0.0.1:{port}") as running:
        site = gatepost(running, "site", "add", "--url", "https://garden.example", "--mode", "review-all")
        gatepost(running, "reviewer", "add", "--name", "Eva", "--role", "admin", "--password-stdin", given=PASSWORD)
        yield Place(running, port, site["site_id"], site["api_key"])


@pytest.fixture
def screen(browser: Browser) -> Iterator[Page]:
    """A page with JavaScript on, as visitors have it."""
    context = browser.new_context()
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def write(screen: Page, body: str) -> None:
    """Fill in the form and send it."""
    screen.get_by_label("Name").fill("Ines")
    screen.get_by_label("Comment", exact=True).fill(body)
    screen.get_by_role("button", name="Send").click()


def approve(screen: Page, place: Place, body: str) -> None:
    """Sign in to the console and approve what waits there."""
    screen.goto(f"{place.url}/console/login")
    fill_login(screen, "Eva", PASSWORD)
    screen.get_by_role("button", name="Review next").click()
    expect(screen.locator(".body")).to_have_text(body)
    screen.get_by_role("button", name="Approve", exact=True).click()
    expect(screen.get_by_role("heading", name="Nothing waits")).to_be_visible()


def test_static_page(place: Place, screen: Page) -> None:
    port = free_port()
    environment = os.environ | {"GATEPOST_URL": place.url, "GATEPOST_KEY": place.key, "PORT": str(port)}
    body = "Which <b>roses</b> are these?"
    with subprocess.Popen(
        [sys.executable, "examples/static-page/serve.py"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as served:
        try:
            assert served.stdout is not None
            address = served.stdout.readline().strip()
            screen.goto(address)
            write(screen, body)
            expect(screen.get_by_role("status")).to_contain_text("A person looks at your comment")
            expect(screen.get_by_role("listitem")).to_have_count(0)

            approve(screen, place, body)

            screen.goto(address)
            expect(screen.get_by_role("listitem")).to_have_text([f"Ines: {body}"])
        finally:
            served.terminate()

    ((honeypot, seconds),) = place.running.query(
        f"SELECT form_honeypot, form_seconds FROM revisions WHERE site_id = '{place.site_id}'"
    )
    assert honeypot == "0"
    assert isinstance(seconds, float)


@contextmanager
def blog(place: Place, secret: str, database: Path, told: "queue.SimpleQueue[str]") -> Iterator[str]:
    """The Flask blog; puts the state of each webhook into `told` once it has answered."""
    spec = importlib.util.spec_from_file_location("blog", EXAMPLES / "flask-blog" / "blog.py")
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    sys.modules["blog"] = module  # Flask looks there for the folder of its templates.
    spec.loader.exec_module(module)
    app: Flask = module.create_app(str(database), module.Gatepost(place.url, place.key), secret)

    @app.after_request
    def note(response: Response) -> Response:
        if request.path == "/gatepost" and response.status_code == 204:
            told.put(request.get_json()["data"]["state"])
        return response

    server = make_server("127.0.0.1", place.blog_port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{place.blog_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_flask_blog(place: Place, screen: Page, tmp_path: Path) -> None:
    told: queue.SimpleQueue[str] = queue.SimpleQueue()
    receiver = f"http://127.0.0.1:{place.blog_port}/gatepost"
    added = gatepost(place.running, "webhook", "add", "--site", place.site_id, "--url", receiver)
    body = "When do you <i>plant</i> them?"
    with blog(place, added["secret"], tmp_path / "blog.db", told) as address:
        screen.goto(address)
        write(screen, body)
        expect(screen.get_by_role("status")).to_contain_text("appears when it is approved")
        assert told.get(timeout=30) == "review"

        approve(screen, place, body)
        assert told.get(timeout=60) == "approved"

        screen.goto(address)
        expect(screen.get_by_role("listitem")).to_have_text([f"Ines: {body}"])


def test_flask_blog_believes_nobody_who_cannot_sign(place: Place, tmp_path: Path, screen: Page) -> None:
    with blog(place, "whsec_" + "QUJD" * 8, tmp_path / "blog.db", queue.SimpleQueue()) as address:
        forged = screen.request.post(f"{address}/gatepost", data={"type": "comment.approved"})

        assert forged.status == 401


def test_the_lines_with_curl_do_what_they_say(place: Place) -> None:
    """Each line of the README, in order, as a newcomer would paste it."""
    if shutil.which("curl") is None:
        missing_part("curl is not installed: `apt-get install curl`")
    written = (EXAMPLES / "README.md").read_text(encoding="utf-8").partition("## With curl")[2]
    blocks = re.findall(r"^```\n(.*?)^```", written, re.DOTALL | re.MULTILINE)
    lines = [line for block in blocks for line in block.replace("\\\n", "").splitlines()]
    environment = os.environ | {"GATEPOST_URL": place.url, "GATEPOST_KEY": place.key}
    answers: list[Any] = []
    for line in lines:
        pasted = line.replace("cmt_…", answers[0]["id"]) if answers else line
        done = subprocess.run(
            ["bash", "-c", pasted], env=environment, capture_output=True, text=True, timeout=30, check=True
        )
        answers.append(json.loads(done.stdout or "null"))
        assert answers[-1] is None or "code" not in answers[-1], (line, answers[-1])

    submitted, listed, revised, told, approved, events, erased = answers
    assert (submitted["state"], revised["revision"], told["label"], erased) == ("review", 2, "spam", None)
    assert [item["id"] for item in listed["items"]] == [submitted["id"]]
    assert approved["next_cursor"] is None
    assert submitted["id"] in [event["data"]["comment_id"] for event in events["items"]]


def test_a_comment_that_gatepost_refuses_holds_up_no_other(place: Place, tmp_path: Path, screen: Page) -> None:
    database = tmp_path / "blog.db"
    with blog(place, "whsec_" + "QUJD" * 8, database, queue.SimpleQueue()) as address:
        for body in ("x" * 70_000, "a short one"):
            screen.request.post(f"{address}/comments", form={"name": "Ines", "body": body, "shown_at": "inf"})

    with closing(sqlite3.connect(database)) as kept:
        assert kept.execute("SELECT handed_over, state FROM comments").fetchall() == [(1, "received")] * 2
