import hashlib
import io
import json
from pathlib import Path

import joblib
import pytest

from models.artifact import ModelFile, load, read_card, save, shipped
from models.classifier import SpamClassifier
from models.errors import ArtifactRefused

TEXTS = ["buy now at a.com", "lovely quiet zebra song"] * 3


def fitted() -> SpamClassifier:
    return SpamClassifier(bits=10).fit(TEXTS, [True, False] * 3)


@pytest.fixture
def saved(tmp_path: Path) -> ModelFile:
    return save(fitted(), tmp_path, {"licence": "own data"})


def test_a_saved_model_scores_the_same_after_loading(saved: ModelFile) -> None:
    loaded = load(saved.path, saved.digest)
    assert loaded.predict_proba(TEXTS).tolist() == fitted().predict_proba(TEXTS).tolist()


def test_the_file_is_named_by_the_digest_of_its_bytes(saved: ModelFile) -> None:
    assert saved.path.name == f"{hashlib.sha256(saved.path.read_bytes()).hexdigest()}.joblib"


def test_the_same_data_give_the_same_file(saved: ModelFile, tmp_path: Path) -> None:
    again = save(fitted(), tmp_path / "again", {"licence": "own data"})
    assert again.digest == saved.digest
    assert again.card_path.read_bytes() == saved.card_path.read_bytes()


def test_saving_leaves_only_the_model_and_its_card(saved: ModelFile) -> None:
    assert sorted(saved.path.parent.iterdir()) == sorted([saved.path, saved.card_path])


def test_no_word_of_the_training_texts_is_in_the_file(saved: ModelFile) -> None:
    unpacked = io.BytesIO()
    joblib.dump(load(saved.path, saved.digest), unpacked)
    assert b"zebra" not in unpacked.getvalue()


def test_a_changed_byte_is_refused(saved: ModelFile) -> None:
    content = bytearray(saved.path.read_bytes())
    content[len(content) // 2] ^= 1
    saved.path.write_bytes(content)
    with pytest.raises(ArtifactRefused, match="changed or never registered"):
        load(saved.path, saved.digest)


def test_a_file_that_does_harm_when_unpacked_is_refused_before_it_is(saved: ModelFile, tmp_path: Path) -> None:
    class Harm:
        def __reduce__(self) -> tuple[object, tuple[object, ...]]:
            return Path.touch, (tmp_path / "harmed",)

    joblib.dump(Harm(), saved.path)
    with pytest.raises(ArtifactRefused):
        load(saved.path, saved.digest)
    assert not (tmp_path / "harmed").exists()


@pytest.mark.parametrize("suffix", [".joblib", ".json"])
def test_a_missing_file_is_refused(saved: ModelFile, suffix: str) -> None:
    saved.path.with_suffix(suffix).unlink()
    with pytest.raises(ArtifactRefused, match="restore it or train again"):
        load(saved.path, saved.digest)


@pytest.mark.parametrize("library", ["scikit-learn", "numpy"])
def test_another_minor_version_is_refused_with_what_to_install(saved: ModelFile, library: str) -> None:
    card = read_card(saved.path)
    card["versions"][library] = "0.1.7"
    saved.card_path.write_text(json.dumps(card))
    with pytest.raises(ArtifactRefused, match=f"install {library} 0.1.7 or train again"):
        load(saved.path, saved.digest)


def test_another_patch_version_is_accepted(saved: ModelFile) -> None:
    card = read_card(saved.path)
    major, minor, _ = card["versions"]["numpy"].split(".")
    card["versions"]["numpy"] = f"{major}.{minor}.99"
    saved.card_path.write_text(json.dumps(card))
    assert load(saved.path, saved.digest).bits == 10


def test_a_model_of_other_features_is_refused(tmp_path: Path) -> None:
    other = fitted()
    other.feature_weights_ = other.feature_weights_[:-1]
    written = save(other, tmp_path, {})

    with pytest.raises(ArtifactRefused, match="this version of Gatepost"):
        load(written.path, written.digest)


@pytest.mark.parametrize("written", ["", "[]", "{"])
def test_an_unreadable_card_is_refused(saved: ModelFile, written: str) -> None:
    saved.card_path.write_text(written)
    with pytest.raises(ArtifactRefused, match="not readable"):
        load(saved.path, saved.digest)


def test_the_shipped_model_loads_and_its_card_names_every_licence() -> None:
    path, card = shipped()
    classifier = load(path, card["digest"])
    assert path.stem == card["digest"]
    assert path.stat().st_size <= 5_000_000
    assert {entry["licence"] for entry in card["learned_from"]} == {"CC BY 4.0", "MIT"}
    assert all(entry["credit"] for entry in card["learned_from"])
    ham, spam = classifier.predict_proba(["I love this song", "Earn free money at easy-cash.com now, subscribe!"])[:, 1]
    assert ham < 0.1
    assert spam > 0.9
