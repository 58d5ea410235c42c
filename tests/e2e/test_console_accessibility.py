"""Every page of the console, light and dark, on a phone and a large window, with hostile texts on it: WCAG 2.2 AA as
far as a machine can tell (axe-core), nothing to be scrolled sideways, nothing that runs or loads."""

from collections.abc import Iterator
from importlib.resources import files

import pytest
from attacks import ATTACKS, FOREIGN_MARKUP
from builders import SPAM, FixedScorer, drain_due, record
from console_pages import PAGES
from desk import Desk, Watched, join
from past import past_of
from playwright.sync_api import Browser, Page

from models.vocabulary import Role
from service.notes import Notes
from service.profiles import write_key
from store.ids import now_us
from store.records import authors, digest_links, lists, reviewers
from store.records.submissions import NewComment

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
RUN = """async () => (await axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    resultTypes: ['violations'], preload: false,
})).violations.map(found => `${found.id}: ${found.nodes.map(node => node.target.join(' ')).join(', ')}`)"""
TOO_WIDE = """() => document.documentElement.scrollWidth <= document.documentElement.clientWidth ? null
    : [...document.querySelectorAll('main *')].filter(node => node.getBoundingClientRect().right > innerWidth + 1)
        .map(node => `${node.tagName}.${node.className}#${node.id}`).slice(0, 5).join(' ')"""
LOOKS = [
    pytest.param(("light", 1440), marks=pytest.mark.slow),
    pytest.param(("dark", 1440), marks=pytest.mark.slow),
    ("dark", 320),
    pytest.param(("light", 320), marks=pytest.mark.slow),
]


@pytest.fixture(params=LOOKS, ids=str)
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
    found = [f"{where}: {one}" for one in [*page.evaluate(RUN), *page.evaluate(FOREIGN_MARKUP)]]
    too_wide = page.evaluate(TOO_WIDE)
    return found if too_wide is None else [*found, f"{where}: must be scrolled sideways for {too_wide}"]


def hostile(attack: str, number: int) -> NewComment:
    return NewComment(
        body=f"{SPAM} {attack} Zażółć مرحبا \u202e https://evil.example/{number}{'x' * 90}",
        author_name=attack if number else None,
        author_id="mallory",
        author_url=f"https://evil.example/{attack}",
        page_url=f"javascript:{attack}",
        page_title=attack,
    )


def lay_out(desk: Desk, admin: str) -> dict[str, str]:
    """What there is to see on every page, and the names by which the paths find it."""
    texts = [hostile(attack, number) for number, attack in enumerate(ATTACKS)]
    item, *others = desk.hold_all(texts, spans=((0, 6),), texts=(1,))
    past_of(desk.stores, desk.site)
    comment = record(desk.stores, desk.site, *texts[:3])[0]
    drain_due(desk.stores, FixedScorer())
    with desk.stores.database.write() as connection:
        found = reviewers.require_by_name(connection, admin)
        other = reviewers.add(connection, f"{ATTACKS[1]} {desk.site.id}", Role.LEAD, desk.site.id)
        link = reviewers.new_link(connection, other.id)
        digest, used = digest_links.add(connection, found.id, [item, others[0]], now_us())
        digest_links.use(connection, used, now_us())
        lists.add(connection, desk.site.id, effect="hold", kind="author_id", value="mallory", reason=ATTACKS[2])
        author = authors.of_comment(connection, comment)
    assert author is not None
    Notes(desk.stores).add(other, comment, f"{ATTACKS[0]} @{admin}")
    named = {"site": desk.site.id, "author": write_key(author), "person": other.id, "link": link}
    return named | {"item": item, "comment": comment, "digest": digest, "used_digest": used}


def test_no_page_has_a_violation_or_runs_a_foreign_text(desk: Desk, page: Page) -> None:
    found: list[str] = []
    admin = f"Axel {desk.site.id}"
    page.goto(f"{desk.url}/console/login")
    found += violations(page, "login")
    join(page, desk, admin, Role.ADMIN)
    names = lay_out(desk, admin)
    seen = Watched.over(page.context, f"{desk.url}/")
    for path in (path for paths in PAGES.values() for path in paths):
        page.goto(f"{desk.url}/console{path.format(**names)}")
        found += violations(page, path or "queue")

    assert not found, "\n".join(found)
    assert [report for report in seen.reports if "status of" not in report] == []
    assert (seen.dialogs, seen.foreign, seen.failed) == ([], [], [])


def test_no_dialog_has_a_violation(desk: Desk, page: Page) -> None:
    (item, *_) = desk.hold_all([hostile(attack, 1) for attack in ATTACKS[:3]], spans=((0, 6),), texts=(1,))
    found: list[str] = []
    join(page, desk, f"Axel {desk.site.id}", Role.ADMIN)
    page.goto(f"{desk.url}/console")
    page.keyboard.press("*")
    found += violations(page, "selected")
    page.get_by_role("button", name="Reject selected").click()
    page.get_by_role("dialog").wait_for()
    found += violations(page, "bulk")
    page.goto(f"{desk.url}/console/review/{item}")
    page.locator("kbd[data-for=skip]:not(:empty)").wait_for(state="attached")
    for key in ("?", "r", "b", "c"):
        page.keyboard.press(key)
        page.get_by_role("dialog").wait_for()
        found += violations(page, f"dialog {key}")
        page.keyboard.press("Escape")
        page.get_by_role("dialog").wait_for(state="hidden")
    page.keyboard.press("a")
    page.locator(".toast").first.wait_for()
    found += violations(page, "decided")

    assert not found, "\n".join(found)
