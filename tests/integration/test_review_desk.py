from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from builders import UNSURE, Drain, Person, add_person, add_site, query, read, record
from sqlalchemy import select, update

from models.errors import AlreadyDecided, Forbidden, Gone, LeaseGone, NotFound
from models.vocabulary import Action, Role
from service.review import Choice, ItemCard, Review
from store.live import review_queue
from store.records.schema import decisions, events, labels, revisions
from store.records.sites import Site
from store.stores import Stores

PAIRS = 40


@pytest.fixture
def desk(stores: Stores) -> Review:
    return Review(stores)


@pytest.fixture
def ben(stores: Stores) -> Person:
    return add_person(stores, "Ben")


@pytest.fixture
def card(stores: Stores, site: Site, drain_now: Drain, desk: Review, reviewer: Person) -> ItemCard:
    """One item that waits, held by nobody."""
    record(stores, site, UNSURE)
    drain_now()
    return waiting(desk, reviewer)[0]


def waiting(desk: Review, person: Person) -> list[ItemCard]:
    return desk.items(person.reviewer, site_id=None, reason=None, oldest_first=False, after=None, limit=500)


def map_choices(desk: Review, person: Person) -> list[Choice]:
    return [choice(card) for card in waiting(desk, person)]


def choice(card: ItemCard, action: Action = Action.APPROVE, reason: str | None = None) -> Choice:
    return Choice(card.item.id, card.item.version, action, reason, None)


def test_an_approval_decides_and_takes_the_item_out(
    stores: Stores, desk: Review, reviewer: Person, card: ItemCard
) -> None:
    (ruling,) = desk.decide(reviewer.reviewer, [choice(card)])

    assert (ruling.status, ruling.version) == (200, card.item.version + 1)
    assert read(stores, card.comment.id).state == "approved"
    assert waiting(desk, reviewer) == []
    assert desk.claim(reviewer.reviewer, 5, None) == []


@pytest.mark.parametrize(
    ("action", "reason", "label"),
    [
        (Action.APPROVE, None, ["ham"]),
        (Action.REJECT, None, ["spam"]),
        (Action.REJECT, "spam", ["spam"]),
        (Action.REJECT, "insult", []),
        (Action.ESCALATE, None, []),
    ],
)
@pytest.mark.usefixtures("card")
def test_only_what_tells_spam_from_ham_becomes_a_label(
    stores: Stores, reviewer: Person, action: Action, reason: str | None, label: list[str]
) -> None:
    desk = Review(stores)

    desk.decide(reviewer.reviewer, [choice(waiting(desk, reviewer)[0], action, reason)])

    assert query(stores, select(labels.c.label)) == label


def test_of_two_who_decide_in_the_same_moment_one_wins_and_the_other_hears_who(
    stores: Stores, site: Site, drain_now: Drain, reviewer: Person, ben: Person
) -> None:
    record(stores, site, *(f"{UNSURE} {n}" for n in range(PAIRS)))
    drain_now()
    desk = Review(stores)
    cards = waiting(desk, reviewer)
    sides = ((reviewer, Action.APPROVE), (ben, Action.REJECT))

    with ThreadPoolExecutor(2) as pool:
        for card in cards:
            calls = [pool.submit(desk.decide, person.reviewer, [choice(card, action)]) for person, action in sides]
            rulings = [call.result(20)[0] for call in calls]
            assert sorted(ruling.status for ruling in rulings) == [200, 409]
            won, lost = sorted(rulings, key=lambda ruling: ruling.status)
            assert won.decision is not None
            assert lost.winner is not None
            assert lost.winner.id == won.decision.id

    assert len(query(stores, select(decisions.c.id).where(decisions.c.decided_by == "human"))) == PAIRS


