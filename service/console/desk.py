"""The desk: the queue, one comment, and what a reviewer does with it."""

from dataclasses import dataclass

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models.errors import Forbidden, NotFound, Refused
from models.vocabulary import Action, ReviewReason, Role
from service.auth import require_role
from service.console import cards, shown, walk
from service.console.guard import message_page
from service.console.lookback import read_filter
from service.console.texts import say, say_or
from service.console.walk import Filter
from service.review import Choice, Review, Ruling
from store.ids import now_us
from store.records import decisions, sites
from store.stores import Stores

PAGE = 25
MAX_NOTE_CHARACTERS = 2000
MAX_VERSION_DIGITS = 9
REJECT_REASONS = ("spam", "abuse", "off_topic", "other")
_ACTIONS = {"approve": Action.APPROVE, "reject": Action.REJECT, "escalate": Action.ESCALATE}


@dataclass(frozen=True, slots=True)
class _Option:
    """One entry of a menu."""

    value: str
    text: str


def add_routes(routes: Blueprint, stores: Stores, review: Review) -> None:
    """`/console`, `/console/next`, `/console/review/<id>`, `/console/undo/<id>`."""

    @routes.get("")
    def queue() -> str:
        wanted = _filter()
        after = request.args.get("after")
        position = walk.position_of(review.card(g.reviewer, after)) if after else None
        found = review.items(
            g.reviewer,
            site_id=wanted.site,
            reason=wanted.reason,
            oldest_first=False,
            after=position,
            limit=PAGE + 1,
        )
        counts, leased = review.counts(g.reviewer, wanted.site)
        names, now = _site_names(stores), now_us()
        return render_template(
            "queue.html",
            rows=[cards.row(card, g.reviewer, names, now) for card in found[:PAGE]],
            more=found[PAGE - 1].item.id if len(found) > PAGE else None,
            after=after,
            counts=counts,
            leased=leased,
            oldest=None if counts.oldest_waiting_since is None else shown.age(now - counts.oldest_waiting_since),
            wanted=wanted,
            site_options=[_Option(key, name) for key, name in names.items()],
            reason_options=[_Option(r.value, say_or(f"reason.{r}", r)) for r in ReviewReason if r in counts.by_reason],
        )

    @routes.post("/next")
    def next_item() -> Response:
        require_role(g.reviewer, Role.REVIEWER)
        return _go_on(review, request.form.get("leave"))

    @routes.get("/review/<item_id>")
    def item(item_id: str) -> str:
        card = walk.open_item(review, g.reviewer, item_id)
        with stores.database.read() as connection:
            found = decisions.current(connection, [card.comment.id])
        human = cards.latest_human(list(found.values()))
        return render_template(
            "item.html",
            sheet=cards.sheet(card, human, g.reviewer, _site_names(stores), now_us()),
            comment=card.comment,
            wanted=_filter(),
            reject_reasons=REJECT_REASONS,
        )

    @routes.post("/review/<item_id>")
    def decide(item_id: str) -> Response:
        choice = _choice(item_id)
        ruling = review.decide(g.reviewer, [choice])[0]
        if ruling.status != 200 or ruling.decision is None:
            return _lost(ruling)
        flash(say(f"done.{choice.action}"), ruling.decision.id)
        return _go_on(review, item_id)

    @routes.post("/undo/<decision_id>")
    def undo(decision_id: str) -> Response:
        card = review.undo(g.reviewer, decision_id)
        if not card.item.waiting:  # It was a disagreement with what had been decided, which stands again.
            flash(say("done.undo.overrule"))
            return redirect(url_for("console.decided", **read_filter(request.args).query), 303)
        flash(say("done.undo"))
        return redirect(url_for("console.item", item_id=card.item.id, **_filter().query), 303)


def _go_on(review: Review, leave: str | None) -> Response:
    wanted = _filter()
    found = walk.go_on(review, g.reviewer, wanted, leave)
    if found is None:
        flash(say("done.nothing"))
        return redirect(url_for("console.queue", **wanted.query), 303)
    return redirect(url_for("console.item", item_id=found, **wanted.query), 303)


def _filter() -> Filter:
    """What part of the queue this request works on; a reason that does not exist filters nothing."""
    reason = request.args.get("reason", "")
    known = ReviewReason(reason) if reason in set(ReviewReason) else None
    return Filter(request.args.get("site") or None, known)


def _choice(item_id: str) -> Choice:
    form = request.form
    action, version = _ACTIONS.get(form.get("action", "")), form.get("version", "")
    note, reason = form.get("note", "").strip() or None, form.get("reason") or None
    if action is None:
        raise Refused(say("error.action"))
    if not (version.isascii() and version.isdigit() and len(version) <= MAX_VERSION_DIGITS):
        raise Refused(say("error.400"))
    if note is not None and (len(note) > MAX_NOTE_CHARACTERS or "\0" in note):
        raise Refused(say("error.note"))
    kept = reason if action is Action.REJECT and reason in REJECT_REASONS else None
    return Choice(item_id, int(version), action, kept, note)


def _lost(ruling: Ruling) -> Response:
    """The decision was not recorded: somebody was first, or has the item open."""
    if ruling.status == 423 and ruling.holder is not None:
        left = shown.left(ruling.holder.milliseconds_left)
        text = say("held.lead", name=ruling.holder.reviewer, age=left)
        return message_page(423, say("held.title"), text, item=ruling.item_id)
    if ruling.status == 409:
        winner = ruling.winner
        text = say("lost.changed") if winner is None else cards.decided("lost", winner, now_us())
        return message_page(409, say("lost.title"), text, item=ruling.item_id)
    if ruling.status == 403:
        raise Forbidden(say("error.role"))
    raise NotFound(say("error.404"))


def _site_names(stores: Stores) -> dict[str, str]:
    """The sites that the reviewer sees, by id, as people name them."""
    with stores.database.read() as connection:
        return {site.id: shown.site_name(site.url) for site in sites.every(connection) if g.reviewer.sees(site.id)}
