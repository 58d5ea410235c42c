"""Near copies among what waits, so that a flood of one text is decided at once, and taken back at once.

Texts that share one of their near-duplicate keys belong together, and so do those that they share another one with.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from models.errors import NotFound, Refused
from models.vocabulary import Action, Role
from service.auth import require_role
from service.review import Choice, Reversal, Review, Ruling
from store.records import comments, decisions, waiting_texts
from store.records.comments import CommentRecord
from store.records.reviewers import Reviewer
from store.records.waiting_texts import WaitingText
from store.stores import Stores

MAX_LOOKED_AT = 5000
MAX_AT_ONCE = 500
MAX_SHOWN = 50
SAMPLES = 5


@dataclass(frozen=True, slots=True)
class Cluster:
    """Items of one site that say nearly the same, at most 500 of them, the first in the queue first.

    `size`: how many there are in all; `samples`: a few of their comments; `low`, `high`: what the model said of them.
    """

    site_id: str
    members: tuple[WaitingText, ...]
    size: int
    samples: tuple[CommentRecord, ...]
    low: float | None
    high: float | None

    @property
    def since(self) -> int:
        """Since when the oldest has waited, microseconds since 1970."""
        return min(member.waiting_since for member in self.members)


class Clusters:
    """Clusters of what waits, and what is decided about one of them."""

    def __init__(self, stores: Stores, review: Review) -> None:
        self._database = stores.database
        self._review = review

    def found(self, reviewer: Reviewer) -> list[Cluster]:
        """Clusters of two and more among the first 5,000 items of the queue, the largest first."""
        with self._database.read() as connection:
            waiting = waiting_texts.best(connection, reviewer.sites(), MAX_LOOKED_AT)
            groups = sorted(together(waiting), key=len, reverse=True)[:MAX_SHOWN]
            wanted = [member.comment_id for group in groups for member in group[:SAMPLES]]
            texts = comments.texts(connection, wanted) if wanted else {}
        return [_cluster(group, texts) for group in groups]

    def around(self, reviewer: Reviewer, item_id: str) -> list[WaitingText]:
        """What waits and says nearly the same as this item, itself first; at most 500, none where nothing else does.

        Raises NotFound.
        """
        own = self._review.card(reviewer, item_id).item
        with self._database.read() as connection:
            waiting = waiting_texts.best(connection, [own.site_id], MAX_LOOKED_AT)
        for group in together(waiting):
            if any(member.item_id == item_id for member in group):
                return sorted(group, key=lambda member: member.item_id != item_id)[:MAX_AT_ONCE]
        return []

    def decide(self, reviewer: Reviewer, choices: Sequence[Choice]) -> list[Ruling]:
        """Decide those that were shown, and no others. Raises Refused for none or more than 500."""
        if not 0 < len(choices) <= MAX_AT_ONCE:
            raise Refused(f"Decide 1 to {MAX_AT_ONCE} comments at once.")
        return self._review.decide(reviewer, choices)

    def undo(self, reviewer: Reviewer, at: int) -> list[Reversal]:
        """Take back all that this reviewer decided in one step at that instant. Raises NotFound."""
        require_role(reviewer, Role.REVIEWER)
        with self._database.read() as connection:
            ids = decisions.of_step(connection, reviewer.id, at)
        if not ids:
            raise NotFound("There is nothing to take back.")
        return self._review.undo_all(reviewer, ids)


def together(waiting: Sequence[WaitingText]) -> list[list[WaitingText]]:
    """Groups of two and more, each in the order given."""
    leader: dict[tuple[str, int], tuple[str, int]] = {}

    def root(key: tuple[str, int]) -> tuple[str, int]:
        while leader.setdefault(key, key) != key:
            leader[key] = leader[leader[key]]
            key = leader[key]
        return key

    for one in waiting:
        for key in one.keys[1:]:
            leader[root((one.site_id, key))] = root((one.site_id, one.keys[0]))
    groups: dict[tuple[str, int], list[WaitingText]] = defaultdict(list)
    for one in waiting:
        if one.keys:
            groups[root((one.site_id, one.keys[0]))].append(one)
    return [group for group in groups.values() if len(group) > 1]


def _cluster(group: Sequence[WaitingText], texts: dict[str, CommentRecord]) -> Cluster:
    said = [member.probability for member in group if member.probability is not None]
    samples = tuple(texts[m.comment_id] for m in group[:SAMPLES] if m.comment_id in texts)
    return Cluster(
        group[0].site_id,
        tuple(group[:MAX_AT_ONCE]),
        len(group),
        samples,
        min(said, default=None),
        max(said, default=None),
    )


def choices_from(given: Sequence[str], action: Action, reason: str | None) -> list[Choice]:
    """Choices from `id:version` words. Raises Refused for what is none."""
    choices = []
    for word in given:
        item_id, _, version = word.partition(":")
        if not (item_id and version.isascii() and version.isdigit() and len(version) <= 9):
            raise Refused("This list of comments cannot be read; load the page again.")
        choices.append(Choice(item_id, int(version), action, reason, None))
    return choices
