"""Coming in and going out: sign in, set the first password by a one-time link, sign out."""

from flask import Blueprint, flash, g, make_response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from service import cookies
from service.auth import Authenticator
from service.console.guard import destination, message_page
from service.console.passwords import Passwords, refusal
from service.console.texts import say
from service.console.tries import Tries
from service.cookies import cookies_of
from store.records import reviewers
from store.records.reviewers import Reviewer
from store.stores import Stores


def add_routes(
    routes: Blueprint, stores: Stores, authenticator: Authenticator, passwords: Passwords, tries: Tries
) -> None:
    """`/console/login`, `/console/logout`, `/console/join/<secret>`."""

    @routes.get("/login")
    def login() -> str | Response:
        if g.reviewer is not None:
            return redirect(destination(), 303)
        return render_template("login.html", next=destination(), name="", problem=None)

    @routes.post("/login")
    def sign_in() -> Response:
        name, password = request.form.get("name", ""), request.form.get("password", "")
        if not tries.take(request, name):
            return _login_again(429, name, say("login.many"))
        with stores.database.read() as connection:
            found = reviewers.by_name(connection, name)
        if not passwords.verify(found.password_hash if found else None, password) or found is None:
            return _login_again(422, name, say("login.wrong"))
        tries.forget(name)
        return _enter(stores, found, destination())

    @routes.post("/logout")
    def logout() -> Response:
        _end_session(stores)
        flash(say("done.out"))
        answer = redirect(url_for("console.login"), 303)
        cookies_of(stores.settings).drop(answer, cookies.SESSION)
        return answer

    @routes.get("/join/<secret>")
    def join(secret: str) -> str | Response:
        invited = authenticator.lookup(secret, "link")
        return _ended() if invited is None else _join_page(invited, None)

    @routes.post("/join/<secret>")
    def set_password(secret: str) -> str | Response:
        invited = authenticator.lookup(secret, "link")
        if invited is None:
            return _ended()
        password = request.form.get("password", "")
        problem = refusal(password, invited.name)
        if problem is None and password != request.form.get("again", ""):
            problem = "password.differ"
        if problem is not None:
            return make_response(_join_page(invited, say(problem)), 422)
        password_hash = passwords.hash(password)
        with stores.database.write() as connection:
            # Of two who open the link at once, the first to end it sets the password.
            if not reviewers.end_secret(connection, secret):
                return _ended()
            reviewers.set_password_hash(connection, invited.id, password_hash)
        tries.forget(invited.name)
        return _enter(stores, invited, url_for("console.queue"))


def _enter(stores: Stores, reviewer: Reviewer, to: str) -> Response:
    """Start a new session; whatever the browser held before is forgotten, the form secret too."""
    _end_session(stores)
    with stores.database.write() as connection:
        secret = reviewers.new_session(connection, reviewer.id, request.headers.get("User-Agent"))
    answer = redirect(to, 303)
    cookies_of(stores.settings).put(answer, cookies.SESSION, secret)
    return answer


def _end_session(stores: Stores) -> None:
    session.clear()
    secret = request.cookies.get(cookies_of(stores.settings).name(cookies.SESSION))
    if secret:
        with stores.database.write() as connection:
            reviewers.end_secret(connection, secret)


def _login_again(status: int, name: str, problem: str) -> Response:
    return make_response(render_template("login.html", next=destination(), name=name, problem=problem), status)


def _join_page(invited: Reviewer, problem: str | None) -> str:
    return render_template("join.html", name=invited.name, problem=problem)


def _ended() -> Response:
    return message_page(410, say("join.ended.title"), say("join.ended"))
