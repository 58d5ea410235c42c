"""Candidate to active and back: what proves a candidate, the change of the registry, and who made it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from models import artifact
from models.classifier import SpamClassifier
from models.errors import ArtifactRefused, Refused
from store.records import model_versions
from store.records.model_versions import ModelVersion
from store.stores import Stores
from training.compare import Comparison, compare
from training.dataset import DataRefused, Source
from training.gates import Gate, gates, proven_better, refusal
from training.judged import Rows, rows_of_labels, rows_of_source
from training.labels import newer_than, read_labels


@dataclass(frozen=True, slots=True)
class Trial:
    """A candidate against what is active in its place. `against`: id of that version; `comparisons` are of it as the
    first and the candidate as the second, empty without any held-out row."""

    candidate: ModelVersion
    against: str
    comparisons: list[Comparison]
    gates: list[Gate]

    @property
    def refusal(self) -> str | None:
        """One sentence where a gate was not passed."""
        return refusal(self.gates)

    @property
    def proven_better(self) -> bool:
        """Whether all gates were passed and a figure is better, its whole interval."""
        return self.refusal is None and bool(self.comparisons) and proven_better(self.comparisons)


@dataclass(frozen=True, slots=True)
class Model:
    """A loaded model. `name`: its id, or the name of its file; `card`: what was learned, among other things."""

    name: str
    classifier: SpamClassifier
    card: dict[str, Any]


def load(stores: Stores, version: ModelVersion) -> Model:
    """The registered model, its file checked. Raises ArtifactRefused.

    An older shipped model stands for the one that this version ships: that is what a worker would load.
    """
    path = artifact.registered_path(stores.settings.data, version.digest, version.origin)
    if version.origin == "shipped":
        path = artifact.shipped_path()
    return Model(version.id, artifact.load(path, path.stem), orjson.loads(version.card))


def named(stores: Stores, name: str) -> Model:
    """The model that `name` means: an id, `active`, `shipped`, or the path of a model file. Raises Refused."""
    if name in ("active", "shipped") or name.startswith("mdl_"):
        with stores.database.read() as connection:
            active = model_versions.active(connection)
            version = model_versions.get(connection, name) if name.startswith("mdl_") else active
        if name != "shipped" and version is not None:
            return load(stores, version)
        path = artifact.shipped_path()
        return Model("shipped", artifact.load(path, path.stem), artifact.read_card(path))
    path = Path(name)
    return Model(path.stem[:16], artifact.load(path, path.stem), artifact.read_card(path))


def trial(stores: Stores, model_id: str, sources: Sequence[Source] = ()) -> Trial:
    """Judge a candidate by rows that neither it nor the active version in its place has learned from: the labels newer
    than those that the candidate learned from, and the files of `sources`.

    Raises NotFound, and ArtifactRefused where the candidate's file cannot be loaded. Where the active one's cannot, any
    candidate is better, and no gate is closed.
    """
    with stores.database.read() as connection:
        version = model_versions.get(connection, model_id)
        active = model_versions.active(connection, version.site_id) or model_versions.active(connection)
    candidate = load(stores, version)
    if active is None:
        before = named(stores, "shipped")
    else:
        try:
            before = load(stores, active)
        except ArtifactRefused as error:
            return Trial(version, active.id, [], [Gate("active_cannot_score", passed=True, sentence=str(error))])
    rows = [*_labels(stores, version, candidate), *unlearned(sources, [before, candidate])]
    comparisons = compare(before.classifier, candidate.classifier, rows) if rows else []
    return Trial(version, before.name, comparisons, gates(comparisons))


def promote(stores: Stores, model_id: str, *, actor: str, reason: str) -> ModelVersion:
    """Make the model active for all sites, or for its site. Raises NotFound, and ArtifactRefused where its file cannot
    be loaded: no force puts a model in place that would stop the machine."""
    with stores.database.read() as connection:
        load(stores, model_versions.get(connection, model_id))
    with stores.database.write() as connection:
        return model_versions.activate(connection, model_id, actor=actor, reason=reason)


def roll_back(stores: Stores, site_id: str | None, *, actor: str, reason: str) -> ModelVersion | None:
    """Return to the version that was active before; None where a site returns to the one for all sites.

    Raises Refused where there is none, and ArtifactRefused where its file cannot be loaded; nothing is changed then.
    """
    with stores.database.read() as connection:
        before = model_versions.before_active(connection, site_id)
    if before is not None:
        load(stores, before)
    with stores.database.write() as connection:
        if model_versions.before_active(connection, site_id) != before:
            raise Refused("Somebody else changed the active model just now; look at `gatepost models` again.")
        return model_versions.roll_back(connection, site_id, actor=actor, reason=reason)


def unlearned(sources: Sequence[Source], models: Sequence[Model]) -> list[Rows]:
    """Rows of those files that none of the models has learned from, known by the digest of the file."""
    learned = {str(row.get("sha256")) for model in models for row in model.card.get("learned_from", [])}
    return [rows_of_source(source) for source in sources if source.sha256 not in learned]


def _labels(stores: Stores, version: ModelVersion, candidate: Model) -> list[Rows]:
    """Labels that the candidate cannot know: of its site alone where it is for one."""
    until = candidate.card.get("labels", {}).get("until")
    try:
        with stores.database.read() as connection:
            found = newer_than(read_labels(connection, version.site_id), until)
    except DataRefused:
        return []
    return [rows_of_labels(found)] if np.any(found.at) else []
