"""`/v1/metrics/guarantee`, targets in the policy, and their preview."""

from typing import Any

import pytest
from builders import Caller, add_site

from store.records.sites import Site
from store.stores import Stores
from worker import lanes

LANE = {
    "lane",
    "state",
    "proven",
    "metric",
    "target",
    "confidence",
    "threshold",
    "coverage",
    "certificate",
    "live",
    "q",
    "labels_seen",
    "labels_to_open",
    "days_to_open",
    "offered_target",
    "reason",
    "history",
}


def report(caller: Caller, query: str = "") -> Any:
    answer = caller.get(f"/v1/metrics/guarantee{query}")
    assert answer.status_code == 200, answer.get_json()
    return answer.get_json()


def test_a_new_site_promises_nothing_and_says_which_rate_each_target_is(as_site: Caller, site: Site) -> None:
    shown = report(as_site)

    assert shown["site_id"] == site.id
    assert [set(lane) for lane in shown["lanes"]] == [LANE, LANE]
    assert [(lane["lane"], lane["metric"], lane["target"]) for lane in shown["lanes"]] == [
        ("approve", "FOR", 0.005),
        ("reject", "FPR", 0.001),
    ]
    assert all((lane["state"], lane["proven"], lane["q"]) == ("PROVISIONAL", False, 0.25) for lane in shown["lanes"])


def test_a_reviewer_names_the_site_and_a_key_sees_its_own_alone(
    stores: Stores, as_site: Caller, as_reviewer: Caller, site: Site
) -> None:
    other = add_site(stores, url="https://other.example")

    assert report(as_reviewer, f"?site={site.id}")["site_id"] == site.id
    assert as_reviewer.get("/v1/metrics/guarantee").status_code == 422
    assert as_site.get(f"/v1/metrics/guarantee?site={other.id}").status_code == 404


@pytest.mark.parametrize(
    ("targets", "status"), [({"approve": 0.01, "start": "closed"}, 200), ({"approve": 0}, 422), ({"reject": 0.5}, 422)]
)
def test_targets_are_laid_down_with_the_policy(
    stores: Stores, as_site: Caller, site: Site, targets: dict[str, Any], status: int
) -> None:
    path = f"/v1/sites/{site.id}/policy"
    tag = as_site.get(path).headers["ETag"]

    answer = as_site.call("PATCH", path, {"targets": targets}, If_Match=tag)

    assert answer.status_code == status, answer.get_json()
    if status == 200:
        assert answer.get_json()["targets"] == {
            "approve": 0.01,
            "approve_metric": "FOR",
            "reject": 0.001,
            "reject_metric": "FPR",
            "confidence": 0.95,
            "start": "closed",
        }
        assert [lane["state"] for lane in report(as_site)["lanes"]] == ["CLOSED", "CLOSED"], "at once"
        lanes.advance_site(stores, site.id)
        assert [lane["state"] for lane in report(as_site)["lanes"]] == ["CLOSED", "CLOSED"]


def test_changed_targets_begin_anew_and_are_told(stores: Stores, as_site: Caller, site: Site) -> None:
    lanes.advance_site(stores, site.id)
    path = f"/v1/sites/{site.id}/policy"
    tag = as_site.get(path).headers["ETag"]
    assert as_site.call("PATCH", path, {"targets": {"reject": 0.01}}, If_Match=tag).status_code == 200

    lanes.advance_site(stores, site.id)

    told = [event for event in as_site.get("/v1/events").get_json()["items"] if event["type"].startswith("lane.")]
    assert [(event["type"], event["data"]["reason"]) for event in told] == [("lane.began", "targets changed")] * 2
    assert [lane["target"] for lane in report(as_site)["lanes"]] == [0.005, 0.01]
    assert [len(lane["history"]) for lane in report(as_site)["lanes"]] == [1, 1]


def test_a_preview_says_what_targets_would_do_and_lays_down_nothing(as_site: Caller, site: Site) -> None:
    shown = as_site.post(f"/v1/sites/{site.id}/targets:preview", {"approve": 0.01}).get_json()

    assert shown["targets"]["approve"] == 0.01
    assert [lane["lane"] for lane in shown["lanes"]] == ["approve", "reject"]
    assert report(as_site)["targets"]["approve"] == 0.005
