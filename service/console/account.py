"""The page of one's own account: what one prefers, password, sessions and personal tokens."""

from dataclasses import dataclass
from typing import Annotated, Any

from flask import Blueprint, flash, g, make_response, redirect, render_template, request, url_for
from pydantic import Field, StrictBool
from werkzeug.wrappers import Response

from models.errors import Refused
from models.vocabulary import ReviewReason
from service.account import Account
from service.api.shapes import Shape
from service.console import shown
from service.console.browsers import browser_name
from service.console.deck import read
from service.console.passwords import refusal
from service.console.proofs import Proofs
from service.console.texts import LANGUAGES, say
from service.second_factor import SecondFactors
from store.ids import now_us, rfc3339
from store.records.credentials import Credential
from store.records.reviewers import ALL_REASONS

LIFETIMES = (30, 90, 365)
_Action = Annotated[str, Field(pattern="^[a-z]{1,20}$")]
_Key = Annotated[str, Field(min_length=1, max_length=24)]


class KeysIn(Shape):
    """The keys of the desk: whether they are on, and those that were changed, by the action that they do."""

    on: StrictBool
    keys: Annotated[dict[_Action, _Key], Field(max_length=60)]


@dataclass(frozen=True, slots=True)
class Row:
    """A session or a token. `used`, `ends`: in words; `mine`: the session that looks at this page."""

    id: str
    name: str
    created: str
    created_at: str
    used: str
    ends: str | None
    mine: bool


def add_routes(routes: Blueprint, account: Account, proofs: Proofs) -> None:
    """`/console/account` and what one does there."""
    passwords, tries, factors = proofs.passwords, proofs.tries, proofs.factors

    @routes.get("/account", endpoint="account")
    def show() -> Response:
        return _page(account, factors)

    @routes.post("/account/preferences")
    def prefer() -> Response:
        language = request.form.get("language")
        account.prefer(g.reviewer, language if language in LANGUAGES else None, _hidden())
        g.pop("language", None)
        return _done("account.done.preferences")

    @routes.post("/account/keys")
    def keep_keys() -> dict[str, Any]:
        body = read(KeysIn)
        account.keep_keys(g.reviewer, on=body.on, keys=body.keys)
        return {}

    @routes.post("/account/password")
    def change_password() -> Response:
        form = request.form
        if not tries.take(request, g.reviewer.name):
            return _page(account, factors, "password", say("login.many"), 429)
        if not passwords.verify(g.reviewer.password_hash, form.get("current", "")):
            return _page(account, factors, "password", say("account.password.wrong"))
        tries.forget(g.reviewer.name)
        problem = refusal(form.get("password", ""), g.reviewer.name)
        if problem is None and form.get("password") != form.get("again"):
            problem = "password.differ"
        if problem is not None:
            return _page(account, factors, "password", say(problem))
        account.set_password(g.reviewer, passwords.hash(form["password"]), g.opened.credential.id)
        return _done("account.done.password")

    @routes.post("/account/sessions/<session_id>/end")
    def end_session(session_id: str) -> Response:
        account.end_session(g.reviewer, session_id)
        return _done("account.done.session")

    @routes.post("/account/sessions/end")
    def end_sessions() -> Response:
        account.end_other_sessions(g.reviewer, g.opened.credential.id)
        return _done("account.done.sessions")

    @routes.post("/account/tokens")
    def new_token() -> Response:
        days = request.form.get("days", "")
        chosen = int(days) if days in map(str, LIFETIMES) else None
        try:
            secret = account.new_token(g.reviewer, request.form.get("name", ""), chosen)
        except Refused:
            return _page(account, factors, "token", say("account.token.refused"))
        return make_response(render_template("token.html", token=secret))

    @routes.post("/account/tokens/<token_id>/revoke")
    def revoke_token(token_id: str) -> Response:
        account.revoke_token(g.reviewer, token_id)
        return _done("account.done.token")


def _hidden() -> list[str]:
    """For which reasons the form asks to hide comments; what is no reason counts for nothing."""
    given = request.form.getlist("hidden")
    return [one for one in (ALL_REASONS, *ReviewReason) if one in given]


def _page(
    account: Account, factors: SecondFactors, part: str = "", problem: str | None = None, status: int = 422
) -> Response:
    """The page, with what is wrong at the part that was sent."""
    opened, now, own = account.opened(g.reviewer), now_us(), g.opened.credential.id
    page = render_template(
        "account.html",
        sessions=[_row(one, browser_name(one.client), now, own) for one in opened.sessions],
        tokens=[_row(one, one.name or say("account.token.unnamed"), now, own) for one in opened.tokens],
        lifetimes=LIFETIMES,
        hideable=[ALL_REASONS, *ReviewReason],
        hides=g.reviewer.hides,
        standing=factors.standing(g.reviewer),
        part=part,
        problem=problem,
    )
    return make_response(page, 200 if problem is None else status)


def _row(one: Credential, name: str, now: int, own: str) -> Row:
    return Row(
        id=one.id,
        name=name,
        created=shown.ago(now - one.created_at),
        created_at=rfc3339(one.created_at),
        used=_used(one, now),
        ends=None if one.expires_at is None else say("account.ends", age=shown.until(one.expires_at - now)),
        mine=one.id == own,
    )


def _used(one: Credential, now: int) -> str:
    if one.last_used_at is None:
        return say("account.unused")
    return say("account.used", ago=shown.ago(now - one.last_used_at))


def _done(key: str) -> Response:
    flash(say(key))
    return redirect(url_for("console.account"), 303)
