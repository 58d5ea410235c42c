"""The page of what is like a comment: nearly the same text, the same address, a link to the same domain."""

from typing import Any

from flask import Blueprint, g, render_template, request

from models.errors import NotFound
from models.vocabulary import Role
from service.clusters import Clusters
from service.console import cards, shown
from service.console.clusters import TYPED_ABOVE
from service.console.context import near
from service.console.forms import REJECT_REASONS
from service.console.guard import wants_json
from service.console.texts import say
from service.review import Review
from store.ids import now_us
from store.records import comments, kin, review_items
from store.records.kin import Kin
from store.stores import Stores

BY = ("copies", "address", "link")
MAX_SHOWN = 100


def add_routes(routes: Blueprint, stores: Stores, review: Review) -> None:
    """`/console/review/<id>/alike`; to a script it tells which near copies wait."""
    clusters = Clusters(stores, review)

    @routes.get("/review/<item_id>/alike")
    def alike(item_id: str) -> str | dict[str, Any]:
        by, domain = request.args.get("by", "copies"), request.args.get("domain", "")
        if by not in BY:
            raise NotFound(say("error.404"))
        card = review.card(g.reviewer, item_id)
        waiting = clusters.around(g.reviewer, item_id) if by == "copies" else []
        if wants_json():
            return {"ids": [member.item_id for member in waiting]}
        with stores.database.read() as connection:
            ids = _ids(kin.of_comments(connection, [card.comment])[card.comment.id], by, domain)
            texts = comments.texts(connection, ids[:MAX_SHOWN])
            items = review_items.of_comments(connection, ids[:MAX_SHOWN])
        now = now_us()
        found = [texts[one] for one in ids if one in texts and texts[one].state != "erased"]
        return render_template(
            "alike.html",
            card=card,
            excerpt=shown.excerpt,
            by=by,
            domain=domain,
            count=len(ids),
            rows=[(near(one, now), items[one.id].id if one.id in items else None) for one in found],
            # What became of copies of a blind one would say what the machine thinks of it.
            blind=cards.is_blind(card, None, now),
            waiting=waiting,
            typed_above=TYPED_ABOVE,
            reject_reasons=REJECT_REASONS,
            may_decide=g.reviewer.may(Role.REVIEWER, card.item.site_id),
        )


def _ids(found: Kin, by: str, domain: str) -> tuple[str, ...]:
    if by == "copies":
        return found.copies
    return found.same_address if by == "address" else found.by_domain.get(domain, ())
