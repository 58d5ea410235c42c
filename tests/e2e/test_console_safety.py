"""The console against those who mean harm: foreign text, foreign forms, guessed passwords, roles and errors."""

import json
import re

import pytest
import requests
from attacks import ATTACKS, FOREIGN_MARKUP, HUNDRED
from desk import PASSWORD, Desk, Watched, fill_login, join, post, sign_in
from playwright.sync_api import Browser, Dialog, Page, expect
from shared_data import require_shared

from models.vocabulary import Role, State
from service.console.texts import TEXTS
from service.cookies import SESSION
from store.ids import new_id
from store.live import review_queue
from store.records import keys
from store.records.submissions import NewComment

# The text of an element with each mark of an invisible character turned back into that character.
TEXT_AS_SENT = """element => [...element.childNodes]
    .map(node => node.className === 'ghost'
        ? String.fromCodePoint(parseInt(node.textContent.slice(2), 16)) : node.textContent)
    .join('')"""


def test_stored_attacks_are_shown_as_text(desk: Desk, page: Page, browser: Browser) -> None:
    """With JavaScript on as well, so that a script that came through would run."""
    join(page, desk, "Xenia")
    context = browser.new_context(storage_state=page.context.storage_state())
    scripted = context.new_page()
    dialogs: list[Dialog] = []
    asked: list[str] = []
    scripted.on("dialog", lambda dialog: (dialogs.append(dialog), dialog.dismiss()))
    scripted.on("request", lambda request: asked.append(request.url))

    for attack in ATTACKS:
        item_id = desk.hold(NewComment(body=attack, author_name=attack, page_title=attack, author_url=attack))
        scripted.goto(f"{desk.url}/console/review/{item_id}")
        assert scripted.locator(".body").text_content() == attack
        assert scripted.locator("h1 bdi").text_content() == attack
        assert [scripted.locator("dd bdi").nth(n).text_content() for n in (0, 1)] == [attack, attack]
        assert scripted.locator("#sheet article a").count() == 0
    scripted.goto(f"{desk.url}/console")

    assert {text.strip() for text in scripted.locator(".text").all_text_contents()} == set(ATTACKS)
    assert not dialogs
    assert all(url.startswith(f"{desk.url}/") for url in asked)
    context.close()


@pytest.mark.parametrize(
    "without_policy", [pytest.param(False, id="policy", marks=pytest.mark.slow), pytest.param(True, id="no policy")]
)
def test_hundred_attacks_run_nowhere(desk: Desk, page: Page, browser: Browser, without_policy: bool) -> None:
    """Wherever the desk shows foreign text, with the Content-Security-Policy and with the browser told to ignore it."""
    made = [
        NewComment(
            body=attack,
            author_name=attack,
            author_id="mallory",
            author_url=f"https://evil.example/{attack}",
            page_title=attack,
            page_url=f"javascript:{attack}",
        )
        for attack in HUNDRED
    ]
    items = desk.hold_all(made, spans=((0, 5), (3, 9)))
    join(page, desk, f"Yvo <img src=x onerror=alert(1)> {without_policy}", Role.LEAD)
    context = browser.new_context(
        storage_state=page.context.storage_state(), bypass_csp=without_policy, viewport={"width": 1500, "height": 900}
    )
    seen = Watched.over(context, f"{desk.url}/")
    scripted = context.new_page()

    for path in ("", f"?q={requests.utils.quote(HUNDRED[3])}", "/decided", "/clusters", "/overview"):
        scripted.goto(f"{desk.url}/console{path}")
        assert scripted.evaluate(FOREIGN_MARKUP) == [], path
    scripted.goto(f"{desk.url}/console")
    scripted.keyboard.press("*")
    scripted.get_by_role("button", name="Reject selected").click()
    expect(scripted.locator("#bulk-samples li")).to_have_count(5)
    assert scripted.evaluate(FOREIGN_MARKUP) == []
    scripted.goto(f"{desk.url}/console/review/{items[0]}")
    shown: set[str] = set()
    for _ in range(len(items)):
        item = scripted.locator("#sheet").get_attribute("data-item") or ""
        shown.add(item)
        assert scripted.evaluate(FOREIGN_MARKUP) == []
        scripted.keyboard.press("j")
        expect(scripted.locator("#sheet")).not_to_have_attribute("data-item", item)

    assert len(shown) > 90
    assert seen == Watched()
    context.close()


