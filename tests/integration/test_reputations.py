"""What people's labels say about authors, domains and texts: counted once, taken back, decayed."""

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from builders import SPAM, UNSURE, Drain, Person, add_person, add_site, new_comment, query, read, record
from sqlalchemy import func, select, update

from models.vocabulary import Action, Evidence, LabelKind
from service.review import Choice, Review
from store.ids import new_id, now_us
from store.records import decisions, edits, labels, reputations
from store.records.decisions import DecisionRecord
from store.records.evidence import Keys, dump
from store.records.evidence_tables import reputations as reputations_table
from store.records.labels import NewLabel
from store.records.reputations import HALF_LIFE_US, Reputation, Subject
from store.records.schema import labels as labels_table
from store.records.sites import Site
from store.records.tail import Tail
from store.stores import Stores
from worker.retain import DAY_US, retain

KEYS = Keys((11, 2**32 - 1), ("spam.example",))
NOW = now_us()


def judged(stores: Stores, site: Site, *, keys: Keys = KEYS, **fields: Any) -> str:
    """A comment on which the machine has decided; its id."""
    (comment_id,) = record(stores, site, new_comment("text", **fields))
    given = DecisionRecord(
        *(new_id("dec"), comment_id, 1, "score:1", site.id, "review", "model", None, None, 0.5, 0.4, 0.6, "[]"),
        *(None, "mdl_1", "1", dump(Evidence(), keys).decode(), "sha256:", NOW, 1),
    )
    with stores.database.write() as connection:
        decisions.add(connection, [given])
    return comment_id


def label(stores: Stores, site: Site, comment_id: str, kind: LabelKind = LabelKind.SPAM, at: int = NOW) -> str:
    """A reviewer's label; the id of the decision that it came with."""
    decision_id = new_id("dec")
    with stores.database.write() as connection:
        labels.add(connection, [NewLabel(site.id, comment_id, 1, kind, "reviewer", 1.0, decision_id, "usr_1")], at)
    return decision_id


def withdraw(stores: Stores, decision_id: str) -> None:
    with stores.database.write() as connection:
        labels.withdraw(connection, decision_id, NOW)


def known(stores: Stores, now: int = NOW) -> dict[Subject, Reputation]:
    """Every reputation."""
    keys = query(stores, select(reputations_table.c.lookup_key))
    with stores.database.read() as connection:
        return reputations.by_keys(connection, keys, now)


def recounted(stores: Stores) -> dict[Subject, Reputation]:
    """Every reputation, made once more from the labels."""
    with stores.database.write() as connection:
        reputations.recount(connection)
    return known(stores)


def test_a_label_counts_for_all_by_which_the_comment_is_found(stores: Stores, site: Site) -> None:
    comment_id = judged(stores, site, author_id="ana", email_hash="e1", ip_hash="i1")

    label(stores, site, comment_id)

    found = known(stores)
    assert {(subject.kind, subject.value) for subject in found} == {
        *(("author", "ana"), ("email", "e1"), ("ip", "i1")),
        *(("domain", "spam.example"), ("text", "11"), ("text", str(2**32 - 1))),
    }
    assert {subject.site_id for subject in found} == {site.id}
    assert set(found.values()) == {Reputation(1.0, 0.0)}


def test_spam_and_ham_are_counted_apart(stores: Stores, site: Site) -> None:
    for kind in (LabelKind.SPAM, LabelKind.HAM, LabelKind.SPAM):
        label(stores, site, judged(stores, site, author_id="ana", keys=Keys()), kind)

    assert known(stores) == {Subject(site.id, "author", "ana"): Reputation(2.0, 1.0)}


def test_a_label_weighs_half_as_much_after_ninety_days(stores: Stores, site: Site) -> None:
    author = Subject(site.id, "author", "ana")
    for age in (0, 90 * DAY_US):
        label(stores, site, judged(stores, site, author_id="ana", keys=Keys()), at=NOW - age)

    assert known(stores)[author] == Reputation(1.5, 0.0)
    assert known(stores, NOW + 90 * DAY_US)[author] == Reputation(0.75, 0.0)
    assert known(stores, NOW + 100 * HALF_LIFE_US) == {}


def test_nobody_named_and_nothing_found_counts_nothing(stores: Stores, site: Site) -> None:
    label(stores, site, judged(stores, site, keys=Keys()))

    assert known(stores) == {}


def test_a_comment_that_no_machine_judged_counts_for_its_author(stores: Stores, site: Site) -> None:
    (comment_id,) = record(stores, site, new_comment("text", author_id="ana"))

    label(stores, site, comment_id)

    assert known(stores) == {Subject(site.id, "author", "ana"): Reputation(1.0, 0.0)}


