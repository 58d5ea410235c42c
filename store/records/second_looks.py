"""Second looks: what a first person decided, and what a second one said without knowing."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, exists, func, insert, or_, select

from models.vocabulary import Action
from store.records.decided import first_id
from store.records.schema import OF_PEOPLE, decisions
from store.records.second_look_tables import second_looks


class SecondLook(NamedTuple):
    """A pair of judgements. Actions are approve or reject."""

    id: str
    site_id: str
    comment_id: str
    revision: int
    decision_id: str
    first_id: str
    first_action: str
    second_id: str
    second_action: str
    at: int


class Pairs(NamedTuple):
    """How often one action met another. `first_id`, `second_id`: the two reviewers."""

    first_id: str
    second_id: str
    first_action: str
    second_action: str
    n_pairs: int


_ASKED = (Action.APPROVE.value, Action.REJECT.value)


def candidates(
    connection: Connection, site_ids: Sequence[str] | None, reviewer_id: str, *, since: int, until: int, limit: int
) -> list[str]:
    """Ids of decisions of other people between two instants that nobody has looked at again, newest first."""
    looked_at = exists().where(second_looks.c.decision_id == decisions.c.id)
    query = (
        select(decisions.c.id)
        .where(
            decisions.c.id >= first_id(since),
            decisions.c.decided_at < until,
            OF_PEOPLE,
            decisions.c.reviewer_id != reviewer_id,
            decisions.c.action.in_(_ASKED),
            decisions.c.cause.like("human:%"),
            decisions.c.undone_at.is_(None),
            ~looked_at,
        )
        .order_by(decisions.c.id.desc())
        .limit(limit)
    )
    if site_ids is not None:
        query = query.where(decisions.c.site_id.in_(site_ids))
    return list(connection.execute(query).scalars())


def add(connection: Connection, look: SecondLook) -> bool:
    """Write a pair; False where somebody else has looked at the same decision."""
    there = select(second_looks.c.id).where(second_looks.c.decision_id == look.decision_id)
    if connection.execute(there).scalar() is not None:
        return False
    connection.execute(insert(second_looks).values(look._asdict()))
    return True


def pairs(connection: Connection, site_ids: Sequence[str] | None) -> list[Pairs]:
    """All pairs, counted by who said what."""
    table = second_looks
    columns = (table.c.first_id, table.c.second_id, table.c.first_action, table.c.second_action)
    query = select(*columns, func.count()).group_by(*columns)
    if site_ids is not None:
        query = query.where(table.c.site_id.in_(site_ids))
    return [Pairs(*row) for row in connection.execute(query)]


def took_part(connection: Connection, comment_id: str, revision: int, reviewer_id: str) -> bool:
    """Whether this reviewer is one of two who looked at the revision."""
    query = select(second_looks.c.id).where(
        second_looks.c.comment_id == comment_id,
        second_looks.c.revision == revision,
        or_(second_looks.c.first_id == reviewer_id, second_looks.c.second_id == reviewer_id),
    )
    return connection.execute(query.limit(1)).scalar() is not None
