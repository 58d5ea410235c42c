"""What a reader gives for each comment of a file, whatever its format."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from models.vocabulary import LabelKind, State


class Stood(StrEnum):
    """How the other system left a comment. `removed`: taken away for another reason than spam, or for none given."""

    PUBLISHED = "published"
    SPAM = "spam"
    REMOVED = "removed"
    PENDING = "pending"

    @property
    def state(self) -> State:
        """The state in which it enters."""
        return _STATES[self]

    @property
    def label(self) -> LabelKind | None:
        """What training may learn of it."""
        return _LABELS.get(self)


_STATES = {
    Stood.PUBLISHED: State.APPROVED,
    Stood.SPAM: State.REJECTED,
    Stood.REMOVED: State.REJECTED,
    Stood.PENDING: State.RECEIVED,
}
_LABELS = {Stood.PUBLISHED: LabelKind.HAM, Stood.SPAM: LabelKind.SPAM}


@dataclass(frozen=True, slots=True)
class Row:
    """One comment. `number`: its place in the file, from 1; for files of lines the number of the line.

    `comment`: as `POST /v1/comments` takes it. `parent`: the external_id of what it replies to.
    """

    number: int
    comment: dict[str, Any]
    stood: Stood
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that cannot be read, and why."""

    number: int
    why: str


def without_nothing(comment: dict[str, Any]) -> dict[str, Any]:
    """The comment without fields that have no value, also inside `author` and `page`."""
    shown: dict[str, Any] = {}
    for name, value in comment.items():
        kept = without_nothing(value) if isinstance(value, dict) else value
        if kept is not None and kept != {}:
            shown[name] = kept
    return shown
