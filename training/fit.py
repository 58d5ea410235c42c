"""From sources to a calibrated classifier and its card.

Everything said about the model comes from texts it had not seen: grouped folds (no copy of a text on both sides) show
how it does on more of the same, leaving out a whole source shows how it does elsewhere. Both calibrate it.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

from models.calibration import Calibration, fit_calibration, fit_language_scales
from models.classifier import SpamClassifier
from models.vocabulary import Comment
from training.dataset import MAX_ROWS_PER_SOURCE, DataRefused, Source, capped, groups

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Flags = NDArray[np.bool_]
Step = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that decides a fit beside the data. `seed` draws the rows and the folds.

    `size_power`: a source of n rows weighs n ** size_power in all, half of it for each class; one of wanted comments
    alone weighs `ham_only_weight` times that.
    """

    seed: int = 0
    bits: int = 20
    C: float = 0.7
    feature_scale: float = 0.5
    contrast: float = 0.8
    size_power: float = 0.75
    ham_only_weight: float = 0.3
    max_rows_per_source: int = MAX_ROWS_PER_SOURCE
    n_folds: int = 5


@dataclass(frozen=True, slots=True)
class Table:
    """Rows to learn from, (n_rows,) each; `source_of`: place in `sources`; `group_of`: the same for copies."""

    sources: tuple[Source, ...]
    comments: tuple[Comment, ...]
    is_spam: Flags
    source_of: Indices
    group_of: Indices
    weights: Floats


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Of each row by a classifier that never saw it: logit (NaN where there is none), fraction of known n-grams, and
    tag of the language ("" where unknown; None where nobody asked).
    """

    logits: Floats
    familiar: Floats
    languages: NDArray[np.object_] | None = None


@dataclass(frozen=True, slots=True)
class Trained:
    """The classifier, and what it said of rows held out by fold and by whole source."""

    classifier: SpamClassifier
    table: Table
    recipe: Recipe
    by_fold: HeldOut
    by_source: HeldOut


def n_steps(sources: Sequence[Source], recipe: Recipe) -> int:
    """How often `train` calls its `step`."""
    return recipe.n_folds + len(learnable(sources)) + 1


def learnable(sources: Sequence[Source]) -> list[Source]:
    """Sources a model may learn from: the licence allows it, and there is more in them than spam."""
    return [source for source in sources if source.licence.learn and not source.is_spam.all()]


def train(sources: Sequence[Source], recipe: Recipe, step: Step) -> Trained:
    """Hold out by fold and by source, calibrate on both, fit on all rows. `step` hears what comes next, for progress.

    Raises DataRefused if nothing can be learned. The same sources and recipe give the same classifier.
    """
    table = tabulate(sources, recipe)
    by_fold = hold_out(table, recipe, by_folds(table, recipe), step)
    by_source = hold_out(table, recipe, by_whole_sources(table), step)
    step("all rows")
    classifier = fit_rows(table, recipe, np.ones(len(table.comments), dtype=bool))
    scales = language_scales(table, (by_fold,), classifier.languages_)
    by_fold, by_source = (levelled(way, classifier.languages_, scales) for way in (by_fold, by_source))
    classifier.level(scales).calibrate(calibration(table, by_fold, by_source))
    return Trained(classifier, table, recipe, by_fold, by_source)


def tabulate(sources: Sequence[Source], recipe: Recipe) -> Table:
    """The rows to learn from, at most `max_rows_per_source` of each source. Raises DataRefused if too few."""
    chosen = tuple(capped(source, recipe.seed, recipe.max_rows_per_source) for source in learnable(sources))
    if all(source.ham_only for source in chosen):
        raise DataRefused("No file holds both spam and ham under terms to learn from; add labelled files.")
    n_spam, n_ham = (sum(int((one.is_spam == kind).sum()) for one in chosen) for kind in (True, False))
    if min(n_spam, n_ham) < 2 * recipe.n_folds:
        raise DataRefused(f"{n_spam} spam and {n_ham} ham are too few; {2 * recipe.n_folds} of each are needed.")
    comments = tuple(comment for source in chosen for comment in source.comments)
    sizes = [len(source.comments) for source in chosen]
    return Table(
        sources=chosen,
        comments=comments,
        is_spam=np.concatenate([source.is_spam for source in chosen]),
        source_of=np.repeat(np.arange(len(chosen)), sizes),
        group_of=groups(comments),
        weights=np.concatenate([_weights(source, recipe) for source in chosen]),
    )


def calibration(table: Table, by_fold: HeldOut, by_source: HeldOut, without: int | None = None) -> Calibration:
    """Calibration on both kinds of held-out rows, a source left out counting as a source of its own.

    `without`: place of a source whose rows take no part.
    """
    keep = np.ones(len(table.comments), dtype=bool) if without is None else table.source_of != without
    return calibration_on(table, (by_fold, by_source), keep)


def calibration_on(table: Table, ways: Sequence[HeldOut], keep: Flags) -> Calibration:
    """Calibration on the rows to `keep`, shape (n_rows,), of each way of holding out, as sources of their own each."""
    usable = [keep & ~np.isnan(way.logits) for way in ways]
    return fit_calibration(
        np.concatenate([way.logits[rows] for way, rows in zip(ways, usable, strict=True)]),
        np.concatenate([table.is_spam[rows] for rows in usable]),
        _sources(table, usable),
        np.concatenate([way.familiar[rows] for way, rows in zip(ways, usable, strict=True)]),
    )


def language_scales(
    table: Table, ways: Sequence[HeldOut], languages: Sequence[str], keep: Flags | None = None
) -> Floats:
    """Scales of the languages, shape (len(languages) + 1, 2), on the rows to `keep` of each way of holding out."""
    usable = [~np.isnan(way.logits) if keep is None else keep & ~np.isnan(way.logits) for way in ways]
    return fit_language_scales(
        np.concatenate([way.logits[rows] for way, rows in zip(ways, usable, strict=True)]),
        np.concatenate([table.is_spam[rows] for rows in usable]),
        _sources(table, usable),
        np.concatenate([_numbers(way, languages)[rows] for way, rows in zip(ways, usable, strict=True)]),
        n_languages=len(languages),
    )


def levelled(way: HeldOut, languages: Sequence[str], scales: Floats) -> HeldOut:
    """The same rows with each language's logits brought to the common scale."""
    factors, addends = scales[_numbers(way, languages)].T
    return replace(way, logits=way.logits * factors + addends)