def test_the_same_decision_of_the_same_reviewer_is_the_same_answer(
    stores: Stores, desk: Review, reviewer: Person, card: ItemCard
) -> None:
    (first,) = desk.decide(reviewer.reviewer, [choice(card)])
    (again,) = desk.decide(reviewer.reviewer, [choice(card)])

    assert again == first
    assert len(query(stores, select(labels.c.id))) == 1


def test_another_decision_of_the_same_reviewer_about_the_same_version_is_too_late(
    desk: Review, reviewer: Person, card: ItemCard
) -> None:
    desk.decide(reviewer.reviewer, [choice(card, Action.APPROVE)])

    (ruling,) = desk.decide(reviewer.reviewer, [choice(card, Action.REJECT)])

    assert ruling.status == 409


def test_a_version_that_has_not_been_yet_is_refused(desk: Review, reviewer: Person, card: ItemCard) -> None:
    (ruling,) = desk.decide(reviewer.reviewer, [Choice(card.item.id, 9, Action.APPROVE, None, None)])

    assert (ruling.status, ruling.winner) == (409, None)


def test_what_another_holds_cannot_be_decided_and_names_the_holder(
    desk: Review, reviewer: Person, ben: Person, card: ItemCard
) -> None:
    desk.claim(ben.reviewer, 1, None)

    (ruling,) = desk.decide(reviewer.reviewer, [choice(card)])

    assert ruling.status == 423
    assert ruling.holder is not None
    assert ruling.holder.reviewer == "Ben"


def test_a_lease_is_not_needed_to_decide(desk: Review, reviewer: Person, card: ItemCard) -> None:
    assert [ruling.status for ruling in desk.decide(reviewer.reviewer, [choice(card)])] == [200]


def test_an_escalated_item_waits_on_as_a_new_version(
    stores: Stores, desk: Review, reviewer: Person, card: ItemCard
) -> None:
    desk.decide(reviewer.reviewer, [choice(card, Action.ESCALATE)])
    (escalated,) = waiting(desk, reviewer)

    (ruling,) = desk.decide(reviewer.reviewer, [choice(escalated, Action.REJECT)])

    assert escalated.item.version == card.item.version + 1
    assert ruling.status == 200
    assert read(stores, card.comment.id).state == "rejected"


def test_who_escalates_leaves_the_item_to_others_at_once(
    desk: Review, reviewer: Person, ben: Person, card: ItemCard
) -> None:
    desk.claim(reviewer.reviewer, 1, None)

    desk.decide(reviewer.reviewer, [choice(card, Action.ESCALATE)])

    assert [held.item.id for held in desk.claim(ben.reviewer, 1, None)] == [card.item.id]


def test_undo_brings_back_item_decision_and_label(
    stores: Stores, desk: Review, reviewer: Person, card: ItemCard
) -> None:
    (ruling,) = desk.decide(reviewer.reviewer, [choice(card, Action.REJECT)])
    assert ruling.decision is not None

    back = desk.undo(reviewer.reviewer, ruling.decision.id)

    shown = read(stores, card.comment.id)
    assert shown.state == "review"
    assert shown.decision is not None
    assert shown.decision.decided_by == "model"
    assert (back.item.version, back.item.waiting) == (card.item.version + 2, 1)
    assert query(stores, select(labels.c.withdrawn_at).where(labels.c.withdrawn_at.is_(None))) == []
    assert len(desk.claim(reviewer.reviewer, 1, None)) == 1


def test_undo_inside_the_window_withdraws_both_events(
    stores: Stores, desk: Review, reviewer: Person, card: ItemCard
) -> None:
    (ruling,) = desk.decide(reviewer.reviewer, [choice(card)])
    assert ruling.decision is not None
    desk.undo(reviewer.reviewer, ruling.decision.id)

    wanted = select(events.c.state).where(events.c.withdrawn_at.is_not(None)).order_by(events.c.seq)
    assert query(stores, wanted) == ["approved", "review"]


