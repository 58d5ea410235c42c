"""Every route, and who may call it. A route that is not listed here fails this test."""

import re

import pytest
from builders import Caller, Person, add_person
from flask import Flask

from models.vocabulary import Role
from store.stores import Stores

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SITE = {
    "POST /v1/comments",
    "POST /v1/comments:batch",
    "GET /v1/comments",
    "GET /v1/comments/<>",
    "DELETE /v1/comments/<>",
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
}
REVIEWER = {
    "GET /v1/review/items",
    "GET /v1/review/counts",
    "POST /v1/review/leases",
    "PATCH /v1/review/leases/<>",
    "DELETE /v1/review/leases/<>",
    "POST /v1/review/decisions",
    "POST /v1/review/decisions/<>/undo",
}
ADMIN = {
    "GET /v1/models",
    "GET /v1/models/<>",
    "POST /v1/models/<>:promote",
    "POST /v1/models/<>:rollback",
    "POST /v1/training/runs",
    "GET /v1/training/runs/<>",
}
OPEN = {
    "GET /healthz",
    "GET /readyz",
    "GET /metrics",  # The loopback only, or with a token: test_operations_api.
    "GET /openapi.json",
    "GET /docs",
    "GET /docs/files/<>",
    "GET /console/static/<>",
    "GET /console/login",
    "POST /console/login",
    "GET /console/join/<>",
    "POST /console/join/<>",
    "GET /console/<>",  # Says that there is nothing here.
    "POST /console/<>",
}
SESSION = {
    "GET /console",
    "GET /console/review/<>",
    "POST /console/review/<>",
    "POST /console/next",
    "POST /console/undo/<>",
    "POST /console/logout",
}


def routes(app: Flask) -> set[str]:
    found = set()
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            found.add(f"{method} {re.sub('<[^>]*>', '<>', rule.rule)}")
    return found


def call(caller: Caller, route: str, **headers: str) -> int:
    method, path = route.replace("<>", "x_1").split(" ")
    return caller.call(method, path, {} if method == "POST" else None, **headers).status_code


def test_every_route_is_in_the_inventory(app: Flask) -> None:
    assert routes(app) == SITE | REVIEWER | ADMIN | OPEN | SESSION
    assert len(routes(app)) == sum(map(len, (SITE, REVIEWER, ADMIN, OPEN, SESSION))), "listed twice"


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
    assert call(as_nobody, route, Cookie="__Host-gatepost=unknown", Sec_Fetch_Site="same-origin") == 401
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
