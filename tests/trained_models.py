"""Small fitted models that tell one word of spam from everything else, and their entry in the registry."""

import hashlib
from enum import StrEnum
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from models import artifact
from models.classifier import SpamClassifier
from store.records import model_versions
from store.records.model_versions import ModelVersion
from store.records.sites import Site
from store.stores import Stores


class SpamWord(StrEnum):
    """What a model takes for spam."""

    PILLS = "pills"
    POKER = "poker"


_OTHER = {SpamWord.PILLS: "poker", SpamWord.POKER: "pills"}


@cache
def classifier(word: SpamWord) -> SpamClassifier:
    """A classifier that calls a text with the word spam."""
    spam, ham = f"cheap {word}", f"cheap {_OTHER[word]}"
    texts = [f"{text} {thing}" for text in (spam, ham) for thing in ("", "today", "for you", "at home")]
    return SpamClassifier(bits=10, C=100).fit(texts, [True] * 4 + [False] * 4)


@cache
def file_of(word: SpamWord) -> tuple[bytes, bytes]:
    """The model's file and card, as bytes."""
    with TemporaryDirectory() as directory:
        saved = artifact.save(classifier(word), Path(directory), {})
        return saved.path.read_bytes(), saved.card_path.read_bytes()


def put_model(stores: Stores, word: SpamWord) -> str:
    """Put the model's file and card among those of the installation; its digest."""
    directory = stores.settings.data / "models"
    directory.mkdir(exist_ok=True)
    content, card = file_of(word)
    digest = hashlib.sha256(content).hexdigest()
    (directory / f"{digest}.joblib").write_bytes(content)
    (directory / f"{digest}.json").write_bytes(card)
    return digest


def register_model(stores: Stores, word: SpamWord, site: Site | None = None) -> ModelVersion:
    """Put the model there and register it as a candidate."""
    digest = put_model(stores, word)
    card = orjson.dumps({"digest": digest}).decode()
    with stores.database.write() as connection:
        return model_versions.register(connection, digest, "trained", card, None if site is None else site.id)


@cache
def music() -> SpamClassifier:
    """A classifier that knows comments below music and offers between them, and nothing else."""
    things = ("song", "voice", "dance", "video", "beat", "chorus", "band", "dress")
    ham = [line.format(one) for line in ("I love this {}", "what a lovely {}", "the {} made me cry") for one in things]
    spam = [line.format(one) for line in ("free {} at win.com", "check my {} channel", "earn {}s") for one in things]
    return SpamClassifier(bits=14).fit([*ham, *spam], [False] * len(ham) + [True] * len(spam))


def register_classifier(stores: Stores, fitted: SpamClassifier, site: Site | None = None) -> ModelVersion:
    """Save a classifier among the models of the installation and register it as a candidate."""
    saved = artifact.save(fitted, stores.settings.data / "models", {})
    card = orjson.dumps(saved.card).decode()
    with stores.database.write() as connection:
        return model_versions.register(connection, saved.digest, "trained", card, None if site is None else site.id)
