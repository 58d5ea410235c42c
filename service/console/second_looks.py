"""The pages of second looks: a comment to judge once more, and how far the team agrees."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models.errors import Refused
from models.vocabulary import Action
from service.console import shown
from service.console.decided import site_names
from service.console.texts import say
from service.second_looks import SecondLooks
from store.stores import Stores

_ACTIONS = {"approve": Action.APPROVE, "reject": Action.REJECT}


def add_routes(routes: Blueprint, stores: Stores) -> None:
    """`/console/team`, `/console/second-look`, `/console/second-look/<decision id>`."""
    looks = SecondLooks(stores)

    @routes.get("/team")
    def team() -> str:
        site_id = request.args.get("site") or None
        found = looks.agreement(g.reviewer, site_id)
        return render_template(
            "team.html",
            found=found,
            names=site_names(stores),
            site_id=site_id,
            waiting=looks.count(g.reviewer),
            percent=stores.settings.second_look_percent,
        )

    @routes.get("/second-look")
    def second_look() -> str:
        look = looks.next(g.reviewer)
        site = None if look is None else site_names(stores)[look.comment.site_id]
        body = None if look is None else shown.visible(look.comment.body)
        return render_template("second_look.html", look=look, site=site, body=body)

    @routes.post("/second-look/<decision_id>")
    def say_again(decision_id: str) -> Response:
        action = _ACTIONS.get(request.form.get("action", ""))
        if action is None:
            raise Refused(say("error.action"))
        agrees = looks.say(g.reviewer, decision_id, action)
        flash(say("second.agrees" if agrees else "second.differs"))
        return redirect(url_for("console.second_look"), 303)
