"""Clusters and the overview, on both databases."""

import pytest
from builders import HAM, SPAM, UNSURE, Drain, Person, add_person, add_site, change, query, read, record, states
from sqlalchemy import select, update

from models.errors import Forbidden, NotFound, Refused
from models.vocabulary import Action, Role
from service.clusters import Clusters, choices_from
from service.overrule import Overruling
from service.overview import Overviews
from service.review import Review
from store.records.review_targets import HOUR_US
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
    own = found.members[-1].item_id
    around = clusters.around(reviewer.reviewer, own)
    words = [f"{member.item_id}:{member.version}" for member in found.members]
    rulings = clusters.decide(reviewer.reviewer, choices_from(words, Action.REJECT, "spam"))

    assert (found.size, found.site_id, found.low) == (3, site.id, 0.4)
    assert {sample.id for sample in found.samples} == set(copies[:3])
    assert [member.item_id for member in around] == [own, *(m.item_id for m in found.members[:2])]
    assert [ruling.status for ruling in rulings] == [200] * 3
    assert states(stores, copies) == ["rejected"] * 3 + ["review"]
    assert clusters.around(reviewer.reviewer, own) == []
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


def test_a_site_has_a_target_of_its_own_for_what_waits(stores: Stores, site: Site, drain_now: Drain) -> None:
    other = add_site(stores)
    record(stores, site, UNSURE)
    record(stores, other, UNSURE)
    drain_now()
    change(stores, update(review_items).values(waiting_since=review_items.c.waiting_since - 3 * HOUR_US))
    lead, guest = (
        add_person(stores, name, Role.LEAD, where).reviewer for name, where in (("Lea", None), ("Gil", other))
    )
    overviews = Overviews(stores)
    assert not overviews.of(lead, None).late

    overviews.set_target(lead, site.id, 2)

    found = overviews.of(lead, None)
    assert (found.late, found.target_us, overviews.of(lead, other.id).late) == (True, 2 * HOUR_US, False)
    assert (overviews.own_target(lead, site.id), overviews.own_target(lead, other.id)) == (2, None)
    overviews.set_target(lead, site.id, None)
    assert not overviews.of(lead, site.id).late
    with pytest.raises(NotFound):
        overviews.set_target(guest, site.id, 1)
    with pytest.raises(Forbidden):
        overviews.set_target(add_person(stores, "Ben").reviewer, site.id, 1)
    for wrong in (0, 8761):
        with pytest.raises(Refused):
            overviews.set_target(lead, site.id, wrong)
