"""The pages that look back, in a real browser."""

from builders import HAM, SPAM, read
from desk import Desk, join
from past import decide
from playwright.sync_api import Browser, Page, expect

from store.records.submissions import NewComment


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
