"""Clusters and the overview, on both databases."""

import pytest
from builders import HAM, SPAM, UNSURE, Drain, Person, add_person, add_site, change, query, read, record, states
from sqlalchemy import select, update

from models.errors import NotFound, Refused
from models.vocabulary import Action, Role
from service.clusters import Clusters, choices_from
from service.overrule import Overruling
from service.overview import Overviews
from service.review import Review
from store.records.schema import labels, review_items
from store.records.sites import Site
from store.stores import Stores

COPIES = "earn money from home with the one simple trick that banks do not want you to know"


def test_near_copies_that_wait_are_decided_and_taken_back_in_one_step(
    stores: Stores, site: Site, drain_now: Drain, reviewer: Person
) -> None:
    elsewhere = add_site(stores)
    copies = record(stores, site, *(f"{UNSURE} {COPIES} {n}!" for n in range(4)))
    record(stores, elsewhere, f"{UNSURE} {COPIES}")
    record(stores, site, f"{UNSURE} about something entirely different, a recipe for bread with rye and honey")
    drain_now()
    clusters = Clusters(stores, Review(stores))
    change(stores, update(review_items).where(review_items.c.comment_id == copies[3]).values(reason="blind"))

    (found,) = clusters.found(reviewer.reviewer)
    words = [f"{member.item_id}:{member.version}" for member in found.members]
    rulings = clusters.decide(reviewer.reviewer, choices_from(words, Action.REJECT, "spam"))

    assert (found.size, found.site_id, found.low) == (3, site.id, 0.4)
    assert {sample.id for sample in found.samples} == set(copies[:3])
    assert [ruling.status for ruling in rulings] == [200] * 3
    assert states(stores, copies) == ["rejected"] * 3 + ["review"]
    assert clusters.found(reviewer.reviewer) == []
    assert rulings[0].decision is not None
    with pytest.raises(NotFound):
        clusters.undo(add_person(stores, "Ben").reviewer, rulings[0].decision.decided_at)
    clusters.undo(reviewer.reviewer, rulings[0].decision.decided_at)
    assert states(stores, copies) == ["review"] * 4
    assert query(stores, select(labels.c.id).where(labels.c.withdrawn_at.is_(None))) == []
    assert clusters.found(add_person(stores, "Gil", site=elsewhere).reviewer) == []


@pytest.mark.parametrize("words", [[], ["rev_1"], ["rev_1:x"], [":1"], ["rev_1:1"] * 501])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_list_that_cannot_be_meant_is_refused(stores: Stores, reviewer: Person, words: list[str]) -> None:
    clusters = Clusters(stores, Review(stores))

    with pytest.raises(Refused):
        clusters.decide(reviewer.reviewer, choices_from(words, Action.REJECT, None))


def test_the_overview_counts_what_came_who_decided_and_whether_they_agree(
    stores: Stores, site: Site, drain_now: Drain, reviewer: Person
) -> None:
    ids = record(stores, site, HAM, f"{HAM} too", SPAM, UNSURE)
    record(stores, add_site(stores), SPAM)
    drain_now()
    review = Review(stores)
    for comment_id, action in ((ids[0], Action.REJECT), (ids[2], Action.APPROVE)):
        decision = read(stores, comment_id).decision
        assert decision is not None
        review.overrule(reviewer.reviewer, Overruling(decision.id, action))
    (card,) = review.items(reviewer.reviewer, site_id=site.id, reason=None, oldest_first=False, after=None, limit=5)
    review.decide(reviewer.reviewer, choices_from([f"{card.item.id}:{card.item.version}"], Action.APPROVE, None))
    change(stores, update(review_items).values(waiting=1, waiting_since=1))

    found = Overviews(stores).of(reviewer.reviewer, site.id)

    assert found.total == {"approve": 2, "reject": 1, "review": 1}
    assert len(found.days) == 14
    assert found.days[-1][1] == found.total
    assert (found.agreed.same, found.agreed.judged) == (1, 3)
    assert [(one.name, one.decided) for one in found.reviewers] == [("Ana", 3)]
    assert (found.waiting, found.late, found.deliveries_dead) == (3, True, 0)
    assert sum(Overviews(stores).of(reviewer.reviewer, None).total.values()) == 5
    with pytest.raises(NotFound):
        Overviews(stores).of(add_person(stores, "Gil", Role.VIEWER, site=add_site(stores)).reviewer, site.id)
