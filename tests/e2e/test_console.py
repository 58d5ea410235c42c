"""The console in a real browser, with JavaScript off: what a reviewer does in a day, and what an attacker tries."""

import os
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import orjson
import pytest
import redis
import requests
from playwright.sync_api import Browser, Dialog, Page, expect, sync_playwright
from redis.backoff import ConstantBackoff
from redis.retry import Retry
from werkzeug.serving import make_server

from models.vocabulary import Mode, Role, State
from service.app import create_app
from service.auth import SESSION_COOKIE
from service.console.texts import TEXTS
from store.ids import new_id, now_us
from store.live import answers, connection, embedded, review_queue
from store.records import comments, decisions, keys, migrate, review_items, reviewers, sites, submissions, transitions
from store.records.decisions import DecisionRecord
from store.records.review_items import ReviewItem
from store.records.sites import Site
from store.records.submissions import NewComment, Outcome, Submission
from store.records.transitions import Move
from store.settings import load_settings
from store.stores import Stores, open_stores

PASSWORD = "copper lantern meadow"
MINUTE_US = 60_000_000
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
ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "'-alert(1)-'",
    "</textarea></title></style><script>alert(1)</script>",
    '<a href="javascript:alert(1)">read more</a>',
    "{{ 7 * 7 }} {% for x in y %} ${7*7}",
    "<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
    "<base href=//evil.example><form action=//evil.example><input name=password>",
    "<!--><script>alert(1)</script>--> &lt;b&gt; &amp;amp;",
    "<style>@import '//evil.example/x.css';</style><meta http-equiv=refresh content='0;url=//evil.example'>",
    "<math><mtext></p><mglyph><style><img src onerror=alert(1)>",
]


@dataclass(frozen=True)
class Desk:
    """A running console with its stores."""

    url: str
    stores: Stores
    site: Site

    def invite(self, name: str, role: Role = Role.REVIEWER) -> str:
        """The link on which a new reviewer sets a password."""
        with self.stores.database.write() as transaction:
            reviewer = reviewers.add(transaction, name, role, self.site.id)
            return f"{self.url}/console/join/{reviewers.new_link(transaction, reviewer.id)}"

    def hold(
        self,
        comment: NewComment,
        *,
        probability: float | None = 0.5,
        reason: str = "uncertain",
        spans: tuple[tuple[int, int], ...] = (),
    ) -> str:
        """A comment that waits for a person; the id of its review item."""
        now = now_us() - 5 * MINUTE_US
        with self.stores.database.write() as transaction:
            result = submissions.record(transaction, [Submission(self.site.id, [comment])])[0]
            assert isinstance(result, list)
            outcome = result[0]
            assert isinstance(outcome, Outcome)
            record = comments.by_ids(transaction, [outcome.comment_id])[outcome.comment_id]
            rank = -1.0 if probability is None else probability - 1.0
            item = ReviewItem(new_id("rev"), record.id, self.site.id, 1, reason, rank, 1, 1, now)
            decision = _held(record.id, self.site.id, probability, spans, now)
            decisions.add(transaction, [decision])
            move = Move(record.key, record.id, 1, self.site.id, State.RECEIVED, State.REVIEW, decision_id=decision.id)
            transitions.move(transaction, [move], now)
            review_items.add(transaction, [item])
        review_queue.add(self.stores.redis, [(item.id, item.site_id, item.rank)])
        return item.id

    def state(self, item_id: str) -> str:
        """Where the comment of an item stands."""
        with self.stores.database.read() as transaction:
            item = review_items.by_ids(transaction, [item_id])[item_id]
            return comments.by_ids(transaction, [item.comment_id])[item.comment_id].state


