"""Nothing crosses sites in the console either: each page and form, asked by an administrator of another site."""

import html
import re
from typing import Any

import pytest
from builders import Caller, Person, add_person, add_site, query
from console_calls import Visitor, token_of, visitor
from flask import Flask
from sqlalchemy import select
from test_routes import SESSION
from test_tenants import Owned, absent, filled, owned
from werkzeug.test import TestResponse

from models.vocabulary import Role
from service.profiles import write_key
from store.ids import now_us
from store.records import digest_links, notes, reviewers
from store.records.authors import Author
from store.records.notes import Note
from store.records.schema import reviewer_secrets
from store.records.sites import Site
from store.stores import Stores

__all__ = ["owned"]
HERE = "tulips-of-ana"  # Stands in all that belongs to the site and must not be seen elsewhere.
# By what a path begins with: what its id is of.
KINDS = {
    "/console/review/": "item",
    "/console/undo/": "ruling",
    "/console/decided/": "decision",
    "/console/comments/": "comment",
    "/console/authors/": "author",
    "/console/second-look/": "ruling",
    "/console/people/": "person",
    "/console/account/sessions/": "session",
    "/console/account/tokens/": "token",
    "/console/digest/": "link",
}
FORMS: dict[str, dict[str, str]] = {
    "/console/review/<>": {"action": "approve", "version": "1"},
    "/console/decided/<>": {"action": "approve"},
    "/console/digest/<>": {"action": "approve", "version": "1"},
    "/console/second-look/<>": {"action": "approve"},
    "/console/comments/<>/notes": {"body": "x"},
    "/console/authors/<>": {"step": "decide", "action": "approve"},
    "/console/people/<>/role": {"role": "viewer", "site": "OTHER"},
}
# Forms and questions that name an id elsewhere; `{}` stands for it.
ELSEWHERE: dict[str, tuple[str, str, Any]] = {
    "GET /console": ("site", "?site={}", None),
    "GET /console/decided": ("site", "?site={}", None),
    "GET /console/overview": ("site", "?site={}", None),
    "GET /console/team": ("site", "?site={}", None),
    "GET /console/guarantee": ("site", "?site={}", None),
    "GET /console/live/counts": ("site", "?site={}", None),
    "GET /console/domains/<>": ("site", "?site={}", None),
    "POST /console/overview": ("site", "?site={}", {"site": "{}", "hours": "4"}),
    "POST /console/guarantee": ("site", "?site={}", {"site": "{}", "approve": "2"}),
    "POST /console/guarantee/seeds": ("site", "", {"site": "{}", "rate": "0.01", "texts": "x"}),
    "POST /console/domains/<>": ("site", "?site={}", {"step": "decide", "action": "approve"}),
    "POST /console/people": ("site", "", {"name": "Zoe", "role": "viewer", "site": "{}"}),
    "POST /console/clusters": ("item", "", {"items": "{}:1", "action": "approve"}),
    "POST /console/next": ("item", "", {"leave": "{}"}),
    "POST /console/deck/ahead": ("item", "", {"known": [], "after": "{}", "count": 1}),
    "POST /console/deck/keep": ("item", "", {"ids": ["{}"]}),
    "POST /console/deck/leave": ("item", "", {"ids": ["{}"]}),
    "POST /console/deck/decide": ("item", "", {"items": [{"id": "{}", "version": 1, "action": "approve"}]}),
    "POST /console/deck/undo": ("ruling", "", {"ids": ["{}"]}),
    "POST /console/deck/preview": ("item", "", {"ids": ["{}"], "action": "approve"}),
}
NAMELESS = {"GET /console/clusters", "GET /console/mentions", "GET /console/digest", "GET /console/second-look",
            "GET /console/people", "GET /console/account", "GET /console/account/factor"}  # fmt: skip
LISTING = {"GET /console/decided", "GET /console/overview", "GET /console/team", "GET /console/guarantee",
           "GET /console/domains/<>"}  # fmt: skip
OWN = {"POST /console/clusters/undo", "POST /console/digest", "POST /console/logout", "GET /console/live",
       "POST /console/account/password", "POST /console/account/preferences", "POST /console/account/sessions/end",
       "POST /console/account/tokens", "POST /console/account/factor", "POST /console/account/factor/confirm",
       "POST /console/account/factor/codes", "POST /console/account/keys",
       "POST /console/account/factor/remove"}  # fmt: skip  # Of the one who asks alone; nothing is named.


@pytest.fixture
def site(stores: Stores) -> Site:
    """The site of the test, with a name of its own."""
    return add_site(stores, url=f"https://{HERE}.example")


@pytest.fixture
def other(stores: Stores) -> Site:
    """Where the stranger works."""
    return add_site(stores, url="https://other.example")


