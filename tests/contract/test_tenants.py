"""Nothing crosses sites: for every route, what belongs to another site is answered as what does not exist.

The routes come from the application itself; one that nobody has thought of here fails.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest
from builders import SPAM, UNSURE, Caller, Drain, add_key, add_person, add_site
from flask import Flask
from test_routes import routes
from werkzeug.test import TestResponse

from models.vocabulary import Role
from store.records import model_versions, training_runs
from store.records.sites import Site
from store.stores import Stores

# By what a path begins with: what its id is of.
KINDS = {
    "/v1/comments/": "comment",
    "/v1/decisions/": "decision",
    "/v1/webhooks/": "webhook",
    "/v1/lists/": "entry",
    "/v1/rules/": "rule",
    "/v1/sites/": "site",
    "/v1/simulations/": "simulation",
    "/v1/privacy/erasures/": "erasure",
    "/v1/privacy/exports/": "export",
    "/v1/review/leases/": "lease",
    "/v1/review/decisions/": "ruling",
    "/v1/models/": "model",
    "/v1/training/runs/": "run",
    "/adapters/coral/": "site",
    "/adapters/cusdis/": "site",
}
BODIES: Mapping[str, Any] = {
    "POST /v1/comments/<>/revisions": {"body": "x"},
    "POST /v1/comments/<>/feedback": {"label": "spam"},
    "POST /v1/webhooks/<>:redeliver": {"state": "dead"},
    "POST /v1/review/decisions/<>/overrule": {"action": "reject"},
}
# Routes without an id in their path that take one elsewhere: in the query or in the body, `{}` stands for it.
ELSEWHERE: Mapping[str, tuple[str, str, Any]] = {
    "POST /v1/comments": ("comment", "", {"body": "x", "parent_id": "{}"}),
    "POST /v1/comments:batch": ("comment", "", {"items": [{"body": "x", "parent_id": "{}"}]}),
    "GET /v1/comments": ("external", "?external_id={}", None),
    "POST /v1/lists:preview": ("entry", "", {"replaces": "{}"}),
    "POST /v1/rules:preview": ("rule", "", {"replaces": "{}"}),
    "GET /v1/review/items": ("site", "?site={}", None),
    "GET /v1/review/counts": ("site", "?site={}", None),
    "GET /v1/review/decided": ("site", "?site={}", None),
    "POST /v1/review/leases": ("item", "", {"ids": ["{}"]}),
    "POST /v1/review/decisions": ("item", "", {"items": [{"id": "{}", "version": 1, "action": "approve"}]}),
    "GET /v1/metrics/guarantee": ("site", "?site={}", None),
    "POST /v1/simulations": ("model", "", {"model": "{}"}),
    "POST /v1/training/runs": ("site", "", {"site": "{}"}),
}
# Routes that name nothing: what they answer must hold no id of the other site.
NAMELESS = {
    "GET /v1/events",
    "GET /v1/webhooks",
    "GET /v1/lists",
    "GET /v1/rules",
    "GET /v1/models",
    "POST /v1/checks",
    "POST /v1/webhooks",
    "POST /v1/lists",
    "POST /v1/rules",
    "POST /v1/privacy/erasures",
    "POST /v1/privacy/exports",
}
WITHOUT_END = {"GET /v1/events/stream"}  # Its events are those of `GET /v1/events`: test_events_api.
# What may differ between two answers about nothing: the request's id, and the id that was asked for.
REQUEST = re.compile(rb"req_[0-9a-f]+")


class Owned(NamedTuple):
    """A site with one of everything, by the kind of its id."""

    ids: dict[str, str]


@pytest.fixture
def owned(stores: Stores, site: Site, as_site: Caller, as_reviewer: Caller, drain_now: Drain) -> Owned:
    """The site of the test with one of everything."""
    shown = as_site.submit(SPAM, external_id="a1").get_json()
    for _ in range(3):
        as_site.submit(UNSURE)
    drain_now()
    claimed, open_item, decided = as_reviewer.get("/v1/review/items").get_json()["items"]
    lease = as_reviewer.post("/v1/review/leases", {"ids": [claimed["id"]]}).get_json()["items"][0]["lease"]["id"]
    choice = {"id": decided["id"], "version": 1, "action": "approve"}
    ruling = as_reviewer.post("/v1/review/decisions", {"items": [choice]}).get_json()["items"][0]["decision"]["id"]
    with stores.database.write() as connection:
        model = model_versions.register(connection, "ab" * 32, "trained", "{}", site.id)
        run = training_runs.add(connection, "train", actor="Ana", site_id=site.id)
    condition = {"field": "body", "operator": "contains", "value": "x"}
    made = {
        "webhook": ("/v1/webhooks", {"url": "https://hooks.example/x"}),
        "entry": ("/v1/lists", {"effect": "block", "kind": "words", "value": "casino"}),
        "rule": ("/v1/rules", {"name": "r", "conditions": [condition], "action": "review"}),
        "simulation": ("/v1/simulations", {"last": 10}),
        "erasure": ("/v1/privacy/erasures", {"author": {"id": "u1"}}),
        "export": ("/v1/privacy/exports", {"author": {"id": "u1"}}),
    }
    ids = {kind: as_site.post(path, body).get_json()["id"] for kind, (path, body) in made.items()}
    ids |= {"comment": shown["id"], "external": "a1", "site": site.id, "item": open_item["id"], "lease": lease}
    ids["decision"] = as_site.get(f"/v1/comments/{shown['id']}").get_json()["decision"]["id"]
    return Owned({**ids, "ruling": ruling, "model": model.id, "run": run.id})


@pytest.fixture
def strangers(stores: Stores, client: Any, owned: Owned) -> dict[str, Caller]:
    """Callers of another site, by the beginnings of the routes that are theirs. `owned` first: the site of the test is
    the older one."""
    assert owned.ids
    other = add_site(stores)
    keyed = Caller(client, add_key(stores, other))
    reviewing = Caller(client, add_person(stores, "Eve", Role.LEAD, other).token)
    administering = Caller(client, add_person(stores, "Mallory", Role.ADMIN, other).token)
    return {
        "/v1/review": reviewing,
        "/v1/metrics": reviewing,
        "/v1/models": administering,
        "/v1/training": administering,
        "/v1": keyed,
        "/adapters": keyed,
    }


def of_api(app: Flask) -> list[str]:
    return sorted(route for route in routes(app) if route.split(" ")[1].startswith(("/v1", "/adapters")))


def kind_of(route: str) -> str:
    path = route.split(" ")[1]
    kinds = [kind for beginning, kind in KINDS.items() if path.startswith(beginning)]
    assert kinds, f"{route} names something of which this test knows no example"
    return kinds[0]


def ask(caller: Caller, route: str, named: str) -> TestResponse:
    """Call a route about what is named."""
    method, path = route.split(" ")
    body = BODIES.get(route, {} if method in ("POST", "PATCH") else None)
    if route in ELSEWHERE:
        _, query, body = ELSEWHERE[route]
        path, body = path + query.replace("{}", named), filled(body, named)
    return caller.call(method, path.replace("<>", named), body, If_Match="*")


def filled(value: Any, named: str) -> Any:
    """A body with the id in its places."""
    if isinstance(value, dict):
        return {name: filled(part, named) for name, part in value.items()}
    if isinstance(value, list):
        return [filled(part, named) for part in value]
    return named if value == "{}" else value


def told(answer: TestResponse, named: str) -> tuple[int, str | None, bytes]:
    return answer.status_code, answer.content_type, REQUEST.sub(b"", answer.data).replace(named.encode(), b"")


def test_what_is_another_sites_is_answered_as_what_does_not_exist(
    app: Flask, owned: Owned, strangers: dict[str, Caller]
) -> None:
    wrong, n_asked = [], 0
    for route in of_api(app):
        caller = next(c for beginning, c in strangers.items() if route.split(" ")[1].startswith(beginning))
        if route in NAMELESS | WITHOUT_END:
            continue
        kind = ELSEWHERE[route][0] if route in ELSEWHERE else kind_of(route)
        there, gone = owned.ids[kind], absent(owned.ids[kind])
        answers = [told(ask(caller, route, named), named) for named in (there, gone)]
        n_asked += 1
        if answers[0] != answers[1]:
            wrong.append((route, answers))
        if route not in ELSEWHERE and answers[0][0] not in (
            401,
            403,
            404,
            410,
        ):  # A lease that never was is one that has ended.
            wrong.append((route, answers))

    assert wrong == []
    assert n_asked >= 40


def absent(there: str) -> str:
    """An id of the same form that nothing has."""
    return there[:-4] + ("0000" if not there.endswith("0000") else "1111") if "_" in there else "zz"


def test_what_names_nothing_shows_nothing_of_another_site(
    app: Flask, owned: Owned, strangers: dict[str, Caller]
) -> None:
    for route in sorted(NAMELESS | {route for route in ELSEWHERE if route.startswith("GET ")}):
        assert route in of_api(app)
        caller = next(c for beginning, c in strangers.items() if route.split(" ")[1].startswith(beginning))
        method, path = route.split(" ")
        answer = caller.call(method, path, {} if method == "POST" else None)
        assert answer.status_code in (200, 422, 503), route
        assert [kind for kind, one in owned.ids.items() if "_" in one and one.encode() in answer.data] == [], route


def test_the_owner_does_reach_all_of_it(owned: Owned, as_site: Caller, as_reviewer: Caller) -> None:
    """Else the matrix would prove nothing."""
    paths = ["comments/comment", "decisions/decision", "webhooks/webhook", "lists/entry", "rules/rule"]
    paths += ["privacy/erasures/erasure", "privacy/exports/export"]
    for path in paths:
        place, kind = path.rsplit("/", 1)
        assert as_site.get(f"/v1/{place}/{owned.ids[kind]}").status_code == 200, path
    assert as_reviewer.call("PATCH", f"/v1/review/leases/{owned.ids['lease']}", {}).status_code == 200
    assert as_reviewer.post(f"/v1/review/decisions/{owned.ids['ruling']}/undo", {}).status_code == 200


@pytest.mark.parametrize("route", sorted(route for route, (kind, _, _) in ELSEWHERE.items() if kind == "site"))
def test_a_site_that_is_not_there_is_not_found_by_those_who_see_all(stores: Stores, client: Any, route: str) -> None:
    """Else a mistyped one would look like one on which nothing waits."""
    everywhere = Caller(client, add_person(stores, "Root", Role.ADMIN).token)

    assert ask(everywhere, route, "site_0").status_code == 404
