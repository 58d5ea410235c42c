"""The Akismet wire: what a key was used for."""

import csv
import io

import pytest
from akismet_calls import Wire, add_wire, guid, is_invalid
from builders import HAM, SPAM, add_site, change
from flask.testing import FlaskClient
from sqlalchemy import update

from store.records.schema import foreign_comments
from store.records.sites import Site
from store.stores import Stores

JUNE = 1_781_956_800_000_000  # 2026-06-20
TITLES = ["Site", "Total API Calls", "Spam", "Ham", "Missed Spam", "False Positives", "Is Revoked"]


@pytest.fixture
def used(stores: Stores, wire: Wire, worker: None) -> Wire:
    """Six checks of two blogs in June 2026, one of them wrong, and a test that does not count."""
    for body, blog in (
        (SPAM, "https://a.example/"),
        (SPAM, "https://A.example"),
        (HAM, "https://a.example"),
        (HAM, "https://b.example"),
        (HAM, "https://b.example"),
    ):
        wire.check(body, blog=blog)
    missed = guid(wire.check(HAM, blog="https://b.example", comment_author="Eve"))
    wire.check(SPAM, blog="https://a.example", is_test="1")
    wire.post("/1.1/submit-spam", guid=missed)
    change(stores, update(foreign_comments).values(received_at=JUNE))
    return wire


@pytest.mark.usefixtures("worker")
def test_usage_counts_this_month_and_has_no_limit(wire: Wire) -> None:
    wire.check(HAM)
    wire.check(HAM, is_test="true")

    shown = wire.post("/1.2/usage-limit").get_json()

    assert shown == {"limit": "none", "usage": 1, "percentage": "0.00", "throttled": False}
    asked = wire.client.get(f"/1.2/usage-limit?api_key={wire.key}&extended=true")
    assert asked.get_json() == shown | {"notice_level": "none", "upgrade": False}


def test_a_month_is_shown_by_blog(used: Wire) -> None:
    shown = used.post("/1.2/key-sites", month="2026-06").get_json()

    of_all = {"api_calls": 3, "false_positives": 0, "is_revoked": False}
    rows = {row["site"]: row for row in shown.pop("2026-06")}
    assert rows == {
        "https://a.example": of_all | {"site": "https://a.example", "spam": 2, "ham": 1, "missed_spam": 0},
        "https://b.example": of_all | {"site": "https://b.example", "spam": 1, "ham": 2, "missed_spam": 1},
    }
    assert shown == {"limit": 500, "offset": 0, "total": 2}


def test_blogs_are_filtered_ordered_and_cut(used: Wire) -> None:
    def sites(**fields: str) -> list[str]:
        shown = used.post("/1.2/key-sites", month="2026-06", **fields).get_json()
        return [row["site"][8] for row in shown["2026-06"]]

    assert sites(order="spam") == ["a", "b"]
    assert sites(order="missed_spam") == ["b", "a"]
    assert sites(order="ham") == ["b", "a"]
    assert sites(filter="B.ex") == ["b"]
    assert sites(order="spam", limit="1") == ["a"]
    assert sites(order="spam", limit="1", offset="1") == ["b"]
    assert sites(limit="-1", offset="x") == sites()


def test_a_month_comes_as_csv_with_a_title_and_a_header(used: Wire) -> None:
    answer = used.post("/1.2/key-sites", month="2026-06", format="csv", filter="b.example")

    title, header, row = csv.reader(io.StringIO(answer.get_data(as_text=True)))
    assert answer.content_type == "text/csv; charset=utf-8"
    assert "2026-06" in title[0]
    assert header == TITLES
    assert row == ["https://b.example", "3", "1", "2", "1", "0", "false"]


@pytest.mark.usefixtures("worker")
def test_a_blog_that_is_a_formula_is_not_one_in_the_csv(wire: Wire) -> None:
    wire.check(HAM, blog="=HYPERLINK(1)")

    assert "\n'=hyperlink(1)" in wire.post("/1.2/key-sites", format="csv").get_data(as_text=True).lower()


@pytest.mark.parametrize("month", ["2026", "2026-13", "june", "0001-01", "9999-12", "\0"])
def test_what_is_no_month_is_invalid(wire: Wire, month: str) -> None:
    assert is_invalid(wire.post("/1.2/key-sites", month=month))


def test_an_empty_month_has_no_blogs(wire: Wire) -> None:
    assert wire.post("/1.2/key-sites", month="2020-02").get_json()["2020-02"] == []


def test_the_dashboard_gets_its_numbers(used: Wire) -> None:
    expected = {"spam": 3, "ham": 3, "missed_spam": 1, "false_positives": 0, "accuracy": 83.33, "time_saved": 0}

    assert used.post("/1.1/get-stats", **{"from": "all"}).get_json() == expected
    assert used.post("/1.1/get-stats", **{"from": "6-months"}).get_json() == expected
    assert used.post("/1.1/get-stats", **{"from": "60-days"}).get_json()["spam"] == 0


def test_a_client_sees_what_it_wants_to_see_before_it_keeps_a_key(wire: Wire, site: Site) -> None:
    shown = wire.post("/1.1/get-subscription").get_json()

    assert shown["status"] == "active"
    assert shown["account_name"] == site.url
    assert (shown["next_billing_date"], shown["limit_reached"]) == (False, False)


def test_another_sites_numbers_are_not_shown(stores: Stores, used: Wire, client: FlaskClient) -> None:
    other = add_wire(client, stores, add_site(stores))

    assert other.post("/1.2/key-sites", month="2026-06").get_json()["total"] == 0
    assert other.post("/1.1/get-stats").get_json()["spam"] == 0


@pytest.mark.parametrize("path", ["1.1/get-stats", "1.1/get-subscription", "1.2/usage-limit", "1.2/key-sites"])
def test_without_a_key_no_number_is_shown(wire: Wire, path: str) -> None:
    assert is_invalid(wire.raw(f"/{path}", "api_key=0123456789ab"))
    assert is_invalid(wire.client.get(f"/{path}"))