def _held(
    comment_id: str, site_id: str, probability: float | None, spans: tuple[tuple[int, int], ...], at: int
) -> DecisionRecord:
    reasons = [{"code": "links", "text": "One link to a domain", "weight": 0.8, "span": list(span)} for span in spans]
    return DecisionRecord(
        id=new_id("dec"),
        comment_id=comment_id,
        revision=1,
        cause="score:1",
        site_id=site_id,
        action="review",
        decided_by="rule" if probability is None else "model",
        reviewer_id=None,
        reviewer_name=None,
        probability=probability,
        low=None if probability is None else max(0.0, probability - 0.2),
        high=None if probability is None else min(1.0, probability + 0.2),
        reasons=orjson.dumps(reasons).decode(),
        would=None,
        model=None if probability is None else "mdl_shipped",
        policy="1",
        evidence=None,
        evidence_digest=None,
        decided_at=at,
        latency_ms=12,
    )


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
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
def url(stores: Stores) -> Iterator[str]:
    with _serving(stores) as address:
        yield address
    answers.publish(stores.redis, ["cmt_none"])  # The listeners look up once more, and end.
    for thread in threading.enumerate():
        if thread.name in ("answers", "waker"):
            thread.join(5)


@contextmanager
def _serving(stores: Stores) -> Iterator[str]:
    app = create_app(stores.settings, stores)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(10)
    server.server_close()
    app.extensions["gatepost"][1].close()


@pytest.fixture
def desk(url: str, stores: Stores) -> Desk:
    """The console with a site of its own for one test; its reviewers see no other."""
    with stores.database.write() as transaction:
        return Desk(url, stores, sites.add(transaction, "https://garden.example/blog", Mode.AUTOMATIC))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is not installed.")
        pytest.skip("needs Chromium: `apt-get install chromium`")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(java_script_enabled=False)
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


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
    _sign_in(page, "Marta")

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


def test_stored_attacks_are_shown_as_text(desk: Desk, page: Page, browser: Browser) -> None:
    """With JavaScript on as well, so that a script that came through would run."""
    _join(page, desk, "Xenia")
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
        assert scripted.locator("main a").count() == 0
    scripted.goto(f"{desk.url}/console")

    assert {text.strip() for text in scripted.locator(".text").all_text_contents()} == set(ATTACKS)
    assert not dialogs
    assert all(url.startswith(f"{desk.url}/") for url in asked)
    context.close()


def test_hidden_characters_are_shown_and_joined_letters_stay_whole(desk: Desk, page: Page) -> None:
    body = "pay\u200bpal \u202egnp.exe \x07 \u3164 \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 👩\u200d🌾"
    item_id = desk.hold(NewComment(body=body, author_name="A\u200bdmin"))
    _join(page, desk, "Hilde")

    page.goto(f"{desk.url}/console/review/{item_id}")

    assert page.locator(".body .ghost").all_text_contents() == ["U+200B", "U+202E", "U+0007", "U+3164"]
    expect(page.locator(".ghost").nth(1)).to_have_attribute("title", "ZERO WIDTH SPACE U+200B")
    expect(page.locator("h1")).to_have_text("Comment by AU+200Bdmin")
    assert "👩\u200d🌾" in str(page.locator(".body").text_content())


def test_spans_count_code_points_and_may_overlap(desk: Desk, page: Page) -> None:
    body = "🌻🌻 visit <b>seeds.example</b> now"
    start = body.index("seeds")
    spans = ((start, start + 13), (start - 3, start + 5), (500, 900))
    item_id = desk.hold(NewComment(body=body), spans=spans)
    _join(page, desk, "Spanner")

    page.goto(f"{desk.url}/console/review/{item_id}")

    assert page.locator("mark").all_text_contents() == ["<b>seeds.example"]
    assert page.locator(".body").text_content() == body
    expect(page.get_by_role("img")).to_have_count(1)
    expect(page.locator(".reasons small").first).to_have_text("Speaks for spam")


def test_blind_item_shows_neither_probability_nor_reasons(desk: Desk, page: Page) -> None:
    item_id = desk.hold(NewComment(body="Lovely roses"), reason="blind", probability=0.77, spans=((0, 6),))
    _join(page, desk, "Blanca")

    expect(page.locator(".queue li")).not_to_contain_text("77%")
    page.goto(f"{desk.url}/console/review/{item_id}")

    expect(page.locator("main")).not_to_contain_text("77%")
    expect(page.locator("main")).not_to_contain_text("link")
    expect(page.locator("mark, svg")).to_have_count(0)


