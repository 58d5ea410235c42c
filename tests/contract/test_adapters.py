"""Coral's external moderation phase and the webhook of Cusdis."""

import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from akismet_calls import RATHER, HeldScorer, count, set_wires
from builders import HAM, SPAM, UNSURE, WORST, Caller, Drain, add_key, add_site, query, read, states
from flask.testing import FlaskClient
from shared_data import require_shared
from sqlalchemy import select
from werkzeug.test import TestResponse

from models.vocabulary import Action, Scorer
from store.records import site_secrets
from store.records.schema import comments, foreign_comments
from store.records.sites import Site
from store.stores import Stores

SECRET = "b1946ac92492d2347c6235b4d2611184"
FLAG = {"actionType": "FLAG", "reason": "COMMENT_DETECTED_SPAM"}


@pytest.fixture
def scorer() -> Scorer:
    return HeldScorer()


def question(body: Any = HAM, **comment: Any) -> dict[str, Any]:
    """What Coral asks about a new comment."""
    return {
        "action": "NEW",
        "comment": {"body": body, "parentID": None, **comment},
        "author": {"id": "u-1", "role": "COMMENTER"},
        "story": {"id": "s-1", "url": "https://news.example/story"},
        "site": {"id": "c-1"},
        "tenantID": "t-1",
        "tenantDomain": "news.example",
    }


def signed(body: bytes, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class Coral:
    """A Coral that knows the site's secret."""

    client: FlaskClient
    site_id: str

    def send(self, body: bytes, signature: str | None = None) -> TestResponse:
        """These bytes, signed rightly unless told."""
        headers = {"X-Coral-Signature": signed(body) if signature is None else signature}
        path = f"/adapters/coral/{self.site_id}"
        return self.client.post(path, data=body, headers=headers, content_type="application/json")

    def ask(self, body: Any = HAM, **comment: Any) -> TestResponse:
        """About a comment, written as Coral writes JSON."""
        return self.send(json.dumps(question(body, **comment), indent=2).encode())


@pytest.fixture
def coral(client: FlaskClient, stores: Stores, site: Site) -> Coral:
    with stores.database.write() as connection:
        site_secrets.put(connection, site.id, site_secrets.CORAL, SECRET)
    set_wires(stores, site, coral_timeout_ms=8000)
    return Coral(client, site.id)


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize(
    ("body", "said"),
    [
        (HAM, None),
        (SPAM, {"actions": [FLAG], "status": "REJECTED"}),
        (WORST, {"actions": [FLAG], "status": "REJECTED"}),
        (UNSURE, {"actions": [], "status": "SYSTEM_WITHHELD"}),
        (RATHER, {"actions": [FLAG], "status": "SYSTEM_WITHHELD"}),
    ],
)
def test_coral_hears_what_was_decided(coral: Coral, body: str, said: dict[str, Any] | None) -> None:
    answer = coral.ask(body)

    if said is None:
        assert (answer.status_code, answer.data) == (204, b"")
    else:
        assert (answer.status_code, answer.get_json(), answer.content_type) == (200, said, "application/json")


@pytest.mark.parametrize(
    ("on_failure", "said"),
    [
        (Action.APPROVE, None),
        (Action.REVIEW, {"actions": [], "status": "SYSTEM_WITHHELD"}),
        (Action.REJECT, {"actions": [], "status": "REJECTED"}),
    ],
)
def test_without_a_decision_coral_is_answered_before_it_gives_up(
    stores: Stores, site: Site, coral: Coral, drain_now: Drain, *, on_failure: Action, said: dict[str, Any] | None
) -> None:
    set_wires(stores, site, on_failure=on_failure, coral_timeout_ms=500)

    began = time.monotonic()
    answer = coral.ask(SPAM)
    took = time.monotonic() - began

    assert took < 0.5
    assert (answer.get_json() if answer.status_code == 200 else None) == said
    drain_now()
    assert states(stores, query(stores, select(comments.c.id))) == ["rejected"]


@pytest.mark.usefixtures("worker")
def test_the_fields_of_coral_arrive(stores: Stores, coral: Coral) -> None:
    coral.ask("Grüße", parentID="p-1")

    (comment_id,) = query(stores, select(comments.c.id))
    record = read(stores, comment_id)
    assert (record.body, record.author_id, record.author_role) == ("Grüße", "u-1", "COMMENTER")
    assert (record.page_url, record.content_type) == ("https://news.example/story", "reply")


@pytest.mark.usefixtures("worker")
def test_one_right_signature_of_several_is_enough(coral: Coral) -> None:
    body = json.dumps(question()).encode()

    assert coral.send(body, f"{signed(body, 'old')},{signed(body)}").status_code == 204
    assert coral.send(body, f"{signed(body)}, {signed(body, 'new')}").status_code == 204


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "sha256=",
        f"sha256={'0' * 64}",
        "sha1=abc",
        "ü",
        signed(b"{}", ""),
        signed(b"{}", "other"),
        f"md5={'0' * 64}",
    ],
)
def test_a_wrong_signature_is_refused_and_nothing_recorded(stores: Stores, coral: Coral, signature: str) -> None:
    answer = coral.send(b"{}", signature.encode("latin-1").decode("latin-1"))

    assert (answer.status_code, answer.mimetype) == (401, "text/plain")
    assert count(stores) == 0


def test_a_site_without_a_secret_accepts_no_signature(client: FlaskClient, stores: Stores) -> None:
    other = Coral(client, add_site(stores).id)
    body = json.dumps(question()).encode()

    assert other.send(body, signed(body, "")).status_code == 401


