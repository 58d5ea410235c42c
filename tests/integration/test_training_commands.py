import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from builders import HAM, UNSURE, Drain, add_site, record, states
from click.testing import CliRunner, Result
from labelled import HOUR_US, label, texts
from trained_models import SpamWord, classifier, music, register_classifier

from cli.main import gatepost
from models.vocabulary import Comment, Evidence
from store.records import model_versions
from store.records.model_versions import ModelVersion
from store.records.sites import Site
from store.stores import Stores
from worker.scorer import ActiveScorer

Run = Callable[..., Result]


@pytest.fixture
def run(stores: Stores, tmp_path: Path) -> Run:
    """Calls `gatepost` on the installation of the test."""
    settings = stores.settings
    environment = {
        "DATABASE_URL": settings.database_url.replace("postgresql+psycopg", "postgresql"),
        "REDIS_URL": settings.redis_url,
        "GATEPOST_DATA": str(settings.data),
        "GATEPOST_SECRET_KEY": settings.secret_key,
    }
    return lambda *arguments: CliRunner().invoke(gatepost, arguments, env=environment)


@pytest.fixture
def general(stores: Stores) -> ModelVersion:
    """An active model for all sites, which knows nothing of what the labels are about."""
    version = register_classifier(stores, music())
    with stores.database.write() as connection:
        return model_versions.activate(connection, version.id)


def listed(run: Run) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run("models", "--json").stdout)["items"]
    return found


def done(result: Result) -> Result:
    assert result.exit_code == 0, (result.output, result.exception)
    return result


def score(stores: Stores, site: Site, body: str) -> float:
    return ActiveScorer(stores).for_site(site.id).score([Comment(body)], [Evidence()])[0].probability


def test_a_site_without_any_file_gets_a_model_of_its_own_that_is_proven_promoted_and_taken_back(
    run: Run, stores: Stores, site: Site, general: ModelVersion
) -> None:
    other = add_site(stores)
    label(stores, site, texts(400))
    spam = "the spirit healer 77 brought my husband back"
    before = score(stores, site, spam)

    done(run("train", "--from-labels", "--site", site.id))
    (own,) = (item for item in listed(run) if item["site"] == site.id)
    assert (own["status"], own["origin"]) == ("candidate", "trained")
    assert own["figures"]["auc"] > 0.97

    promoted = done(run("promote", own["model"]))
    assert "passed  roc_auc_not_worse" in promoted.stdout
    assert score(stores, site, spam) > 0.9 > before
    assert score(stores, other, spam) == before

    done(run("rollback", "--site", site.id, "--reason", "a test"))
    assert score(stores, site, spam) == before
    told = json.loads(run("models", "--history", "--json").stdout)["items"]
    assert [(one["action"], one["model"], one["site"]) for one in told] == [
        ("promote", general.id, None),
        ("promote", own["model"], site.id),
        ("rollback", None, site.id),
    ]
    assert "roc_auc_not_worse: ROC-AUC" in told[1]["reason"]
    assert told[2]["reason"] == "a test"
    assert told[2]["actor"].startswith("command line")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_card_for_people_lies_beside_the_model_and_holds_no_text(
    run: Run, stores: Stores, site: Site, general: ModelVersion
) -> None:
    label(stores, site, texts(120))

    done(run("train", "--site", site.id))

    digest = next(item["digest"] for item in listed(run) if item["site"] == site.id)
    directory = stores.settings.data / "models" / digest
    assert {path.name for path in directory.iterdir()} == {
        "card.md",
        "metrics.json",
        "roc.svg",
        "precision-recall.svg",
        "reliability.svg",
        "scores.svg",
    }
    metrics = json.loads((directory / "metrics.json").read_text())
    assert metrics["card"]["labels"]["n"] == 90, "a quarter of 120 is held out"
    assert metrics["card"]["base"] == general.digest
    assert "healer" not in "".join(path.read_text() for path in directory.iterdir())


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_training_twice_on_the_same_labels_gives_the_same_digest_and_one_entry(
    run: Run, stores: Stores, site: Site, general: ModelVersion
) -> None:
    label(stores, site, texts(120))

    for _ in range(2):
        done(run("train", "--site", site.id))
    assert len([item for item in listed(run) if item["site"] == site.id]) == 1

    done(run("train", "--site", site.id, "--seed", "1"))
    assert len([item for item in listed(run) if item["site"] == site.id]) == 2


