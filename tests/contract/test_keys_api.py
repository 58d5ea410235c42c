from collections.abc import Sequence

import pytest
from builders import HAM, Caller, Drain, comment, problem, query
from sqlalchemy import select, update

from models.vocabulary import Scope
from store.records import keys
from store.records.schema import keys as keys_table
from store.records.sites import Site
from store.stores import Stores

ROUTES = {
    Scope.SUBMIT: [("POST", "/v1/comments"), ("POST", "/v1/checks"), ("DELETE", "/v1/comments/cmt_none")],
    Scope.READ: [("GET", "/v1/comments"), ("GET", "/v1/decisions/dec_none"), ("GET", "/v1/events")],
    Scope.FEEDBACK: [("POST", "/v1/comments/cmt_none/feedback"), ("POST", "/v1/comments/cmt_none/reports")],
    Scope.CONFIGURE: [("GET", "/v1/webhooks")],
}


def caller_with(
    stores: Stores, site: Site, asker: Caller, scopes: Sequence[Scope], per_minute: int | None = None
) -> Caller:
    with stores.database.write() as connection:
        _, secret = keys.add(connection, site.id, "native", scopes, per_minute)
    return Caller(asker.client, secret)


@pytest.mark.parametrize("scope", list(Scope))
def test_a_key_opens_the_routes_of_its_scopes_alone(
    stores: Stores, site: Site, as_nobody: Caller, scope: Scope
) -> None:
    caller = caller_with(stores, site, as_nobody, [scope])

    for needed, routes in ROUTES.items():
        for method, path in routes:
            answer = caller.call(method, path, {} if method == "POST" else None)
            assert (answer.status_code == 403) == (needed is not scope), (needed, path, answer.status_code)


def test_a_key_over_its_limit_is_told_when_to_come_again(stores: Stores, site: Site, as_nobody: Caller) -> None:
    caller = caller_with(stores, site, as_nobody, list(Scope), per_minute=3)

    taken = [caller.submit(f"{HAM} {n}") for n in range(3)]
    refused = caller.submit("one more")

    assert [answer.status_code for answer in taken] == [202] * 3
    assert [answer.headers["RateLimit"].split(";")[1] for answer in taken] == ["r=2", "r=1", "r=0"]
    assert taken[0].headers["RateLimit-Policy"] == '"comments";q=3;w=60'
    assert problem(refused)[:2] == (429, "rate_limited")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert len(caller.get("/v1/comments").get_json()["items"]) == 3


def test_a_batch_counts_by_its_items(stores: Stores, site: Site, as_nobody: Caller) -> None:
    caller = caller_with(stores, site, as_nobody, list(Scope), per_minute=5)

    refused = caller.post("/v1/comments:batch", {"items": [comment()] * 6})
    taken = caller.post("/v1/comments:batch", {"items": [comment()] * 5})

    assert problem(refused)[:2] == (429, "rate_limited")
    assert taken.status_code == 200


def test_the_limit_of_one_key_is_not_that_of_another(
    stores: Stores, site: Site, as_nobody: Caller, as_site: Caller
) -> None:
    caller = caller_with(stores, site, as_nobody, list(Scope), per_minute=1)
    caller.submit()

    assert caller.submit().status_code == 429
    free = as_site.submit()
    assert free.status_code == 202
    assert "RateLimit" not in free.headers


def test_when_a_key_was_last_used_is_noted_once_a_minute(
    stores: Stores, site: Site, as_site: Caller, as_nobody: Caller
) -> None:
    assert set(query(stores, select(keys_table.c.last_used_at))) == {None}

    as_site.submit()
    (used,) = query(stores, select(keys_table.c.last_used_at))
    as_site.submit()

    assert query(stores, select(keys_table.c.last_used_at)) == [used]


def test_two_keys_are_live_while_one_takes_the_place_of_the_other(
    stores: Stores, site: Site, as_site: Caller, as_nobody: Caller, drain_now: Drain
) -> None:
    new = caller_with(stores, site, as_nobody, list(Scope))

    assert as_site.submit(external_id="a").status_code == 202
    assert new.submit(external_id="b").status_code == 202
    with stores.database.write() as connection:
        connection.execute(
            update(keys_table).where(keys_table.c.digest == keys.digest(as_site.secret or "")).values(revoked_at=1)
        )

    assert new.submit(external_id="c").status_code == 202