def test_nothing_crosses_sites(stores: Stores, site: Site) -> None:
    other = add_site(stores)
    label(stores, site, judged(stores, site, author_id="ana", keys=Keys()))
    label(stores, other, judged(stores, other, author_id="ana", keys=Keys()), LabelKind.HAM)

    assert known(stores) == {
        Subject(site.id, "author", "ana"): Reputation(1.0, 0.0),
        Subject(other.id, "author", "ana"): Reputation(0.0, 1.0),
    }


def test_what_is_withdrawn_counts_no_longer(stores: Stores, site: Site) -> None:
    first = label(stores, site, judged(stores, site, author_id="ana"))
    label(stores, site, judged(stores, site, author_id="ana", keys=Keys()), LabelKind.HAM)

    withdraw(stores, first)

    assert known(stores) == {Subject(site.id, "author", "ana"): Reputation(0.0, 1.0)}


def test_withdrawing_twice_takes_back_once(stores: Stores, site: Site) -> None:
    first = label(stores, site, judged(stores, site, author_id="ana"))
    label(stores, site, judged(stores, site, author_id="ana", keys=Keys()))

    withdraw(stores, first)
    withdraw(stores, first)

    assert known(stores) == {Subject(site.id, "author", "ana"): Reputation(1.0, 0.0)}


