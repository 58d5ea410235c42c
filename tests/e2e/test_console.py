"""The console in a real browser, with JavaScript off: what a reviewer does in a day."""

import re
from dataclasses import replace

from desk import PASSWORD, Desk, fill_login, join, serving, sign_in
from playwright.sync_api import Browser, Page, expect

from models.vocabulary import State
from store.live import connection, review_queue
from store.records.submissions import NewComment


def test_day_of_a_reviewer_without_javascript(desk: Desk, page: Page) -> None:
    first = desk.hold(NewComment(body="Thank you, the compost recipe worked.", author_name="Ines"), probability=0.2)
    second = desk.hold(NewComment(body="Cheap seeds at seeds.example!!!", author_name="Deals"), probability=0.8)
    third = desk.hold(NewComment(body="Which tomato is that?", author_name="Otto"), probability=0.5)

    page.goto(desk.invite("Marta"))
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    page.get_by_role("button", name="Set password and sign in").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("status")).to_have_text("You are signed out.")
    sign_in(page, "Marta")

    expect(page.get_by_role("heading", level=1)).to_have_text("Waiting for review")
    expect(page.get_by_role("listitem")).to_have_count(3)
    page.get_by_role("button", name="Review next").click()
    expect(page).to_have_url(f"{desk.url}/console/review/{first}")
    expect(page.locator(".body")).to_have_text("Thank you, the compost recipe worked.")

    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page).to_have_url(f"{desk.url}/console/review/{third}")
    assert desk.state(first) == State.APPROVED
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page).to_have_url(f"{desk.url}/console/review/{first}")
    assert desk.state(first) == State.REVIEW

    page.get_by_role("button", name="Next", exact=True).click()
    expect(page).to_have_url(f"{desk.url}/console/review/{third}")
    page.get_by_role("button", name="Next", exact=True).click()
    expect(page).to_have_url(f"{desk.url}/console/review/{second}")
    page.get_by_role("button", name="Reject", exact=True).click()
    assert desk.state(second) == State.REJECTED
    expect(page).to_have_url(f"{desk.url}/console/review/{first}")

    page.get_by_role("button", name="Approve", exact=True).click()
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page).to_have_url(f"{desk.url}/console")
    expect(page.get_by_role("status").last).to_have_text("Nothing waits for you right now.")
    expect(page.get_by_role("heading", level=2)).to_have_text("Nothing waits")

    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{desk.url}/console")
    expect(page).to_have_url(f"{desk.url}/console/login")


def test_spans_count_code_points_and_may_overlap(desk: Desk, page: Page) -> None:
    body = "🌻🌻 visit <b>seeds.example</b> now"
    start = body.index("seeds")
    spans = ((start, start + 13), (start - 3, start + 5), (500, 900))
    item_id = desk.hold(NewComment(body=body), spans=spans)
    join(page, desk, "Spanner")

    page.goto(f"{desk.url}/console/review/{item_id}")

    assert page.locator("mark").all_text_contents() == ["<b>seeds.example"]
    assert page.locator(".body").text_content() == body
    expect(page.get_by_role("img")).to_have_count(1)
    expect(page.locator(".reasons small").first).to_have_text("Speaks for spam")


def test_blind_item_shows_neither_probability_nor_reasons(desk: Desk, page: Page) -> None:
    item_id = desk.hold(NewComment(body="Lovely roses"), reason="blind", probability=0.77, spans=((0, 6),))
    join(page, desk, "Blanca")

    expect(page.locator(".queue li")).not_to_contain_text("77%")
    page.goto(f"{desk.url}/console/review/{item_id}")

    expect(page.locator("main")).not_to_contain_text("77%")
    expect(page.locator("main")).not_to_contain_text("link")
    expect(page.locator("mark, svg")).to_have_count(0)


def test_item_that_another_has_open_can_be_read_but_not_decided(desk: Desk, page: Page, browser: Browser) -> None:
    item_id = desk.hold(NewComment(body="Is this still for sale?"))
    join(page, desk, "Ana")
    page.goto(f"{desk.url}/console/review/{item_id}")
    other = browser.new_context(java_script_enabled=False).new_page()
    join(other, desk, "Bela")

    other.goto(f"{desk.url}/console/review/{item_id}")

    expect(other.locator(".act")).to_contain_text("Ana has this comment open")
    expect(other.get_by_role("button", name="Approve")).to_have_count(0)
    other.context.close()


def test_second_of_two_decisions_learns_who_was_first(desk: Desk, page: Page, browser: Browser) -> None:
    item_id = desk.hold(NewComment(body="Is this still for sale?"))
    join(page, desk, "Carla")
    page.goto(f"{desk.url}/console/review/{item_id}")
    review_queue.remove(desk.stores.redis, [(item_id, desk.site.id)])
    other = browser.new_context(java_script_enabled=False).new_page()
    join(other, desk, "Dora")
    other.goto(f"{desk.url}/console/review/{item_id}")

    review_queue.remove(desk.stores.redis, [(item_id, desk.site.id)])
    other.get_by_role("button", name="Reject").click()
    page.get_by_role("button", name="Approve").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Somebody was first")
    expect(page.locator("main")).to_contain_text("Dora rejected this comment")
    assert desk.state(item_id) == State.REJECTED
    other.context.close()


