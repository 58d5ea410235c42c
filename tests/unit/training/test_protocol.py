from dataclasses import replace

import numpy as np
import pytest

from models.calibration import Calibrated
from models.vocabulary import Comment
from training.dataset import OWN_DATA, Licence, Source
from training.fit import Recipe, Table
from training.protocol import Carried, Said, carried, n_steps, ours, table_of, theirs
from training.protocol_figures import PooledFigures, SourceFigures, figures, goals, recall

RECIPE = Recipe(bits=12, n_folds=3)
THINGS = ("song", "voice", "dance", "video", "beat", "chorus", "band", "dress")
PRAISE = ("I love this {}", "what a lovely {}", "that {} again, so good", "her {} is the best", "miss the old {}")
OFFERS = ("free {} at winbig.com", "buy a cheap {} now", "check out my {} channel", "earn money with my {}", "{} bonus")


def source(name: str, sign: str, n_spam: int = 40) -> Source:
    ham = [Comment(f"{line.format(thing)} {sign}") for line in PRAISE for thing in THINGS]
    spam = [Comment(f"{line.format(thing)} {sign}") for line in OFFERS for thing in THINGS][:n_spam]
    closed = Licence("none stated", "", learn=False)
    return Source(name, closed, name[0] * 64, (*ham, *spam), np.arange(len(ham) + len(spam)) >= len(ham))


SOURCES = [source("alpha", "yes"), source("beta", "indeed"), source("gamma", "well", n_spam=0)]


@pytest.fixture(scope="module")
def table() -> Table:
    return table_of(SOURCES, RECIPE)


def test_sources_take_part_whatever_their_terms_since_nothing_is_kept(table: Table) -> None:
    assert [one.name for one in table.sources] == ["alpha", "beta", "gamma"]


def test_every_row_is_judged_by_what_did_not_see_it_and_each_step_is_announced(table: Table) -> None:
    heard: list[str] = []
    for said in (ours(table, RECIPE, heard.append), theirs(table, RECIPE, heard.append)):
        assert not np.isnan(said.elsewhere.probability).any()
        assert not np.isnan(said.in_folds).any()
        assert len(said.carried) == 3
    assert len(heard) == 2 * n_steps(table, RECIPE)


def test_a_source_has_no_part_in_its_own_thresholds(table: Table) -> None:
    """Labels of one source turned over after all is said change the thresholds of the others and not its own."""
    mine = table.source_of == 0
    turned = replace(table, is_spam=np.where(mine, ~table.is_spam, table.is_spam))
    told = np.random.default_rng(0).random(len(mine)) * 0.2 + table.is_spam * 0.8
    assert carried(told, told, table, ~mine) == carried(told, told, turned, ~mine)
    assert carried(told, told, table, mine) != carried(told, told, turned, mine)


def said_of(told: list[float], bounds: Carried) -> Said:
    column = np.array(told)
    return Said(Calibrated(column, column, column), column, (bounds,))


def one_source(is_spam: list[bool]) -> Table:
    labels = np.array(is_spam)
    comments = tuple(Comment(str(n)) for n in range(len(is_spam)))
    one = Source("mine", OWN_DATA, "0" * 64, comments, labels)
    return Table((one,), comments, labels, np.zeros(len(labels), dtype=np.intp), np.arange(len(labels)), np.ones(4))


def test_a_row_at_the_threshold_is_rejected_and_errors_are_shares_of_what_is_decided() -> None:
    (made,) = figures(one_source([True, False, True, False]), said_of([0.9, 0.9, 0.05, 0.5], Carried(0.1, 0.9)))
    assert made.decided == 0.75
    assert made.error == pytest.approx(2 / 3)
    assert (made.n_approved, made.spam_approved) == (1, 1)
    assert made.false_rejections == 0.5


def test_recall_lets_one_ham_in_a_hundred_pass() -> None:
    told = np.concatenate((np.linspace(0, 0.5, 99), [0.9], [0.6, 0.95, 0.4]))
    is_spam = np.arange(103) >= 100
    assert recall(told, is_spam, 0.01) == pytest.approx(2 / 3)
    assert recall(told, is_spam, 0.001) == pytest.approx(1 / 3)


def test_goals_say_where_ours_does_not_win() -> None:
    def one(name: str, auc: float, spam_approved: int) -> SourceFigures:
        return SourceFigures(name, 10, 5, auc, auc, auc, auc, 0.1, 0.1, 0.5, 0.0, 4, spam_approved, 0.0)

    reached = goals(
        [one("a", 0.9, 1), one("b", 0.7, 1)], [one("a", 0.8, 2), one("b", 0.8, 3)], PooledFigures(0.99, 0.9, 0.03, 0.02)
    )
    assert [goal.holds for goal in reached] == [False, False, True, False, True, True]
    assert reached[0].reached == "1, not on b"
