"""Unmodified published clients of Akismet against a running installation."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import akismet
import httpx
import pytest
from akismet import _common
from installation import ROOT, Installation, installation
from servers import wait_until
from shared_data import missing_part

BLOG = "https://blog.example"
NPM_CLIENT = "akismet-api@6.0.0"
SAID = {"comment_author": "Ana", "comment_author_email": "ana@example.com", "comment_content": "I enjoyed the recipe."}


@dataclass(frozen=True)
class Rest:
    """The running service under the name that clients of Akismet are built for."""

    running: Installation
    api_key: str
    akismet_key: str

    @property
    def config(self) -> akismet.Config:
        """What the Python client is set up with."""
        return akismet.Config(key=self.akismet_key, url=BLOG)

    def comments(self) -> list[dict[str, Any]]:
        """The site's comments, newest first."""
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self.running.port}/v1/comments", headers={"Authorization": f"Bearer {self.api_key}"}
        )
        with urllib.request.urlopen(asked, timeout=10) as answer:
            found: list[dict[str, Any]] = json.load(answer)["items"]
        return found

    def state_of(self, body: str) -> str | None:
        """Where the newest comment with that text stands."""
        return next((comment["state"] for comment in self.comments() if comment["body"] == body), None)


class Redirected(httpx.HTTPTransport):
    """Connects to the running service whatever host is asked for; the request stays as it is."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._port = port

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request, its Host header included, to the running service."""
        request.url = request.url.copy_with(scheme="http", host="127.0.0.1", port=self._port)
        return super().handle_request(request)


class RedirectedLater(httpx.AsyncHTTPTransport):
    """The same for the client that awaits."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._port = port

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request, its Host header included, to the running service."""
        request.url = request.url.copy_with(scheme="http", host="127.0.0.1", port=self._port)
        return await super().handle_async_request(request)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installation(tmp_path_factory.mktemp("akismet") / "data", GATEPOST_WORKERS="1") as started:
        yield started


