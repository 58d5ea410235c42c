"""A person disagrees with what was decided, and takes it back, on both databases."""

from typing import NamedTuple

import pytest
from builders import HAM, SPAM, UNSURE, WORST, Drain, Person, add_person, add_site, change, query, read, record
from sqlalchemy import select, update

from models.errors import AlreadyDecided, Forbidden, NotFound, Refused
from models.vocabulary import Action, Role
from service.decided import DecidedLog, Wanted
from service.overrule import Overruling
from service.review import Choice, Review
from store.ids import now_us
from store.records import evidence_tables, reputations
from store.records.schema import comments, events, labels, review_items
from store.records.sites import Site
from store.records.submissions import NewComment
from store.stores import Stores


def decision_of(stores: Stores, comment_id: str) -> str:
    decision = read(stores, comment_id).decision
    assert decision is not None
    return decision.id


def standing_labels(stores: Stores) -> list[str]:
    return query(stores, select(labels.c.label).where(labels.c.withdrawn_at.is_(None)))


class Case(NamedTuple):
    body: str
    before: str
    action: Action
    after: str
    label: str


@pytest.mark.parametrize(
    "case",
    [
        Case(HAM, "approved", Action.REJECT, "rejected", "spam"),
        Case(SPAM, "rejected", Action.APPROVE, "approved", "ham"),
        Case(WORST, "discarded", Action.APPROVE, "approved", "ham"),
    ],
)
def test_whoever_disagrees_decides_at_once_and_undo_brings_back_what_stood(
    stores: Stores, site: Site, drain_now: Drain, reviewer: Person, case: Case
) -> None:
    body, before, action, after, label = case
    (comment_id,) = record(stores, site, body)
    drain_now()
    review, said = Review(stores), decision_of(stores, comment_id)
    wanted = Overruling(said, action, note="look again")

    ruling = review.overrule(reviewer.reviewer, wanted)
    again = review.overrule(reviewer.reviewer, wanted)

    assert ruling.decision is not None
    assert again.decision == ruling.decision
    assert read(stores, comment_id).state == after
    assert standing_labels(stores) == [label]
    newest = (
        select(events.c.previous_state, events.c.state, events.c.decision_id).order_by(events.c.seq.desc()).limit(1)
    )
    assert query(stores, newest) == [(before, after, ruling.decision.id)]

    card = review.undo(reviewer.reviewer, ruling.decision.id)

    assert (card.item.waiting, read(stores, comment_id).state) == (0, before)
    assert decision_of(stores, comment_id) == said
    assert standing_labels(stores) == []
    assert query(stores, select(events.c.state).where(events.c.withdrawn_at.is_not(None)).order_by(events.c.seq)) == [
        after,
        before,
    ]
    with pytest.raises(AlreadyDecided):
        review.undo(reviewer.reviewer, ruling.decision.id)


def test_undo_after_the_window_tells_the_world_what_stands_again(
    stores: Stores, site: Site, drain_now: Drain, reviewer: Person
) -> None:
    (comment_id,) = record(stores, site, SPAM)
    drain_now()
    review, said = Review(stores), decision_of(stores, comment_id)
    ruling = review.overrule(reviewer.reviewer, Overruling(said, Action.APPROVE))
    change(stores, update(events).values(deliver_after=1))
    assert ruling.decision is not None

    review.undo(reviewer.reviewer, ruling.decision.id)

    newest = select(events.c.state, events.c.decision_id, events.c.withdrawn_at).order_by(events.c.seq.desc()).limit(1)
    assert query(stores, newest) == [("rejected", said, None)]


def test_what_another_person_decided_is_overruled_by_a_lead_only_and_its_label_comes_back(
    stores: Stores, site: Site, drain_now: Drain, reviewer: Person
) -> None:
    (comment_id,) = record(stores, site, NewComment(body=UNSURE, author_id="kim"))
    drain_now()
    review = Review(stores)
    (card,) = review.items(reviewer.reviewer, site_id=None, reason=None, oldest_first=False, after=None, limit=9)
    (first,) = review.decide(reviewer.reviewer, [Choice(card.item.id, card.item.version, Action.APPROVE, None, None)])
    lea, ben = add_person(stores, "Lea", Role.LEAD), add_person(stores, "Ben")
    assert first.decision is not None
    wanted = Overruling(first.decision.id, Action.REJECT, "spam")

    with pytest.raises(Forbidden):
        review.overrule(ben.reviewer, wanted)
    ruling = review.overrule(lea.reviewer, wanted)
    assert standing_labels(stores) == ["spam"]
    with pytest.raises(AlreadyDecided):
        review.undo(reviewer.reviewer, first.decision.id)
    assert ruling.decision is not None
    review.undo(lea.reviewer, ruling.decision.id)

    assert standing_labels(stores) == ["ham"]
    assert read(stores, comment_id).state == "approved"
    author = select(evidence_tables.reputations.c.lookup_key).where(evidence_tables.reputations.c.kind == "author")
    with stores.database.read() as connection:
        (known,) = reputations.by_keys(connection, query(stores, author), now_us()).values()
    assert (round(known.spam), round(known.ham)) == (0, 1)


