"""Block or trust from a comment: a page of its own without scripts, a dialog over the comment with them."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models.errors import Refused
from models.vocabulary import Action, ListEffect
from service.console import desk
from service.console.forms import read_filter, read_version
from service.console.guard import wants_json
from service.console.profiles import DAYS, Proposal
from service.console.texts import say
from service.listings import Listings, Sign, entry_of
from service.policies import NewEntry
from service.review import Choice, ItemCard, Review
from store.stores import Stores

EFFECTS = {"block": ListEffect.BLOCK, "trust": ListEffect.ALLOW}
_ALSO = {"block": Action.REJECT, "trust": Action.APPROVE}


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a form asks for: the item, what could be listed of it, and what is to be."""

    verb: str
    card: ItemCard
    signs: list[Sign]

    def page(self, proposal: Proposal | None = None, chosen: str | None = None) -> Response | str | dict[str, Any]:
        """The form, alone for a script, else as a page."""
        values = {
            "verb": self.verb,
            "card": self.card,
            "signs": self.signs,
            "chosen": chosen or (self.signs[0].key if self.signs else None),
            "proposal": proposal,
            "days": DAYS,
            "may_decide": bool(self.card.item.waiting),
            "also": "also" in request.form or proposal is None,
            "wanted": read_filter(),
        }
        if wants_json():
            return {"title": say(f"listing.title.{self.verb}"), "html": render_template("listing_form.html", **values)}
        return render_template("listing.html", **values)


def add_routes(routes: Blueprint, stores: Stores, review: Review) -> None:
    """`/console/review/<id>/block`, `/console/review/<id>/trust`, `/console/review/<id>/unlist/<entry>`."""
    listings = Listings(stores, review)

    def asked(item_id: str, verb: str) -> _Asked:
        return _Asked(verb, *listings.signs(g.reviewer, item_id, EFFECTS[verb]))

    @routes.get("/review/<item_id>/block", defaults={"verb": "block"})
    @routes.get("/review/<item_id>/trust", defaults={"verb": "trust"})
    def listing(item_id: str, verb: str) -> Response | str | dict[str, Any]:
        return asked(item_id, verb).page()

    @routes.post("/review/<item_id>/block", defaults={"verb": "block"})
    @routes.post("/review/<item_id>/trust", defaults={"verb": "trust"})
    def add_listing(item_id: str, verb: str) -> Response | str | dict[str, Any]:
        wanted = asked(item_id, verb)
        new = _entry(wanted)
        if request.form.get("step") == "preview":
            days = request.form.get("days", "")
            proposal = Proposal(new.effect, days, new.reason or "", listings.preview(wanted.card, new))
            return wanted.page(proposal, request.form["sign"])
        entry = listings.lay_down(wanted.card, new)
        text, back = say(f"profile.done.{new.effect}"), f"review/{item_id}/unlist/{entry.id}"
        also = _ALSO[verb] if "also" in request.form and wanted.card.item.waiting else None
        if wants_json():
            return {"text": text, "back": back, "also": also}
        flash(text, f"/console/{back}")
        if also is None:
            return redirect(url_for("console.item", item_id=item_id, **read_filter().query), 303)
        return desk.decide_one(review, Choice(item_id, read_version(), also, None, None))

    @routes.post("/review/<item_id>/unlist/<entry_id>")
    def unlist(item_id: str, entry_id: str) -> Response | dict[str, Any]:
        listings.take_back(g.reviewer, item_id, entry_id)
        if wants_json():
            return {"text": say("listing.undone")}
        flash(say("listing.undone"))
        return redirect(url_for("console.item", item_id=item_id), 303)


def _entry(wanted: _Asked) -> NewEntry:
    """What the form describes. Raises Refused."""
    form = request.form
    sign = next((one for one in wanted.signs if one.key == form.get("sign")), None)
    days, reason = form.get("days", ""), form.get("reason", "").strip() or None
    if sign is None or (days and days not in map(str, DAYS)):
        raise Refused(say("error.400"))
    return entry_of(sign, EFFECTS[wanted.verb], reason, int(days) if days else None)
