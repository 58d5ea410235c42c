from typing import Any

import pytest
from builders import HAM, Caller, Drain, add_key, add_site, change, problem, query
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from store.records.outward_tables import deliveries, webhooks
from store.stores import Stores

URL = "https://hooks.example.org/gatepost"


def added(caller: Caller, url: str = URL, **fields: Any) -> TestResponse:
    answer = caller.post("/v1/webhooks", {"url": url, **fields})
    assert answer.status_code == 201, answer.get_data(as_text=True)
    return answer


def tag(answer: TestResponse) -> str:
    return str(answer.headers["ETag"])


def test_a_webhook_is_registered_with_a_secret_that_is_shown_once(as_site: Caller) -> None:
    answer = added(as_site, description="Publishes what was approved")
    shown = answer.get_json()

    read = as_site.get(answer.headers["Location"])

    assert shown["id"].startswith("whk_")
    assert shown.pop("secret").startswith("whsec_")
    assert read.get_json() == shown
    assert (shown["state"], shown["live_secrets"], shown["disabled_because"]) == ("active", 1, None)
    assert tag(read) == tag(answer)
    assert as_site.get("/v1/webhooks").get_json() == {"items": [shown], "next_cursor": None}
    assert as_site.get(answer.headers["Location"], If_None_Match=tag(read)).status_code == 304


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.org/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0177.0.0.1/",
        "https://0x7f000001/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[fd00::1]/",
        "https://[fe80::1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://localhost/",
        "https://localhost./",
        "https://0.0.0.0/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://user@hooks.example.org/",
        "https://hooks.internal/",
        "not a url",
        "",
    ],
)
def test_a_receiver_that_is_not_public_is_refused_when_it_is_registered_or_changed(as_site: Caller, url: str) -> None:
    location = added(as_site).headers["Location"]

    for answer in (
        as_site.post("/v1/webhooks", {"url": url}),
        as_site.call("PATCH", location, {"url": url}, If_Match="*"),
    ):
        assert problem(answer)[0::2] == (422, [("/url", "bad_value")])


