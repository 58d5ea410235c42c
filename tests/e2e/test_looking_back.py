"""The pages that look back, in a real browser."""

import pytest
from builders import HAM, SPAM, read
from desk import Desk, Watched, join
from past import decide, past_of
from playwright.sync_api import Browser, Page, expect

from models.vocabulary import Role
from store.records.submissions import NewComment

PAGES = (
    "decided",
    "clusters",
    "overview",
    "team",
    "second-look",
    "comments/{comment}/notes",
    "mentions",
    "digest",
    "comments/{comment}/author",
    "domains/deals.example?site={site}",
)


def test_whoever_disagrees_with_the_machine_sets_it_right_and_can_take_it_back(desk: Desk, page: Page) -> None:
    wanted, unwanted = decide(
        desk.stores, desk.site, NewComment(body=f"{SPAM}, or is it?", author_name="Ines"), NewComment(body=HAM)
    )
    join(page, desk, "Dana")

    page.get_by_role("link", name="Decided").click()
    page.get_by_label("Words").fill("OR IS IT")
    page.get_by_role("button", name="Show").click()
    entry = page.locator(".entry")
    expect(entry).to_have_count(1)
    expect(entry.locator(".verdict")).to_contain_text("95%")
    page.get_by_role("button", name="Disagree", exact=True).click()

    expect(page.get_by_role("status")).to_contain_text("Approved. You disagreed.")
    assert read(desk.stores, wanted).state == "approved"
    assert read(desk.stores, unwanted).state == "approved"
    expect(entry).to_have_count(2)
    expect(entry.last).to_contain_text("Dana approved it just now.")

    page.get_by_role("status").get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status")).to_contain_text("What was decided before stands again.")
    assert read(desk.stores, wanted).state == "rejected"
    expect(page.get_by_role("button", name="Disagree", exact=True)).to_have_count(1)


def test_one_key_disagrees(desk: Desk, page: Page, browser: Browser) -> None:
    (comment_id,) = decide(desk.stores, desk.site, NewComment(body=HAM))
    join(page, desk, "Kay")
    context = browser.new_context(storage_state=page.context.storage_state())
    scripted = context.new_page()
    scripted.goto(f"{desk.url}/console/decided")

    scripted.get_by_label("Words").press("d")  # While one types, a key is a letter.
    scripted.locator("h1").click()
    scripted.keyboard.press("j")
    scripted.keyboard.press("d")

    expect(scripted.get_by_role("status")).to_contain_text("Rejected. You disagreed.")
    assert read(desk.stores, comment_id).state == "rejected"
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_a_narrow_window_and_runs_no_foreign_script(
    desk: Desk, page: Page, browser: Browser, scheme: str
) -> None:
    comment_id = past_of(desk.stores, desk.site)[1]
    join(page, desk, f"Nora {scheme}", Role.ADMIN)
    context = browser.new_context(
        storage_state=page.context.storage_state(),
        viewport={"width": 320, "height": 700},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    seen = Watched.over(context, f"{desk.url}/")
    narrow = context.new_page()

    for name in PAGES:
        narrow.goto(f"{desk.url}/console/{name.format(comment=comment_id, site=desk.site.id)}")
        expect(narrow.locator("h1")).to_be_visible()
        assert narrow.evaluate("document.documentElement.scrollWidth") <= 320, name

    assert seen == Watched()
    context.close()