def test_undo_after_the_window_leaves_the_event_and_adds_a_correction(
    stores: Stores, desk: Review, reviewer: Person, card: ItemCard
) -> None:
    (ruling,) = desk.decide(reviewer.reviewer, [choice(card)])
    assert ruling.decision is not None
    with stores.database.write() as connection:
        connection.execute(update(events).values(deliver_after=1))

    desk.undo(reviewer.reviewer, ruling.decision.id)

    assert query(stores, select(events.c.id).where(events.c.withdrawn_at.is_not(None))) == []
    newest = select(events.c.previous_state, events.c.state).order_by(events.c.seq.desc()).limit(1)
    assert query(stores, newest) == [("approved", "review")]


def test_undo_is_refused_where_somebody_decided_since(
    desk: Review, reviewer: Person, ben: Person, card: ItemCard
) -> None:
    (first,) = desk.decide(reviewer.reviewer, [choice(card, Action.ESCALATE)])
    (escalated,) = waiting(desk, reviewer)
    desk.decide(ben.reviewer, [choice(escalated, Action.APPROVE)])
    assert first.decision is not None

    with pytest.raises(AlreadyDecided):
        desk.undo(reviewer.reviewer, first.decision.id)


def test_undo_is_refused_a_second_time(desk: Review, reviewer: Person, card: ItemCard) -> None:
    (ruling,) = desk.decide(reviewer.reviewer, [choice(card)])
    assert ruling.decision is not None
    desk.undo(reviewer.reviewer, ruling.decision.id)

    with pytest.raises(AlreadyDecided):
        desk.undo(reviewer.reviewer, ruling.decision.id)


def test_undo_of_an_erased_comment_says_that_it_is_gone(
    stores: Stores, desk: Review, reviewer: Person, card: ItemCard
) -> None:
    (ruling,) = desk.decide(reviewer.reviewer, [choice(card)])
    assert ruling.decision is not None
    with stores.database.write() as connection:
        connection.execute(update(revisions).values(state="erased"))

    with pytest.raises(Gone):
        desk.undo(reviewer.reviewer, ruling.decision.id)


def test_undo_of_what_the_machine_decided_is_not_found(desk: Review, reviewer: Person, card: ItemCard) -> None:
    assert card.machine is not None

    with pytest.raises(NotFound):
        desk.undo(reviewer.reviewer, card.machine.id)


def test_another_ones_decision_is_undone_by_a_lead_only(
    stores: Stores, desk: Review, reviewer: Person, ben: Person, card: ItemCard
) -> None:
    (ruling,) = desk.decide(reviewer.reviewer, [choice(card)])
    assert ruling.decision is not None
    lead = add_person(stores, "Lea", Role.LEAD)

    with pytest.raises(Forbidden):
        desk.undo(ben.reviewer, ruling.decision.id)
    assert desk.undo(lead.reviewer, ruling.decision.id).item.waiting == 1


def test_lead_takes_over_what_somebody_has_open(stores: Stores, desk: Review, ben: Person, card: ItemCard) -> None:
    lead = add_person(stores, "Lea", Role.LEAD)
    (held,) = desk.claim(ben.reviewer, 1, None)
    assert held.lease is not None

    taken = desk.take_over(lead.reviewer, card.item.id)

    assert taken.lease is not None
    assert taken.lease.reviewer_id == lead.reviewer.id
    with pytest.raises(LeaseGone):
        desk.extend(ben.reviewer, held.lease.id)
    assert desk.decide(ben.reviewer, [choice(card)])[0].status == 423
    with pytest.raises(Forbidden):
        desk.take_over(ben.reviewer, card.item.id)