def test_naughty_strings_are_shown_as_text_on_every_page(desk: Desk, page: Page, browser: Browser) -> None:
    """With JavaScript on. Every string waits in the queue; every twentieth item is opened as well."""
    strings: list[str] = json.loads(require_shared("blns.json").read_text(encoding="utf-8"))
    texts = dict(
        zip(desk.hold_all([NewComment(body=text, author_name=text) for text in strings]), strings, strict=True)
    )
    join(page, desk, "Bruno")
    context = browser.new_context(storage_state=page.context.storage_state())
    seen = Watched.over(context, f"{desk.url}/")
    scripted = context.new_page()

    listed: list[str] = []
    scripted.goto(f"{desk.url}/console")
    while True:
        listed += scripted.locator(".queue a.text").evaluate_all("links => links.map(link => link.pathname)")
        assert scripted.evaluate(FOREIGN_MARKUP) == []
        further = scripted.get_by_role("link", name="Further down")
        if further.count() == 0:
            break
        further.click()
    for item_id, text in list(texts.items())[::20]:
        scripted.goto(f"{desk.url}/console/review/{item_id}")
        assert scripted.locator(".body").evaluate(TEXT_AS_SENT) == (text or TEXTS["queue.no_text"][0])
        assert scripted.locator("h1 bdi").evaluate(TEXT_AS_SENT) == (text or TEXTS["author.unknown"][0])
        assert scripted.evaluate(FOREIGN_MARKUP) == []

    assert sorted(listed) == sorted(f"/console/review/{item_id}" for item_id in texts)
    assert seen == Watched()
    context.close()


def test_hidden_characters_are_shown_and_joined_letters_stay_whole(desk: Desk, page: Page) -> None:
    mixed = "p\u0430ypal \u043f\u0440\u0438\u0432\u0435\u0442"
    body = f"{mixed} pay\u200bpal \u202egnp.exe \x07 \u3164 \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 👩\u200d🌾"
    item_id = desk.hold(NewComment(body=body, author_name="A\u200bdmin"))
    join(page, desk, "Hilde")

    page.goto(f"{desk.url}/console/review/{item_id}")

    assert page.locator(".body .ghost").all_text_contents() == ["U+200B", "U+202E", "U+0007", "U+3164"]
    expect(page.locator("#sheet .ghost").nth(1)).to_have_attribute("title", "ZERO WIDTH SPACE U+200B")
    expect(page.locator("h1")).to_have_text("Comment by AU+200Bdmin")
    assert page.locator(".body .mixed").all_text_contents() == ["p\u0430ypal"]
    expect(page.locator(".body .mixed")).to_have_attribute("title", re.compile(r"U\+0430"))
    assert "👩\u200d🌾" in str(page.locator(".body").text_content())


def test_viewer_sees_but_has_no_buttons(desk: Desk, page: Page) -> None:
    item_id = desk.hold(NewComment(body="Lovely roses"))
    join(page, desk, "Vera", Role.VIEWER)

    expect(page.get_by_role("button", name="Review next")).to_have_count(0)
    page.goto(f"{desk.url}/console/review/{item_id}")

    expect(page.locator(".act button")).to_have_count(0)
    assert review_queue.leases(desk.stores.redis, [item_id]) == {}
    answer = post(page, f"{desk.url}/console/review/{item_id}", action="approve", version="1")
    assert answer.status_code == 403
    assert "This needs the role reviewer" in answer.text
    assert answer.headers["Content-Type"].startswith("text/html")


def test_session_cookie_is_not_for_scripts_and_ends_in_the_database(desk: Desk, page: Page) -> None:
    join(page, desk, "Selma")
    cookie = next(c for c in page.context.cookies() if c.get("name") == SESSION)

    kept = (cookie.get("secure"), cookie.get("httpOnly"), cookie.get("sameSite"), cookie.get("path"))
    assert kept == (False, True, "Lax", "/")
    page.get_by_role("button", name="Sign out").click()
    answer = requests.get(
        f"{desk.url}/console",
        headers={"Cookie": f"{SESSION}={cookie.get('value')}"},
        allow_redirects=False,
        timeout=10,
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, "/console/login")


