import subprocess
from typing import Any

import pytest
from builders import Caller, add_person, add_site, problem
from labelled import label, texts
from trained_models import SpamWord, classifier, music, register_classifier

from models.vocabulary import Role
from store.live import queues
from store.records import model_versions
from store.records.model_versions import ModelVersion
from store.records.sites import Site
from store.stores import Stores
from training.jobs import carry_out_queued


@pytest.fixture
def admin(stores: Stores, as_nobody: Caller) -> Caller:
    return Caller(as_nobody.client, add_person(stores, "Cy", Role.ADMIN).token)


@pytest.fixture
def general(stores: Stores) -> ModelVersion:
    version = register_classifier(stores, music())
    with stores.database.write() as connection:
        return model_versions.activate(connection, version.id)


def asked(caller: Caller, path: str, body: dict[str, Any] | None = None) -> str:
    """Ask for a run; the address where it is told of."""
    answer = caller.post(path, body or {})
    assert answer.status_code == 202, answer.get_data(as_text=True)
    assert answer.get_json()["state"] == "queued"
    location: str = answer.headers["Location"]
    return location


def active(stores: Stores, site: Site | None = None) -> str | None:
    with stores.database.read() as connection:
        found = model_versions.active(connection, None if site is None else site.id)
    return None if found is None else found.id


def test_a_model_of_a_site_is_trained_promoted_and_taken_back_over_the_web(
    stores: Stores, site: Site, admin: Caller, general: ModelVersion
) -> None:
    label(stores, site, texts(400))

    location = asked(admin, "/v1/training/runs", {"site": site.id})
    assert queues.queue(stores.redis, queues.TRAINING_QUEUE).count == 1
    assert carry_out_queued(stores) == 1
    trained = admin.get(location).get_json()
    assert (trained["kind"], trained["state"], trained["site_id"]) == ("train", "done", site.id)
    assert trained["outcome"]["better"] is True
    assert active(stores, site) is None, "nobody asked to promote it"

    location = asked(admin, f"/v1/models/{trained['model']}:promote", {"reason": "looks right"})
    carry_out_queued(stores)
    assert admin.get(location).get_json()["state"] == "done"
    assert active(stores, site) == trained["model"]
    with stores.database.read() as connection:
        assert [(one.actor, one.reason) for one in model_versions.history(connection)][-1] == ("Cy", "looks right")

    location = asked(admin, f"/v1/models/{trained['model']}:rollback")
    carry_out_queued(stores)
    assert admin.get(location).get_json()["told"] == f"Site {site.id} went back to the one for all sites."
    assert active(stores, site) is None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_run_that_may_promotes_what_is_proven_better(
    stores: Stores, site: Site, admin: Caller, general: ModelVersion
) -> None:
    label(stores, site, texts(400))
    location = asked(admin, "/v1/training/runs", {"promote": True})

    carry_out_queued(stores)

    run = admin.get(location).get_json()
    assert run["outcome"]["promoted"] is True
    assert active(stores) == run["model"] != general.id


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_gates_and_too_few_labels_refuse_with_one_sentence(
    stores: Stores, site: Site, admin: Caller, general: ModelVersion
) -> None:
    other = register_classifier(stores, classifier(SpamWord.PILLS))
    locations = [asked(admin, "/v1/training/runs"), asked(admin, f"/v1/models/{other.id}:promote")]

    assert carry_out_queued(stores) == 2

    train, promote = (admin.get(location).get_json() for location in locations)
    assert (train["state"], promote["state"]) == ("refused", "refused")
    assert train["told"].startswith("No comment has a label yet")
    assert "0 spam and 0 ham held out" in promote["told"]
    assert promote["outcome"]["gates"][0]["name"] == "enough_rows"
    assert active(stores) == general.id


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_models_are_listed_newest_first_in_pages_and_read_with_their_card(
    stores: Stores, admin: Caller, general: ModelVersion
) -> None:
    other = register_classifier(stores, classifier(SpamWord.PILLS))

    first = admin.get("/v1/models?limit=1").get_json()
    second = admin.get(f"/v1/models?limit=1&cursor={first['next_cursor']}").get_json()

    assert [item["id"] for item in first["items"] + second["items"]] == [other.id, general.id]
    assert second["next_cursor"] is None
    shown = admin.get(f"/v1/models/{general.id}").get_json()
    assert (shown["status"], shown["site_id"], shown["card"]["digest"]) == ("active", None, general.digest)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_administrator_of_one_site_touches_that_site_alone(
    stores: Stores, site: Site, as_nobody: Caller, admin: Caller, general: ModelVersion
) -> None:
    own = Caller(as_nobody.client, add_person(stores, "Di", Role.ADMIN, site).token)
    other = add_site(stores)
    foreign = register_classifier(stores, classifier(SpamWord.PILLS), other)
    run = asked(admin, "/v1/training/runs", {"site": other.id})

    assert [item["id"] for item in own.get("/v1/models").get_json()["items"]] == [general.id]
    for path in (f"/v1/models/{foreign.id}", run):
        assert problem(own.get(path))[:2] == (404, "not_found")
    assert problem(own.post(f"/v1/models/{foreign.id}:promote", {}))[:2] == (404, "not_found")
    assert problem(own.post("/v1/training/runs", {"site": other.id}))[:2] == (404, "not_found")
    assert problem(own.post("/v1/training/runs", {}))[:2] == (403, "forbidden")
    assert problem(own.post(f"/v1/models/{general.id}:rollback", {}))[:2] == (403, "forbidden")
    asked(own, "/v1/training/runs", {"site": site.id})


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_not_active_is_not_taken_back(stores: Stores, admin: Caller, general: ModelVersion) -> None:
    other = register_classifier(stores, classifier(SpamWord.PILLS))

    assert problem(admin.post(f"/v1/models/{other.id}:rollback", {}))[:2] == (409, "not_active")
    assert problem(admin.post("/v1/models/mdl_none:rollback", {}))[:2] == (404, "not_found")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"seed": -1}, "/seed"),
        ({"seed": "1"}, "/seed"),
        ({"promote": "yes"}, "/promote"),
        ({"site": ""}, "/site"),
        ({"force": True}, "/force"),
    ],
)
def test_what_cannot_be_asked_is_told_by_field(admin: Caller, body: dict[str, Any], field: str) -> None:
    status, _, fields = problem(admin.post("/v1/training/runs", body))

    assert status == 422
    assert [pointer for pointer, _ in fields] == [field]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_run_that_goes_wrong_looks_failed_and_is_not_tried_again(
    stores: Stores, admin: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    location = asked(admin, "/v1/training/runs")

    def dies(*_: Any) -> None:
        raise subprocess.SubprocessError("gone")

    monkeypatch.setattr("training.jobs.gather", dies)
    carry_out_queued(stores)

    run = admin.get(location).get_json()
    assert (run["state"], run["outcome"]) == ("failed", None)
    assert carry_out_queued(stores) == 0
