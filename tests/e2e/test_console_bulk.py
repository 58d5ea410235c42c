"""Many comments at once, and two people at one queue, in browsers with JavaScript on."""

from collections.abc import Iterator

import pytest
from desk import Desk, Watched, join
from playwright.sync_api import Browser, BrowserContext, Page, expect

from models.vocabulary import State
from store.records.submissions import NewComment


@pytest.fixture
def context(browser: Browser, desk: Desk) -> Iterator[BrowserContext]:
    """A browser with JavaScript on; everything that fails or comes from elsewhere is a failure of the test."""
    made = browser.new_context(viewport={"width": 1280, "height": 900})
    made.set_default_timeout(10_000)
    seen = Watched.over(made, f"{desk.url}/")
    yield made
    made.close()
    assert seen == Watched()


@pytest.fixture
def queue_page(context: BrowserContext, desk: Desk) -> Page:
    page = context.new_page()
    join(page, desk, f"Bea {desk.site.id}")
    return page


def states(desk: Desk, items: list[str]) -> list[str]:
    return [desk.state(item) for item in items]


def test_selected_comments_are_decided_at_once_and_taken_back_as_one_step(desk: Desk, queue_page: Page) -> None:
    items = desk.hold_all([NewComment(body=f"Question {n}", author_name="Ana <b>") for n in range(5)])
    queue_page.reload()
    for key in ("j", "x", "j", "j", "Shift+X", "a"):
        queue_page.keyboard.press(key)

    dialog = queue_page.get_by_role("dialog", name="Approve 3 comments?")
    expect(dialog.locator(".samples li")).to_have_count(3)
    expect(dialog).to_contain_text("Ana <b>")
    dialog.get_by_role("button", name="Decide").click()
    expect(queue_page.locator(".toast")).to_contain_text("3 comments decided.")
    assert states(desk, items).count(State.APPROVED) == 3
    expect(queue_page.locator(".queue li")).to_have_count(2)
    queue_page.keyboard.press("u")
    expect(queue_page.locator(".queue li")).to_have_count(5)

    assert states(desk, items).count(State.REVIEW) == 5


def test_more_than_fifty_need_the_typed_number_and_what_another_has_open_is_listed(
    desk: Desk, queue_page: Page, browser: Browser
) -> None:
    items = desk.hold_all([NewComment(body=f"Question {n}") for n in range(60)], probability=0.2)
    other = browser.new_context(java_script_enabled=False).new_page()
    join(other, desk, "Otto")
    other.goto(f"{desk.url}/console/review/{items[7]}")
    queue_page.reload()
    queue_page.keyboard.press("*")
    queue_page.get_by_role("button", name="Reject selected").click()

    dialog = queue_page.get_by_role("dialog", name="Reject 60 comments?")
    expect(dialog).to_contain_text("The model takes 60 of 60 for genuine.")
    dialog.get_by_role("button", name="Decide").click()
    expect(dialog.get_by_role("alert")).to_have_text("That is not the number.")
    dialog.get_by_label("Type 60 to go on").fill("60")
    dialog.get_by_role("button", name="Decide").click()
    failures = queue_page.get_by_role("dialog", name="1 could not be decided")
    expect(failures.locator("li")).to_contain_text("Otto has this comment open")
    failures.get_by_role("button", name="Close").click()
    expect(queue_page.locator(".queue li")).to_have_count(1)

    assert states(desk, items).count(State.REJECTED) == 59
    other.context.close()


def test_filters_narrow_what_is_listed_and_what_is_worked_on(desk: Desk, queue_page: Page) -> None:
    desk.hold_all([NewComment(body=f"Frage {n}", language="de") for n in range(2)])
    (wanted,) = desk.hold_all([NewComment(body="Where is 100%_cotton?", author_name="Zoe", language="en")])
    queue_page.reload()
    queue_page.keyboard.press("/")
    queue_page.keyboard.type("0%_COTTON")
    queue_page.keyboard.press("Enter")
    expect(queue_page.locator(".queue li")).to_have_count(1)
    queue_page.get_by_role("button", name="Review next").click()
    expect(queue_page.locator("#sheet")).to_have_attribute("data-item", wanted)
    queue_page.goto(f"{desk.url}/console?language=de&hours=1")
    expect(queue_page.get_by_role("heading", name="Nothing waits")).to_be_visible()
    queue_page.goto(f"{desk.url}/console?language=de")
    expect(queue_page.locator(".queue li")).to_have_count(2)


def test_page_hears_of_new_comments_without_a_jump(desk: Desk, queue_page: Page) -> None:
    desk.hold_all([NewComment(body="Question")])
    queue_page.reload()
    expect(queue_page.locator("#waiting")).to_have_text("1 comment waits")

    desk.hold_all([NewComment(body="Another"), NewComment(body="And one more")], now=True)

    expect(queue_page.get_by_role("button", name="2 new: show")).to_be_visible()
    expect(queue_page.locator(".queue li")).to_have_count(1)
    queue_page.get_by_role("button", name="2 new: show").click()
    expect(queue_page.locator(".queue li")).to_have_count(3)


def test_two_who_work_at_one_queue_never_decide_the_same_comment(desk: Desk, browser: Browser) -> None:
    items = desk.hold_all([NewComment(body=f"Question {n}") for n in range(30)])
    pages = []
    for name in ("Pia", "Quin"):
        page = browser.new_context().new_page()
        join(page, desk, name)
        page.get_by_role("button", name="Review next").click()
        expect(page.locator("kbd[data-for=approve]")).to_have_text("A")
        pages.append(page)

    assert pages[0].locator("#sheet").get_attribute("data-item") != pages[1].locator("#sheet").get_attribute(
        "data-item"
    )
    for _ in range(20):
        for page in pages:
            page.keyboard.press("a")
    for page in pages:
        expect(page.get_by_role("heading", name="Nothing waits")).to_be_visible(timeout=20_000)
        assert page.locator(".toast.warns").count() == 0
        page.context.close()

    assert states(desk, items) == [State.APPROVED] * 30