def test_a_candidate_that_is_worse_is_refused_with_its_figures_and_promoted_by_force_alone(
    run: Run, stores: Stores, site: Site
) -> None:
    """Labels say that poker is spam; the candidate says pills."""
    good = register_classifier(stores, classifier(SpamWord.POKER))
    bad = register_classifier(stores, classifier(SpamWord.PILLS))
    with stores.database.write() as connection:
        model_versions.activate(connection, good.id)
    label(stores, site, [(f"cheap {word} {n}", word == "poker") for n in range(40) for word in ("poker", "pills")])

    refused = run("promote", bad.id)

    assert refused.exit_code == 1
    assert "ROC-AUC 1.000 → 0.000" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1
    assert ActiveScorer(stores).current().model == good.id

    done(run("promote", bad.id, "--force", "--reason", "to see it fail"))
    assert ActiveScorer(stores).current().model == bad.id
    with stores.database.read() as connection:
        assert model_versions.history(connection)[-1].reason == "forced: to see it fail"

    done(run("rollback"))
    assert ActiveScorer(stores).current().model == good.id


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_not_proven_is_not_promoted(run: Run, stores: Stores, general: ModelVersion) -> None:
    other = register_classifier(stores, classifier(SpamWord.POKER))

    refused = run("promote", other.id)

    assert refused.exit_code == 1
    assert "0 spam and 0 ham held out, 20 of each needed" in refused.stderr


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("suffix", [".joblib", ".json"])
def test_no_force_promotes_or_returns_to_a_model_that_cannot_be_loaded(
    run: Run, stores: Stores, general: ModelVersion, suffix: str
) -> None:
    other = register_classifier(stores, classifier(SpamWord.POKER))
    done(run("promote", other.id, "--force"))
    (stores.settings.data / "models" / f"{general.digest}{suffix}").unlink()

    for command in (("promote", general.id, "--force"), ("rollback",)):
        refused = run(*command)
        assert refused.exit_code == 1
        assert "cannot be read" in refused.stderr
    assert ActiveScorer(stores).current().model == other.id


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_where_the_active_model_cannot_score_any_loadable_one_may_take_its_place(
    run: Run, stores: Stores, general: ModelVersion
) -> None:
    other = register_classifier(stores, classifier(SpamWord.POKER))
    (stores.settings.data / "models" / f"{general.digest}.joblib").write_bytes(b"broken")

    assert "active_cannot_score" in done(run("promote", other.id)).stdout
    assert ActiveScorer(stores).current().model == other.id


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_files_and_labels_together_make_a_model_for_all_sites(
    run: Run, stores: Stores, site: Site, tmp_path: Path
) -> None:
    write_files(tmp_path / "files")
    label(stores, site, texts(120))

    done(run("train", "--data", str(tmp_path / "files"), "--from-labels"))

    (item,) = listed(run)
    with stores.database.read() as connection:
        card = json.loads(model_versions.get(connection, item["model"]).card)
    assert [row["file"] for row in card["learned_from"]] == ["first", "second", "labels"]
    assert card["labels"]["n"] == 90
    assert item["site"] is None


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_files_and_a_site_make_a_model_of_that_site(run: Run, stores: Stores, site: Site, tmp_path: Path) -> None:
    write_files(tmp_path / "files")
    label(stores, site, texts(200))

    done(run("train", "--data", str(tmp_path / "files"), "--site", site.id))

    (item,) = listed(run)
    assert item["site"] == site.id
    assert item["figures"]["auc"] > 0.97


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_correction_for_all_sites_begins_with_what_was_not_corrected_yet(
    run: Run, stores: Stores, site: Site, general: ModelVersion
) -> None:
    """Else a label would count once more with every run."""
    label(stores, site, texts(200))
    for _ in range(2):
        done(run("train", "--from-labels"))
        corrected = [item for item in listed(run) if item["model"] != general.id]
        assert len(corrected) == 1
        done(run("promote", corrected[0]["model"], "--force"))


def test_two_models_are_compared_side_by_side(run: Run, stores: Stores, site: Site) -> None:
    first, second = (register_classifier(stores, classifier(word)) for word in (SpamWord.PILLS, SpamWord.POKER))
    label(stores, site, [(f"cheap {word} {n}", word == "poker") for n in range(30) for word in ("poker", "pills")])

    shown = json.loads(done(run("compare", first.id, second.id, "--from-labels", "--json")).stdout)
    assert (shown["first"], shown["second"]) == (first.id, second.id)
    (source,) = shown["sources"]
    assert (source["source"], source["n"], source["n_spam"]) == ("labels", 60, 30)
    assert (source["roc_auc"]["first"], source["roc_auc"]["second"]) == (0.0, 1.0)
    assert source["brier"]["difference"][1] < 0

    table = done(run("compare", first.id, second.id, "--site", site.id)).stdout
    assert all(word in table for word in ("ROC-AUC", "recall at FPR 1 %", "Brier", "labels"))


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_source_that_one_of_them_learned_is_said_to_flatter(run: Run, stores: Stores, tmp_path: Path) -> None:
    write_files(tmp_path / "files")
    done(run("train", "--data", str(tmp_path / "files")))
    (item,) = listed(run)
    other = register_classifier(stores, music())

    shown = done(run("compare", other.id, item["model"], "--data", str(tmp_path / "files"))).stdout

    assert f"first was learned from by {item['model']}" in shown


