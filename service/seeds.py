"""Known spam among the audits: what a site wants, and how much of it its reviewers miss."""

from collections.abc import Sequence
from dataclasses import dataclass

from models.errors import Refused
from models.guarantee.evidence import interval
from models.guarantee.seeding import FEWEST
from models.vocabulary import Role
from service.auth import require_role_at
from service.guarantee import plan_of
from store.records import guarantees, reviewers, seeds, sites
from store.records.reviewers import Reviewer
from store.records.seeds import SeedSetting
from store.records.submissions import NewComment
from store.stores import Stores

MOST = 0.2
MAX_TEXTS, MAX_CHARACTERS = 1000, 10_000


@dataclass(frozen=True, slots=True)
class SeedFigures:
    """`rate`: seeds for one blind item, 0 where the site wants none. `given`: texts that its owner gave. `missed` of
    `decided` were taken for genuine: between `low` and `high`, at every moment. `applied`: the share missed by which
    the approve target is tightened, 0 before `fewest` are decided."""

    rate: float
    given: int
    decided: int
    missed: int
    low: float
    high: float
    applied: float
    fewest: int = FEWEST


@dataclass(frozen=True, slots=True)
class OfReviewer:
    """How much known spam one person met and missed."""

    name: str
    decided: int
    missed: int


class Seeds:
    """Known spam of all sites; each method names the site."""

    def __init__(self, stores: Stores) -> None:
        self._database = stores.database

    def figures(self, site_id: str) -> SeedFigures:
        """What the site wants and what came of it."""
        with self._database.read() as connection:
            wanted = seeds.setting(connection, site_id)
            found = seeds.counted(connection, site_id)
            given = seeds.count_texts(connection, site_id)
            stored = guarantees.get(connection, site_id)
        plan = plan_of(stored)
        low, high = interval(found.missed, found.decided, plan.delta)
        rate = 0.0 if wanted is None else wanted.rate
        return SeedFigures(rate, given, found.decided, found.missed, low, high, plan.miss_rate_upper)

    def by_reviewer(self, reviewer: Reviewer, site_id: str) -> list[OfReviewer]:
        """The same person by person. Raises Forbidden for anybody but leads of the site."""
        require_role_at(reviewer, Role.LEAD, site_id)
        with self._database.read() as connection:
            found = seeds.counted(connection, site_id).by_reviewer
            people = {who: reviewers.by_id(connection, who) for who, _, _ in found}
        names = {who: person.name for who, person in people.items() if person is not None}
        return [OfReviewer(names.get(who, who), decided, missed) for who, decided, missed in found]

    def change(self, site_id: str, rate: float, texts: Sequence[str] | None = None) -> None:
        """Lay down how many seeds come for one blind item; `texts`: known spam instead of what was given before.

        With 0 none comes any more, those that wait are withdrawn, and what was missed does not count.
        Raises Refused and NotFound.
        """
        if not 0.0 <= rate <= MOST:
            raise Refused(f"At most {MOST:.0%} of the blind items may be known spam, and not less than none.")
        given = None if texts is None else _given(texts)
        with self._database.write() as connection:
            sites.get(connection, site_id)
            before, now = seeds.setting(connection, site_id), self._database.now_us(connection)
            began = before.looked_at if before is not None and before.rate > 0 else now
            seeds.put_setting(connection, SeedSetting(site_id, rate, began))
            if given is not None:
                seeds.put_texts(connection, site_id, given)


def _given(texts: Sequence[str]) -> list[NewComment]:
    kept = [text.strip() for text in texts if text.strip()]
    if len(kept) > MAX_TEXTS or any(len(text) > MAX_CHARACTERS or "\0" in text for text in kept):
        raise Refused(f"Give at most {MAX_TEXTS} texts of at most {MAX_CHARACTERS} characters each.")
    return [NewComment(body=text) for text in kept]
