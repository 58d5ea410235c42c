"""What a role opens is asked site by site: the same rule for the API and the console."""

from typing import Any

import pytest
from builders import UNSURE, Caller, Drain, add_person, add_site, problem, record

from models.vocabulary import Role
from store.records import people
from store.records.sites import Site
from store.stores import Stores


@pytest.fixture
def sites(stores: Stores, site: Site) -> dict[str, Site]:
    """One site for each role, and one without."""
    urls = ("lead", "reviewer", "viewer", "none")
    return {name: add_site(stores, url=f"https://{name}.example") for name in urls} | {"first": site}


def test_a_person_does_on_each_site_what_the_role_there_allows(
    stores: Stores, sites: dict[str, Site], as_nobody: Caller, drain_now: Drain
) -> None:
    for each in ("lead", "reviewer", "viewer", "none"):
        record(stores, sites[each], UNSURE)
    drain_now()
    ana = add_person(stores, "Ana", Role.LEAD, sites["lead"])
    with stores.database.write() as connection:
        people.set_role(connection, ana.reviewer.id, Role.REVIEWER, sites["reviewer"].id)
        people.set_role(connection, ana.reviewer.id, Role.VIEWER, sites["viewer"].id)
    caller, everywhere = Caller(as_nobody.client, ana.token), Caller(as_nobody.client, add_person(stores, "Eva").token)
    of_site = {item["site_id"]: item for item in everywhere.get("/v1/review/items").get_json()["items"]}
    items = {name: of_site[sites[name].id] for name in ("lead", "reviewer", "viewer", "none")}

    seen = caller.get("/v1/review/items").get_json()["items"]
    counts = caller.get("/v1/review/counts").get_json()
    assert {item["site_id"] for item in seen} == {sites[name].id for name in ("lead", "reviewer", "viewer")}
    assert (counts["waiting"], len(counts["by_site"])) == (3, 3)
    assert problem(caller.get(f"/v1/review/items?site={sites['none'].id}"))[:2] == (404, "not_found")
    named = {"count": 5, "site": sites["viewer"].id}
    assert problem(caller.post("/v1/review/leases", named))[:2] == (403, "forbidden")
    claimed = caller.post("/v1/review/leases", {"count": 5}).get_json()["items"]
    assert {item["site_id"] for item in claimed} == {sites["lead"].id, sites["reviewer"].id}
    assert caller.get("/v1/review/counts").get_json()["leased"] == 2

    statuses = {name: ruling(caller, item)["status"] for name, item in items.items()}
    assert statuses == {"lead": 200, "reviewer": 200, "viewer": 403, "none": 404}


def test_another_persons_decision_is_taken_back_where_one_is_lead(
    stores: Stores, sites: dict[str, Site], as_nobody: Caller, drain_now: Drain
) -> None:
    for each in ("lead", "reviewer", "none"):
        record(stores, sites[each], UNSURE)
    drain_now()
    ana = add_person(stores, "Ana", Role.LEAD, sites["lead"])
    with stores.database.write() as connection:
        people.set_role(connection, ana.reviewer.id, Role.REVIEWER, sites["reviewer"].id)
    caller, eva = Caller(as_nobody.client, ana.token), Caller(as_nobody.client, add_person(stores, "Eva").token)
    decided = {
        item["site_id"]: ruling(eva, item)["decision"]["id"] for item in eva.get("/v1/review/items").get_json()["items"]
    }

    answers = {
        name: caller.post(f"/v1/review/decisions/{decided[sites[name].id]}/undo").status_code
        for name in ("lead", "reviewer", "none")
    }

    assert answers == {"lead": 200, "reviewer": 403, "none": 404}


def test_what_holds_for_all_sites_needs_the_role_on_all_sites(
    stores: Stores, sites: dict[str, Site], as_nobody: Caller
) -> None:
    local = add_person(stores, "Local", Role.ADMIN, sites["first"])
    with stores.database.write() as connection:
        people.set_role(connection, local.reviewer.id, Role.LEAD, sites["lead"].id)
    caller = Caller(as_nobody.client, local.token)

    answers = [caller.post("/v1/training/runs", body) for body in ({}, {"site": sites["lead"].id}, {"site": "site_x"})]

    assert [answer.status_code for answer in answers] == [403, 403, 404]
    assert caller.post("/v1/training/runs", {"site": sites["first"].id}).status_code == 202


def ruling(caller: Caller, item: dict[str, Any]) -> dict[str, Any]:
    """Approve one item."""
    choice = {"id": item["id"], "version": item["version"], "action": "approve"}
    found: dict[str, Any] = caller.post("/v1/review/decisions", {"items": [choice]}).get_json()["items"][0]
    return found