def test_wrong_password_and_unknown_name_get_the_same_words_and_then_no_more_tries(desk: Desk, page: Page) -> None:
    join(page, desk, "Wanda")
    page.get_by_role("button", name="Sign out").click()

    sign_in(page, "Nobody of that name")
    expect(page.get_by_role("alert")).to_have_text("Name or password is wrong.")
    for _ in range(10):
        sign_in(page, "Wanda", "not the password")
        expect(page.get_by_role("alert")).to_have_text("Name or password is wrong.")
    sign_in(page, "Wanda")

    expect(page.get_by_role("alert")).to_contain_text("Too many tries")


@pytest.mark.parametrize(
    "where", ["https://evil.example/", "//evil.example", "/console/../v1", "/v1/comments", "/console\\x"]
)
def test_sign_in_leads_nowhere_but_to_the_console(desk: Desk, page: Page, where: str) -> None:
    join(page, desk, f"Nora {where}")
    page.context.clear_cookies()

    page.goto(f"{desk.url}/console/login?next={requests.utils.quote(where, safe='')}")
    fill_login(page, f"Nora {where}", PASSWORD)

    expect(page).to_have_url(f"{desk.url}/console")


def test_forms_need_their_token_and_their_own_origin(desk: Desk, page: Page) -> None:
    item_id = desk.hold(NewComment(body="Lovely roses"))
    join(page, desk, "Cora")
    target = f"{desk.url}/console/review/{item_id}"
    page.goto(target)

    without = post(page, target, token="", action="approve", version="1")
    foreign = post(page, target, {"Origin": "https://evil.example"}, action="approve", version="1")
    cross_site = post(page, target, {"Sec-Fetch-Site": "cross-site"}, action="approve", version="1")
    login = requests.post(f"{desk.url}/console/login", {"name": "Cora", "password": PASSWORD}, timeout=10)

    for answer in (without, foreign, cross_site, login):
        assert answer.status_code == 403
        assert answer.headers["Content-Type"].startswith("text/html")
        assert "The form was too old or came from another site" in answer.text
    assert desk.state(item_id) == State.REVIEW
    own = post(page, target, {"Origin": desk.url}, action="approve", version="1")
    assert own.status_code == 303
    assert desk.state(item_id) == State.APPROVED


def test_api_needs_no_form_token_and_keeps_its_own_errors(desk: Desk) -> None:
    with desk.stores.database.write() as transaction:
        _, secret = keys.add(transaction, desk.site.id)
    headers = {"Authorization": f"Bearer {secret}"}

    accepted = requests.post(f"{desk.url}/v1/comments", json={"body": "Nice post"}, headers=headers, timeout=10)
    refused = requests.post(f"{desk.url}/v1/comments", json={"body": 7}, headers=headers, timeout=10)

    assert accepted.status_code == 202
    assert refused.status_code == 422
    assert refused.headers["Content-Type"] == "application/problem+json"


def test_unknown_page_is_a_page_of_the_console(desk: Desk) -> None:
    answer = requests.get(f"{desk.url}/console/no/such/page", timeout=10)

    assert answer.status_code == 404
    assert "There is nothing here" in answer.text
    assert "style-src 'self'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "fields", [{"action": "discard"}, {"version": "one"}, {"version": "9" * 40}, {"note": "x" * 2001}, {"action": ""}]
)
def test_form_that_makes_no_sense_changes_nothing(desk: Desk, page: Page, fields: dict[str, str]) -> None:
    item_id = desk.hold(NewComment(body="Lovely roses"))
    join(page, desk, f"Rosa {new_id('x')}")
    page.goto(f"{desk.url}/console/review/{item_id}")

    answer = post(page, page.url, **({"action": "approve", "version": "1"} | fields))

    assert answer.status_code == 422
    assert desk.state(item_id) == State.REVIEW