def test_decision_on_an_item_that_another_has_open_is_refused(desk: Desk, page: Page) -> None:
    item_id = desk.hold(NewComment(body="Is this still for sale?"))
    join(page, desk, "Emma")
    page.goto(f"{desk.url}/console/review/{item_id}")
    review_queue.remove(desk.stores.redis, [(item_id, desk.site.id)])
    review_queue.claim_one(desk.stores.redis, ("usr_other", "Fritz"), item_id)

    with page.expect_navigation() as navigation:
        page.get_by_role("button", name="Approve").click()

    assert navigation.value is not None
    assert navigation.value.status == 423
    expect(page.locator("main")).to_contain_text("Fritz has this comment open")
    assert desk.state(item_id) == State.REVIEW


def test_escalated_comment_waits_on_for_somebody_else(desk: Desk, page: Page, browser: Browser) -> None:
    item_id = desk.hold(NewComment(body="Is this still for sale?"))
    join(page, desk, "Greta")
    page.goto(f"{desk.url}/console/review/{item_id}")
    page.locator("summary").click()
    page.get_by_label("Note for other reviewers").fill("Asks <b>every</b> week.")
    page.get_by_role("button", name="Escalate").click()
    assert desk.state(item_id) == State.ESCALATED
    other = browser.new_context(java_script_enabled=False).new_page()
    join(other, desk, "Hanna")

    other.goto(f"{desk.url}/console/review/{item_id}")

    expect(other.locator(".why")).to_contain_text("Greta asked for a second opinion")
    expect(other.locator(".why")).to_contain_text("Asks <b>every</b> week.")
    expect(other.get_by_role("button", name="Escalate")).to_have_count(0)
    other.get_by_role("button", name="Approve").click()
    assert desk.state(item_id) == State.APPROVED
    other.context.close()


def test_desk_works_while_redis_is_away(desk: Desk, page: Page) -> None:
    first = desk.hold(NewComment(body="Thank you, the compost recipe worked."), probability=0.2)
    second = desk.hold(NewComment(body="Which tomato is that?"), probability=0.5)
    away = replace(desk.stores, redis=connection.connect("unix:///nowhere/redis.sock"))

    with serving(away) as address:
        join(page, replace(desk, url=address), "Rudi")
        page.get_by_role("button", name="Review next").click()
        expect(page).to_have_url(f"{address}/console/review/{first}")
        page.get_by_role("button", name="Approve", exact=True).click()
        expect(page).to_have_url(f"{address}/console/review/{second}")
        page.get_by_role("button", name="Undo", exact=True).click()
        expect(page).to_have_url(f"{address}/console/review/{first}")
        page.get_by_role("button", name="Next", exact=True).click()
        expect(page).to_have_url(f"{address}/console/review/{second}")


def test_filter_keeps_to_its_reason_and_further_pages_hold_the_rest(desk: Desk, page: Page) -> None:
    for number in range(27):
        desk.hold(NewComment(body=f"Question {number}"), probability=0.1 + number / 100)
    reported = desk.hold(NewComment(body="Somebody reported me"), reason="report", probability=0.9)
    join(page, desk, "Paula")

    expect(page.locator(".queue li")).to_have_count(25)
    page.get_by_role("link", name="Further down").click()
    expect(page.locator(".queue li")).to_have_count(3)
    page.get_by_label("Reason").select_option("report")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".queue li")).to_have_count(1)
    page.get_by_role("button", name="Review next").click()
    expect(page).to_have_url(f"{desk.url}/console/review/{reported}?reason=report")
    page.get_by_role("button", name="Reject", exact=True).click()
    expect(page).to_have_url(f"{desk.url}/console?reason=report")
    expect(page.get_by_role("button", name="Undo", exact=True)).to_have_count(1)


def test_link_sets_one_password_and_survives_being_looked_at(desk: Desk, page: Page) -> None:
    link = desk.invite("Luise")
    for _ in range(2):
        page.goto(link)
        expect(page.get_by_role("heading", level=1)).to_have_text("Set your password")
    page.get_by_label("New password").fill("qwertyuiop123")
    page.get_by_label("The same password again").fill("qwertyuiop123")
    page.get_by_role("button", name="Set password and sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("sequences")
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same password again").fill("something else entirely")
    page.get_by_role("button", name="Set password and sign in").click()
    expect(page.get_by_role("alert")).to_have_text("The two passwords differ.")
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    page.get_by_role("button", name="Set password and sign in").click()
    expect(page).to_have_url(f"{desk.url}/console")

    answer = page.goto(link)

    assert answer is not None
    assert answer.status == 410
    expect(page.get_by_role("heading", level=1)).to_have_text("This link has ended")


def test_sign_in_leads_back_to_the_page_that_was_asked_for(desk: Desk, page: Page) -> None:
    item_id = desk.hold(NewComment(body="Lovely roses"))
    join(page, desk, "Olga")
    page.context.clear_cookies()

    page.goto(f"{desk.url}/console/review/{item_id}")
    fill_login(page, "Olga", PASSWORD)

    expect(page).to_have_url(f"{desk.url}/console/review/{item_id}")


def test_language_is_the_one_asked_for_until_another_is_chosen(desk: Desk, browser: Browser) -> None:
    item_id = desk.hold(NewComment(body="Schöne Rosen"))
    context = browser.new_context(java_script_enabled=False, locale="de-AT")
    german = context.new_page()
    german.goto(f"{desk.url}/console/review/{item_id}")
    expect(german.locator("html")).to_have_attribute("lang", "de")
    expect(german.get_by_role("heading", level=1)).to_have_text("Anmelden")

    german.get_by_role("button", name="English").click()

    expect(german).to_have_url(re.compile(r"/console/login\?next=.+rev_"))
    expect(german.locator("html")).to_have_attribute("lang", "en")
    expect(german.get_by_role("heading", level=1)).to_have_text("Sign in")
    context.close()
