"""Every route, and who may call it. A route that is not listed here fails this test."""

import re

import pytest
from builders import Caller, Person, add_person
from console_pages import NO_PAGES, PAGES
from flask import Flask

from models.vocabulary import Role
from store.records.sites import Site
from store.stores import Stores

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SITE = {
    "POST /v1/comments",
    "POST /v1/comments:batch",
    "GET /v1/comments",
    "GET /v1/comments/<>",
    "DELETE /v1/comments/<>",
    "POST /v1/checks",
    "POST /v1/comments/<>/revisions",
    "POST /v1/comments/<>/feedback",
    "POST /v1/comments/<>/reports",
    "POST /v1/comments/<>/appeals",
    "GET /v1/decisions/<>",
    "GET /v1/events",
    "GET /v1/events/stream",
    "POST /v1/webhooks",
    "GET /v1/webhooks",
    "GET /v1/webhooks/<>",
    "PATCH /v1/webhooks/<>",
    "DELETE /v1/webhooks/<>",
    "POST /v1/webhooks/<>:rotate",
    "POST /v1/webhooks/<>:redeliver",
    "GET /v1/webhooks/<>/deliveries",
    "POST /v1/lists",
    "GET /v1/lists",
    "POST /v1/lists:preview",
    "GET /v1/lists/<>",
    "PATCH /v1/lists/<>",
    "DELETE /v1/lists/<>",
    "POST /v1/rules",
    "GET /v1/rules",
    "POST /v1/rules:preview",
    "GET /v1/rules/<>",
    "PATCH /v1/rules/<>",
    "DELETE /v1/rules/<>",
    "GET /v1/sites/<>/policy",
    "PATCH /v1/sites/<>/policy",
    "GET /v1/sites/<>/shadow",
    "POST /v1/sites/<>/targets:preview",
    "POST /v1/simulations",
    "GET /v1/simulations/<>",
    "POST /v1/privacy/erasures",
    "GET /v1/privacy/erasures/<>",
    "POST /v1/privacy/exports",
    "GET /v1/privacy/exports/<>",
    "GET /v1/privacy/exports/<>/data",
}
REVIEWER = {
    "GET /v1/review/items",
    "GET /v1/review/counts",
    "POST /v1/review/leases",
    "PATCH /v1/review/leases/<>",
    "DELETE /v1/review/leases/<>",
    "POST /v1/review/decisions",
    "POST /v1/review/decisions/<>/undo",
    "POST /v1/review/decisions/<>/overrule",
    "GET /v1/review/decided",
}
ADMIN = {
    "GET /v1/models",
    "GET /v1/models/<>",
    "POST /v1/models/<>:promote",
    "POST /v1/models/<>:rollback",
    "POST /v1/training/runs",
    "GET /v1/training/runs/<>",
}
EITHER = {"GET /v1/metrics/guarantee"}  # Of a site's own key, or of a reviewer of the site: test_guarantee_api.
OPEN = {
    "GET /healthz",
    "GET /readyz",
    "GET /metrics",  # The loopback only, or with a token: test_operations_api.
    "GET /openapi.json",
    "GET /docs",
    "GET /docs/files/<>",
    "GET /1.1/test",  # Says that it is reachable.
    "GET /console/static/<>",
    "GET /console/login",
    "POST /console/login",
    "POST /console/language",
    "GET /console/login/code",
    "GET /console/login/provider",
    "GET /console/login/back",
    "POST /console/login/code",
    "GET /console/join/<>",
    "POST /console/join/<>",
    "GET /console/<>",  # Says that there is nothing here.
    "POST /console/<>",
}
AKISMET = {
    f"{method} /{path}"
    for method in ("GET", "POST")
    for path in (
        "1.1/verify-key",
        "1.1/comment-check",
        "1.1/submit-spam",
        "1.1/submit-ham",
        "1.1/deactivate",
        "1.1/token",
        "1.1/get-subscription",
        "1.1/get-stats",
        "1.2/usage-limit",
        "1.2/key-sites",
        "1.1/<>",
        "1.2/<>",  # Say that there is no such call.
    )
}
ADAPTERS = {"POST /adapters/coral/<>", "POST /adapters/cusdis/<>"}
SESSION = {
    "GET /console",
    "GET /console/review/<>",
    "POST /console/review/<>",
    "POST /console/next",
    "POST /console/account/keys",
    "POST /console/account/factor/codes",
    "POST /console/overview",
    "GET /console/digest/<>",
    "POST /console/digest/<>",
    "POST /console/undo/<>",
    "GET /console/review/<>/sheet",
    "GET /console/review/<>/block",
    "POST /console/review/<>/block",
    "GET /console/review/<>/trust",
    "POST /console/review/<>/trust",
    "POST /console/review/<>/unlist/<>",
    "GET /console/review/<>/alike",
    "POST /console/review/<>/take-over",
    "POST /console/deck/ahead",
    "POST /console/deck/keep",
    "POST /console/deck/leave",
    "POST /console/deck/decide",
    "POST /console/deck/undo",
    "POST /console/deck/preview",
    "GET /console/live",
    "GET /console/live/counts",
    "GET /console/guarantee",
    "POST /console/guarantee",
    "POST /console/guarantee/seeds",
    "GET /console/decided",
    "POST /console/decided/<>",
    "GET /console/comments/<>/author",
    "GET /console/authors/<>",
    "POST /console/authors/<>",
    "GET /console/domains/<>",
    "GET /console/clusters",
    "POST /console/clusters",
    "POST /console/clusters/undo",
    "GET /console/overview",
    "GET /console/team",
    "GET /console/comments/<>/notes",
    "POST /console/comments/<>/notes",
    "GET /console/mentions",
    "GET /console/digest",
    "POST /console/digest",
    "GET /console/second-look",
    "POST /console/second-look/<>",
    "POST /console/domains/<>",
    "POST /console/logout",
    "GET /console/account",
    "POST /console/account/password",
    "POST /console/account/preferences",
    "POST /console/account/sessions/<>/end",
    "POST /console/account/sessions/end",
    "POST /console/account/tokens",
    "POST /console/account/tokens/<>/revoke",
    "GET /console/account/factor",
    "POST /console/account/factor",
    "POST /console/account/factor/confirm",
    "POST /console/account/factor/remove",
    "POST /console/people/<>/factor",
    "GET /console/people",
    "POST /console/people",
    "GET /console/people/<>",
    "POST /console/people/<>/disable",
    "POST /console/people/<>/enable",
    "POST /console/people/<>/link",
    "POST /console/people/<>/revoke",
    "POST /console/people/<>/role",
    "POST /console/people/<>/unlink",
}