def test_item_that_another_has_open_can_be_read_but_not_decided(desk: Desk, page: Page, browser: Browser) -> None:
    item_id = desk.hold(NewComment(body="Is this still for sale?"))
    _join(page, desk, "Ana")
    page.goto(f"{desk.url}/console/review/{item_id}")
    other = browser.new_context(java_script_enabled=False).new_page()
    _join(other, desk, "Bela")

    other.goto(f"{desk.url}/console/review/{item_id}")

    expect(other.locator(".act")).to_contain_text("Ana has this comment open")
    expect(other.get_by_role("button", name="Approve")).to_have_count(0)
    other.context.close()


def test_second_of_two_decisions_learns_who_was_first(desk: Desk, page: Page, browser: Browser) -> None:
    item_id = desk.hold(NewComment(body="Is this still for sale?"))
    _join(page, desk, "Carla")
    page.goto(f"{desk.url}/console/review/{item_id}")
    review_queue.remove(desk.stores.redis, [(item_id, desk.site.id)])
    other = browser.new_context(java_script_enabled=False).new_page()
    _join(other, desk, "Dora")
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
    _join(page, desk, "Emma")
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
    _join(page, desk, "Greta")
    page.goto(f"{desk.url}/console/review/{item_id}")
    page.locator("summary").click()
    page.get_by_label("Note for other reviewers").fill("Asks <b>every</b> week.")
    page.get_by_role("button", name="Escalate").click()
    assert desk.state(item_id) == State.ESCALATED
    other = browser.new_context(java_script_enabled=False).new_page()
    _join(other, desk, "Hanna")

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

    with _serving(away) as address:
        _join(page, replace(desk, url=address), "Rudi")
        page.get_by_role("button", name="Review next").click()
        expect(page).to_have_url(f"{address}/console/review/{first}")
        page.get_by_role("button", name="Approve", exact=True).click()
        expect(page).to_have_url(f"{address}/console/review/{second}")
        page.get_by_role("button", name="Undo", exact=True).click()
        expect(page).to_have_url(f"{address}/console/review/{first}")
        page.get_by_role("button", name="Next", exact=True).click()
        expect(page).to_have_url(f"{address}/console/review/{second}")


def test_viewer_sees_but_has_no_buttons(desk: Desk, page: Page) -> None:
    item_id = desk.hold(NewComment(body="Lovely roses"))
    _join(page, desk, "Vera", Role.VIEWER)

    expect(page.get_by_role("button", name="Review next")).to_have_count(0)
    page.goto(f"{desk.url}/console/review/{item_id}")

    expect(page.locator(".act button")).to_have_count(0)
    assert review_queue.leases(desk.stores.redis, [item_id]) == {}
    answer = _post(page, f"{desk.url}/console/review/{item_id}", action="approve", version="1")
    assert answer.status_code == 403
    assert "This needs the role reviewer" in answer.text
    assert answer.headers["Content-Type"].startswith("text/html")


def test_filter_keeps_to_its_reason_and_further_pages_hold_the_rest(desk: Desk, page: Page) -> None:
    for number in range(27):
        desk.hold(NewComment(body=f"Question {number}"), probability=0.1 + number / 100)
    reported = desk.hold(NewComment(body="Somebody reported me"), reason="report", probability=0.9)
    _join(page, desk, "Paula")

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


def test_session_cookie_is_locked_to_the_host_and_ends_in_the_database(desk: Desk, page: Page) -> None:
    _join(page, desk, "Selma")
    cookie = next(c for c in page.context.cookies() if c.get("name") == SESSION_COOKIE)

    assert (cookie.get("secure"), cookie.get("httpOnly"), cookie.get("sameSite"), cookie.get("path")) == (
        True,
        True,
        "Lax",
        "/",
    )
    page.get_by_role("button", name="Sign out").click()
    answer = requests.get(
        f"{desk.url}/console",
        headers={"Cookie": f"{SESSION_COOKIE}={cookie.get('value')}"},
        allow_redirects=False,
        timeout=10,
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, "/console/login")


