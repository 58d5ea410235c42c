"""The pages about people, for administrators: who works here, invite, give roles, close an account."""

from collections.abc import Callable

from flask import Blueprint, flash, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models.errors import Refused
from models.vocabulary import Role
from service.auth import require_role
from service.console import shown
from service.console.persons import EVERYWHERE, places, shown_person
from service.console.texts import say
from service.team import Invited, Team
from store.ids import now_us
from store.records import sites
from store.records.people import LastAdmin
from store.records.reviewers import Reviewer
from store.stores import Stores

ROLES = [role.value for role in Role]


def add_routes(routes: Blueprint, stores: Stores, team: Team) -> None:
    """`/console/people`, `/console/people/<id>`, and what one does there."""

    @routes.get("/people")
    def people() -> Response:
        return _list(stores, team)

    @routes.post("/people")
    def invite() -> Response:
        admin, name = _admin(), request.form.get("name", "")
        role, site_id = _role(), _site_id()
        if role is None or not name.strip() or len(name) > 255 or "\0" in name:
            return _list(stores, team, say("people.refused"), name)
        try:
            invited = team.invite(admin, name, role, site_id)
        except Refused as error:
            if type(error) is not Refused:
                raise
            return _list(stores, team, say("people.taken"), name)
        return _link_page(stores, invited)

    @routes.get("/people/<person_id>")
    def person(person_id: str) -> Response:
        return _person_page(stores, team, person_id)

    @routes.post("/people/<person_id>/role")
    def set_role(person_id: str) -> Response:
        role = None if "take" in request.form else _role()
        if role is None and "take" not in request.form:
            raise Refused(say("people.refused"))
        return _changed(
            stores, team, person_id, lambda: team.set_role(_admin(), person_id, role, _site_id()), "people.done.role"
        )

    @routes.post("/people/<person_id>/disable")
    def disable(person_id: str) -> Response:
        return _changed(stores, team, person_id, lambda: team.disable(_admin(), person_id), "people.done.disable")

    @routes.post("/people/<person_id>/enable")
    def enable(person_id: str) -> Response:
        return _changed(stores, team, person_id, lambda: team.enable(_admin(), person_id), "people.done.enable")

    @routes.post("/people/<person_id>/link")
    def new_link(person_id: str) -> Response:
        return _link_page(stores, team.new_link(_admin(), person_id))

    @routes.post("/people/<person_id>/factor")
    def reset_factor(person_id: str) -> Response:
        return _changed(stores, team, person_id, lambda: team.reset_factor(_admin(), person_id), "people.done.factor")

    @routes.post("/people/<person_id>/unlink")
    def unlink(person_id: str) -> Response:
        return _changed(stores, team, person_id, lambda: team.unlink(_admin(), person_id), "people.done.unlink")

    @routes.post("/people/<person_id>/revoke")
    def revoke_links(person_id: str) -> Response:
        return _changed(stores, team, person_id, lambda: team.revoke_links(_admin(), person_id), "people.done.revoke")


def _admin() -> Reviewer:
    reviewer: Reviewer = g.reviewer
    require_role(reviewer, Role.ADMIN)
    return reviewer


def _role() -> Role | None:
    given = request.form.get("role", "")
    return Role(given) if given in ROLES else None


def _site_id() -> str | None:
    given = request.form.get("site", "")
    return None if given == EVERYWHERE else given


def _list(stores: Stores, team: Team, problem: str | None = None, name: str = "") -> Response:
    admin, names, now = _admin(), _site_names(stores), now_us()
    page = render_template(
        "people.html",
        rows=[shown_person(one, admin, names, now) for one in team.everybody(admin)],
        roles=ROLES,
        places=places(admin, names),
        problem=problem,
        name=name,
    )
    return make_response(page, 200 if problem is None else 422)


def _person_page(stores: Stores, team: Team, person_id: str, problem: str | None = None) -> Response:
    admin, names = _admin(), _site_names(stores)
    found = shown_person(team.person(admin, person_id), admin, names, now_us())
    held = {role.site_id for role in found.roles}
    page = render_template(
        "person.html",
        person=found,
        roles=ROLES,
        places=[place for place in places(admin, names) if place[0] not in held],
        problem=problem,
    )
    return make_response(page, 200 if problem is None else 409)


def _changed(stores: Stores, team: Team, person_id: str, change: Callable[[], None], done: str) -> Response:
    """Carry out a change and show the person again; what would leave nobody to administer is not done."""
    try:
        change()
    except LastAdmin:
        return _person_page(stores, team, person_id, say("people.last_admin"))
    flash(say(done))
    return redirect(url_for("console.person", person_id=person_id), 303)


def _link_page(stores: Stores, invited: Invited) -> Response:
    link = f"{stores.settings.base_url}/console/join/{invited.secret}"
    return make_response(render_template("link.html", person=invited.person.reviewer, link=link))


def _site_names(stores: Stores) -> dict[str, str]:
    with stores.database.read() as connection:
        return {site.id: shown.site_name(site.url) for site in sites.every(connection) if g.reviewer.sees(site.id)}
