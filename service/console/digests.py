"""The digest outside the console, and the page to which its links lead: nothing is decided without a button."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models.errors import Refused
from models.vocabulary import Action
from service.console import desk, sheets
from service.console.forms import REJECT_REASONS, read_choice
from service.console.guard import message_page
from service.console.texts import say
from service.digests import Digests, LinkEnded
from service.review import Review
from service.rulings import Choice
from store.stores import Stores

EVERY_MINUTES = (15, 60, 240, 1440)


def add_routes(routes: Blueprint, stores: Stores, review: Review) -> None:
    """`/console/digest`, `/console/digest/<secret>`."""
    digests = Digests(stores, review)

    @routes.get("/digest")
    def digest() -> str:
        asked = digests.asked(g.reviewer)
        return render_template(
            "digest.html",
            asked=asked,
            every=EVERY_MINUTES,
            can_mail=bool(stores.settings.smtp_url),
            secret=digests.secret(g.reviewer) if asked is not None and asked.is_webhook else None,
        )

    @routes.post("/digest")
    def ask_digest() -> Response:
        target, every = request.form.get("target", "").strip(), request.form.get("every", "")
        if request.form.get("step") == "none":
            digests.end(g.reviewer)
            flash(say("digest.ended"))
            return redirect(url_for("console.digest"), 303)
        if every not in map(str, EVERY_MINUTES):
            raise Refused(say("digest.wrong"))
        digests.ask(g.reviewer, target, int(every))
        flash(say("digest.done"))
        return redirect(url_for("console.digest"), 303)

    @routes.get("/digest/<secret>")
    def digest_link(secret: str) -> Response | str:
        try:
            card = digests.follow(g.reviewer, secret)
        except LinkEnded:
            return message_page(410, say("digest.link.ended.title"), say("digest.link.ended"))
        (sheet,) = sheets.of_cards(stores, g.reviewer, [card])
        return render_template("digest_link.html", sheet=sheet, secret=secret, reject_reasons=REJECT_REASONS)

    @routes.post("/digest/<secret>")
    def decide_by_link(secret: str) -> Response:
        try:
            ruling = digests.decide(g.reviewer, secret, _choice)
        except LinkEnded:
            return message_page(410, say("digest.link.ended.title"), say("digest.link.ended"))
        if ruling.status != 200 or ruling.decision is None:
            return desk.lost(ruling)
        flash(say(f"done.{ruling.decision.action}"), ruling.decision.id)
        return redirect(url_for("console.item", item_id=ruling.item_id), 303)


def _choice(item_id: str) -> Choice:
    """What the form chooses; no second opinion is asked for by a link. Raises Refused."""
    choice = read_choice(item_id)
    if choice.action is Action.ESCALATE:
        raise Refused(say("error.action"))
    return choice