def card(trained: Trained, sources: Sequence[Source]) -> dict[str, Any]:
    """What people should know of the model: data with licence and credit, recipe. No time, no place, no text."""
    return {
        "kind": "comment spam classifier: hashed n-grams and named features, logistic regression",
        "languages": list(trained.classifier.languages_),
        "elsewhere": "in another language the interval is wide and a person decides",
        "recipe": asdict(trained.recipe),
        "learned_from": [
            {
                "file": full.name,
                "licence": full.licence.name,
                "credit": full.licence.credit,
                "sha256": full.sha256,
                "n_rows": len(full.comments),
                "n_rows_used": len(used.comments),
                "n_spam_used": int(used.is_spam.sum()),
            }
            for used in trained.table.sources
            for full in sources
            if full.name == used.name
        ],
        "assumed_without_data": "weights of evidence (honeypot, fast form, author address) that no training file shows",
    }


def _sources(table: Table, usable: Sequence[Flags]) -> Indices:
    return np.concatenate([table.source_of[rows] + way * len(table.sources) for way, rows in enumerate(usable)])


def _numbers(way: HeldOut, languages: Sequence[str]) -> Indices:
    """Number of each row's language as the finished classifier counts them, 0 for one it does not know."""
    number_of = {tag: number for number, tag in enumerate(languages, start=1)}
    tags = [""] * len(way.logits) if way.languages is None else way.languages.tolist()
    return np.array([number_of.get(tag, 0) for tag in tags], dtype=np.intp)


def _weights(source: Source, recipe: Recipe) -> Floats:
    """Each class half of the source's weight, shared among its rows by how many comments each stands for."""
    stands_for = np.ones(len(source.comments)) if source.sampling is None else source.sampling
    of_class = [stands_for[source.is_spam == kind].sum() for kind in (False, True)]
    total = len(source.comments) ** recipe.size_power
    if source.ham_only:
        ham_alone: Floats = stands_for * recipe.ham_only_weight * total / stands_for.sum()
        return ham_alone
    weights: Floats = stands_for * (0.5 * total) / np.where(source.is_spam, of_class[1], of_class[0])
    return weights


def by_folds(table: Table, recipe: Recipe) -> list[tuple[str, Flags]]:
    """Name and held rows of each fold; copies of a text are in one fold, sources and classes in all."""
    folds = StratifiedGroupKFold(recipe.n_folds, shuffle=True, random_state=recipe.seed)
    strata = table.source_of * 2 + table.is_spam
    out = []
    for number, (_, held) in enumerate(folds.split(strata, strata, table.group_of), start=1):
        mask = np.zeros(len(strata), dtype=bool)
        mask[held] = True
        out.append((f"fold {number}", mask))
    return out


def by_whole_sources(table: Table) -> list[tuple[str, Flags]]:
    """Name and held rows of each source; none where there is one source only."""
    if len(table.sources) < 2:
        return []
    return [(f"without {source.name}", table.source_of == place) for place, source in enumerate(table.sources)]


def hold_out(table: Table, recipe: Recipe, splits: Sequence[tuple[str, Flags]], step: Step) -> HeldOut:
    """What classifiers say that learned from all rows but the held ones of each split and their copies."""
    logits, familiar = np.full(len(table.comments), np.nan), np.zeros(len(table.comments))
    languages = np.full(len(table.comments), "", dtype=object)
    for name, held in splits:
        step(name)
        # A copy of a held-out text in another source would give the answer away.
        learn = ~held & ~np.isin(table.group_of, table.group_of[held])
        if not table.is_spam[learn].any() or table.is_spam[learn].all():
            continue
        classifier = fit_rows(table, recipe, learn)
        seen = classifier.seen(_chosen(table, held))
        logits[held], familiar[held] = seen.logits, seen.familiar
        languages[held] = np.array(["", *classifier.languages_], dtype=object)[seen.languages]
    return HeldOut(logits, familiar, languages)


def fit_rows(table: Table, recipe: Recipe, rows: Flags) -> SpamClassifier:
    """A classifier that learned from those rows of the table, shape (n_rows,); not calibrated."""
    classifier = SpamClassifier(recipe.bits, recipe.C, recipe.feature_scale, recipe.contrast)
    weights = table.weights[rows]
    return classifier.fit(_chosen(table, rows), table.is_spam[rows], sample_weight=weights / weights.mean())


def _chosen(table: Table, rows: Flags) -> list[Comment]:
    return [table.comments[index] for index in np.flatnonzero(rows)]
