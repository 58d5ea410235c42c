"""A running console for tests: its server, the comments that wait there, and the steps that every visit takes."""

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import orjson
import requests
from playwright.sync_api import BrowserContext, Dialog, Page, expect
from werkzeug.serving import make_server

from models.vocabulary import Evidence, Role, State
from service.app import create_app
from store.ids import new_id, now_us
from store.live import review_queue
from store.records import comments, decisions, evidence, review_items, reviewers, submissions, transitions
from store.records.decisions import DecisionRecord
from store.records.review_items import ReviewItem
from store.records.sites import Site
from store.records.submissions import NewComment, Outcome, Submission
from store.records.transitions import Move
from store.stores import Stores

PASSWORD = "copper lantern meadow"
MINUTE_US = 60_000_000


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
        return self.hold_all([comment], probability=probability, reason=reason, spans=spans)[0]

    def hold_all(
        self,
        waiting: Sequence[NewComment],
        *,
        probability: float | None = 0.5,
        reason: str = "uncertain",
        spans: tuple[tuple[int, int], ...] = (),
        texts: tuple[int, ...] = (),
        now: bool = False,
    ) -> list[str]:
        """Comments that wait for a person, in one transaction; the ids of their review items, in the same order.

        `texts`: the keys by which they are near copies of each other.
        """
        at = now_us() - (0 if now else 5 * MINUTE_US)
        rank = -1.0 if probability is None else probability - 1.0
        items, made, moves = [], [], []
        with self.stores.database.write() as transaction:
            result = submissions.record(transaction, [Submission(self.site.id, list(waiting))])[0]
            assert isinstance(result, list)
            assert all(isinstance(outcome, Outcome) for outcome in result)
            ids = [outcome.comment_id for outcome in result]
            records = comments.by_ids(transaction, ids)
            for record in (records[comment_id] for comment_id in ids):
                decision = _held(record.id, self.site.id, probability, spans, texts=texts, at=at)
                made.append(decision)
                items.append(ReviewItem(new_id("rev"), record.id, self.site.id, 1, reason, rank, 1, 1, at))
                moves.append(
                    Move(record.key, record.id, 1, self.site.id, State.RECEIVED, State.REVIEW, decision_id=decision.id)
                )
            decisions.add(transaction, made)
            transitions.move(transaction, moves, at)
            review_items.add(transaction, items)
        review_queue.add(self.stores.redis, [(item.id, item.site_id, item.rank) for item in items])
        return [item.id for item in items]

    def state(self, item_id: str) -> str:
        """Where the comment of an item stands."""
        with self.stores.database.read() as transaction:
            item = review_items.by_ids(transaction, [item_id])[item_id]
            return comments.by_ids(transaction, [item.comment_id])[item.comment_id].state


def _held(
    comment_id: str,
    site_id: str,
    probability: float | None,
    spans: tuple[tuple[int, int], ...],
    *,
    texts: tuple[int, ...],
    at: int,
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
        evidence=evidence.dump(Evidence(), evidence.Keys(texts)).decode() if texts else None,
        evidence_digest=None,
        decided_at=at,
        latency_ms=12,
    )


@contextmanager
def serving(stores: Stores) -> Iterator[str]:
    """The address of an application on the stores."""
    app = create_app(stores.settings, stores)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(10)
    server.server_close()
    app.extensions["gatepost"][1].close()


@dataclass
class Watched:
    """What a browser did while pages were shown: each is empty as long as all text stayed text.

    `reports` has what the browser's console says, where a violated Content-Security-Policy is named.
    """

    dialogs: list[str] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    failed: list[tuple[int, str]] = field(default_factory=list)

    @classmethod
    def over(cls, context: BrowserContext, own: str) -> "Watched":
        """Watch every page of the context; `own` is the beginning of the addresses that may be asked for."""
        seen = cls()

        def on_dialog(dialog: Dialog) -> None:
            seen.dialogs.append(dialog.message)
            dialog.dismiss()

        context.on("dialog", on_dialog)
        context.on("console", lambda message: seen.reports.append(message.text))
        context.on("weberror", lambda error: seen.reports.append(str(error.error)))
        context.on("request", lambda asked: None if asked.url.startswith(own) else seen.foreign.append(asked.url))
        context.on("response", lambda got: seen.failed.append((got.status, got.url)) if got.status >= 500 else None)
        return seen


def join(page: Page, desk: Desk, name: str, role: Role = Role.REVIEWER) -> None:
    """Set the password of a new reviewer, which signs in too."""
    page.goto(desk.invite(name, role))
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    page.get_by_role("button", name="Set password and sign in").click()
    expect(page).to_have_url(f"{desk.url}/console")


def sign_in(page: Page, name: str, password: str = PASSWORD) -> None:
    """Go to the sign-in page and sign in."""
    page.goto(re.sub(r"/console.*", "/console/login", page.url))
    fill_login(page, name, password)


def fill_login(page: Page, name: str, password: str) -> None:
    """Sign in on the page that is open."""
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def post(
    page: Page, url: str, headers: dict[str, str] | None = None, token: str | None = None, **fields: str
) -> requests.Response:
    """Send a form with the cookies of the page, and its token unless another is given."""
    cookies = "; ".join(f"{cookie.get('name')}={cookie.get('value')}" for cookie in page.context.cookies())
    own = page.locator("input[name=csrf_token]").first.get_attribute("value") or ""
    data = {"csrf_token": own if token is None else token} | fields
    return requests.post(url, data, headers={"Cookie": cookies} | (headers or {}), allow_redirects=False, timeout=10)
