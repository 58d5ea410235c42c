import time

import pytest
from builders import Caller, Person, add_key, problem
from servers import wait_until
from sqlalchemy import update

from store.ids import now_us
from store.records import keys, reviewers
from store.records.schema import reviewers as reviewers_table
from store.records.sites import Site
from store.stores import Stores

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SITE_ROUTE, REVIEW_ROUTE = "/v1/comments", "/v1/review/counts"


BAD_HEADERS = ["", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Bearer unknown", "gps_x", "Bearer \xff\xfe"]


@pytest.mark.parametrize(
    ("path", "header"),
    [
        *((path, header) for path in (SITE_ROUTE, REVIEW_ROUTE) for header in BAD_HEADERS),
        # Known or not, a site's key on a review route is 403.
        (SITE_ROUTE, "Bearer gps_x gps_y"),
    ],
)
def test_no_or_an_unknown_key_is_401_and_says_what_to_send(as_nobody: Caller, path: str, header: str) -> None:
    answer = as_nobody.get(path, Authorization=header)

    assert problem(answer)[:2] == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_sites_key_on_a_review_route_is_403(as_site: Caller) -> None:
    assert problem(as_site.get(REVIEW_ROUTE))[:2] == (403, "forbidden")


def test_a_reviewers_token_on_a_sites_route_is_403(as_reviewer: Caller) -> None:
    assert problem(as_reviewer.get(SITE_ROUTE))[:2] == (403, "forbidden")


def test_an_akismet_key_opens_neither(stores: Stores, site: Site, as_nobody: Caller) -> None:
    key = add_key(stores, site, "akismet")

    assert as_nobody.get(SITE_ROUTE, Authorization=f"Bearer {key}").status_code == 401
    assert as_nobody.get(REVIEW_ROUTE, Authorization=f"Bearer {key}").status_code == 401


def test_the_scheme_is_read_in_any_case(as_nobody: Caller, site_key: str) -> None:
    for scheme in ("Bearer", "bearer", "BEARER"):
        assert as_nobody.get(SITE_ROUTE, Authorization=f"{scheme} {site_key}").status_code == 200


def test_a_key_is_read_from_the_header_only(as_nobody: Caller, site_key: str) -> None:
    assert as_nobody.get(f"{SITE_ROUTE}?key={site_key}").status_code == 401


def test_a_revoked_key_is_refused_within_five_seconds(stores: Stores, site: Site, as_nobody: Caller) -> None:
    with stores.database.write() as connection:
        key, secret = keys.add(connection, site.id)
    caller = Caller(as_nobody.client, secret)
    assert caller.get(SITE_ROUTE).status_code == 200

    with stores.database.write() as connection:
        keys.revoke(connection, key.id)
    began = time.monotonic()
    wait_until(lambda: caller.get(SITE_ROUTE).status_code == 401)

    assert time.monotonic() - began < 5.0


def test_two_live_keys_of_a_site_both_work(stores: Stores, site: Site, as_site: Caller) -> None:
    other = Caller(as_site.client, add_key(stores, site))
    made = as_site.submit("hello").headers["Location"]

    assert other.get(made).status_code == 200


def test_a_disabled_reviewer_is_refused_at_once(stores: Stores, as_reviewer: Caller) -> None:
    assert as_reviewer.get(REVIEW_ROUTE).status_code == 200
    with stores.database.write() as connection:
        connection.execute(update(reviewers_table).values(disabled_at=now_us()))

    assert as_reviewer.get(REVIEW_ROUTE).status_code == 401


def test_an_ended_token_is_refused_at_once(stores: Stores, reviewer: Person, as_reviewer: Caller) -> None:
    with stores.database.write() as connection:
        reviewers.end_secret(connection, reviewer.token)

    assert as_reviewer.get(REVIEW_ROUTE).status_code == 401


def session_cookie(stores: Stores, reviewer: Person) -> str:
    with stores.database.write() as connection:
        return f"gatepost={reviewers.new_session(connection, reviewer.reviewer.id)}"


def test_a_session_reads_and_changes_from_the_console_itself_only(
    stores: Stores, reviewer: Person, as_nobody: Caller
) -> None:
    cookie = session_cookie(stores, reviewer)
    claim = {"count": 1}

    assert as_nobody.get(REVIEW_ROUTE, Cookie=cookie).status_code == 200
    for origin in ("cross-site", "same-site", "none", ""):
        answer = as_nobody.post("/v1/review/leases", claim, Cookie=cookie, Sec_Fetch_Site=origin)
        assert problem(answer)[:2] == (403, "forbidden"), origin
    own = as_nobody.post("/v1/review/leases", claim, Cookie=cookie, Sec_Fetch_Site="same-origin")
    assert own.status_code == 204


def test_a_session_is_no_key_of_a_site_and_no_token(stores: Stores, reviewer: Person, as_nobody: Caller) -> None:
    cookie = session_cookie(stores, reviewer)
    secret = cookie.partition("=")[2]

    assert as_nobody.get(SITE_ROUTE, Cookie=cookie).status_code == 401
    assert as_nobody.get(REVIEW_ROUTE, Authorization=f"Bearer {secret}").status_code == 401


def test_an_ended_session_opens_nothing(stores: Stores, reviewer: Person, as_nobody: Caller) -> None:
    cookie = session_cookie(stores, reviewer)
    with stores.database.write() as connection:
        reviewers.end_secret(connection, cookie.partition("=")[2])

    assert as_nobody.get(REVIEW_ROUTE, Cookie=cookie).status_code == 401
