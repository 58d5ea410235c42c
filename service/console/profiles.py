"""The pages of an author and of a linked domain."""

from dataclasses import dataclass

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models.errors import Refused
from models.vocabulary import Action, ListEffect, Role
from service.console.decided import rows_of, site_names
from service.console.forms import REJECT_REASONS
from service.console.texts import say
from service.policies import NewEntry
from service.preview import Preview
from service.profiles import Profile, Profiles, least_role, new_entry
from service.review import Review
from store.records.reputations import DOMAIN
from store.stores import Stores

DAYS = (7, 30, 90, 365)
_ACTIONS = {"approve": Action.APPROVE, "reject": Action.REJECT}


@dataclass(frozen=True, slots=True)
class Proposal:
    """An entry that is shown before it is saved, with what it would have done."""

    effect: str
    days: str
    reason: str
    preview: Preview

    @property
    def changes(self) -> list[str]:
        """How many would have been decided otherwise, by kind."""
        return [
            say("profile.change", count=count, before=say(f"decided.{before}"), after=say(f"decided.{after}"))
            for (before, after), count in self.preview.changes.most_common()
        ]


def add_routes(routes: Blueprint, stores: Stores, review: Review) -> None:
    """`/console/authors/<key>`, `/console/domains/<domain>`, `/console/comments/<id>/author`."""
    profiles = Profiles(stores, review)

    @routes.get("/comments/<comment_id>/author")
    def author_of(comment_id: str) -> Response:
        return redirect(url_for("console.author", key=profiles.author_key(g.reviewer, comment_id)), 303)

    @routes.get("/authors/<key>")
    def author(key: str) -> str:
        return _page(stores, profiles.author(g.reviewer, key), url_for("console.author", key=key))

    @routes.post("/authors/<key>")
    def act_on_author(key: str) -> Response | str:
        return _act(stores, profiles, profiles.author(g.reviewer, key), url_for("console.author", key=key))

    @routes.get("/domains/<domain>")
    def domain(domain: str) -> str:
        site_id = profiles.site_for(g.reviewer, request.args.get("site"))
        found = profiles.domain(g.reviewer, site_id, domain)
        return _page(stores, found, url_for("console.domain", domain=found.value, site=site_id))

    @routes.post("/domains/<domain>")
    def act_on_domain(domain: str) -> Response | str:
        site_id = profiles.site_for(g.reviewer, request.args.get("site"))
        found = profiles.domain(g.reviewer, site_id, domain)
        return _act(stores, profiles, found, url_for("console.domain", domain=found.value, site=site_id))


def _act(stores: Stores, profiles: Profiles, profile: Profile, here: str) -> Response | str:
    form = request.form
    if form.get("step") == "decide":
        action = _ACTIONS.get(form.get("action", ""))
        if action is None:
            raise Refused(say("error.action"))
        rulings = profiles.decide_waiting(g.reviewer, profile, action)
        done = sum(ruling.status == 200 for ruling in rulings)
        flash(say(f"profile.done.{action}", count=done, missed=len(rulings) - done))
        return redirect(here, 303)
    new = _entry(profile)
    if form.get("step") == "save":
        profiles.lay_down(g.reviewer, profile, new)
        flash(say(f"profile.done.{new.effect}"))
        return redirect(here, 303)
    shown = profiles.preview(g.reviewer, profile, new)
    return _page(stores, profile, here, Proposal(new.effect, form.get("days", ""), new.reason or "", shown))


def _entry(profile: Profile) -> NewEntry:
    effect, days = request.form.get("effect", ""), request.form.get("days", "")
    if effect not in set(ListEffect) or (days and days not in map(str, DAYS)):
        raise Refused(say("error.400"))
    reason = request.form.get("reason", "").strip() or None
    return new_entry(profile, ListEffect(effect), reason, int(days) if days else None)


def _page(stores: Stores, profile: Profile, here: str, proposal: Proposal | None = None) -> str:
    names = site_names(stores)
    return render_template(
        "profile.html",
        profile=profile,
        here=here,
        proposal=proposal,
        rows=rows_of(stores, profile.recent, names),
        site=names[profile.site_id],
        is_domain=profile.kind == DOMAIN,
        may_list=g.reviewer.may(least_role(profile), profile.site_id),
        may_decide=g.reviewer.may(Role.REVIEWER, profile.site_id),
        effects=list(ListEffect),
        days=DAYS,
        reject_reasons=REJECT_REASONS,
        wanted=None,
    )
