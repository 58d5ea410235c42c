"""A site's policy as it is kept: mode, lists, rules, and what it lays down about new and known authors.

Every change raises `policy_version` of the site, in the transaction of the change and before it, so that changes of
one site wait for each other.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, bindparam, case, select, update
from sqlalchemy.dialects import postgresql, sqlite

from models.errors import NotFound
from models.vocabulary import Action, Condition, LaneSettings, ListEffect, ListEntry, ListKind, Mode, Rule, Thresholds
from store.records import model_versions
from store.records.database import Database
from store.records.guarantee_tables import guarantees
from store.records.rule_tables import AUTHOR_PER_HOUR, list_entries, rules, site_policies
from store.records.schema import sites

CONTINUE = "continue"


class StoredPolicy(NamedTuple):
    """All that a site's comments are judged by, as of one version.

    `entries`: those that have not expired; `valid_until`: when the next of them does, microseconds since 1970 on the
    database's clock, None where none will. `rules` in order. `author_per_hour`: None for as many as come. `lanes`: None
    before anybody looked for evidence of the site's own; then `of_model` is what the card of its model says.
    """

    site_id: str
    version: int
    mode: Mode
    pseudonym_key: str
    first_comments: int
    trust_after: int | None
    author_per_hour: int | None
    entries: tuple[ListEntry, ...]
    rules: tuple[Rule, ...]
    valid_until: int | None
    lanes: LaneSettings | None = None
    of_model: Thresholds | None = None


# Without a row the default holds; in a row NULL means as many as come.
_AUTHOR_PER_HOUR = case(
    (site_policies.c.site_id.is_(None), AUTHOR_PER_HOUR), else_=site_policies.c.author_per_hour
).label("author_per_hour")
_HEAD = (
    select(
        sites.c.policy_version,
        sites.c.mode,
        sites.c.pseudonym_key,
        site_policies.c.first_comments,
        site_policies.c.trust_after,
        _AUTHOR_PER_HOUR,
        *(guarantees.c[name] for name in LaneSettings._fields),
    )
    .select_from(
        sites.outerjoin(site_policies, site_policies.c.site_id == sites.c.id).outerjoin(
            guarantees, guarantees.c.site_id == sites.c.id
        )
    )
    .where(sites.c.id == bindparam("site_id"))
)
_ENTRY = (list_entries.c.id, list_entries.c.effect, list_entries.c.kind, list_entries.c.value, list_entries.c.reason)
_ENTRIES = select(*_ENTRY, list_entries.c.expires_at).where(list_entries.c.site_id == bindparam("site_id"))
_RULES = (
    select(rules.c.id, rules.c.name, rules.c.conditions, rules.c.action)
    .where(rules.c.site_id == bindparam("site_id"))
    .order_by(rules.c.position, rules.c.id)
)


def get(database: Database, connection: Connection, site_id: str) -> StoredPolicy:
    """A site's policy as it stands, whole: of one version. Raises NotFound."""
    while True:
        policy = _read(database, connection, site_id)
        if _read_head(connection, site_id)[0] == policy.version:  # PostgreSQL may show a change between two queries.
            return policy


def raise_version(connection: Connection, site_id: str, expected: int | None = None) -> bool:
    """Give the site's policy its next version; False where it is not the `expected` one any more."""
    statement = update(sites).where(sites.c.id == site_id).values(policy_version=sites.c.policy_version + 1)
    if expected is not None:
        statement = statement.where(sites.c.policy_version == expected)
    return connection.execute(statement).rowcount == 1


def set_authors(
    connection: Connection,
    site_id: str,
    *,
    first_comments: int,
    trust_after: int | None,
    author_per_hour: int | None,
) -> None:
    """Lay down how many first comments a person sees, after how many approved ones an account is trusted, and how many
    comments of an author may come in an hour before a person sees the next."""
    values = {"first_comments": first_comments, "trust_after": trust_after, "author_per_hour": author_per_hour}
    _put(connection, site_id, values, values)


def set_author_rate(connection: Connection, site_id: str, author_per_hour: int | None) -> None:
    """Lay down the last of these alone."""
    changed = {"author_per_hour": author_per_hour}
    _put(connection, site_id, {"first_comments": 0, "trust_after": None, **changed}, changed)


def conditions_from(stored: str) -> tuple[Condition, ...]:
    """Conditions as values."""
    return tuple(
        Condition(
            one["field"], one["operator"], tuple(one["value"]) if isinstance(one["value"], list) else one["value"]
        )
        for one in orjson.loads(stored)
    )


def conditions_text(conditions: Sequence[Condition]) -> str:
    """Conditions as they are kept: JSON."""
    return orjson.dumps(conditions).decode()


def _put(connection: Connection, site_id: str, values: dict[str, Any], changed: dict[str, Any]) -> None:
    insert: Any = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(site_policies)
    statement = insert.values(site_id=site_id, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["site_id"], set_=changed))


def _read(database: Database, connection: Connection, site_id: str) -> StoredPolicy:
    version, mode, key, first_comments, trust_after, author_per_hour, *settings = _read_head(connection, site_id)
    lanes = None if settings[-1] is None else LaneSettings(*settings)
    found = connection.execute(_ENTRIES, {"site_id": site_id}).all()
    ordered = connection.execute(_RULES, {"site_id": site_id}).all()
    valid_until = None
    if any(row.expires_at is not None for row in found):
        now = database.now_us(connection)
        found = [row for row in found if row.expires_at is None or row.expires_at > now]
        valid_until = min((row.expires_at for row in found if row.expires_at is not None), default=None)
    entries = tuple(ListEntry(r.id, ListEffect(r.effect), ListKind(r.kind), r.value, r.reason) for r in found)
    listed = tuple(Rule(r.id, r.name, conditions_from(r.conditions), action_from(r.action)) for r in ordered)
    return StoredPolicy(
        site_id,
        version,
        Mode(mode),
        key,
        first_comments or 0,
        trust_after,
        author_per_hour,
        entries,
        listed,
        valid_until,
        lanes,
        model_versions.thresholds(connection, site_id) if lanes is None else None,
    )


def _read_head(connection: Connection, site_id: str) -> Any:
    row = connection.execute(_HEAD, {"site_id": site_id}).one_or_none()
    if row is None:
        raise NotFound(f"There is no site {site_id}; `gatepost site list` shows them.")
    return row


def action_from(stored: str) -> Action | None:
    """What a rule does, as a value; None: it is noted, and judging goes on."""
    return None if stored == CONTINUE else Action(stored)