def test_an_earlier_secret_counts_no_longer(stores: Stores, site: Site, coral: Coral) -> None:
    with stores.database.write() as connection:
        site_secrets.put(connection, site.id, site_secrets.CORAL, "another")

    assert coral.ask().status_code == 401


@pytest.mark.parametrize("body", [None, "", " \n", 7, ["x"], {"a": 1}])
def test_coral_gets_no_opinion_on_what_has_no_text(stores: Stores, coral: Coral, body: Any) -> None:
    assert coral.ask(body).status_code == 204
    assert count(stores) == 0


HOSTILE = [
    b"",
    b"\xff\xfe",
    b"[]",
    b"null",
    b"7",
    b"{",
    b'{"comment": ' + b"[" * 100_000,
    b'{"comment": []}',
    b'{"comment": {"body": "\\ud800 \\u0000"}, "author": 7, "story": {"url": [1]}}',
    b'{"type": "new_comment", "data": 7}',
    b'{"type": "new_comment", "data": {"content": "\\ud800 \\u0000", "by_email": {}, "approve_link": "http://[::1"}}',
    b'{"type": "new_comment", "data": {"content": "x", "approve_link": "https://c.example/?token=a.\\u00e4.c"}}',
    b'{"a": NaN}',
    b"x" * (1024 * 1024 + 1),
]


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_body_is_refused_or_taken(stores: Stores, site: Site, coral: Coral, body: bytes) -> None:
    token = add_key(stores, site, "cusdis")

    for answer in (coral.send(body), coral.client.post(f"/adapters/cusdis/{site.id}?token={token}", data=body)):
        assert answer.status_code in (200, 204, 400, 413)
        assert answer.mimetype != "application/problem+json"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_naughty_strings_are_taken_by_both_adapters(
    stores: Stores, site: Site, coral: Coral, as_nobody: Caller
) -> None:
    set_wires(stores, site, coral_timeout_ms=100)
    token = add_key(stores, site, "cusdis")
    for value in json.loads(require_shared("blns.json").read_text(encoding="utf-8"))[::4]:
        asked = question(value) | {"author": {"id": value, "role": value}, "story": {"id": value, "url": value}}
        told = dict.fromkeys(("content", "by_nickname", "by_email", "page_id", "page_title", "approve_link"), value)
        answers = (
            coral.send(json.dumps(asked).encode()),
            as_nobody.post(f"/adapters/cusdis/{site.id}?token={token}", {"type": "new_comment", "data": told}),
        )
        assert {answer.status_code for answer in answers} <= {200, 204}, ascii(value)


# --- Cusdis


def hook(body: str = HAM, comment_id: str | None = "c-1", **data: Any) -> dict[str, Any]:
    """What Cusdis tells of a new comment."""
    claims = base64.urlsafe_b64encode(orjson.dumps({"commentId": comment_id, "exp": 1})).decode().rstrip("=")
    told = {
        "by_nickname": "Ana",
        "by_email": "ana@example.com",
        "content": body,
        "page_id": "https://blog.example/p",
        "page_title": "A page",
        "project_title": "blog",
        "approve_link": f"https://cusdis.example/open/approve?token=eyJ9.{claims}.c2ln",
    }
    return {"type": "new_comment", "data": told | data}


def test_a_comment_of_cusdis_is_recorded_and_judged(
    stores: Stores, site: Site, as_nobody: Caller, drain_now: Drain
) -> None:
    token = add_key(stores, site, "cusdis")

    answer = as_nobody.post(f"/adapters/cusdis/{site.id}?token={token}", hook(SPAM))

    assert (answer.status_code, answer.data) == (204, b"")
    drain_now()
    (comment_id,) = query(stores, select(comments.c.id))
    record = read(stores, comment_id)
    assert (record.state, record.external_id, record.author_name) == ("rejected", "c-1", "Ana")
    assert (record.page_url, record.page_title) == ("https://blog.example/p", "A page")
    ((callback, approve_link),) = query(stores, select(foreign_comments.c.callback, foreign_comments.c.approve_link))
    assert callback is None
    assert approve_link.startswith("https://cusdis.example/open/approve?token=")


def test_what_cusdis_tells_twice_is_recorded_once(stores: Stores, site: Site, as_nobody: Caller) -> None:
    path = f"/adapters/cusdis/{site.id}?token={add_key(stores, site, 'cusdis')}"

    assert {as_nobody.post(path, hook()).status_code for _ in range(3)} == {204}
    as_nobody.post(path, hook(comment_id="c-2"))
    as_nobody.post(path, hook(approve_link=""))

    assert count(stores) == 3


def test_other_news_of_cusdis_is_heard_and_not_kept(stores: Stores, site: Site, as_nobody: Caller) -> None:
    path = f"/adapters/cusdis/{site.id}?token={add_key(stores, site, 'cusdis')}"

    assert as_nobody.post(path, {"type": "else"}).status_code == 204
    assert count(stores) == 0


def test_only_a_token_for_cusdis_of_this_site_opens_its_webhook(
    stores: Stores, site: Site, site_key: str, as_nobody: Caller
) -> None:
    theirs = add_key(stores, add_site(stores), "cusdis")
    assert theirs.startswith("gpc_")

    for token in ("", "gpc_unknown", "%00", site_key, add_key(stores, site, "akismet"), theirs):
        assert as_nobody.post(f"/adapters/cusdis/{site.id}?token={token}", hook()).status_code == 401
    assert count(stores) == 0
