"""One training run: read what there is to learn from, fit, save with a card, register as a candidate."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from models import artifact
from models.artifact import Card, ModelFile
from models.classifier import SpamClassifier
from models.errors import Refused
from models.thresholds import CAUTIOUS
from store.records import model_versions, sites
from store.records.model_versions import ModelVersion
from store.stores import Stores
from training import adapt, fit
from training.adapt import Adapted, Correction
from training.dataset import Source, read
from training.elsewhere import elsewhere, thresholds_of
from training.evaluate import Figures, figures_of, figures_said
from training.fit import Recipe, Step, Trained
from training.judged import Judged, judged, judged_by_correction, judged_by_training, rows_of_source
from training.labels import Labelled, as_source, read_labels, split_by_time
from training.report import write_card

HELD_OUT = 0.25


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be trained. `data`: directory of labelled files; `from_labels`: learn from the database's labels;
    `site_id`: a version for that site alone, from its own labels; `held_out`: fraction of the newest labels that is
    not learned from, so that a promotion can be judged by them."""

    data: Path | None = None
    from_labels: bool = False
    site_id: str | None = None
    seed: int = 0
    held_out: float = HELD_OUT


@dataclass(frozen=True, slots=True)
class Learned:
    """A fitted classifier with its card, its figures, and what was said of rows that it had not seen."""

    classifier: SpamClassifier
    card: Card
    figures: list[Figures]
    judged: list[Judged]


@dataclass(frozen=True, slots=True)
class Material:
    """What a run learns from. `labels` are those to learn from, without the newest that are held out."""

    sources: list[Source]
    labels: Labelled | None
    base: SpamClassifier | None
    base_card: Card | None


def gather(stores: Stores, order: Order) -> Material:
    """Read files and labels, and the classifier to begin with where there are no files.

    Raises DataRefused, NotFound for an unknown site, ArtifactRefused, and Refused where nothing is named to learn from.
    """
    if order.data is None and not order.from_labels and order.site_id is None:
        raise Refused("Name what to learn from: --data DIR, --from-labels, or both.")
    sources = read(order.data) if order.data is not None else []
    labels = None
    if order.from_labels or order.site_id is not None:
        with stores.database.read() as connection:
            if order.site_id is not None:
                sites.get(connection, order.site_id)
            labels = split_by_time(read_labels(connection, order.site_id), order.held_out)[0]
    if sources:
        return Material(sources, labels, None, None)
    return Material([], labels, *beginning(stores))


def beginning(stores: Stores) -> tuple[SpamClassifier, Card]:
    """The classifier that a correction begins with, and its card: the active one for all sites, or the one that it is
    a correction of itself, for no label may count twice."""
    with stores.database.read() as connection:
        active = model_versions.active(connection)
        card: Card | None = None if active is None else orjson.loads(active.card)
        if card is not None and "base" in card:
            active = model_versions.by_digest(connection, str(card["base"]))
    if active is None or active.origin == "shipped":
        path, card = artifact.shipped()
        return artifact.load(path, path.stem), card
    path = artifact.registered_path(stores.settings.data, active.digest, active.origin)
    return artifact.load(path, active.digest), artifact.read_card(path)


def n_steps(material: Material, order: Order) -> int:
    """How often `learn` calls its `step`."""
    if material.base is not None:
        return adapt.n_steps()
    recipe = Recipe(seed=order.seed)
    if order.site_id is None:
        return fit.n_steps(_all_sources(material), recipe)
    return fit.n_steps(material.sources, recipe) + adapt.n_steps()