def test_many_decisions_are_taken_back_each_for_itself(
    stores: Stores, site: Site, drain_now: Drain, desk: Review, reviewer: Person
) -> None:
    record(stores, site, *(f"{UNSURE} {n}" for n in range(3)))
    drain_now()
    made = [r.decision.id for r in desk.decide(reviewer.reviewer, map_choices(desk, reviewer)) if r.decision]
    desk.undo(reviewer.reviewer, made[1])

    undone = desk.undo_all(reviewer.reviewer, [*made, "dec_none"])

    assert [reversal.decision_id for reversal in undone] == ["dec_none", *reversed(made)]
    assert [type(reversal.error) for reversal in undone] == [NotFound, type(None), AlreadyDecided, type(None)]
    assert len(waiting(desk, reviewer)) == 3


def test_without_an_undo_window_a_decision_is_told_at_once(stores: Stores, reviewer: Person, card: ItemCard) -> None:
    desk = Review(replace(stores, settings=replace(stores.settings, undo_seconds=0)))

    desk.decide(reviewer.reviewer, [choice(card)])

    ((at, deliver_after),) = query(
        stores, select(events.c.at, events.c.deliver_after).where(events.c.state == "approved")
    )
    assert at == deliver_after


def test_a_viewer_sees_but_decides_nothing(stores: Stores, desk: Review, card: ItemCard) -> None:
    viewer = add_person(stores, "Vic", Role.VIEWER)

    assert len(waiting(desk, viewer)) == 1
    with pytest.raises(Forbidden):
        desk.decide(viewer.reviewer, [choice(card)])


def test_a_stale_entry_of_the_queue_is_passed_over_and_taken_out(
    stores: Stores, site: Site, desk: Review, reviewer: Person, card: ItemCard
) -> None:
    review_queue.add(stores.redis, [("rev_decided_long_ago", site.id, -5.0)])

    claimed = desk.claim(reviewer.reviewer, 1, None)

    assert [held.item.id for held in claimed] == [card.item.id]
    assert stores.redis.zscore("gatepost:review:all", "rev_decided_long_ago") is None


def test_a_reviewer_of_one_site_neither_sees_claims_nor_decides_anothers_items(
    stores: Stores, desk: Review, card: ItemCard
) -> None:
    elsewhere = add_site(stores)
    guest = add_person(stores, "Gil", site=elsewhere)

    assert waiting(desk, guest) == []
    assert desk.claim(guest.reviewer, 5, None) == []
    assert desk.claim_named(guest.reviewer, [card.item.id]) == []
    assert [ruling.status for ruling in desk.decide(guest.reviewer, [choice(card)])] == [404]
    with pytest.raises(NotFound):
        desk.card(guest.reviewer, card.item.id)
    with pytest.raises(NotFound):
        desk.counts(guest.reviewer, card.item.site_id)


def test_a_reviewer_of_one_site_counts_the_leases_of_that_site_only(
    stores: Stores, desk: Review, reviewer: Person, card: ItemCard
) -> None:
    guest = add_person(stores, "Gil", site=add_site(stores))
    desk.claim(reviewer.reviewer, 1, None)

    counts, leased = desk.counts(guest.reviewer, None)

    assert (counts.waiting, leased) == (0, 0)


def test_anothers_lease_can_neither_be_kept_nor_ended(
    desk: Review, reviewer: Person, ben: Person, card: ItemCard
) -> None:
    (held,) = desk.claim(reviewer.reviewer, 1, None)
    assert held.lease is not None

    with pytest.raises(LeaseGone):
        desk.extend(ben.reviewer, held.lease.id)
    with pytest.raises(LeaseGone):
        desk.release(ben.reviewer, held.lease.id)


def test_items_that_are_named_are_leased_where_they_are_free(
    stores: Stores, site: Site, drain_now: Drain, reviewer: Person, ben: Person
) -> None:
    record(stores, site, UNSURE, UNSURE + " too")
    drain_now()
    desk = Review(stores)
    first, second = waiting(desk, reviewer)
    desk.claim_named(ben.reviewer, [first.item.id])

    claimed = desk.claim_named(reviewer.reviewer, [first.item.id, second.item.id, "rev_none"])

    assert [held.item.id for held in claimed] == [second.item.id]