def test_retraining_promotes_what_is_proven_better_and_does_nothing_the_second_time(
    run: Run, stores: Stores, site: Site, general: ModelVersion
) -> None:
    label(stores, site, texts(400))

    first = json.loads(done(run("retrain", "--promote", "--json")).stdout)
    second = json.loads(done(run("retrain", "--promote", "--json")).stdout)

    assert (first["promoted"], first["better"], first["against"]) == (True, True, general.id)
    assert (second["promoted"], second["model"]) == (False, first["model"])
    assert ActiveScorer(stores).current().model == first["model"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_retraining_without_being_told_to_promotes_nothing(
    run: Run, stores: Stores, site: Site, general: ModelVersion
) -> None:
    label(stores, site, texts(400))

    assert "is a candidate and proven better" in done(run("retrain", "--site", site.id)).stdout
    assert ActiveScorer(stores).for_site(site.id).model == general.id


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_retraining_on_labels_without_sense_promotes_nothing(
    run: Run, stores: Stores, site: Site, general: ModelVersion
) -> None:
    label(stores, site, [(text, bool(n % 2)) for n, (text, _) in enumerate(texts(400)[::2])])

    assert "stays a candidate" in done(run("retrain", "--promote")).stdout
    assert ActiveScorer(stores).current().model == general.id


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_labels_that_came_since_prove_a_candidate_and_those_it_learned_do_not(
    run: Run, stores: Stores, site: Site, general: ModelVersion
) -> None:
    given = texts(200)
    label(stores, site, given[:100])
    done(run("train", "--site", site.id, "--hold-out", "0"))
    (own,) = (item["model"] for item in listed(run) if item["site"] == site.id)

    assert "0 spam and 0 ham held out" in run("promote", own).stderr

    label(stores, site, given[100:], begin=200 * HOUR_US)
    assert "50 spam and 50 ham held out" in done(run("promote", own)).stdout


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("arguments", "exit_code", "says"),
    [
        (("train",), 2, "Name what to learn from"),
        (("train", "--site", "site_none"), 1, "There is no site site_none"),
        (("train", "--from-labels"), 1, "No comment has a label yet"),
        (("promote", "mdl_none"), 1, "There is no model mdl_none"),
        (("promote",), 2, "Missing argument"),
        (("rollback",), 1, "No version is active for all sites"),
        (("compare", "active", "shipped"), 2, "Name what to compare on"),
        (("compare", "mdl_none", "mdl_nil", "--from-labels"), 1, "There is no model mdl_none"),
        (("retrain",), 1, "No comment has a label yet"),
    ],
)
def test_what_cannot_be_done_ends_in_one_sentence(
    run: Run, arguments: tuple[str, ...], exit_code: int, says: str
) -> None:
    result = run(*arguments)

    assert result.exit_code == exit_code, result.output
    assert says in result.stderr
    assert "Traceback" not in result.output


def write_files(directory: Path) -> None:
    directory.mkdir()
    things = ("song", "voice", "dance", "video", "beat", "chorus", "band", "dress")
    lines = {
        "ham": ("I love this {}", "what a lovely {}", "that {} again, so good", "miss the old {}"),
        "spam": ("free {} at winbig.com", "buy a cheap {} now", "check out my {} channel", "earn money with my {}"),
    }
    for name in ("first", "second"):
        rows = [
            json.dumps({"text": f"{line.format(thing)} {name}", "label": kind})
            for kind, some in lines.items()
            for line in some
            for thing in things
        ]
        (directory / f"{name}.jsonl.gz").write_bytes(gzip.compress("\n".join(rows).encode()))


def test_the_history_of_a_site_is_judged_once_more_and_stays_as_it_is(
    run: Run, stores: Stores, site: Site, drain_now: Drain
) -> None:
    ids = record(stores, site, "cheap pills today", HAM, UNSURE)
    drain_now()
    before = states(stores, ids)
    entry = ("--effect", "block", "--kind", "words", "--value", "pills")
    done(run("list", "add", "--site", site.id, *entry))
    done(run("site", "set", site.id, "--mode", "shadow"))

    model = register_classifier(stores, music()).id
    told = json.loads(done(run("replay", "--site", site.id, "--model", model, "--json")).stdout)

    assert (told["comments"], sum(told["before"].values()), sum(told["after"].values())) == (3, 3, 3)
    assert {"comment_id": ids[0], "before": "approve", "after": "reject"} in told["items"]
    assert states(stores, ids) == before
    refused = run("replay", "--site", "site_none")
    assert (refused.exit_code, refused.stderr.startswith("gatepost: There is no site site_none")) == (1, True)
