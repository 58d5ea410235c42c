"""The choice of a language: kept with the account, and in the browser for the pages before one signs in."""

from flask import Blueprint, g, redirect, request
from werkzeug.wrappers import Response

from service.console.guard import destination
from service.console.texts import LANGUAGES
from service.cookies import LANGUAGE, cookies_of
from store.records import people
from store.stores import Stores

KEPT_SECONDS = 365 * 24 * 3600


def add_routes(routes: Blueprint, stores: Stores) -> None:
    """`/console/language`."""

    @routes.post("/language")
    def choose_language() -> Response:
        answer = redirect(destination(), 303)
        chosen = request.form.get("language")
        if chosen in LANGUAGES:
            cookies_of(stores.settings).put(answer, LANGUAGE, chosen, KEPT_SECONDS)
            if g.reviewer is not None:
                with stores.database.write() as connection:
                    people.prefer(connection, g.reviewer.id, language=chosen)
        return answer
