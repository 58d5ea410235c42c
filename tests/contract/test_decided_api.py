"""What was decided, over HTTP."""

from builders import HAM, SPAM, Caller, Drain, add_person, add_site, problem, read, record

from store.records.sites import Site
from store.stores import Stores


def test_a_reviewer_lists_what_was_decided_disagrees_and_takes_it_back(
    stores: Stores, site: Site, drain_now: Drain, as_reviewer: Caller
) -> None:
    rejected, _ = record(stores, site, SPAM, HAM)
    drain_now()

    page = as_reviewer.get("/v1/review/decided?limit=1").get_json()
    rest = as_reviewer.get(f"/v1/review/decided?cursor={page['next_cursor']}").get_json()
    found = as_reviewer.get("/v1/review/decided?text=CLEAR&action=reject&low=0.9&since=2020-01-01T00:00:00Z").get_json()
    (shown,) = found["items"]
    path = f"/v1/review/decisions/{shown['decision']['id']}"
    overruled = as_reviewer.post(f"{path}/overrule", {"action": "approve", "note": "harmless"}).get_json()

    assert [len(page["items"]), len(rest["items"]), rest["next_cursor"], found["cut"]] == [1, 1, None, False]
    assert (shown["body"], shown["state"], shown["decision"]["comment_id"]) == (SPAM, "rejected", rejected)
    assert overruled["decision"]["by"] == "human"
    assert read(stores, rejected).state == "approved"
    undone = as_reviewer.post(f"/v1/review/decisions/{overruled['decision']['id']}/undo")
    assert (undone.status_code, read(stores, rejected).state) == (200, "rejected")


def test_what_cannot_be_listed_or_overruled_is_a_problem(
    stores: Stores, site: Site, drain_now: Drain, as_reviewer: Caller
) -> None:
    (comment_id,) = record(stores, site, HAM)
    drain_now()
    decision = read(stores, comment_id).decision
    assert decision is not None
    path = f"/v1/review/decisions/{decision.id}/overrule"
    guest = Caller(as_reviewer.client, add_person(stores, "Gil", site=add_site(stores)).token)

    assert problem(guest.get(f"/v1/review/decided?site={site.id}"))[:2] == (404, "not_found")
    assert problem(guest.post(path, {"action": "reject"}))[:2] == (404, "not_found")
    assert problem(as_reviewer.get("/v1/review/decided?low=2"))[0] == 422
    assert problem(as_reviewer.get("/v1/review/decided?cursor=x"))[0] == 422
    assert problem(as_reviewer.post(path, {"action": "discard"}))[0] == 422
    as_reviewer.post(path, {"action": "reject"})
    assert problem(as_reviewer.post(path, {"action": "approve"}))[:2] == (409, "already_decided")
