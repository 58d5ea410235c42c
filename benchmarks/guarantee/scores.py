"""Real scores for the simulations: `python -m benchmarks.guarantee.scores --data DIR --scores FILE`.

Three populations, all of the Indonesian comments of `id-yt-judol`, by classifiers of our own recipe that saw neither
the comments nor copies of them: `strong` by the model that is shipped (it learned from other comments of the same
source), `weak` by one that learned from 300 rows of each source, `elsewhere` by one that learned from the other sources
only. Beside them the spam of two sources of which the shipped model learned nothing: `zh-chat` in another script, and
`id-instagram` in the same language. The file holds scores and labels, no texts.
"""

from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.guarantee.population import FOREIGN
from models.artifact import load, shipped
from models.classifier import SpamClassifier
from models.text import fold_all
from models.vocabulary import Evidence
from training.dataset import MAX_ROWS_PER_SOURCE, Source, capped, groups, read
from training.fit import Recipe, learnable, train

SOURCE = "id-yt-judol"
FEW_ROWS, OTHER_ROWS = 300, 2000


def main() -> None:
    """Score and write."""
    parser = ArgumentParser(description="Score real comments for the simulations of the guarantee.")
    parser.add_argument("--data", type=Path, required=True, help="directory with labelled *.jsonl.gz files")
    parser.add_argument("--scores", type=Path, required=True, help="file to write, *.npz, outside the repository")
    arguments = parser.parse_args()
    sources = read(arguments.data)
    path, _ = shipped()
    few = Recipe(max_rows_per_source=FEW_ROWS)
    others = Recipe(max_rows_per_source=OTHER_ROWS)
    strong = load(path, path.stem)
    columns = _scored(strong, sources, MAX_ROWS_PER_SOURCE, "strong") | _foreign(strong, sources)
    columns |= _scored(train(sources, few, print).classifier, sources, FEW_ROWS, "weak")
    elsewhere = [source for source in sources if source.name != SOURCE]
    columns |= _scored(train(elsewhere, others, print).classifier, sources, 0, "elsewhere")
    np.savez_compressed(arguments.scores, **columns)


def _scored(
    classifier: SpamClassifier, sources: list[Source], rows_seen: int, name: str
) -> dict[str, NDArray[np.float64] | NDArray[np.bool_]]:
    """Low end, probability, high end and label of every comment that the classifier has not seen, by column."""
    (source,) = (one for one in learnable(sources) if one.name == SOURCE)
    unseen = _unseen(source, rows_seen)
    return _named(classifier, source, unseen, name) | {f"{name}_is_spam": source.is_spam[unseen]}


def _foreign(classifier: SpamClassifier, sources: list[Source]) -> dict[str, NDArray[np.float64] | NDArray[np.bool_]]:
    found = {}
    for source in sources:
        if source.name in FOREIGN and not source.licence.learn:
            found |= _named(classifier, source, source.is_spam, source.name)
    return found


def _named(
    classifier: SpamClassifier, source: Source, chosen: NDArray[np.bool_], name: str
) -> dict[str, NDArray[np.float64] | NDArray[np.bool_]]:
    comments = [source.comments[place] for place in np.flatnonzero(chosen)]
    parts = classifier.parts(comments, [Evidence()] * len(comments), fold_all([one.body for one in comments]))
    said = classifier.calibration_.apply(parts.logits, parts.familiar)
    return {f"{name}_low": said.low, f"{name}_probability": said.probability, f"{name}_high": said.high}


def _unseen(source: Source, rows_seen: int) -> NDArray[np.bool_]:
    numbered = replace(source, sampling=np.arange(len(source.comments), dtype=np.float64))
    seen = capped(numbered, Recipe().seed, rows_seen).sampling if rows_seen else np.empty(0)
    group_of = groups(source.comments)
    chosen = np.asarray(seen, dtype=np.intp)
    return ~np.isin(group_of, group_of[chosen])


if __name__ == "__main__":
    main()
