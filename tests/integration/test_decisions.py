import pytest
from builders import UNSURE, Drain, query, read, record
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from store.records import decisions, labels
from store.records.decisions import DecisionRecord
from store.records.schema import decisions as table
from store.records.sites import Site
from store.stores import Stores


@pytest.fixture
def decision(stores: Stores, site: Site, drain_now: Drain) -> DecisionRecord:
    (comment_id,) = record(stores, site, UNSURE)
    drain_now()
    found = read(stores, comment_id).decision
    assert found is not None
    return found


def test_a_revision_cannot_have_two_decisions_of_one_cause(stores: Stores, decision: DecisionRecord) -> None:
    twin = decision._replace(id="dec_twin")

    with pytest.raises(IntegrityError), stores.database.write() as connection:
        decisions.add(connection, [twin])

    assert query(stores, select(func.count()).select_from(table)) == [1]


def test_the_newest_decision_that_stands_is_the_current_one(stores: Stores, decision: DecisionRecord) -> None:
    later = decision._replace(id="dec_later", cause="human:1", decided_by="human", decided_at=decision.decided_at + 1)
    with stores.database.write() as connection:
        decisions.add(connection, [later])

    shown = read(stores, decision.comment_id).decision
    with stores.database.write() as connection:
        decisions.undo(connection, later.id, decision.decided_at + 2)
    after_undo = read(stores, decision.comment_id).decision

    assert (shown, after_undo) == (later, decision)


def test_a_decision_is_undone_once(stores: Stores, decision: DecisionRecord) -> None:
    undone = []
    for _ in range(2):
        with stores.database.write() as connection:
            undone.append(decisions.undo(connection, decision.id, 1))

    assert undone == [True, False]


def test_what_the_machine_said_stays_visible_beside_what_a_person_decided(
    stores: Stores, decision: DecisionRecord
) -> None:
    human = decision._replace(id="dec_h", cause="human:1", decided_by="human", decided_at=decision.decided_at + 1)
    with stores.database.write() as connection:
        decisions.add(connection, [human])

    with stores.database.read() as connection:
        machine = decisions.by_machine(connection, [decision.comment_id])

    assert machine == {(decision.comment_id, 1): decision}


def test_a_decision_keeps_every_value_it_was_written_with(stores: Stores, decision: DecisionRecord) -> None:
    full = decision._replace(
        id="dec_full",
        cause="human:9",
        reviewer_id="usr_1",
        reviewer_name="Ánà 👩🏽‍💻",
        probability=0.1 + 0.2,
        would="reject",
        note="n" * 2000,
    )

    with stores.database.write() as connection:
        decisions.add(connection, [full])
    with stores.database.read() as connection:
        found = decisions.get(connection, "dec_full")

    assert found == full


def test_the_label_of_an_undone_decision_is_taken_back(stores: Stores, decision: DecisionRecord) -> None:
    label = labels.NewLabel(
        decision.site_id, decision.comment_id, 1, labels.LabelKind.SPAM, "reviewer", 1.0, decision.id, "usr_1"
    )
    with stores.database.write() as connection:
        labels.add(connection, [label], 5)

    with stores.database.write() as connection:
        labels.withdraw(connection, decision.id, 9)

    withdrawn = select(labels.labels.c.created_at, labels.labels.c.withdrawn_at)
    assert query(stores, withdrawn) == [(5, 9)]
