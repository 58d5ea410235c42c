"""WCAG 2.2 AA as far as a machine can tell (axe-core): every page, light and dark, on a phone and a large window."""

from collections.abc import Iterator
from importlib.resources import files

import pytest
from desk import Desk, join
from playwright.sync_api import Browser, Page

from models.vocabulary import Role
from store.records.submissions import NewComment

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
RUN = """async () => (await axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
})).violations.map(found => `${found.id}: ${found.nodes.map(node => node.target.join(' ')).join(', ')}`)"""
TOO_WIDE = """() => document.documentElement.scrollWidth <= document.documentElement.clientWidth ? null
    : [...document.querySelectorAll('main *')].filter(node => node.getBoundingClientRect().right > innerWidth + 1)
        .map(node => `${node.tagName}.${node.className}#${node.id}`).slice(0, 5).join(' ')"""
PAGES = ("", "/decided", "/clusters", "/overview", "/account", "/people", "/nothing/here")


@pytest.fixture(params=[("light", 1440), ("dark", 1440), ("light", 320)], ids=str)
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    scheme, width = request.param
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 900}, reduced_motion="reduce"
    )
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


def violations(page: Page, where: str) -> list[str]:
    page.evaluate(AXE)
    found = [f"{where}: {one}" for one in page.evaluate(RUN)]
    too_wide = page.evaluate(TOO_WIDE)
    return found if too_wide is None else [*found, f"{where}: must be scrolled sideways for {too_wide}"]


def test_no_page_has_a_violation(desk: Desk, page: Page) -> None:
    (item, *_) = desk.hold_all(
        [
            NewComment(
                body=f"Zażółć {n} مرحبا \u202e https://seeds.example/{'x' * 90}",
                author_name="Ana" if n else None,
                author_id="ana",
                author_url="https://ana.example",
                page_url="https://garden.example/p",
                page_title="Roses",
            )
            for n in range(3)
        ],
        spans=((0, 6),),
    )
    found: list[str] = []
    page.goto(f"{desk.url}/console/login")
    found += violations(page, "login")
    page.goto(desk.invite(f"Invited {desk.site.id}", Role.ADMIN))
    found += violations(page, "join")
    join(page, desk, f"Axel {desk.site.id}", Role.ADMIN)
    for path in PAGES:
        page.goto(f"{desk.url}/console{path}")
        found += violations(page, path or "queue")

    page.goto(f"{desk.url}/console")
    page.keyboard.press("*")
    found += violations(page, "selected")
    page.get_by_role("button", name="Reject selected").click()
    page.get_by_role("dialog").wait_for()
    found += violations(page, "bulk")
    page.goto(f"{desk.url}/console/review/{item}")
    found += violations(page, "item")
    for key in ("?", "r"):
        page.keyboard.press(key)
        page.get_by_role("dialog").wait_for()
        found += violations(page, f"dialog {key}")
        page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.locator(".toast").first.wait_for()
    found += violations(page, "decided")

    assert not found, "\n".join(found)
