"""The figures of a site, or of all that a reviewer sees: how much came, what became of it, who keeps up."""

import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from models.errors import Refused
from models.vocabulary import Role
from service.auth import require_role_at
from store.ids import now_us
from store.records import figures, model_versions, review_items, review_targets, sites
from store.records.database import Connection
from store.records.figures import DAY_US, Agreed, DayCount, HourCount
from store.records.reviewers import Reviewer
from store.stores import Stores

DAYS = 14
REMEMBERED_SECONDS = 20.0
MAX_REMEMBERED = 256
MAX_TARGET_HOURS = 8760


@dataclass(frozen=True, slots=True)
class Worker:
    """What a reviewer decided lately. `hours`: different hours in which at least one decision was made."""

    name: str
    decided: int
    hours: int

    @property
    def per_hour(self) -> float:
        """Decisions in an hour in which any was made."""
        return self.decided / self.hours


@dataclass(frozen=True, slots=True)
class Overview:
    """Figures of the last 14 days, today included. `days`: days since 1970, oldest first, each with counts by action.

    `oldest_us`: how long the oldest item has waited on the site that is nearest to its target, or furthest beyond it;
    None where none does. `target_us`: how long one may wait there. `models`: the model that scores, by site id, "" for
    the one of all sites.
    """

    days: tuple[tuple[int, dict[str, int]], ...]
    waiting: int
    oldest_us: int | None
    target_us: int
    reviewers: tuple[Worker, ...]
    agreed: Agreed
    models: dict[str, str]
    deliveries_waiting: int
    deliveries_dead: int

    @property
    def total(self) -> dict[str, int]:
        """Counts by action over all days."""
        counts: dict[str, int] = defaultdict(int)
        for _, of_day in self.days:
            for action, count in of_day.items():
                counts[action] += count
        return dict(counts)

    @property
    def late(self) -> bool:
        """Whether something has waited longer than it may."""
        return self.oldest_us is not None and self.oldest_us > self.target_us


class Overviews:
    """Counts, and remembers for 20 s what it counted: a page that is left open asks again and again."""

    def __init__(self, stores: Stores) -> None:
        self._database = stores.database
        self._target_hours = stores.settings.review_target_hours
        self._known: dict[tuple[str, ...] | None, tuple[float, Overview]] = {}
        self._lock = threading.Lock()

    def of(self, reviewer: Reviewer, site_id: str | None) -> Overview:
        """The figures. Raises NotFound for a site that is not seen."""
        if site_id is not None:
            require_role_at(reviewer, Role.VIEWER, site_id)
        scope = reviewer.sites() if site_id is None else (site_id,)
        known = self._known.get(scope)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        with self._database.read() as connection:
            made = self._count(connection, scope)
        with self._lock:
            if len(self._known) >= MAX_REMEMBERED:
                self._known.clear()
            self._known[scope] = (time.monotonic() + REMEMBERED_SECONDS, made)
        return made

    def own_target(self, reviewer: Reviewer, site_id: str) -> int | None:
        """Within how many hours a person should decide, as the site laid it down itself. Raises NotFound."""
        require_role_at(reviewer, Role.VIEWER, site_id)
        with self._database.read() as connection:
            return review_targets.own(connection, site_id)

    def set_target(self, reviewer: Reviewer, site_id: str, hours: int | None) -> None:
        """Lay it down, or have the one of the installation count (None). Raises NotFound, Forbidden, Refused."""
        require_role_at(reviewer, Role.LEAD, site_id)
        if hours is not None and not 1 <= hours <= MAX_TARGET_HOURS:
            raise Refused(f"A target is 1 to {MAX_TARGET_HOURS:,} hours.")
        with self._database.write() as connection:
            sites.get(connection, site_id)
            review_targets.put(connection, site_id, hours)
        with self._lock:
            self._known.clear()

    def _count(self, connection: Connection, scope: tuple[str, ...] | None) -> Overview:
        now = now_us()
        today = now // DAY_US
        since = (today - DAYS + 1) * DAY_US
        waiting = review_items.counts_by_site(connection, scope)
        targets = review_targets.every_us(connection, self._target_hours)
        aged = [(max(0, now - oldest), targets[site_id]) for site_id, (_, oldest) in waiting.items()]
        oldest_us, target_us = max(aged, key=lambda pair: pair[0] / pair[1], default=(None, 0))
        outward = figures.deliveries_by_state(connection, scope)
        return Overview(
            days=_days(figures.by_day(connection, scope, since), today),
            waiting=sum(count for count, _ in waiting.values()),
            oldest_us=oldest_us,
            target_us=target_us,
            reviewers=_workers(figures.by_reviewer(connection, scope, since)),
            agreed=figures.agreed(connection, scope, since),
            models=_models(connection, scope),
            deliveries_waiting=outward.get("waiting", 0),
            deliveries_dead=outward.get("dead", 0),
        )


def _days(counted: Sequence[DayCount], today: int) -> tuple[tuple[int, dict[str, int]], ...]:
    days: dict[int, dict[str, int]] = {today - back: {} for back in reversed(range(DAYS))}
    for one in counted:
        if one.day in days:
            days[one.day][one.action] = one.n_decisions
    return tuple(days.items())


def _workers(counted: Sequence[HourCount]) -> tuple[Worker, ...]:
    hours: dict[str, list[HourCount]] = defaultdict(list)
    for one in counted:
        hours[one.reviewer_id].append(one)
    made = [Worker(own[-1].name, sum(one.n_decisions for one in own), len(own)) for own in hours.values()]
    return tuple(sorted(made, key=lambda worker: -worker.decided))


def _models(connection: Connection, scope: Sequence[str] | None) -> dict[str, str]:
    everywhere = model_versions.active(connection)
    found = {} if everywhere is None else {"": everywhere.id}
    for one in model_versions.every(connection):
        if one.status == "active" and one.site_id is not None and (scope is None or one.site_id in scope):
            found[one.site_id] = one.id
    return found