def test_only_the_decision_that_stands_can_be_answered_and_only_otherwise(
    stores: Stores, site: Site, drain_now: Drain, reviewer: Person
) -> None:
    approved, held = record(stores, site, HAM, UNSURE)
    drain_now()
    review, said = Review(stores), decision_of(stores, approved)
    guest = add_person(stores, "Gil", site=add_site(stores))
    ben = add_person(stores, "Ben")

    with pytest.raises(Refused):
        review.overrule(reviewer.reviewer, Overruling(said, Action.APPROVE))
    with pytest.raises(AlreadyDecided):
        review.overrule(reviewer.reviewer, Overruling(decision_of(stores, held), Action.APPROVE))
    with pytest.raises(NotFound):
        review.overrule(guest.reviewer, Overruling(said, Action.REJECT))
    with pytest.raises(Forbidden):
        review.overrule(add_person(stores, "Vic", Role.VIEWER).reviewer, Overruling(said, Action.REJECT))
    review.overrule(ben.reviewer, Overruling(said, Action.REJECT))
    with pytest.raises(AlreadyDecided):
        review.overrule(reviewer.reviewer, Overruling(said, Action.REJECT))


def test_the_log_finds_decisions_by_all_that_is_asked(
    stores: Stores, site: Site, drain_now: Drain, reviewer: Person
) -> None:
    ham, spam, held = record(
        stores,
        site,
        NewComment(body=f"{HAM}, Änne", author_name="Zoë", language="de-AT"),
        NewComment(body=f"{SPAM} at https://shop.deals.example/x", author_id="acct-7"),
        NewComment(body=UNSURE, page_title="On compost"),
    )
    elsewhere = add_site(stores)
    (other,) = record(stores, elsewhere, HAM)
    drain_now()
    log = DecidedLog(stores)

    def found(who: Person = reviewer, **wanted: object) -> set[str]:
        page = log.search(who.reviewer, Wanted(**wanted))  # type: ignore[arg-type]
        assert (page.after, page.cut) == (None, False)
        return {one.decision.comment_id for one in page.rows}

    assert found() == {ham, spam, held, other}
    assert found(site_id=site.id) == {ham, spam, held}
    assert found(action=Action.REJECT) == {spam}
    assert found(low=0.3, high=0.5) == {held}
    assert found(reason="words") == {spam, held}
    assert found(language="de") == {ham}
    assert found(text="ÄNNE") == found(author="zoe") == {ham}
    assert found(text="compost") == {held}
    assert found(author="acct-7") == found(domain="deals.example") == found(domain="www.SHOP.deals.example") == {spam}
    assert found(domain="eals.example") == set()
    assert found(since=now_us()) == found(until=1) == set()
    assert found(add_person(stores, "Gil", site=elsewhere)) == {other}
    with pytest.raises(NotFound):
        found(add_person(stores, "Hal", site=elsewhere), site_id=site.id)


def test_a_search_stops_at_its_limits_says_so_and_goes_on_from_there(
    stores: Stores, site: Site, drain_now: Drain, reviewer: Person
) -> None:
    ids = record(stores, site, *(f"{HAM} {n}" for n in range(8)))
    drain_now()
    log = DecidedLog(stores)
    oldest = min(ids, key=lambda comment_id: decision_of(stores, comment_id))
    wanted = Wanted(text=read(stores, oldest).body)
    pages: list[str] = []
    after = None

    first = log.search(reviewer.reviewer, wanted, max_examined=5)
    rest = log.search(reviewer.reviewer, wanted, after=first.after, max_examined=5)
    while True:
        page = log.search(reviewer.reviewer, Wanted(), after=after, limit=3)
        pages += [one.decision.comment_id for one in page.rows]
        after = page.after
        if after is None:
            break

    assert (first.rows, first.cut, first.examined) == ((), True, 5)
    assert ([one.decision.comment_id for one in rest.rows], rest.cut) == ([oldest], False)
    assert sorted(pages) == sorted(ids)


def test_what_waits_blind_or_was_erased_or_undone_is_not_shown(
    stores: Stores, site: Site, drain_now: Drain, reviewer: Person
) -> None:
    approved, held = record(stores, site, HAM, UNSURE)
    drain_now()
    review, log = Review(stores), DecidedLog(stores)
    ruling = review.overrule(reviewer.reviewer, Overruling(decision_of(stores, approved), Action.REJECT))
    assert ruling.decision is not None
    review.undo(reviewer.reviewer, ruling.decision.id)
    change(stores, update(review_items).where(review_items.c.comment_id == held).values(reason="blind"))

    rows = log.search(reviewer.reviewer, Wanted()).rows

    assert [(one.decision.comment_id, one.decision.decided_by) for one in rows] == [(approved, "model")]
    assert query(stores, select(comments.c.id).where(comments.c.id == held)) == [held]
