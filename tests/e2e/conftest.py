"""A console with a browser in front of it; its stores last as long as the tests of one file."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from desk import Desk, serving
from playwright.sync_api import Browser, Page, sync_playwright
from redis.backoff import ConstantBackoff
from redis.retry import Retry
from shared_data import missing_part

from models.vocabulary import Mode
from store.live import answers, embedded
from store.records import migrate, sites
from store.settings import load_settings
from store.stores import Stores, open_stores

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def desk_stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    """Stores on SQLite and an embedded Valkey of their own."""
    data = tmp_path_factory.mktemp("console")
    settings = load_settings({}, data=str(data))
    server = embedded.start(data)
    opened = open_stores(settings, pool_size=12)
    try:
        migrate.upgrade(opened.database)
        _await_redis(data)
        yield opened
    finally:
        opened.close()
        server.terminate()
        server.wait(10)


def _await_redis(data: Path) -> None:
    retry = Retry(ConstantBackoff(0.02), 500)
    with redis.Redis.from_url(embedded.url(data), retry=retry) as client:
        client.ping()


@pytest.fixture(scope="module")
def desk_url(desk_stores: Stores) -> Iterator[str]:
    """The address of the console."""
    with serving(desk_stores) as address:
        yield address
    answers.publish(desk_stores.redis, ["cmt_none"])  # The listeners look up once more, and end.
    for thread in threading.enumerate():
        if thread.name in ("answers", "waker"):
            thread.join(5)


@pytest.fixture
def desk(desk_url: str, desk_stores: Stores) -> Desk:
    """The console with a site of its own for one test; its reviewers see no other."""
    with desk_stores.database.write() as transaction:
        return Desk(desk_url, desk_stores, sites.add(transaction, "https://garden.example/blog", Mode.AUTOMATIC))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium without any profile."""
    if CHROMIUM is None:
        missing_part("needs Chromium: `apt-get install chromium`")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page with JavaScript off."""
    context = browser.new_context(java_script_enabled=False)
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()
