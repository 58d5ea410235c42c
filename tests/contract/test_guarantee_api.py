"""`/v1/metrics/guarantee`, targets in the policy, and their preview."""

from typing import Any

import orjson
import pytest
from builders import Caller, add_site

from models.guarantee import log
from models.guarantee.entries import GridFixed, Traffic
from models.guarantee.ledger import advance
from models.guarantee.plan import Plan
from models.guarantee.state import SiteState, initial_state, to_json
from store.records import guarantees
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
    assert [lane["live"]["metric"] for lane in shown["lanes"]] == ["FOR", "FDR"], (
        "audits are of the lane's own decisions"
    )


def test_a_reviewer_names_the_site_and_a_key_sees_its_own_alone(
    stores: Stores, as_site: Caller, as_reviewer: Caller, site: Site
) -> None:
    other = add_site(stores, url="https://other.example")

    assert report(as_reviewer, f"?site={site.id}")["site_id"] == site.id
    assert as_reviewer.get("/v1/metrics/guarantee").status_code == 422
    assert as_site.get(f"/v1/metrics/guarantee?site={other.id}").status_code == 404


@pytest.mark.parametrize(
    ("targets", "status"),
    [
        ({"approve": 0.01, "start": "closed", "approve_ceiling": 0.5}, 200),
        ({"approve": 0}, 422),
        ({"reject": 0.5}, 422),
        ({"approve_ceiling": 1.01}, 422),
    ],
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
            "approve_ceiling": 0.5,
        }
        assert [lane["state"] for lane in report(as_site)["lanes"]] == ["CLOSED", "CLOSED"], "at once"
        lanes.advance_site(stores, site.id)
        assert [lane["state"] for lane in report(as_site)["lanes"]] == ["CLOSED", "CLOSED"]


def test_a_ceiling_holds_at_once_also_where_nobody_has_looked_at_the_site_yet(
    stores: Stores, as_site: Caller, site: Site
) -> None:
    path = f"/v1/sites/{site.id}/policy"
    tag = as_site.get(path).headers["ETag"]

    assert as_site.call("PATCH", path, {"targets": {"approve_ceiling": 0.05}}, If_Match=tag).status_code == 200

    with stores.database.read() as connection:
        stored = guarantees.get(connection, site.id)
    assert stored is not None
    assert stored.approve_threshold == 0.05
    assert report(as_site)["lanes"][0]["threshold"] == 0.05


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


def test_new_targets_bring_the_method_of_this_version(stores: Stores, as_site: Caller, site: Site) -> None:
    lanes.advance_site(stores, site.id)
    with stores.database.write() as connection:
        stored = guarantees.get(connection, site.id)
        assert stored is not None
        guarantees.put(connection, stored._replace(plan="{}"))
    path = f"/v1/sites/{site.id}/policy"
    tag = as_site.get(path).headers["ETag"]

    assert as_site.call("PATCH", path, {"targets": {"reject": 0.01}}, If_Match=tag).status_code == 200

    with stores.database.read() as connection:
        stored = guarantees.get(connection, site.id)
    assert stored is not None
    assert log.load_plan(stored.plan) == Plan(reject_target=0.01) != log.load_plan('{"reject_target":0.01}')


def test_a_preview_says_what_targets_would_do_and_lays_down_nothing(as_site: Caller, site: Site) -> None:
    shown = as_site.post(f"/v1/sites/{site.id}/targets:preview", {"approve": 0.01}).get_json()

    assert shown["targets"]["approve"] == 0.01
    assert [(lane["lane"], lane["metric"]) for lane in shown["lanes"]] == [("approve", "FOR"), ("reject", "FPR")]
    assert report(as_site)["targets"]["approve"] == 0.005


@pytest.mark.parametrize(
    ("per_day", "offered"), [(40, [0.02, 0.02]), (5000, [None, None])], ids=["a small site", "a large one"]
)
def test_a_site_too_small_for_its_target_is_offered_one_that_it_can_prove(
    stores: Stores, as_site: Caller, site: Site, per_day: int, offered: list[float | None]
) -> None:
    plan, at = Plan(), 20_000 * lanes.DAY_US
    scale = tuple((cell + 1) / 200 for cell in range(200))
    state = initial_state(site.id, plan, at)
    a_day, the_next = Traffic(at, per_day // 2, per_day // 2, 0, 0), Traffic(at + lanes.DAY_US, 1, 0, 0, 0)
    state, _ = advance(state, GridFixed(at, scale, scale[::-1], 200), plan)
    state, _ = advance(state, a_day, plan)
    keep(stores, site, plan, state)
    assert [lane["offered_target"] for lane in report(as_site)["lanes"]] == [None, None], "the day is not over"
    state, _ = advance(state, the_next, plan)
    keep(stores, site, plan, state)

    shown = report(as_site)["lanes"]

    assert [lane["offered_target"] for lane in shown] == offered
    days = [lane["labels_to_open"] / (per_day * share * 0.25) for lane, share in zip(shown, (0.65, 0.7), strict=True)]
    assert [lane["days_to_open"] for lane in shown] == pytest.approx(days), "where it opens first"
    assert all((lane["days_to_open"] > 60) is (target is not None) for lane, target in zip(shown, offered, strict=True))


def keep(stores: Stores, site: Site, plan: Plan, state: SiteState) -> None:
    """Store what the lanes of a site have come to."""
    with stores.database.write() as connection:
        stored = guarantees.get(connection, site.id)
        assert stored is not None
        written = orjson.dumps(to_json(state)).decode()
        guarantees.put(connection, stored._replace(state=written, last_seq=1, plan=log.dump_plan(plan)))
