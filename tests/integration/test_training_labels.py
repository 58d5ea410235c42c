import numpy as np
import orjson
import pytest
from builders import add_site, change, drain_due
from labelled import add_label, comment_of, erase, label, texts
from sqlalchemy import update

from models.errors import NotFound
from models.vocabulary import Evidence, Scorer
from store.records.schema import decisions
from store.records.schema import labels as table
from store.records.sites import Site
from store.stores import Stores
from training.dataset import DataRefused
from training.labels import Labelled, as_source, newer_than, read_labels, split_by_time
from training.runs import Order, gather


def read(stores: Stores, site: Site | None = None) -> Labelled:
    with stores.database.read() as connection:
        return read_labels(connection, None if site is None else site.id)


def bodies(rows: Labelled) -> list[str]:
    return [comment.body for comment in rows.comments]


def test_labels_come_with_text_source_and_how_many_comments_each_stands_for(stores: Stores, site: Site) -> None:
    label(stores, site, [("buy it", True)], source="audit", weight=4.0)
    label(stores, site, [("lovely", False)], source="feedback")

    rows = read(stores)

    assert bodies(rows) == ["buy it", "lovely"]
    assert rows.is_spam.tolist() == [True, False]
    assert rows.stands_for.tolist() == [4.0, 1.0]
    assert rows.by_source() == {"audit": 1, "feedback": 1}


def test_a_label_that_was_taken_back_and_an_erased_text_teach_nothing(stores: Stores, site: Site) -> None:
    ids = label(stores, site, [("kept", True), ("withdrawn", True), ("erased", False)])
    change(stores, update(table).where(table.c.id == ids[1]).values(withdrawn_at=1))
    erase(stores, comment_of(stores, ids[2]))

    assert bodies(read(stores)) == ["kept"]


@pytest.mark.parametrize(
    ("first", "second", "is_spam"),
    [("reviewer", "feedback", True), ("feedback", "reviewer", False), ("reviewer", "reviewer", False)],
)
def test_of_two_labels_of_a_text_the_one_that_knows_best_or_is_newer_counts(
    stores: Stores, site: Site, first: str, second: str, is_spam: bool
) -> None:
    (label_id,) = label(stores, site, [("disputed", True)], source=first)
    add_label(stores, site, comment_of(stores, label_id), is_spam=False, source=second)

    assert read(stores).is_spam.tolist() == [is_spam]


def test_a_site_learns_from_its_own_labels_alone(stores: Stores, site: Site) -> None:
    label(stores, site, [("mine", True)])
    label(stores, add_site(stores), [("theirs", True)])

    assert bodies(read(stores, site)) == ["mine"]
    assert sorted(bodies(read(stores))) == ["mine", "theirs"]


def test_what_was_known_beside_the_text_comes_along_and_unknown_fields_do_not_hurt(
    stores: Stores, site: Site, scorer: Scorer
) -> None:
    label(stores, site, [("judged", True)])
    drain_due(stores, scorer)
    known = orjson.dumps({"honeypot_filled": True, "form_seconds": 1.5, "of_a_later_version": 3}).decode()
    change(stores, update(decisions).values(evidence=known))

    assert [evidence for _, evidence in read(stores).samples] == [Evidence(honeypot_filled=True, form_seconds=1.5)]


def test_without_labels_there_is_one_sentence(stores: Stores, site: Site) -> None:
    with pytest.raises(DataRefused, match=f"No comment of site {site.id} has a label yet"):
        read(stores, site)
    with pytest.raises(NotFound, match="There is no site site_none"):
        gather(stores, Order(site_id="site_none"))


def test_the_newest_labels_are_held_out_and_no_text_stands_on_both_sides(stores: Stores, site: Site) -> None:
    given = texts(38)
    label(stores, site, [*given, (given[0][0].upper() + "!", True), ("all new", False)])

    learn, held = split_by_time(read(stores), 0.25)

    assert bodies(learn) == [text for text, _ in given[:30]]
    assert bodies(held) == [*(text for text, _ in given[30:]), "all new"]
    assert learn.at.max() < held.at.min()


def test_rows_after_an_instant_are_those_that_nothing_older_says(stores: Stores, site: Site) -> None:
    label(stores, site, [("old", True), ("new", False), ("Old", True)])
    rows = read(stores)

    assert bodies(newer_than(rows, int(rows.at[0]))) == ["new"]
    assert len(newer_than(rows, None).at) == 3


def test_labels_beside_files_are_a_source_of_their_own(stores: Stores, site: Site) -> None:
    label(stores, site, [("buy it", True), ("lovely", False)], weight=500.0)

    source = as_source(read(stores))

    assert (source.name, source.licence.learn, source.is_spam.tolist()) == ("labels", True, [True, False])
    assert source.sampling is not None
    assert np.array_equal(source.sampling, [20.0, 20.0])
    assert source.sha256 == as_source(read(stores)).sha256
