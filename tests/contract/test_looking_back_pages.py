"""The pages that look back, asked for things that are not there or that nobody means."""

import pytest
from builders import Person, add_person
from flask import Flask

from models.vocabulary import Role
from service.cookies import SESSION, cookies_of
from store.records import reviewers
from store.stores import Stores

HOSTILE = ("%00", "x" * 300, "..%2f..", "dec_%00", "%F0%9F%8C%BB", "W10", "WyJhIiwgImF1dGhvciIsICJiIl0")
PATHS = (
    "decided?after={0}&site={0}&text={0}&since={0}&low={0}",
    "authors/{0}",
    "domains/{0}",
    "domains/a.example?site={0}",
    "comments/{0}/author",
    "comments/{0}/notes",
    "overview?site={0}",
    "team?site={0}",
    "clusters?done={0}",
)


@pytest.mark.parametrize("path", PATHS)
def test_what_nobody_means_is_answered_without_an_error_of_ours(app: Flask, stores: Stores, path: str) -> None:
    lea: Person = add_person(stores, "Lea", Role.ADMIN)
    with stores.database.write() as connection:
        secret = reviewers.new_session(connection, lea.reviewer.id)
    client = app.test_client(use_cookies=False)
    cookie = f"{cookies_of(stores.settings).name(SESSION)}={secret}"

    answers = {
        word: client.get(f"/console/{path.format(word)}", headers={"Cookie": cookie}).status_code for word in HOSTILE
    }

    assert {word: status for word, status in answers.items() if status not in (200, 400, 404, 422)} == {}
