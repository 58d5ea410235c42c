"""Figures of what was decided lately, counted in the database."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, func, select

from models.vocabulary import Action, DecidedBy
from store.records.decided import first_id
from store.records.outward_tables import deliveries
from store.records.schema import decisions

DAY_US = 24 * 3600 * 1_000_000
HOUR_US = 3600 * 1_000_000


class DayCount(NamedTuple):
    """How many decisions of a kind the machine made on a day. `day`: whole days since 1970, UTC."""

    day: int
    action: str
    n_decisions: int


class HourCount(NamedTuple):
    """How many comments a reviewer decided within an hour that he or she worked. `hour`: whole hours since 1970."""

    reviewer_id: str
    name: str
    hour: int
    n_decisions: int


class Agreed(NamedTuple):
    """How often people decided what the model had thought more likely, of the comments that both judged."""

    same: int
    judged: int


def by_day(connection: Connection, site_ids: Sequence[str] | None, since: int) -> list[DayCount]:
    """What the machine decided, by day and action, since an instant."""
    day = decisions.c.decided_at // DAY_US
    query = (
        select(day, decisions.c.action, func.count())
        .where(*_lately(site_ids, since), decisions.c.decided_by != DecidedBy.HUMAN.value)
        .group_by(day, decisions.c.action)
    )
    return [DayCount(int(found), action, count) for found, action, count in connection.execute(query)]


def by_reviewer(connection: Connection, site_ids: Sequence[str] | None, since: int) -> list[HourCount]:
    """What reviewers approved and rejected, by hour."""
    hour = decisions.c.decided_at // HOUR_US
    query = (
        select(decisions.c.reviewer_id, func.max(decisions.c.reviewer_name), hour, func.count())
        .where(
            *_lately(site_ids, since),
            decisions.c.reviewer_id.is_not(None),
            decisions.c.action.in_((Action.APPROVE.value, Action.REJECT.value)),
        )
        .group_by(decisions.c.reviewer_id, hour)
    )
    return [HourCount(who, name, int(found), count) for who, name, found, count in connection.execute(query)]


def agreed(connection: Connection, site_ids: Sequence[str] | None, since: int) -> Agreed:
    """People and the model about the same revisions; a probability of one half or more speaks for rejecting."""
    machine = decisions.alias("machine")
    is_spam = machine.c.probability >= 0.5  # Once, so that both places have the same parameter.
    query = (
        select(decisions.c.action, is_spam, func.count())
        .join(
            machine,
            (machine.c.comment_id == decisions.c.comment_id)
            & (machine.c.revision == decisions.c.revision)
            & (machine.c.decided_by != DecidedBy.HUMAN.value)
            & machine.c.probability.is_not(None),
        )
        .where(
            *_lately(site_ids, since),
            decisions.c.decided_by == DecidedBy.HUMAN.value,
            decisions.c.action.in_((Action.APPROVE.value, Action.REJECT.value)),
        )
        .group_by(decisions.c.action, is_spam)
    )
    rows: list[tuple[str, bool, int]] = [tuple(row) for row in connection.execute(query)]
    same = sum(count for action, spam, count in rows if (action == Action.REJECT) is bool(spam))
    return Agreed(same, sum(count for _, _, count in rows))


def deliveries_by_state(connection: Connection, site_ids: Sequence[str] | None) -> dict[str, int]:
    """How many deliveries of webhooks wait, and how many were given up in the last 30 days."""
    query = select(deliveries.c.state, func.count()).where(deliveries.c.state.in_(("waiting", "dead")))
    if site_ids is not None:
        query = query.where(deliveries.c.site_id.in_(site_ids))
    return {state: count for state, count in connection.execute(query.group_by(deliveries.c.state))}


def _lately(site_ids: Sequence[str] | None, since: int) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = [decisions.c.id >= first_id(since), decisions.c.undone_at.is_(None)]
    if site_ids is not None:
        wanted.append(decisions.c.site_id.in_(site_ids))
    return wanted