def test_wrong_password_and_unknown_name_get_the_same_words_and_then_no_more_tries(desk: Desk, page: Page) -> None:
    _join(page, desk, "Wanda")
    page.get_by_role("button", name="Sign out").click()

    _sign_in(page, "Nobody of that name")
    expect(page.get_by_role("alert")).to_have_text("Name or password is wrong.")
    for _ in range(10):
        _sign_in(page, "Wanda", "not the password")
        expect(page.get_by_role("alert")).to_have_text("Name or password is wrong.")
    _sign_in(page, "Wanda")

    expect(page.get_by_role("alert")).to_contain_text("Too many tries")


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


@pytest.mark.parametrize(
    "where", ["https://evil.example/", "//evil.example", "/console/../v1", "/v1/comments", "/console\\x"]
)
def test_sign_in_leads_nowhere_but_to_the_console(desk: Desk, page: Page, where: str) -> None:
    _join(page, desk, f"Nora {where}")
    page.context.clear_cookies()

    page.goto(f"{desk.url}/console/login?next={requests.utils.quote(where, safe='')}")
    _fill_login(page, f"Nora {where}", PASSWORD)

    expect(page).to_have_url(f"{desk.url}/console")


def test_sign_in_leads_back_to_the_page_that_was_asked_for(desk: Desk, page: Page) -> None:
    item_id = desk.hold(NewComment(body="Lovely roses"))
    _join(page, desk, "Olga")
    page.context.clear_cookies()

    page.goto(f"{desk.url}/console/review/{item_id}")
    _fill_login(page, "Olga", PASSWORD)

    expect(page).to_have_url(f"{desk.url}/console/review/{item_id}")


def test_forms_need_their_token_and_their_own_origin(desk: Desk, page: Page) -> None:
    item_id = desk.hold(NewComment(body="Lovely roses"))
    _join(page, desk, "Cora")
    target = f"{desk.url}/console/review/{item_id}"
    page.goto(target)

    without = _post(page, target, token="", action="approve", version="1")
    foreign = _post(page, target, {"Origin": "https://evil.example"}, action="approve", version="1")
    cross_site = _post(page, target, {"Sec-Fetch-Site": "cross-site"}, action="approve", version="1")
    login = requests.post(f"{desk.url}/console/login", {"name": "Cora", "password": PASSWORD}, timeout=10)

    for answer in (without, foreign, cross_site, login):
        assert answer.status_code == 403
        assert answer.headers["Content-Type"].startswith("text/html")
        assert "The form was too old or came from another site" in answer.text
    assert desk.state(item_id) == State.REVIEW
    own = _post(page, target, {"Origin": desk.url}, action="approve", version="1")
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
    _join(page, desk, f"Rosa {new_id('x')}")
    page.goto(f"{desk.url}/console/review/{item_id}")

    answer = _post(page, page.url, **({"action": "approve", "version": "1"} | fields))

    assert answer.status_code == 422
    assert desk.state(item_id) == State.REVIEW


def test_templates_use_only_texts_of_the_catalogue() -> None:
    folder = Path(__file__).parents[2] / "service" / "console" / "templates"
    used = {
        key
        for file in folder.glob("*.html")
        for key in re.findall(r'say\(["\']([a-z_0-9.]+[a-z0-9])["\'][,)]', file.read_text())
    }

    assert len(used) > 50
    assert used <= set(TEXTS)


def _join(page: Page, desk: Desk, name: str, role: Role = Role.REVIEWER) -> None:
    page.goto(desk.invite(name, role))
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    page.get_by_role("button", name="Set password and sign in").click()
    expect(page).to_have_url(f"{desk.url}/console")


def _sign_in(page: Page, name: str, password: str = PASSWORD) -> None:
    page.goto(re.sub(r"/console.*", "/console/login", page.url))
    _fill_login(page, name, password)


def _fill_login(page: Page, name: str, password: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def _post(
    page: Page, url: str, headers: dict[str, str] | None = None, token: str | None = None, **fields: str
) -> requests.Response:
    """Send a form with the cookies of the page, and its token unless another is given."""
    cookies = "; ".join(f"{cookie.get('name')}={cookie.get('value')}" for cookie in page.context.cookies())
    own = page.locator("input[name=csrf_token]").first.get_attribute("value") or ""
    data = {"csrf_token": own if token is None else token} | fields
    return requests.post(url, data, headers={"Cookie": cookies} | (headers or {}), allow_redirects=False, timeout=10)
