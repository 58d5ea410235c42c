import json
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from builders import add_site
from trained_models import SpamWord, classifier, file_of, register_model

from models.classifier import ClassifierScorer
from models.errors import ArtifactRefused
from models.vocabulary import Comment, Evidence, Scorer
from store.records import model_versions
from store.records.model_versions import ModelVersion
from store.records.sites import Site
from store.stores import Stores
from worker.by_scorer import by_scorer
from worker.scorer import MAX_SITE_MODELS, ActiveScorer


@pytest.fixture
def scorer(stores: Stores) -> ActiveScorer:
    return ActiveScorer(stores)


def promote(stores: Stores, version: ModelVersion) -> ModelVersion:
    with stores.database.write() as connection:
        return model_versions.activate(connection, version.id)


def score(scorer: Scorer, body: str = "cheap pills") -> float:
    return scorer.score([Comment(body)], [Evidence()])[0].probability


def path_of(stores: Stores, version: ModelVersion) -> Path:
    return stores.settings.data / "models" / f"{version.digest}.joblib"


def test_without_any_registered_model_the_shipped_one_is_registered_and_scores(
    stores: Stores, scorer: ActiveScorer
) -> None:
    score(scorer)

    with stores.database.read() as connection:
        version = model_versions.active(connection)
    assert version is not None
    assert (version.origin, version.id) == ("shipped", scorer.model)


def test_a_promoted_model_scores_after_the_next_look(stores: Stores, scorer: ActiveScorer) -> None:
    scorer.current()
    version = promote(stores, register_model(stores, SpamWord.PILLS))

    scorer.look()

    assert scorer.model == version.id
    assert score(scorer, "cheap pills") > 0.5 > score(scorer, "cheap poker")


def flip_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def write_another_version(path: Path, library: str) -> None:
    card = json.loads(path.with_suffix(".json").read_text())
    card["versions"][library] = "0.1.7"
    path.with_suffix(".json").write_text(json.dumps(card))


DAMAGE: dict[str, Callable[[Path], object]] = {
    "a changed byte": flip_a_byte,
    "half the file": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "no file": lambda path: path.unlink(),
    "no card": lambda path: path.with_suffix(".json").unlink(),
    "another model's file, which is not registered": lambda path: path.write_bytes(file_of(SpamWord.POKER)[0]),
    "another scikit-learn": lambda path: write_another_version(path, "scikit-learn"),
    "another numpy": lambda path: write_another_version(path, "numpy"),
}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("while_loaded", [False, True])
def test_a_damaged_model_is_refused_with_an_alarm_and_comes_back_when_it_is_right_again(
    stores: Stores, scorer: ActiveScorer, caplog: pytest.LogCaptureFixture, damage: str, while_loaded: bool
) -> None:
    version = promote(stores, register_model(stores, SpamWord.PILLS))
    files = [path_of(stores, version), path_of(stores, version).with_suffix(".json")]
    kept = [(path, path.read_bytes()) for path in files]
    if while_loaded:
        assert score(scorer) > 0.5

    DAMAGE[damage](files[0])
    scorer.look()

    assert (scorer.model, scorer.n_refused) == ("", 1)
    alarms = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(alarms) == 1
    assert alarms[0].startswith("The model for all sites cannot be loaded, comments go to review: The ")
    with pytest.raises(ArtifactRefused):
        score(scorer)

    for path, content in kept:
        path.write_bytes(content)
    scorer.look()

    assert (scorer.model, scorer.n_refused) == (version.id, 0)
    assert score(scorer) > 0.5


def test_the_alarm_sounds_once_a_minute_and_not_with_each_look(
    stores: Stores, scorer: ActiveScorer, caplog: pytest.LogCaptureFixture
) -> None:
    path_of(stores, promote(stores, register_model(stores, SpamWord.PILLS))).unlink()

    for _ in range(5):
        scorer.look()

    assert len([record for record in caplog.records if record.levelno >= logging.ERROR]) == 1


def test_a_site_with_a_version_of_its_own_is_scored_by_it_and_the_others_are_not(
    stores: Stores, site: Site, scorer: ActiveScorer
) -> None:
    other = add_site(stores)
    general = promote(stores, register_model(stores, SpamWord.PILLS))
    own = promote(stores, register_model(stores, SpamWord.POKER, site))

    assert (scorer.for_site(site.id).model, scorer.for_site(other.id).model) == (own.id, general.id)
    assert score(scorer.for_site(site.id), "cheap poker") > 0.5 > score(scorer.for_site(other.id), "cheap poker")


def test_a_batch_is_grouped_by_scorer_and_every_place_is_in_one_group(
    stores: Stores, site: Site, scorer: ActiveScorer
) -> None:
    others = [add_site(stores), add_site(stores)]
    general = promote(stores, register_model(stores, SpamWord.PILLS))
    own = promote(stores, register_model(stores, SpamWord.POKER, site))

    grouped = by_scorer(scorer, [others[0].id, site.id, others[1].id, site.id])

    assert [(one.model, places) for one, places in grouped] == [(general.id, [0, 2]), (own.id, [1, 3])]


def test_any_other_scorer_judges_the_whole_batch() -> None:
    alone = ClassifierScorer(classifier(SpamWord.PILLS), "mdl_x")

    assert by_scorer(alone, ["site_a", "site_b"]) == [(alone, [0, 1])]


def test_a_damaged_version_of_one_site_holds_up_that_site_alone(
    stores: Stores, site: Site, scorer: ActiveScorer, caplog: pytest.LogCaptureFixture
) -> None:
    other = add_site(stores)
    promote(stores, register_model(stores, SpamWord.PILLS))
    own = promote(stores, register_model(stores, SpamWord.POKER, site))
    path_of(stores, own).unlink()

    with pytest.raises(ArtifactRefused):
        score(scorer.for_site(site.id))
    assert score(scorer.for_site(other.id)) > 0.5
    assert scorer.n_refused == 1
    assert f"The model for site {site.id} cannot be loaded" in caplog.text


def test_a_rolled_back_site_goes_by_the_version_for_all_after_the_next_look(
    stores: Stores, site: Site, scorer: ActiveScorer
) -> None:
    general = promote(stores, register_model(stores, SpamWord.PILLS))
    promote(stores, register_model(stores, SpamWord.POKER, site))
    scorer.for_site(site.id)
    with stores.database.write() as connection:
        model_versions.roll_back(connection, site.id)

    scorer.look()

    assert scorer.for_site(site.id).model == general.id


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_more_site_models_are_kept_loaded_than_memory_is_planned_for(
    stores: Stores, scorer: ActiveScorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MAX_SITE_MODELS == 32
    monkeypatch.setattr("worker.scorer.MAX_SITE_MODELS", 1)
    sites = [add_site(stores), add_site(stores)]
    versions = [
        promote(stores, register_model(stores, word, site))
        for word, site in zip((SpamWord.PILLS, SpamWord.POKER), sites, strict=True)
    ]

    for site, version in [*zip(sites, versions, strict=True)] * 2:
        assert scorer.for_site(site.id).model == version.id
    assert len(scorer._of_sites) == 1
