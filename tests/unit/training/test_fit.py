from collections.abc import Sequence

import numpy as np
import pytest

from models.artifact import save
from models.vocabulary import Comment
from training.dataset import LICENCES, OWN_DATA, DataRefused, Licence, Source
from training.evaluate import Held, figures_of, figures_on
from training.fit import Recipe, Trained, card, n_steps, tabulate, train

RECIPE = Recipe(bits=12, n_folds=3)
THINGS = ("song", "voice", "dance", "video", "beat", "chorus", "band", "dress")
PRAISE = ("I love this {}", "what a lovely {}", "that {} again, so good", "her {} is the best", "miss the old {}")
OFFERS = ("free {} at winbig.com", "buy a cheap {} now", "check out my {} channel", "earn money with my {}", "{} bonus")


def source(name: str, sign: str, licence: Licence = OWN_DATA, n_spam: int = 40) -> Source:
    ham = [Comment(f"{line.format(thing)} {sign}") for line in PRAISE for thing in THINGS]
    spam = [Comment(f"{line.format(thing)} {sign}") for line in OFFERS for thing in THINGS][:n_spam]
    return Source(name, licence, name[0] * 64, (*ham, *spam), np.arange(len(ham) + len(spam)) >= len(ham))


SOURCES = [source("alpha", "yes"), source("beta", "indeed"), source("gamma", "truly", LICENCES["blog-a"])]
HAM_ONLY = source("delta", "well", n_spam=0)


def quietly(_: str) -> None:
    pass


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train(SOURCES, RECIPE, quietly)


def test_sources_under_closed_terms_are_not_learned_from() -> None:
    assert [one.name for one in tabulate(SOURCES, RECIPE).sources] == ["alpha", "beta"]


def test_a_source_of_wanted_comments_alone_weighs_less_than_one_of_both_kinds() -> None:
    table = tabulate([*SOURCES, HAM_ONLY], RECIPE)
    of_source = np.bincount(table.source_of, weights=table.weights)
    assert [one.name for one in table.sources] == ["alpha", "beta", "delta"]
    assert of_source[2] == pytest.approx(0.3 * 40**0.75)
    assert of_source[0] == pytest.approx(80**0.75)


def test_nothing_to_learn_from_is_refused() -> None:
    with pytest.raises(DataRefused, match="add labelled files"):
        train([HAM_ONLY], RECIPE, quietly)


def test_too_few_rows_of_a_class_are_refused_with_how_many_are_needed() -> None:
    with pytest.raises(DataRefused, match="5 spam and 40 ham are too few; 6 of each"):
        train([source("alpha", "yes", n_spam=5)], RECIPE, quietly)


def test_both_classes_of_a_source_weigh_the_same() -> None:
    table = tabulate([source("alpha", "yes", n_spam=10)], RECIPE)
    assert table.weights[table.is_spam].sum() == pytest.approx(table.weights[~table.is_spam].sum())


def test_every_row_is_held_out_by_fold_and_by_source(trained: Trained) -> None:
    assert not np.isnan(trained.by_fold.logits).any()
    assert not np.isnan(trained.by_source.logits).any()


def test_a_row_is_judged_by_a_classifier_that_never_saw_its_copies() -> None:
    """One odd text labelled spam in all its copies stays unfamiliar if no copy crosses a fold."""
    odd = [Comment(text) for text in ("Zyzzogeton!", "zyzzogeton", "ZYZZOGETON?!", "zyzzogeton...")]
    plain = source("alpha", "yes")
    mixed = Source(
        "alpha", OWN_DATA, plain.sha256, (*plain.comments, *odd), np.append(plain.is_spam, np.ones(4, dtype=bool))
    )
    made = train([mixed, source("beta", "indeed")], RECIPE, quietly)
    rows = [index for index, comment in enumerate(made.table.comments) if comment in odd]
    assert made.by_fold.familiar[rows].max() < 0.5
    assert made.classifier.logits_and_familiar(odd)[1].min() > 0.5


def test_the_same_data_and_seed_give_the_same_digest(
    trained: Trained, tmp_path_factory: pytest.TempPathFactory
) -> None:
    def digest(some: Trained, where: str) -> str:
        return save(some.classifier, tmp_path_factory.mktemp(where), card(some, SOURCES)).digest

    again = train(SOURCES, RECIPE, quietly)
    other = train(SOURCES, Recipe(bits=12, n_folds=3, max_rows_per_source=60, seed=5), quietly)
    assert digest(again, "again") == digest(trained, "first")
    assert digest(other, "other") != digest(trained, "once-more")


def test_each_step_is_announced_once() -> None:
    heard: list[str] = []
    train(SOURCES, RECIPE, heard.append)
    assert heard == ["fold 1", "fold 2", "fold 3", "without alpha", "without beta", "all rows"]
    assert n_steps(SOURCES, RECIPE) == len(heard)


def test_the_card_credits_what_was_learned_and_holds_no_text(trained: Trained) -> None:
    made = card(trained, SOURCES)
    learned: Sequence[dict[str, object]] = made["learned_from"]
    assert [(entry["file"], entry["n_rows"], entry["n_spam_used"]) for entry in learned] == [
        ("alpha", 80, 40),
        ("beta", 80, 40),
    ]
    assert all(entry["licence"] and entry["credit"] and len(str(entry["sha256"])) == 64 for entry in learned)
    assert "lovely" not in str(made)


def test_each_source_gets_its_own_figures_for_each_way_of_holding_out(trained: Trained) -> None:
    figures = figures_of(trained, [*SOURCES, HAM_ONLY])
    assert [(one.source, one.held) for one in figures] == [
        ("alpha", Held.BY_FOLD),
        ("beta", Held.BY_FOLD),
        ("alpha", Held.BY_SOURCE),
        ("beta", Held.BY_SOURCE),
        ("gamma", Held.NEVER_LEARNED),
        ("delta", Held.NEVER_LEARNED),
    ]


def test_a_separable_source_is_ranked_well_and_a_ham_only_one_has_no_ranking(trained: Trained) -> None:
    gamma = figures_on(trained.classifier, SOURCES[2])
    delta = figures_on(trained.classifier, HAM_ONLY)
    assert gamma.auc is not None
    assert gamma.auc > 0.9
    assert (delta.auc, delta.recall, delta.n_spam) == (None, None, 0)
