"""Labels: what a text turned out to be. Training learns from these, never from the machine's own decisions."""

from dataclasses import dataclass

from sqlalchemy import Connection, insert, update

from models.vocabulary import LabelKind
from store.ids import new_id
from store.records.schema import labels


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


def add(connection: Connection, label: NewLabel, at: int) -> str:
    """Write a label and return its id."""
    label_id = new_id("lbl")
    values = {name: getattr(label, name) for name in NewLabel.__slots__}
    connection.execute(insert(labels).values(id=label_id, created_at=at, **values))
    return label_id


def withdraw(connection: Connection, decision_id: str, at: int) -> None:
    """Take back the label of a decision that was undone."""
    connection.execute(
        update(labels)
        .where(labels.c.decision_id == decision_id, labels.c.withdrawn_at.is_(None))
        .values(withdrawn_at=at)
    )