@pytest.fixture
def rest(running: Installation) -> Rest:
    """A site of its own for one test."""
    command = [sys.executable, "-m", "cli.main", "site", "add", "--url", BLOG, "--json"]
    done = subprocess.run(
        command, env=running.environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    shown = json.loads(done.stdout)
    return Rest(running, shown["api_key"], shown["akismet_key"])


@pytest.fixture
def npm_client() -> Path:
    """The directory in which npm has installed the JavaScript client, kept between runs."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gatepost-tests" / NPM_CLIENT
    if not (cache / "node_modules" / "akismet-api" / "package.json").exists():
        npm = shutil.which("npm")
        if npm is None or shutil.which("node") is None:
            missing_part("needs Node.js: neither node nor npm may be missing on PATH")
        cache.mkdir(parents=True, exist_ok=True)
        command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(cache), NPM_CLIENT]
        done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
        if done.returncode != 0:
            missing_part(f"npm could not install {NPM_CLIENT}: {done.stderr[-300:]}")
    return cache


def sync_http(rest: Rest) -> httpx.Client:
    """The client's own settings, its time-out of one second among them."""
    return httpx.Client(
        headers={"User-Agent": akismet.USER_AGENT}, timeout=_common._TIMEOUT, transport=Redirected(rest.running.port)
    )


def decided_as(rest: Rest, body: str) -> str:
    """The state in which the worker leaves a comment."""
    wait_until(lambda: rest.state_of(body) not in (None, "received", "scoring"), seconds=60)
    return str(rest.state_of(body))


def test_the_python_client_goes_all_its_ways(rest: Rest) -> None:
    with akismet.SyncClient(config=rest.config, http_client=sync_http(rest)) as client:
        assert client.verify_key(rest.akismet_key, BLOG) is True
        assert client.verify_key("0123456789ab", BLOG) is False

        guaranteed = client.comment_check("192.0.2.7", comment_author="akismet-guaranteed-spam", comment_content="x")
        administrator = client.comment_check("192.0.2.7", user_role="administrator", **SAID)
        assert (guaranteed, administrator) == (akismet.CheckResponse.SPAM, akismet.CheckResponse.HAM)
        assert client.comment_check("192.0.2.7", is_test=True, comment_content="a test") in akismet.CheckResponse
        assert client.comment_check("192.0.2.7", **SAID) in akismet.CheckResponse

        decided_as(rest, SAID["comment_content"])
        assert client.submit_spam("192.0.2.7", **SAID) is True
        assert rest.state_of(SAID["comment_content"]) == "rejected"
        assert client.submit_ham("192.0.2.7", **SAID) is True
        assert rest.state_of(SAID["comment_content"]) == "approved"

        usage = client.usage_limit()
        assert (usage["usage"], usage["limit"], usage["throttled"]) == (1, "none", False)
        with pytest.raises(akismet.APIKeyError):
            client.key_sites()  # This version of the client sends no key with it.


def test_the_python_client_is_told_of_a_wrong_key(rest: Rest) -> None:
    wrong = akismet.Config(key="0123456789ab", url=BLOG)

    with pytest.raises(akismet.APIKeyError):
        akismet.SyncClient.validated_client(config=wrong, http_client=sync_http(rest))
    with pytest.raises(akismet.APIKeyError):
        akismet.SyncClient(config=wrong, http_client=sync_http(rest)).comment_check("192.0.2.7")


def test_the_python_client_that_awaits_goes_all_its_ways(rest: Rest) -> None:
    async def go() -> None:
        http = httpx.AsyncClient(
            headers={"User-Agent": akismet.USER_AGENT},
            timeout=_common._TIMEOUT,
            transport=RedirectedLater(rest.running.port),
        )
        async with akismet.AsyncClient(config=rest.config, http_client=http) as client:
            spam = await client.comment_check("192.0.2.7", comment_author="viagra-test-123", comment_content="x")
            assert spam == akismet.CheckResponse.SPAM
            answers = await asyncio.gather(
                *(client.comment_check("192.0.2.7", comment_content=f"hello {number}") for number in range(5))
            )
            assert all(answer in akismet.CheckResponse for answer in answers)
            assert await client.submit_spam("192.0.2.7", comment_content="never seen before") is True
            assert await client.submit_ham("192.0.2.7", comment_content="never seen either") is True
            assert (await client.usage_limit())["limit"] == "none"

    asyncio.run(go())

    assert {"never seen before", "never seen either"} <= {comment["body"] for comment in rest.comments()}


SCRIPT = """
const dns = require('dns'), lookup = dns.lookup
// Where the system does not know *.localhost (RFC 6761), this does.
dns.lookup = (name, options, done) => lookup(name.endsWith('.localhost') ? '127.0.0.1' : name, options, done)
const { AkismetClient } = require('akismet-api')
const [key, blog, port] = process.argv.slice(2)
const made = key => new AkismetClient({ key, blog, host: `localhost:${port}`, protocol: 'http' })
const said = { ip: '192.0.2.7', name: 'Ana', email: 'ana@example.com', content: 'Wie schön!', honeypot: '' }
async function run() {
  const client = made(key), shown = {}
  shown.verified = await client.verifyKey()
  shown.refused = await made('0123456789ab').verifyKey()
  shown.spam = await client.checkSpam({ ...said, name: 'viagra-test-123' })
  shown.administrator = await client.checkSpam({ ...said, role: 'administrator' })
  shown.checked = await client.checkSpam(said)
  shown.thrown = await made('0123456789ab').checkSpam(said).catch(error => error.message)
  shown.answers = [(await client.submitSpam(said)).text, (await client.submitHam(said)).text]
  console.log(JSON.stringify(shown))
}
run()
"""


def test_the_javascript_client_with_its_key_in_the_host_goes_all_its_ways(rest: Rest, npm_client: Path) -> None:
    done = subprocess.run(
        ["node", "-", rest.akismet_key, BLOG, str(rest.running.port)],
        input=SCRIPT,
        cwd=npm_client,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert isinstance(shown.pop("checked"), bool)
    assert shown == {
        "verified": True,
        "refused": False,
        "spam": True,
        "administrator": False,
        "thrown": "Invalid API key",
        "answers": ["Thanks for making the web a better place."] * 2,
    }
    assert [comment["body"] for comment in rest.comments()] == ["Wie schön!"]