def test_a_name_that_leads_inside_is_refused(as_site: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.webhooks.resolve", lambda *_: ["93.184.216.34", "10.0.0.1"])

    assert as_site.post("/v1/webhooks", {"url": URL}).status_code == 422


def test_a_change_needs_what_was_read(as_site: Caller) -> None:
    first = added(as_site)
    location = first.headers["Location"]

    assert problem(as_site.call("PATCH", location, {"state": "disabled"}))[:2] == (428, "version_required")
    changed = as_site.call("PATCH", location, {"state": "disabled"}, If_Match=tag(first))
    assert changed.status_code == 200
    assert (changed.get_json()["state"], changed.get_json()["version"]) == ("disabled", 2)
    assert problem(as_site.call("PATCH", location, {"state": "active"}, If_Match=tag(first)))[:2] == (
        412,
        "version_mismatch",
    )
    again = as_site.call("PATCH", location, {"state": "active", "description": None}, If_Match=tag(changed))
    assert (again.get_json()["state"], again.get_json()["disabled_because"]) == ("active", None)


@pytest.mark.parametrize("body", [{"url": None}, {"state": None}, {"state": "gone"}, {"secret": "x"}, {"version": 7}])
def test_a_change_that_makes_no_sense_is_refused(as_site: Caller, body: dict[str, Any]) -> None:
    location = added(as_site).headers["Location"]

    assert as_site.call("PATCH", location, body, If_Match="*").status_code == 422


def test_removing_needs_what_was_read_and_removes_its_deliveries(
    as_site: Caller, stores: Stores, drain_now: Drain
) -> None:
    first = added(as_site)
    location = first.headers["Location"]
    as_site.submit(HAM)
    drain_now()
    assert len(query(stores, select(deliveries.c.seq))) == 1

    assert as_site.call("DELETE", location).status_code == 428
    assert as_site.call("DELETE", location, If_Match='"v9"').status_code == 412
    assert as_site.call("DELETE", location, If_Match=tag(first)).status_code == 204

    assert as_site.get(location).status_code == 404
    assert query(stores, select(deliveries.c.seq)) == []


def test_a_rotation_gives_a_new_secret_beside_the_old_one(as_site: Caller) -> None:
    first = added(as_site)
    location = first.headers["Location"]

    assert as_site.post(f"{location}:rotate", {}, If_Match='"v9"').status_code == 412
    rotated = as_site.post(f"{location}:rotate", {"overlap_seconds": 60}).get_json()
    assert rotated["secret"] != first.get_json()["secret"]
    assert rotated["live_secrets"] == 2
    at_once = as_site.post(f"{location}:rotate", {"overlap_seconds": 0}).get_json()
    assert at_once["live_secrets"] == 1


def test_deliveries_are_listed_newest_first_page_by_page(as_site: Caller, drain_now: Drain) -> None:
    location = added(as_site).headers["Location"]
    ids = [as_site.submit(HAM).get_json()["id"] for _ in range(5)]
    drain_now()

    got: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = as_site.get(f"{location}/deliveries?limit=2{cursor}").get_json()
        got += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert [one["comment_id"] for one in got] == ids[::-1]
    assert {(one["state"], one["attempts"], one["status"], one["type"]) for one in got} == {
        ("waiting", 0, None, "comment.approved")
    }
    assert as_site.get(f"{location}/deliveries?state=dead").get_json()["items"] == []


def test_dead_letters_are_sent_again_by_hand(as_site: Caller, stores: Stores, drain_now: Drain) -> None:
    location = added(as_site).headers["Location"]
    for _ in range(3):
        as_site.submit(HAM)
    drain_now()
    (event_id, *_) = query(stores, select(deliveries.c.event_id).order_by(deliveries.c.seq))
    redeliver = f"{location}:redeliver"
    assert as_site.post(redeliver, {"event_ids": [event_id]}).get_json() == {"count": 0}, "it waits anyway"
    change(stores, update(deliveries).values(state="dead", attempt=10, settled_at=1))

    assert as_site.post(redeliver, {"event_ids": [event_id, "evt_none"]}).get_json() == {"count": 1}
    assert as_site.post(redeliver, {"state": "dead", "since": "2190-01-01T00:00:00Z"}).get_json() == {"count": 0}
    assert as_site.post(redeliver, {"state": "dead"}).get_json() == {"count": 2}

    states = query(stores, select(deliveries.c.state, deliveries.c.attempt, deliveries.c.settled_at))
    assert states == [("waiting", 0, None)] * 3


@pytest.mark.parametrize(
    "body", [{}, {"event_ids": []}, {"event_ids": ["a"], "state": "dead"}, {"state": "waiting"}, {"since": "2026"}]
)
def test_sending_again_names_what(as_site: Caller, body: dict[str, Any]) -> None:
    location = added(as_site).headers["Location"]

    assert as_site.post(f"{location}:redeliver", body).status_code == 422


def test_a_disabled_webhook_gets_nothing_again(as_site: Caller, stores: Stores) -> None:
    location = added(as_site).headers["Location"]
    change(stores, update(webhooks).values(state="disabled"))

    assert problem(as_site.post(f"{location}:redeliver", {"state": "dead"}))[:2] == (422, "invalid_request")


def test_a_site_may_have_twenty(as_site: Caller) -> None:
    for n in range(20):
        added(as_site, f"{URL}/{n}")

    assert as_site.post("/v1/webhooks", {"url": URL}).status_code == 422
    first = as_site.get("/v1/webhooks?limit=15").get_json()
    rest = as_site.get(f"/v1/webhooks?cursor={first['next_cursor']}").get_json()
    assert [hook["url"] for hook in first["items"] + rest["items"]] == [f"{URL}/{n}" for n in range(20)]


def test_another_sites_webhook_is_like_none(stores: Stores, client: FlaskClient, as_site: Caller) -> None:
    location = added(as_site).headers["Location"]
    other = Caller(client, add_key(stores, add_site(stores)))

    for path in (location, "/v1/webhooks/whk_none"):
        assert other.get(path).status_code == 404
        assert other.get(f"{path}/deliveries").status_code == 404
        assert other.call("PATCH", path, {"state": "disabled"}, If_Match="*").status_code == 404
        assert other.call("DELETE", path, If_Match="*").status_code == 404
        assert other.post(f"{path}:rotate", {}).status_code == 404
        assert other.post(f"{path}:redeliver", {"state": "dead"}).status_code == 404
    assert other.get("/v1/webhooks").get_json()["items"] == []
    assert as_site.get(location).get_json()["state"] == "active"
