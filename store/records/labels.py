"""Labels: what a text turned out to be. Training learns from these, never from the machine's own decisions."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, insert, select, update

from models.vocabulary import LabelKind
from store.ids import new_ids
from store.records import foreign, reputations
from store.records.reputations import CountedLabel
from store.records.schema import labels

FEEDBACK = "feedback"


@dataclass(frozen=True, slots=True)
class NewLabel:
    """A label to write. `weight`: 1 over the probability that this comment was looked at at all."""

    site_id: str
    comment_id: str
    revision: int
    label: LabelKind
    source: str
    weight: float
    decision_id: str | None
    reviewer_id: str | None


def add(connection: Connection, given: Sequence[NewLabel], at: int) -> list[str]:
    """Write labels, count them in the reputations of whom and what they speak about, and return their ids.

    A comment that came as a test teaches nothing: its label is left out.
    """
    tests = foreign.tests_among(connection, {label.comment_id for label in given}) if given else set()
    given = [label for label in given if label.comment_id not in tests]
    if not given:
        return []
    ids = new_ids("lbl", len(given))
    rows = [
        {"id": label_id, "created_at": at} | {name: getattr(label, name) for name in NewLabel.__slots__}
        for label_id, label in zip(ids, given, strict=True)
    ]
    connection.execute(insert(labels), rows)
    reputations.add(connection, [CountedLabel(n.site_id, n.comment_id, n.revision, n.label, at) for n in given])
    return ids


def withdraw(connection: Connection, decision_id: str, at: int) -> None:
    """Take back the label of a decision that was undone, from the reputations too. Again is harmless."""
    _withdraw(connection, labels.c.decision_id == decision_id, at)


def give_again(connection: Connection, decision_id: str, withdrawn_at: int) -> None:
    """Have the label of a decision count again that was taken back at exactly that instant."""
    statement = (
        update(labels)
        .where(labels.c.decision_id == decision_id, labels.c.withdrawn_at == withdrawn_at)
        .values(withdrawn_at=None)
        .returning(labels.c.site_id, labels.c.comment_id, labels.c.revision, labels.c.label, labels.c.created_at)
    )
    reputations.add(connection, [CountedLabel(*row) for row in connection.execute(statement).all()])


def withdraw_all(connection: Connection, comment_id: str, at: int) -> None:
    """Take back every label of a comment, from the reputations too."""
    _withdraw(connection, labels.c.comment_id == comment_id, at)


def by_site(connection: Connection, comment_id: str, revision: int) -> LabelKind | None:
    """What the website itself last said that this revision is, if it did."""
    query = select(labels.c.label).where(_said_by_site(comment_id, revision), labels.c.withdrawn_at.is_(None))
    said = connection.execute(query.order_by(labels.c.id.desc()).limit(1)).scalar()
    return None if said is None else LabelKind(said)


def withdraw_by_site(connection: Connection, comment_id: str, revision: int, at: int) -> None:
    """Take back what the website said before it said the contrary."""
    _withdraw(connection, _said_by_site(comment_id, revision), at)


def _said_by_site(comment_id: str, revision: int) -> ColumnElement[bool]:
    return and_(labels.c.comment_id == comment_id, labels.c.revision == revision, labels.c.source == FEEDBACK)


def _withdraw(connection: Connection, which: ColumnElement[bool], at: int) -> None:
    statement = (
        update(labels)
        .where(which, labels.c.withdrawn_at.is_(None))
        .values(withdrawn_at=at)
        .returning(labels.c.site_id, labels.c.comment_id, labels.c.revision, labels.c.label, labels.c.created_at)
    )
    reputations.take_back(connection, [CountedLabel(*row) for row in connection.execute(statement).all()])