def routes(app: Flask) -> set[str]:
    found = set()
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            found.add(f"{method} {re.sub('<[^>]*>', '<>', rule.rule)}")
    return found


def test_every_page_of_the_console_is_among_those_that_are_looked_at(app: Flask) -> None:
    """The pages of `console_pages` are checked by axe-core, in narrow windows, and with hostile texts on them."""
    got = {route for route in routes(app) if route.startswith("GET /console")}

    assert got == {*PAGES, *NO_PAGES}


def call(caller: Caller, route: str, **headers: str) -> int:
    method, path = route.replace("<>", "x_1").split(" ")
    return caller.call(method, path, {} if method == "POST" else None, **headers).status_code


def test_every_route_is_in_the_inventory(app: Flask) -> None:
    listed = (SITE, REVIEWER, ADMIN, EITHER, OPEN, SESSION, AKISMET, ADAPTERS)
    assert routes(app) == set().union(*listed)
    assert len(routes(app)) == sum(map(len, listed)), "listed twice"


@pytest.mark.parametrize("route", sorted(SITE))
def test_a_sites_route_is_opened_by_a_sites_key_alone(
    as_site: Caller, as_reviewer: Caller, as_nobody: Caller, route: str
) -> None:
    assert call(as_nobody, route) == 401
    assert call(as_nobody, route, Authorization="Bearer gps_unknown") == 401
    assert call(as_reviewer, route) == 403
    assert call(as_site, route) not in (401, 403)


@pytest.mark.parametrize("route", sorted(REVIEWER))
def test_a_reviewers_route_is_opened_by_a_reviewer_alone(
    as_site: Caller, as_reviewer: Caller, as_nobody: Caller, route: str
) -> None:
    assert call(as_nobody, route) == 401
    assert call(as_nobody, route, Authorization="Bearer gpr_unknown") == 401
    assert call(as_nobody, route, Cookie="gatepost=unknown", Sec_Fetch_Site="same-origin") == 401
    assert call(as_site, route) == 403
    assert call(as_reviewer, route) not in (401, 403)


@pytest.mark.parametrize("route", sorted(ADMIN))
def test_an_administrators_route_is_opened_by_an_administrator_alone(
    stores: Stores, as_site: Caller, as_reviewer: Caller, as_nobody: Caller, route: str
) -> None:
    lead = Caller(as_site.client, add_person(stores, "Bo", Role.LEAD).token)
    admin = Caller(as_site.client, add_person(stores, "Cy", Role.ADMIN).token)

    assert call(as_nobody, route) == 401
    assert [call(caller, route) for caller in (as_site, as_reviewer, lead)] == [403, 403, 403]
    assert call(admin, route) not in (401, 403)


@pytest.mark.parametrize("route", sorted(SESSION))
def test_a_page_of_the_console_is_opened_by_a_session_alone(
    as_site: Caller, reviewer: Person, as_nobody: Caller, route: str
) -> None:
    as_token = Caller(as_site.client, reviewer.token)

    for caller in (as_nobody, as_site, as_token):
        status = call(caller, route, Sec_Fetch_Site="same-origin")
        assert status in (303, 400, 403), f"{route} answered {status}"


@pytest.mark.parametrize("route", sorted(OPEN))
def test_an_open_route_asks_for_nothing(as_nobody: Caller, route: str) -> None:
    assert call(as_nobody, route) not in (401, 500)


@pytest.mark.parametrize("route", sorted(AKISMET))
def test_a_call_of_the_akismet_wire_is_opened_by_no_key_of_another_wire(
    as_site: Caller, as_reviewer: Caller, as_nobody: Caller, route: str
) -> None:
    method, path = route.replace("<>", "x_1").split(" ")
    for caller in (as_site, as_reviewer, as_nobody):
        form = f"blog=https://blog.example&api_key={caller.secret or ''}".encode()
        answer = caller.call(method, path, raw=form, Content_Type="application/x-www-form-urlencoded")
        assert (answer.status_code, answer.data) == (200, b"invalid")


@pytest.mark.parametrize("route", sorted(ADAPTERS))
def test_an_adapter_is_opened_by_no_key_and_tells_no_site_from_an_absent_one(
    as_site: Caller, as_nobody: Caller, site: Site, route: str
) -> None:
    method, path = route.split(" ")
    answers = [
        caller.call(method, path.replace("<>", name), {})
        for caller in (as_site, as_nobody)
        for name in (site.id, "site_1", "x_1", "%00")
    ]

    assert {(answer.status_code, answer.data) for answer in answers} == {(401, answers[0].data)}