def learn(material: Material, order: Order, step: Step) -> Learned:
    """Fit on files and labels together; for a site, or without files, correct a finished classifier by the labels.

    The same material, order and library versions give the same classifier. Raises DataRefused.
    """
    if material.base is not None and material.labels is not None and material.base_card is not None:
        return _corrected(material.base, material.base_card, material.labels, order, step)
    sources = material.sources if order.site_id is not None else _all_sources(material)
    trained = fit.train(sources, Recipe(seed=order.seed), step)
    learned = from_sources(trained, sources)
    if order.site_id is None or material.labels is None:
        return _with_labels(learned, material.labels)
    return _corrected(learned.classifier, learned.card, material.labels, order, step)


def from_sources(trained: Trained, sources: Sequence[Source]) -> Learned:
    """What `fit.train` made, with card, figures, and what was said of rows that it had not seen."""
    seen = judged_by_training(trained)
    found = elsewhere(seen)
    figures = figures_of(trained, sources, CAUTIOUS if found is None else found.thresholds)
    known = {source.name for source in trained.table.sources}
    others = [judged(trained.classifier, rows_of_source(one)) for one in sources if one.name not in known]
    told = {"thresholds": asdict(CAUTIOUS)} if found is None else found.card()
    card = {**fit.card(trained, sources), **told, "figures": rounded(figures)}
    return Learned(trained.classifier, card, figures, [*seen, *others])


def save(learned: Learned, directory: Path) -> ModelFile:
    """Write the model, its card, and a directory named by the digest with the card for people.

    Raises OSError, and ValueError for a model over 5 MB.
    """
    saved = artifact.save(learned.classifier, directory, learned.card)
    write_card(directory / saved.digest, saved.card, learned.judged)
    return saved


def register(stores: Stores, saved: ModelFile, site_id: str | None = None) -> ModelVersion:
    """Enter a saved model in the registry as a candidate; the entry that is there where it was trained before."""
    with stores.database.write() as connection:
        card = orjson.dumps(saved.card).decode()
        return model_versions.register(connection, saved.digest, "trained", card, site_id)


def rounded(figures: Sequence[Figures]) -> list[dict[str, Any]]:
    """Figures as they stand in a card."""
    return [
        {name: round(value, 4) if isinstance(value, float) else value for name, value in asdict(one).items()}
        for one in figures
    ]


def _all_sources(material: Material) -> list[Source]:
    return material.sources if material.labels is None else [*material.sources, as_source(material.labels)]


def _with_labels(learned: Learned, labels: Labelled | None) -> Learned:
    if labels is None:
        return learned
    return Learned(learned.classifier, {**learned.card, "labels": _told(labels)}, learned.figures, learned.judged)


def _corrected(base: SpamClassifier, base_card: Card, labels: Labelled, order: Order, step: Step) -> Learned:
    adapted = adapt.adapt(base, labels, Correction(seed=order.seed), step)
    seen = judged_by_correction(adapted)
    thresholds = thresholds_of(base_card)
    figures = [figures_said(one.source, one.held, one.said, one.is_spam, thresholds) for one in seen]
    return Learned(adapted.classifier, _card(adapted, base_card, order, figures), figures, seen)


def _card(adapted: Adapted, base_card: Card, order: Order, figures: Sequence[Figures]) -> Card:
    """The base's data lineage, what was added, and how it did on labels that were held out."""
    card = {
        "kind": "comment spam classifier: hashed n-grams and named features, logistic regression, corrected by labels",
        "correction": asdict(adapted.correction),
        "labels": _told(adapted.rows),
        "learned_from": base_card.get("learned_from", []),
        "thresholds": asdict(thresholds_of(base_card)),
        "figures": rounded(figures),
    }
    if order.site_id is not None:
        card["site"] = order.site_id
    return card if "digest" not in base_card else {**card, "base": base_card["digest"]}


def _told(labels: Labelled) -> dict[str, Any]:
    """What a card says of labels. `until`: when the newest of them was given, microseconds since 1970."""
    return {
        "n": len(labels.at),
        "n_spam": int(labels.is_spam.sum()),
        "by_source": labels.by_source(),
        "until": int(labels.at.max()),
        "sha256": labels.digest(),
    }
