"""The choice of a language, kept in the browser: people share a team, not a language."""

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from service.console.guard import destination
from service.console.texts import LANGUAGE_COOKIE, LANGUAGES

KEPT_SECONDS = 365 * 24 * 3600


def add_routes(routes: Blueprint) -> None:
    """`/console/language`."""

    @routes.post("/language")
    def choose_language() -> Response:
        answer = redirect(destination(), 303)
        chosen = request.form.get("language")
        if chosen in LANGUAGES:
            answer.set_cookie(
                LANGUAGE_COOKIE, chosen, max_age=KEPT_SECONDS, secure=True, httponly=True, samesite="Lax", path="/"
            )
        return answer
