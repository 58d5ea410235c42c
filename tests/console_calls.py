"""Somebody at the console without a browser: pages are read, forms are sent with their token."""

import html
import re
from dataclasses import dataclass

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from store.records import reviewers
from store.stores import Stores

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_JOIN = re.compile(r"/console/join/[\w-]+")


@dataclass
class Visitor:
    """A browser that keeps cookies and has JavaScript off."""

    client: FlaskClient

    def get(self, path: str) -> TestResponse:
        """A page."""
        return self.client.get(f"/console{path}")

    def post(self, path: str, page: str = "/login", **fields: str | list[str]) -> TestResponse:
        """Send a form, with the token of a page."""
        token = token_of(self, page)
        return self.client.post(f"/console{path}", data={"csrf_token": token, **fields})

    def sign_in(self, name: str, password: str) -> TestResponse:
        """Sign in by name and password."""
        return self.post("/login", name=name, password=password)

    def sign_in_over_tls(self, name: str, password: str) -> TestResponse:
        """The same as seen behind a proxy that speaks TLS."""
        over = {"wsgi.url_scheme": "https"}
        page = self.client.get("/console/login", environ_overrides=over)
        token = _TOKEN.search(page.text)
        assert token is not None
        form = {"csrf_token": token[1], "name": name, "password": password}
        return self.client.post("/console/login", data=form, environ_overrides=over)

    def inside(self) -> bool:
        """Whether the queue is shown, rather than the way to the sign-in page."""
        return self.get("").status_code == 200


def visitor(app: Flask, stores: Stores, reviewer_id: str | None = None) -> Visitor:
    """A new browser; with a session of that reviewer, else with none."""
    client = app.test_client()
    if reviewer_id is not None:
        with stores.database.write() as connection:
            client.set_cookie("gatepost", reviewers.new_session(connection, reviewer_id, "Firefox/1 Linux"))
    return Visitor(client)


def token_of(who: Visitor, page: str = "/account") -> str:
    """The token that forms of a page carry."""
    token = _TOKEN.search(who.client.get(f"/console{page}", follow_redirects=True).text)
    assert token is not None
    return token[1]


def shown_link(answer: TestResponse) -> str:
    """The path below /console of the one-time link on a page."""
    found = _JOIN.search(html.unescape(answer.text))
    assert found is not None, answer.text
    return found[0].removeprefix("/console")