@pytest.fixture
def ids(stores: Stores, site: Site, owned: Owned, as_site: Caller, reviewer: Person) -> dict[str, str]:
    """One of everything, by the kind of its id."""
    as_site.submit(f"{HERE} http://{HERE}.example", author={"id": f"u-{HERE}", "name": f"Ana {HERE}"})
    local = add_person(stores, f"Bo {HERE}", Role.ADMIN, site).reviewer.id
    with stores.database.write() as connection:
        told = Note("note_1", site.id, owned.ids["comment"], reviewer.reviewer.id, "Ana", HERE, 1)
        notes.add(connection, told, [])
        (link,) = digest_links.add(connection, local, [owned.ids["item"]], now_us())
        reviewers.new_session(connection, local, "Firefox/1 Linux")
    held = select(reviewer_secrets.c.id).where(reviewer_secrets.c.reviewer_id == local)
    secrets = [query(stores, held.where(reviewer_secrets.c.kind == kind))[0] for kind in ("session", "token")]
    author = write_key(Author(site.id, "author", f"u-{HERE}"))
    return owned.ids | {"person": local, "author": author, "link": link, "session": secrets[0], "token": secrets[1]}


@pytest.fixture
def stranger(app: Flask, stores: Stores, other: Site, ids: dict[str, str]) -> Visitor:
    """An administrator of the other site, signed in."""
    assert ids
    return visitor(app, stores, add_person(stores, "Mallory", Role.ADMIN, other).reviewer.id)


def ask(who: Visitor, route: str, named: str, token: str) -> TestResponse:
    """Call a route about what is named."""
    who.get("/account")  # Shows the messages that were left over.
    method, path = route.split(" ")
    body: Any = FORMS.get(path, {})
    if route in ELSEWHERE:
        _, asked, body = ELSEWHERE[route]
        path, body = path + asked.replace("{}", named), filled(body, named)
    path = path.replace("<>", f"{HERE}.example" if "/domains/" in path else named)
    if method == "GET":
        return who.client.get(path)
    if "/deck/" in path:
        return who.client.post(path, json=body, headers={"X-CSRFToken": token, "Accept": "application/json"})
    return who.client.post(path, data={"csrf_token": token, **(body or {})})


def told(answer: TestResponse, named: str) -> tuple[int, str | None, str]:
    """What an answer says, without what differs in any two: the id that was asked for, and tokens."""
    text = re.sub(r'(name="csrf_token" value=|name="csrf-token" content=|since=)"?[^"&]*', "", answer.text)
    location = answer.headers.get("Location", "").replace(named, "")
    return answer.status_code, location, html.unescape(text).replace(named, "")


def test_a_page_about_what_is_another_sites_is_that_of_what_does_not_exist(
    ids: dict[str, str], stranger: Visitor
) -> None:
    token = token_of(stranger)
    wrong, n_asked = [], 0
    for route in sorted(SESSION - NAMELESS - OWN):
        path = route.split(" ")[1]
        kinds = [kind for beginning, kind in KINDS.items() if path.startswith(beginning)]
        assert kinds or route in ELSEWHERE, f"{route} names something of which this test knows no example"
        named = ids[ELSEWHERE[route][0] if route in ELSEWHERE else kinds[0]]
        gone = write_key(Author("site_0", "author", "u")) if kinds == ["author"] else absent(named)
        there, nothing = (told(ask(stranger, route, one, token), one) for one in (named, gone))
        n_asked += 1
        if there != nothing or there[0] >= 500 or (HERE in there[2] and "/domains/" not in path):
            wrong.append((route, there[:2], nothing[:2]))

    assert wrong == []
    assert n_asked >= 40


def test_a_page_that_names_nothing_shows_nothing_of_another_site(ids: dict[str, str], stranger: Visitor) -> None:
    pages = {route: stranger.client.get(route.split(" ")[1]) for route in sorted(NAMELESS | {"GET /console"})}
    pages |= {route: stranger.client.get(route.split(" ")[1].replace("<>", f"{HERE}.example")) for route in LISTING}

    assert {route: page.status_code for route, page in pages.items() if page.status_code != 200} == {}
    shown = {route: html.unescape(page.text).replace(f"{HERE}.example", "") for route, page in pages.items()}
    wanted = [HERE, *(one for one in ids.values() if "_" in one)]
    assert {route: [one for one in wanted if one in text] for route, text in shown.items()} == {r: [] for r in shown}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_form_for_a_site_that_is_not_there_is_not_found_by_those_who_see_all(app: Flask, stores: Stores) -> None:
    everywhere = visitor(app, stores, add_person(stores, "Root", Role.ADMIN).reviewer.id)
    token = token_of(everywhere)
    forms = [route for route, (kind, _, _) in ELSEWHERE.items() if kind == "site" and route.startswith("POST ")]

    answers = {route: ask(everywhere, route, "site_0", token).status_code for route in forms}

    assert answers == dict.fromkeys(forms, 404)