def test_a_label_that_is_not_committed_counts_nothing(stores: Stores, site: Site) -> None:
    comment_id = judged(stores, site, author_id="ana")
    given = NewLabel(site.id, comment_id, 1, LabelKind.SPAM, "reviewer", 1.0, "dec_1", "usr_1")

    def add_and_fail() -> None:
        with stores.database.write() as connection:
            labels.add(connection, [given], NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        add_and_fail()

    assert known(stores) == {}


def test_the_labels_alone_tell_the_same_counts(stores: Stores, site: Site) -> None:
    rng = random.Random(5)
    given: list[str] = []
    for _ in range(60):
        keys = Keys(tuple(rng.sample(range(6), 2)), tuple(rng.sample(["a.example", "b.example", "c.example"], 1)))
        comment_id = judged(stores, site, keys=keys, author_id=rng.choice("abc"), ip_hash=rng.choice(["x", None]))
        at = NOW - rng.randrange(3 * HALF_LIFE_US)
        given.append(label(stores, site, comment_id, rng.choice(list(LabelKind)), at))
        if rng.random() < 0.4:
            withdraw(stores, given.pop(rng.randrange(len(given))))

    kept = known(stores)

    assert len(kept) > 8
    assert recounted(stores) == kept


def test_labels_given_at_the_same_time_all_count(stores: Stores, site: Site) -> None:
    ids = [judged(stores, site, author_id="ana", keys=Keys((n % 3, n % 5 + 10))) for n in range(24)]

    with ThreadPoolExecutor(6) as pool:
        given = list(pool.map(lambda comment_id: label(stores, site, comment_id), ids))
        list(pool.map(lambda decision_id: withdraw(stores, decision_id), given[::2]))

    assert known(stores)[Subject(site.id, "author", "ana")] == Reputation(12.0, 0.0)
    assert known(stores) == recounted(stores)


def test_new_keys_are_read_once(stores: Stores, site: Site) -> None:
    tail = Tail()
    with stores.database.read() as connection:
        assert reputations.unread_keys(connection, tail, NOW) == []
    label(stores, site, judged(stores, site, author_id="ana", keys=Keys()))
    label(stores, site, judged(stores, site, author_id="ana", keys=Keys()))

    with stores.database.read() as connection:
        first, second = (reputations.unread_keys(connection, tail, NOW) for _ in range(2))

    assert (first, second) == ([reputations.lookup_key(site.id, "author", "ana")], [])


def test_erasing_a_comment_takes_back_what_its_labels_said(stores: Stores, site: Site) -> None:
    comment_id = judged(stores, site, author_id="ana", ip_hash="i1")
    label(stores, site, comment_id)
    label(stores, site, judged(stores, site, author_id="ana", keys=Keys()), LabelKind.HAM)

    with stores.database.write() as connection:
        assert edits.erase(connection, read(stores, comment_id), NOW)

    assert known(stores) == {Subject(site.id, "author", "ana"): Reputation(0.0, 1.0)}
    assert recounted(stores) == known(stores)


def test_what_has_faded_or_was_taken_back_is_deleted_and_can_come_again(stores: Stores, site: Site) -> None:
    label(stores, site, judged(stores, site, author_id="old", keys=Keys()), at=NOW - 12 * HALF_LIFE_US)
    label(stores, site, judged(stores, site, author_id="fresh", keys=Keys()))
    undone = label(stores, site, judged(stores, site, author_id="undone", keys=Keys()))
    withdraw(stores, undone)
    tail = Tail()
    with stores.database.read() as connection:
        assert len(reputations.unread_keys(connection, tail, NOW)) == 3

    retain(stores)
    label(stores, site, judged(stores, site, author_id="undone", keys=Keys()), LabelKind.HAM)

    assert {subject.value for subject in known(stores)} == {"fresh", "undone"}
    assert len(query(stores, select(reputations_table.c.id))) == 2
    with stores.database.read() as connection:
        assert reputations.unread_keys(connection, tail, NOW) == [reputations.lookup_key(site.id, "author", "undone")]


# --- what reviewers do -------------------------------------------------------------------------------------------


@pytest.fixture
def desk(stores: Stores) -> Review:
    return Review(stores)


def choices(desk: Review, person: Person, action: Action, reason: str | None = None) -> list[Choice]:
    """The same choice about every item that waits."""
    cards = desk.items(person.reviewer, site_id=None, reason=None, oldest_first=False, after=None, limit=500)
    return [Choice(card.item.id, card.item.version, action, reason, None) for card in cards]


def test_machines_decisions_count_nothing(stores: Stores, site: Site, drain_now: Drain) -> None:
    record(stores, site, new_comment(SPAM, author_id="ana"), new_comment(UNSURE, author_id="ana"))

    drain_now()

    assert query(stores, select(func.count()).select_from(reputations_table)) == [0]


@pytest.fixture
def three_waiting(stores: Stores, site: Site, drain_now: Drain) -> None:
    """Three comments of one author that wait for a person."""
    record(stores, site, *(new_comment(f"{UNSURE} {n}", author_id="ana") for n in range(3)))
    drain_now()


@pytest.mark.usefixtures("three_waiting")
@pytest.mark.parametrize(
    "case",
    [
        (Action.REJECT, None, Reputation(3.0, 0.0)),
        (Action.REJECT, "spam", Reputation(3.0, 0.0)),
        (Action.APPROVE, None, Reputation(0.0, 3.0)),
        (Action.REJECT, "insult", None),
        (Action.ESCALATE, None, None),
    ],
    ids=["reject", "spam", "approve", "insult", "escalate"],
)
def test_what_reviewers_decide_counts_where_it_says_spam_or_ham(
    stores: Stores, site: Site, desk: Review, reviewer: Person, case: tuple[Action, str | None, Reputation | None]
) -> None:
    action, reason, expected = case

    desk.decide(reviewer.reviewer, choices(desk, reviewer, action, reason))

    assert known(stores).get(Subject(site.id, "author", "ana")) == expected


def test_the_same_decision_sent_twice_counts_once(
    stores: Stores, site: Site, drain_now: Drain, desk: Review, reviewer: Person
) -> None:
    record(stores, site, new_comment(UNSURE, author_id="ana"))
    drain_now()
    sent = choices(desk, reviewer, Action.REJECT)

    answers = [desk.decide(reviewer.reviewer, sent) for _ in range(2)]
    late = desk.decide(add_person(stores, "Ben").reviewer, sent)

    assert ([r.status for answer in answers for r in answer], late[0].status) == ([200, 200], 409)
    assert known(stores)[Subject(site.id, "author", "ana")] == Reputation(1.0, 0.0)


def test_an_undo_takes_the_count_back(
    stores: Stores, site: Site, drain_now: Drain, desk: Review, reviewer: Person
) -> None:
    record(stores, site, new_comment(UNSURE, author_id="ana"))
    drain_now()
    (ruling,) = desk.decide(reviewer.reviewer, choices(desk, reviewer, Action.REJECT))
    assert ruling.decision is not None

    desk.undo(reviewer.reviewer, ruling.decision.id)
    assert known(stores) == {}
    desk.decide(reviewer.reviewer, choices(desk, reviewer, Action.APPROVE))

    assert known(stores)[Subject(site.id, "author", "ana")] == Reputation(0.0, 1.0)
    assert recounted(stores) == known(stores)


def test_a_recount_forgets_what_no_label_says(stores: Stores, site: Site) -> None:
    label(stores, site, judged(stores, site, author_id="ana", keys=Keys()))
    with stores.database.write() as connection:
        connection.execute(update(labels_table).values(withdrawn_at=NOW))

    assert recounted(stores) == {}
