"""A second person judges what a first one decided, on both databases."""

from dataclasses import replace

import pytest
from builders import UNSURE, Drain, Person, add_person, add_site, change, read, record
from sqlalchemy import update

from models.errors import AlreadyDecided, Forbidden, NotFound
from models.vocabulary import Action, Role
from service.review import Choice, Review
from service.second_looks import SecondLooks
from store.records.schema import decisions
from store.records.sites import Site
from store.stores import Stores


def decided(stores: Stores, site: Site, drain_now: Drain, person: Person, count: int) -> list[str]:
    """Comments that a person approved a while ago."""
    ids = record(stores, site, *(f"{UNSURE} {n}" for n in range(count)))
    drain_now()
    review = Review(stores)
    cards = review.items(person.reviewer, site_id=site.id, reason=None, oldest_first=False, after=None, limit=50)
    review.decide(
        person.reviewer, [Choice(card.item.id, card.item.version, Action.APPROVE, None, None) for card in cards]
    )
    change(stores, update(decisions).values(decided_at=decisions.c.decided_at - 300_000_000))
    return ids


def of_all(stores: Stores, percent: int = 100) -> SecondLooks:
    return SecondLooks(replace(stores, settings=replace(stores.settings, second_look_percent=percent)))


def test_two_agree_or_a_third_decides_and_the_figures_tell(
    stores: Stores, site: Site, drain_now: Drain, reviewer: Person
) -> None:
    ids = decided(stores, site, drain_now, reviewer, 3)
    ben, cem = add_person(stores, "Ben"), add_person(stores, "Cem")
    lea = add_person(stores, "Lea", Role.LEAD)
    looks, review = of_all(stores), Review(stores)

    assert (looks.next(reviewer.reviewer), looks.count(ben.reviewer)) == (None, 3)
    for action in (Action.APPROVE, Action.REJECT, Action.APPROVE):
        look = looks.next(ben.reviewer)
        assert look is not None
        assert looks.say(ben.reviewer, look.decision_id, action) is (action is Action.APPROVE)
        if action is Action.REJECT:
            differs = look
    assert looks.next(ben.reviewer) is None
    assert [read(stores, comment_id).state for comment_id in ids] == ["approved"] * 3
    with pytest.raises(AlreadyDecided):
        looks.say(cem.reviewer, differs.decision_id, Action.APPROVE)

    (card,) = review.items(cem.reviewer, site_id=None, reason=None, oldest_first=False, after=None, limit=9)
    choice = Choice(card.item.id, card.item.version, Action.REJECT, None, None)
    assert (card.item.reason, card.comment.id) == ("disagreement", differs.comment.id)
    assert [review.decide(who.reviewer, [choice])[0].status for who in (reviewer, ben, cem)] == [403, 403, 200]
    assert read(stores, differs.comment.id).state == "rejected"

    found = looks.agreement(lea.reviewer, site.id)
    assert found.table == ((2, 1), (0, 0))
    assert found.kappa is not None
    assert (found.kappa.pairs, found.kappa.value) == (3, pytest.approx(0.0))
    assert [(one.name, one.looked, one.agreed) for one in found.members] == [("Ana", 3, 2), ("Ben", 3, 2)]
    with pytest.raises(Forbidden):
        looks.agreement(ben.reviewer, None)


def test_only_what_is_drawn_stands_and_is_of_ones_sites_is_looked_at(
    stores: Stores, site: Site, drain_now: Drain, reviewer: Person
) -> None:
    decided(stores, site, drain_now, reviewer, 2)
    ben, guest = add_person(stores, "Ben"), add_person(stores, "Gil", site=add_site(stores))
    looks = of_all(stores)
    look = looks.next(ben.reviewer)
    assert look is not None

    assert of_all(stores, 0).next(ben.reviewer) is None
    assert looks.next(guest.reviewer) is None
    for who, share in ((ben, 0), (guest, 100), (reviewer, 100)):
        with pytest.raises(NotFound):
            of_all(stores, share).say(who.reviewer, look.decision_id, Action.APPROVE)
    Review(stores).undo(reviewer.reviewer, look.decision_id)
    with pytest.raises(AlreadyDecided):
        looks.say(ben.reviewer, look.decision_id, Action.APPROVE)
    assert looks.count(ben.reviewer) == 1
