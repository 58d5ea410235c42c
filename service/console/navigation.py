"""Where the bar at the top leads: one line a page, in order."""

from typing import NamedTuple

from models.vocabulary import Role
from service.auth import ROLE_ORDER
from store.records.reviewers import Reviewer


class Entry(NamedTuple):
    """A page in the bar. `text`: key of its name; `role`: the least that sees it; `key`: goes there after `g`.

    `within`: other endpoints at which this entry is the one that one is in.
    """

    text: str
    endpoint: str
    role: Role
    key: str | None = None
    within: frozenset[str] = frozenset()

    def current(self, endpoint: str | None) -> str | None:
        """What `aria-current` says at an endpoint; None where one is elsewhere."""
        if endpoint == self.endpoint:
            return "page"
        return "true" if endpoint in self.within else None


_AT_AN_ITEM = frozenset({"console.item", "console.listing", "console.alike", "console.digest_link"})
ENTRIES = (
    Entry("nav.queue", "console.queue", Role.VIEWER, "q", _AT_AN_ITEM),
    Entry("nav.decided", "console.decided", Role.VIEWER, "d", frozenset({"console.author", "console.domain"})),
    Entry("nav.clusters", "console.clusters", Role.VIEWER, "c"),
    Entry("nav.overview", "console.overview", Role.VIEWER, "h"),
    Entry("nav.guarantee", "console.guarantee", Role.VIEWER, "e"),
    Entry("nav.team", "console.team", Role.LEAD, "t", frozenset({"console.second_look"})),
    Entry("nav.people", "console.people", Role.ADMIN, None, frozenset({"console.person", "console.invite"})),
)


def entries_for(reviewer: Reviewer) -> list[Entry]:
    """What this reviewer sees of it."""
    rank = ROLE_ORDER.index(reviewer.role)
    return [entry for entry in ENTRIES if ROLE_ORDER.index(entry.role) <= rank]
