"""The page of clusters: near copies that wait, decided at once."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models.errors import Refused
from models.vocabulary import Action, Role
from service.auth import require_role
from service.clusters import Clusters, choices_from
from service.console import shown
from service.console.decided import site_names
from service.console.forms import REJECT_REASONS
from service.console.texts import say
from service.review import Review
from store.ids import now_us
from store.stores import Stores

TYPED_ABOVE = 50
_ACTIONS = {"approve": Action.APPROVE, "reject": Action.REJECT}


def add_routes(routes: Blueprint, stores: Stores, review: Review) -> None:
    """`/console/clusters`, `/console/clusters/undo`."""
    made = Clusters(stores, review)

    @routes.get("/clusters")
    def clusters() -> str:
        now, done = now_us(), request.args.get("done", "")
        return render_template(
            "clusters.html",
            clusters=[(one, shown.age(now - one.since), _range(one.low, one.high)) for one in made.found(g.reviewer)],
            names=site_names(stores),
            typed_above=TYPED_ABOVE,
            reject_reasons=REJECT_REASONS,
            done=done if _is_instant(done) else None,
            excerpt=shown.excerpt,
            role=Role.REVIEWER,
        )

    @routes.post("/clusters")
    def decide_cluster() -> Response:
        require_role(g.reviewer, Role.REVIEWER)
        form = request.form
        action, reason, given = _ACTIONS.get(form.get("action", "")), form.get("reason"), form.get("items", "").split()
        if action is None:
            raise Refused(say("error.action"))
        if len(given) > TYPED_ABOVE and form.get("count", "").strip() != str(len(given)):
            raise Refused(say("clusters.typed", count=len(given)))
        kept = reason if action is Action.REJECT and reason in REJECT_REASONS else None
        rulings = made.decide(g.reviewer, choices_from(given, action, kept))
        recorded = [ruling.decision for ruling in rulings if ruling.status == 200 and ruling.decision is not None]
        flash(say(f"profile.done.{action}", count=len(recorded), missed=len(rulings) - len(recorded)))
        return redirect(url_for("console.clusters", **({"done": recorded[0].decided_at} if recorded else {})), 303)  # type: ignore[arg-type]

    @routes.post("/clusters/undo")
    def undo_cluster() -> Response:
        at = request.form.get("at", "")
        reversals = made.undo(g.reviewer, int(at) if _is_instant(at) else 0)
        back = sum(reversal.card is not None for reversal in reversals)
        flash(say("clusters.undone", count=back, missed=len(reversals) - back))
        return redirect(url_for("console.clusters"), 303)


def _is_instant(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 17


def _range(low: float | None, high: float | None) -> str | None:
    if low is None or high is None:
        return None
    return (
        shown.percent(low)
        if shown.percent(low) == shown.percent(high)
        else f"{shown.percent(low)} – {shown.percent(high)}"
    )
