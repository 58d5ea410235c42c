"""Second factors of reviewers: a sealed secret, the last code that was used, and recovery codes as digests."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from store.ids import now_us
from store.records.keys import digest
from store.records.people_tables import recovery_codes
from store.records.people_tables import second_factors as table


@dataclass(frozen=True, slots=True)
class Factor:
    """A second factor; it counts once it is confirmed by a first code."""

    reviewer_id: str
    sealed: str
    last_step: int
    confirmed_at: int | None


_COLUMNS = [table.c[name] for name in Factor.__slots__]


def get(connection: Connection, reviewer_id: str) -> Factor | None:
    """The factor of a reviewer, confirmed or not."""
    row = connection.execute(select(*_COLUMNS).where(table.c.reviewer_id == reviewer_id)).one_or_none()
    return None if row is None else Factor(*row)


def of(connection: Connection, reviewer_ids: Sequence[str]) -> set[str]:
    """Who of these has a confirmed factor."""
    query = select(table.c.reviewer_id).where(table.c.reviewer_id.in_(reviewer_ids), table.c.confirmed_at.is_not(None))
    return {reviewer_id for (reviewer_id,) in connection.execute(query)}


def begin(connection: Connection, reviewer_id: str, sealed: str) -> bool:
    """Put down a secret that is to be confirmed, in the place of an unconfirmed one; False where one is in use."""
    connection.execute(delete(table).where(table.c.reviewer_id == reviewer_id, table.c.confirmed_at.is_(None)))
    if get(connection, reviewer_id) is not None:
        return False
    given = {"reviewer_id": reviewer_id, "sealed": sealed, "last_step": 0, "created_at": now_us()}
    connection.execute(insert(table).values(**given))
    return True


def confirm(connection: Connection, reviewer_id: str, codes: Sequence[str]) -> bool:
    """Put the factor into use, with its recovery codes; False where it was before."""
    statement = update(table).where(table.c.reviewer_id == reviewer_id, table.c.confirmed_at.is_(None))
    if connection.execute(statement.values(confirmed_at=now_us())).rowcount == 0:
        return False
    put_codes(connection, reviewer_id, codes)
    return True


def put_codes(connection: Connection, reviewer_id: str, codes: Sequence[str]) -> None:
    """Keep these recovery codes in the place of those before."""
    connection.execute(delete(recovery_codes).where(recovery_codes.c.reviewer_id == reviewer_id))
    now = now_us()
    rows = [{"digest": _digest(reviewer_id, code), "reviewer_id": reviewer_id, "created_at": now} for code in codes]
    connection.execute(insert(recovery_codes), rows)


def use_step(connection: Connection, reviewer_id: str, step: int) -> bool:
    """Note that the code of a step is used; False where it, or a later one, was used before."""
    statement = update(table).where(table.c.reviewer_id == reviewer_id, table.c.last_step < step)
    return connection.execute(statement.values(last_step=step)).rowcount == 1


def use_recovery_code(connection: Connection, reviewer_id: str, code: str) -> bool:
    """Use up a recovery code; False where there is no such one."""
    statement = delete(recovery_codes).where(
        recovery_codes.c.digest == _digest(reviewer_id, code), recovery_codes.c.reviewer_id == reviewer_id
    )
    return connection.execute(statement).rowcount == 1


def codes_left(connection: Connection, reviewer_id: str) -> int:
    """How many recovery codes are unused."""
    counted = select(func.count()).select_from(recovery_codes).where(recovery_codes.c.reviewer_id == reviewer_id)
    return connection.execute(counted).scalar_one()


def remove(connection: Connection, reviewer_id: str) -> bool:
    """Take the factor away with its codes; False where there was none."""
    connection.execute(delete(recovery_codes).where(recovery_codes.c.reviewer_id == reviewer_id))
    return connection.execute(delete(table).where(table.c.reviewer_id == reviewer_id)).rowcount == 1


def _digest(reviewer_id: str, code: str) -> str:
    return digest(f"{reviewer_id}:{code}")
