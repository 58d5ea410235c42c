"""What a policy or a model would have decided on history: asked over HTTP, tried by the training worker."""

from typing import Any

import pytest
from builders import HAM, SPAM, UNSURE, Caller, Drain, add_key, add_site, problem, record
from trained_models import music, register_classifier

from store.live import queues
from store.records.sites import Site
from store.stores import Stores
from training.simulate import carry_out_queued

PATH = "/v1/simulations"
NO_CASINO = {"effect": "block", "kind": "words", "value": "casino"}
LONG = {
    "name": "Long",
    "conditions": [{"field": "body", "operator": "contains", "value": "maybe"}],
    "action": "discard",
}


def tried(caller: Caller, stores: Stores, body: dict[str, Any]) -> dict[str, Any]:
    """Ask, have it carried out, and read what came of it."""
    asked = caller.post(PATH, body)
    assert (asked.status_code, asked.get_json()["state"]) == (202, "queued"), asked.data
    carry_out_queued(stores)
    found: dict[str, Any] = caller.get(asked.headers["Location"]).get_json()
    return found


def test_a_policy_is_tried_on_history_and_changes_nothing(
    stores: Stores, site: Site, as_site: Caller, drain_now: Drain
) -> None:
    ids = record(stores, site, "casino night", HAM, UNSURE, SPAM)
    record(stores, add_site(stores), "casino elsewhere")
    drain_now()
    policy = as_site.get(f"/v1/sites/{site.id}/policy").get_json()

    shown = tried(as_site, stores, {"policy": {"entries": [NO_CASINO], "rules": [LONG]}})

    assert (shown["state"], shown["model"], shown["outcome"]["comments"]) == ("done", None, 4)
    assert shown["told"] == "Of the last 4 comments it would have had 1 more discarded and 1 more rejected."
    assert shown["outcome"]["before"] == {"approve": 2, "review": 1, "reject": 1, "discard": 0}
    assert shown["outcome"]["after"] == {"approve": 1, "review": 0, "reject": 2, "discard": 1}
    flips = {item["comment"]["id"]: (item["before"], item["after"]) for item in shown["outcome"]["items"]}
    assert flips == {ids[0]: ("approve", "reject"), ids[2]: ("review", "discard")}
    assert as_site.get(f"/v1/sites/{site.id}/policy").get_json() == policy
    assert as_site.get("/v1/lists").get_json()["items"] == []

    as_site.call("DELETE", f"/v1/comments/{ids[0]}")
    again = as_site.get(f"{PATH}/{shown['id']}").get_json()
    assert [item["comment"]["id"] for item in again["outcome"]["items"]] == [ids[2]], "an erased text came back"
    assert again["outcome"]["comments"] == 4


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_model_is_tried_by_the_stored_evidence(stores: Stores, as_site: Caller, site: Site, drain_now: Drain) -> None:
    record(stores, site, HAM, SPAM)
    drain_now()
    model = register_classifier(stores, music())

    shown = tried(as_site, stores, {"model": model.id, "policy": {"mode": "review-all"}, "last": 1})

    assert (shown["state"], shown["model"], shown["outcome"]["comments"]) == ("done", model.id, 1)
    assert shown["outcome"]["after"]["review"] == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_another_sites_model_and_simulation_are_not_there(stores: Stores, as_site: Caller) -> None:
    elsewhere = add_site(stores)
    theirs = register_classifier(stores, music(), elsewhere)
    made = as_site.post(PATH, {}).get_json()

    assert problem(as_site.post(PATH, {"model": theirs.id})) == (422, "invalid_request", [("/model", "bad_value")])
    stranger = Caller(as_site.client, add_key(stores, elsewhere))
    assert problem(stranger.get(f"{PATH}/{made['id']}"))[:2] == (404, "not_found")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_job_of_the_training_queue_is_called_by_name(stores: Stores, as_site: Caller) -> None:
    as_site.post(PATH, {})

    (job,) = queues.queue(stores.redis, queues.TRAINING_QUEUE).jobs
    assert (job.func_name, job.args) == ("training.simulate.carry_out", [])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"last": 0}, "/last"),
        ({"policy": {"entries": [NO_CASINO | {"kind": "regex", "value": "("}]}}, "/policy/entries/0/value"),
        ({"policy": {"rules": [LONG, LONG | {"action": "escalate"}]}}, "/policy/rules/1/action"),
        ({"policy": {"mode": None}}, "/policy/mode"),
        ({"thresholds": {}}, "/thresholds"),
    ],
)
def test_what_cannot_be_tried_is_told_by_field(as_site: Caller, body: dict[str, Any], pointer: str) -> None:
    status, _, fields = problem(as_site.post(PATH, body))

    assert (status, [where for where, _ in fields]) == (422, [pointer])
