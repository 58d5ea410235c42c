"""Coming in and going out: sign in, show a code, set the first password by a one-time link, sign out."""

from flask import Blueprint, flash, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from service.auth import Authenticator
from service.console.admission import Admission
from service.console.guard import destination, message_page
from service.console.passwords import refusal
from service.console.proofs import Proofs
from service.console.texts import say
from store.records import reviewers
from store.records.reviewers import Reviewer
from store.stores import Stores


def add_routes(
    routes: Blueprint,
    stores: Stores,
    authenticator: Authenticator,
    proofs: Proofs,
    admission: Admission,
) -> None:
    """`/console/login`, `/console/login/code`, `/console/logout`, `/console/join/<secret>`."""
    passwords, tries, factors = proofs.passwords, proofs.tries, proofs.factors

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
        return admission.admit(found, destination())

    @routes.post("/logout")
    def logout() -> Response:
        answer = admission.leave(url_for("console.login"))
        flash(say("done.out"))
        return answer

    @routes.get("/login/code")
    def code() -> str | Response:
        if admission.half_way() is None:
            return redirect(url_for("console.login"), 303)
        return render_template("code.html", next=destination(), problem=None)

    @routes.post("/login/code")
    def check_code() -> Response:
        found = admission.half_way()
        if found is None:
            return redirect(url_for("console.login"), 303)
        if not tries.take_code(found.id):
            return _code_again(429, say("code.many"))
        if not factors.check(found, request.form.get("code", "")):
            return _code_again(422, say("code.wrong"))
        tries.forget_code(found.id)
        return admission.enter(found, destination())

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
        return admission.admit(invited, url_for("console.queue"))


def _login_again(status: int, name: str, problem: str) -> Response:
    return make_response(render_template("login.html", next=destination(), name=name, problem=problem), status)


def _code_again(status: int, problem: str) -> Response:
    return make_response(render_template("code.html", next=destination(), problem=problem), status)


def _join_page(invited: Reviewer, problem: str | None) -> str:
    return render_template("join.html", name=invited.name, problem=problem)


def _ended() -> Response:
    return message_page(410, say("join.ended.title"), say("join.ended"))
