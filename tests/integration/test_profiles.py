"""Authors and domains as reviewers look them up, on both databases."""

import base64

import pytest
from builders import HAM, SPAM, UNSURE, Drain, Person, add_person, add_site, read, record

from models.errors import Forbidden, NotFound, Refused
from models.pseudonyms import pseudonym
from models.vocabulary import Action, ListEffect, ListKind, Role
from service.overrule import Overruling
from service.profiles import Profiles, new_entry, read_key
from service.review import Review
from store.records.sites import Site
from store.records.submissions import NewComment
from store.stores import Stores


def test_an_author_is_known_by_account_reputation_lists_and_what_waits(
    stores: Stores, site: Site, drain_now: Drain, reviewer: Person
) -> None:
    spam, held, _ = record(
        stores,
        site,
        NewComment(body=SPAM, author_id="kim/7", author_name="Kim"),
        NewComment(body=UNSURE, author_id="kim/7"),
        NewComment(body=HAM, author_id="lou"),
    )
    drain_now()
    review = Review(stores)
    profiles = Profiles(stores, review)
    decision = read(stores, spam).decision
    assert decision is not None
    review.overrule(reviewer.reviewer, Overruling(decision.id, Action.APPROVE))
    key = profiles.author_key(reviewer.reviewer, spam)

    kim = profiles.author(reviewer.reviewer, key)
    entry = new_entry(kim, ListEffect.ALLOW, "a regular", 30)
    shown = profiles.preview(reviewer.reviewer, kim, entry)
    profiles.lay_down(reviewer.reviewer, kim, entry)
    rulings = profiles.decide_waiting(reviewer.reviewer, kim, Action.APPROVE)

    assert (kim.name, kim.value, round(kim.reputation.ham), kim.reputation.spam) == ("Kim", "kim/7", 1, 0)
    assert {one.decision.comment_id for one in kim.recent} == {spam, held}
    assert (shown.matched, shown.n_comments) == (2, 3)
    assert [ruling.status for ruling in rulings] == [200]
    assert read(stores, held).state == "approved"
    again = profiles.author(reviewer.reviewer, key)
    assert [(one.kind, one.effect, one.reason) for one in again.listed] == [
        (ListKind.AUTHOR_ID, ListEffect.ALLOW, "a regular")
    ]
    assert again.waiting == ()
    with pytest.raises(Refused):
        profiles.lay_down(reviewer.reviewer, again, entry)


def test_the_key_of_an_author_without_account_holds_no_address(
    stores: Stores, site: Site, drain_now: Drain, reviewer: Person
) -> None:
    hashed = pseudonym(site.pseudonym_key, "email", "kim@mail.example")
    (comment_id, nobody) = record(
        stores,
        site,
        NewComment(body=HAM, email="kim@mail.example", email_hash=hashed, author_name="Kim"),
        NewComment(body=HAM),
    )
    drain_now()
    profiles = Profiles(stores, Review(stores))

    key = profiles.author_key(reviewer.reviewer, comment_id)
    kim = profiles.author(reviewer.reviewer, key)

    assert read_key(key).value == hashed
    assert b"mail.example" not in base64.urlsafe_b64decode(key + "===")
    assert kim.listable == (ListKind.EMAIL, f"hash:{hashed}")
    with pytest.raises(NotFound):
        profiles.author_key(reviewer.reviewer, nobody)
    for bad in ("", "x", "eA", key[:-3]):
        with pytest.raises(NotFound):
            profiles.author(reviewer.reviewer, bad)


def test_a_domain_shows_whoever_links_to_it_and_is_listed_by_a_lead(
    stores: Stores, site: Site, drain_now: Drain, reviewer: Person
) -> None:
    linked, _ = record(stores, site, f"{SPAM} https://shop.deals.example/x", HAM)
    drain_now()
    profiles = Profiles(stores, Review(stores))
    lea = add_person(stores, "Lea", Role.LEAD).reviewer
    guest = add_person(stores, "Gil", site=add_site(stores)).reviewer

    deals = profiles.domain(lea, site.id, "Deals.example")
    entry = new_entry(deals, ListEffect.BLOCK, None, None)
    with pytest.raises(Forbidden):
        profiles.lay_down(reviewer.reviewer, deals, entry)
    profiles.lay_down(lea, deals, entry)

    assert [one.decision.comment_id for one in deals.recent] == [linked]
    assert [one.value for one in profiles.domain(lea, site.id, "shop.deals.example").listed] == ["deals.example"]
    with pytest.raises(NotFound):
        profiles.domain(guest, site.id, "deals.example")
    with pytest.raises(NotFound):
        profiles.domain(lea, site.id, "no domain!")
