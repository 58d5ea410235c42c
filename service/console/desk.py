"""The desk: the queue, one comment, and what a reviewer does with it."""

from dataclasses import dataclass

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models.errors import Forbidden, NotFound
from models.vocabulary import ReviewReason, Role
from service.auth import require_role
from service.console import cards, lookback, sheets, shown, walk
from service.console.forms import REJECT_REASONS, read_choice, read_filter
from service.console.guard import message_page
from service.console.texts import say, say_or
from service.review import Choice, Review, Ruling
from store.ids import now_us
from store.stores import Stores

PAGE = 25
RAIL = 20
AGES = (1, 4, 24, 72)


@dataclass(frozen=True, slots=True)
class _Option:
    """One entry of a menu."""

    value: str
    text: str


def add_routes(routes: Blueprint, stores: Stores, review: Review) -> None:
    """`/console`, `/console/next`, `/console/review/<id>`, `/console/undo/<id>`."""

    @routes.get("")
    def queue() -> str:
        wanted = read_filter()
        after = request.args.get("after")
        position = walk.position_of(review.card(g.reviewer, after)) if after else None
        found = walk.items(review, g.reviewer, wanted, position, PAGE + 1)
        counts, leased = review.counts(g.reviewer, wanted.site)
        places, now = sheets.places(stores, g.reviewer), now_us()
        return render_template(
            "queue.html",
            rows=[cards.row(card, g.reviewer, places, now) for card in found[:PAGE]],
            more=found[PAGE - 1].item.id if len(found) > PAGE else None,
            after=after,
            counts=counts,
            leased=leased,
            oldest=None if counts.oldest_waiting_since is None else shown.age(now - counts.oldest_waiting_since),
            wanted=wanted,
            now=now,
            ages=AGES,
            reject_reasons=REJECT_REASONS,
            site_options=[_Option(key, name) for key, name in places.names.items()],
            reason_options=[_Option(r.value, say_or(f"reason.{r}", r)) for r in ReviewReason if r in counts.by_reason],
        )

    @routes.post("/next")
    def next_item() -> Response:
        require_role(g.reviewer, Role.REVIEWER)
        return _go_on(review, request.form.get("leave"))

    @routes.get("/review/<item_id>")
    def item(item_id: str) -> str:
        card = walk.open_item(review, g.reviewer, item_id)
        (sheet,) = sheets.of_cards(stores, g.reviewer, [card])
        wanted, places, now = read_filter(), sheets.places(stores, g.reviewer), now_us()
        near = walk.items(review, g.reviewer, wanted, None, RAIL)
        return render_template(
            "item.html",
            sheet=sheet,
            wanted=wanted,
            rail=[cards.row(found, g.reviewer, places, now) for found in near],
            reject_reasons=REJECT_REASONS,
        )

    @routes.post("/review/<item_id>")
    def decide(item_id: str) -> Response:
        return decide_one(review, read_choice(item_id))

    @routes.post("/undo/<decision_id>")
    def undo(decision_id: str) -> Response:
        card = review.undo(g.reviewer, decision_id)
        if not card.item.waiting:  # It was a disagreement with what had been decided, which stands again.
            flash(say("done.undo.overrule"))
            return redirect(url_for("console.decided", **lookback.read_filter(request.args).query), 303)
        flash(say("done.undo"))
        return redirect(url_for("console.item", item_id=card.item.id, **read_filter().query), 303)

    @routes.post("/review/<item_id>/take-over")
    def take_over(item_id: str) -> Response:
        review.take_over(g.reviewer, item_id)
        return redirect(url_for("console.item", item_id=item_id, **read_filter().query), 303)


def decide_one(review: Review, choice: Choice) -> Response:
    """Record a choice and go on to the next item, or say why it was not recorded."""
    ruling = review.decide(g.reviewer, [choice])[0]
    if ruling.status != 200 or ruling.decision is None:
        return lost(ruling)
    flash(say(f"done.{choice.action}"), ruling.decision.id)
    return _go_on(review, choice.item_id)


def _go_on(review: Review, leave: str | None) -> Response:
    wanted = read_filter()
    found = walk.go_on(review, g.reviewer, wanted, leave)
    if found is None:
        flash(say("done.nothing"))
        return redirect(url_for("console.queue", **wanted.query), 303)
    return redirect(url_for("console.item", item_id=found, **wanted.query), 303)


def lost(ruling: Ruling) -> Response:
    """The page where a decision was not recorded: somebody was first, or has the item open."""
    if ruling.status == 423:
        return message_page(423, say("held.title"), cards.lost(ruling), item=ruling.item_id)
    if ruling.status == 409:
        return message_page(409, say("lost.title"), cards.lost(ruling), item=ruling.item_id)
    if ruling.status == 403:
        raise Forbidden(say("error.role"))
    raise NotFound(say("error.404"))
