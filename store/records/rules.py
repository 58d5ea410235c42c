"""Sites' rules, in the order in which they are asked."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from models.errors import NotFound, Refused
from store.ids import new_id, now_us
from store.records.rule_tables import rules

MAX_OF_SITE = 100


class StoredRule(NamedTuple):
    """A rule as it is kept. `position`: from 1; `conditions`: JSON; `action` may be `continue`; `hits`: how many
    decisions it spoke in. Instants are microseconds since 1970."""

    id: str
    site_id: str
    position: int
    name: str
    conditions: str
    action: str
    hits: int
    last_hit_at: int | None
    version: int
    created_at: int


_COLUMNS = [rules.c[name] for name in StoredRule._fields]


def every(connection: Connection, site_id: str) -> list[StoredRule]:
    """The rules of a site, in order."""
    query = select(*_COLUMNS).where(rules.c.site_id == site_id).order_by(rules.c.position, rules.c.id)
    return [StoredRule(*row) for row in connection.execute(query)]


def get(connection: Connection, rule_id: str, site_id: str) -> StoredRule:
    """One rule of a site. Raises NotFound."""
    row = connection.execute(select(*_COLUMNS).where(rules.c.id == rule_id, rules.c.site_id == site_id)).one_or_none()
    if row is None:
        raise NotFound("There is no such rule on this site.")
    return StoredRule(*row)


def add(
    connection: Connection, site_id: str, *, name: str, conditions: str, action: str, position: int | None = None
) -> StoredRule:
    """Write a new rule, last unless a position is told. Raises Refused where the site has enough."""
    others = every(connection, site_id)
    if len(others) >= MAX_OF_SITE:
        raise Refused(f"A site may have {MAX_OF_SITE} rules; remove some first.")
    rule = StoredRule(new_id("rul"), site_id, len(others) + 1, name, conditions, action, 0, None, 1, now_us())
    connection.execute(insert(rules).values(rule._asdict()))
    _number(connection, placed(others, rule, position))
    return get(connection, rule.id, site_id)


def change(
    connection: Connection, rule: StoredRule, *, name: str, conditions: str, action: str, position: int | None
) -> StoredRule | None:
    """Change a rule that is still as it was read, and move it where a position is told; None: changed since."""
    statement = update(rules).where(rules.c.id == rule.id, rules.c.version == rule.version)
    values = {"name": name, "conditions": conditions, "action": action, "version": rule.version + 1}
    if connection.execute(statement.values(values)).rowcount != 1:
        return None
    if position is not None:
        others = [other for other in every(connection, rule.site_id) if other.id != rule.id]
        _number(connection, placed(others, rule, position))
    return get(connection, rule.id, rule.site_id)


def remove(connection: Connection, rule: StoredRule) -> bool:
    """Remove a rule that is still as it was read; False where somebody changed it since."""
    statement = delete(rules).where(rules.c.id == rule.id, rules.c.version == rule.version)
    if connection.execute(statement).rowcount != 1:
        return False
    _number(connection, every(connection, rule.site_id))
    return True


def placed(others: Sequence[StoredRule], rule: StoredRule, position: int | None) -> list[StoredRule]:
    """The rules of a site with one more, at a position from 1, or else last."""
    at = len(others) if position is None else min(position - 1, len(others))
    return [*others[:at], rule, *others[at:]]


def _number(connection: Connection, ordered: Sequence[StoredRule]) -> None:
    """Give them the positions from 1 on; a rule that moves up because another left is not changed by it."""
    moved = [{"rule": rule.id, "at": n} for n, rule in enumerate(ordered, 1) if rule.position != n]
    if moved:
        statement = update(rules).where(rules.c.id == bindparam("rule")).values(position=bindparam("at"))
        connection.execute(statement, moved)
