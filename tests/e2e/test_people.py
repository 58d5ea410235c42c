"""From an invitation to a closed account, in a browser with JavaScript off."""

import re
import time

import requests
from desk import PASSWORD, Desk, fill_login, join
from playwright.sync_api import Browser, Page, expect

from models.totp import STEP_SECONDS, code_at
from models.vocabulary import Role
from store import sealing
from store.records import people, reviewers, second_factors


def code(desk: Desk, name: str, steps: int = 0) -> str:
    """What the authenticator app of a person shows, now or so many steps later."""
    with desk.stores.database.read() as transaction:
        factor = second_factors.get(transaction, people.by_name(transaction, name).reviewer.id)
    assert factor is not None
    secret = sealing.unseal(desk.stores.settings.secret_key, "second factor", factor.sealed)
    return code_at(secret, int(time.time() // STEP_SECONDS) + steps)


def test_from_invitation_to_closed_account(desk: Desk, page: Page, browser: Browser) -> None:
    with desk.stores.database.write() as transaction:
        admin = reviewers.add(transaction, "Eva Invites", Role.ADMIN)
        secret = reviewers.new_link(transaction, admin.id)
    page.goto(f"{desk.url}/console/join/{secret}")
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    page.get_by_role("button", name="Set password and sign in").click()

    page.get_by_role("link", name="People").click()
    page.get_by_label("Name").fill("Ana Joins")
    page.get_by_label("Site").select_option(value=desk.site.id)
    page.get_by_role("button", name="Make a link").click()
    link = page.get_by_label("One-time link").input_value()

    context = browser.new_context(java_script_enabled=False)
    there = context.new_page()
    there.goto(re.sub(r"^https?://[^/]+", desk.url, link))
    there.get_by_label("New password").fill(PASSWORD)
    there.get_by_label("The same password again").fill(PASSWORD)
    there.get_by_role("button", name="Set password and sign in").click()
    there.get_by_role("link", name="Ana Joins").click()
    there.get_by_role("link", name="Set up").click()
    there.get_by_role("button", name="Set up").click()
    expect(there.get_by_role("img", name="QR code for an authenticator app")).to_be_visible()
    there.get_by_label("Code", exact=True).fill(code(desk, "Ana Joins", -1))
    there.get_by_role("button", name="Turn on").click()
    expect(there.locator(".codes li")).to_have_count(10)

    there.get_by_role("button", name="Sign out").click()
    fill_login(there, "Ana Joins", PASSWORD)
    there.get_by_label("Code", exact=True).fill(code(desk, "Ana Joins"))
    there.get_by_role("button", name="Sign in").click()
    expect(there).to_have_url(f"{desk.url}/console")

    there.get_by_role("link", name="Ana Joins").click()
    there.get_by_label("What it is for").fill("night export")
    there.get_by_role("button", name="Make token").click()
    token = there.get_by_label("Token").input_value()
    headers = {"Authorization": f"Bearer {token}"}
    assert requests.get(f"{desk.url}/v1/review/counts", headers=headers, timeout=10).status_code == 200

    page.get_by_role("link", name="Ana Joins").click()
    page.get_by_role("button", name="Close account").click()
    expect(page.get_by_role("status")).to_contain_text("The account is closed")

    there.goto(f"{desk.url}/console")
    expect(there).to_have_url(f"{desk.url}/console/login")
    assert requests.get(f"{desk.url}/v1/review/counts", headers=headers, timeout=10).status_code == 401
    context.close()


def test_pages_of_people_fit_a_narrow_screen(desk: Desk, page: Page) -> None:
    join(page, desk, "Nadja Narrow", Role.ADMIN)
    desk.invite("A name as long as some have it, with several words in it and_no_spaces_at_all_in_the_rest_of_it")
    page.set_viewport_size({"width": 320, "height": 640})

    for path in ("people", "account", "account/factor"):
        page.goto(f"{desk.url}/console/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") == 320, path
