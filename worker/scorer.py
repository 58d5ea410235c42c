"""Keeps the active model loaded, and follows the registry."""

import logging
import time
from collections.abc import Sequence
from pathlib import Path

import orjson

from models import artifact
from models.classifier import ClassifierScorer
from models.errors import ArtifactRefused
from models.vocabulary import Comment, Evidence, Score, Scorer
from store.records import model_versions
from store.records.model_versions import ModelVersion
from store.stores import Stores

LOOK_SECONDS = 5.0

log = logging.getLogger(__name__)


class NoScorer:
    """Stands in where the active model cannot be loaded: every attempt fails, so a person decides."""

    def __init__(self, why: str) -> None:
        self.model = ""
        self._why = why

    def score(self, comments: Sequence[Comment], evidence: Sequence[Evidence]) -> list[Score]:  # noqa: ARG002
        """Raise ArtifactRefused."""
        raise ArtifactRefused(self._why)


class ActiveScorer:
    """The scorer of the model that the registry calls active, looked up again every 5 s."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._looked_at = 0.0
        self._version: ModelVersion | None = None
        self._scorer: Scorer = NoScorer("No model has been loaded yet.")

    @property
    def model(self) -> str:
        """Id of the model loaded just now; empty without one."""
        return self._scorer.model

    def current(self) -> Scorer:
        """The loaded model, or NoScorer. Raises DatabaseUnavailable at the first call only."""
        if time.monotonic() - self._looked_at < LOOK_SECONDS:
            return self._scorer
        self._looked_at = time.monotonic()
        version = active_version(self._stores)
        if version != self._version or isinstance(self._scorer, NoScorer):
            self._scorer = self._load(version)
            self._version = version
        return self._scorer

    def _load(self, version: ModelVersion) -> Scorer:
        try:
            classifier = artifact.load(model_path(self._stores, version), version.digest)
        except ArtifactRefused as error:
            log.error("The active model cannot be loaded, comments go to review: %s", error)
            return NoScorer(str(error))
        log.info("Loaded model %s", version.id)
        return ClassifierScorer(classifier, version.id)


def active_version(stores: Stores) -> ModelVersion:
    """The active entry of the registry.

    Without one, or where another version of Gatepost had shipped it, the model that this version ships is
    registered and made active.
    """
    path, card = artifact.shipped()
    with stores.database.read() as connection:
        version = model_versions.active(connection)
    if version is not None and (version.origin != "shipped" or version.digest == path.stem):
        return version
    with stores.database.write() as connection:
        version = model_versions.register(connection, path.stem, "shipped", orjson.dumps(card).decode())
        model_versions.activate(connection, version.id)
    return version


def model_path(stores: Stores, version: ModelVersion) -> Path:
    """Where the file of a registered model lies."""
    if version.origin == "shipped":
        return artifact.SHIPPED / f"{version.digest}.joblib"
    return stores.settings.data / "models" / f"{version.digest}.joblib"
