"""What a site has laid down, out and in again without loss: its policy, the entries of its lists, its rules."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select, update

from models.errors import Refused
from models.vocabulary import Action, ListEffect, ListKind, Mode
from store.records import lists, policies, rules
from store.records.archive import wrong_in
from store.records.policies import CONTINUE
from store.records.rule_tables import list_entries, site_policies
from store.records.rule_tables import rules as rules_table
from store.records.schema import sites

FRESH = 1  # The version of a policy that nobody has changed yet.
_TABLES: dict[str, Table] = {"list_entry": list_entries, "rule": rules_table, "authors": site_policies}
_ALLOWED = {
    ("list_entry", "effect"): {effect.value for effect in ListEffect},
    ("list_entry", "kind"): {kind.value for kind in ListKind},
    ("rule", "action"): {*(action.value for action in Action if action is not Action.ESCALATE), CONTINUE},
}

Laid = dict[str, Any]


def read(connection: Connection, site_id: str) -> Iterator[Laid]:
    """One object with the policy, then one for each entry and each rule, in their order."""
    head = connection.execute(select(sites.c.policy_version, sites.c.mode).where(sites.c.id == site_id)).one()
    authors = list(_rows(connection, site_policies, site_id, "site_id"))
    shown = {"version": head.policy_version, "mode": head.mode, "authors": authors[0] if authors else None}
    yield {"policy": shown}
    yield from ({"list_entry": row} for row in _rows(connection, list_entries, site_id, "id"))
    yield from ({"rule": row} for row in _rows(connection, rules_table, site_id, "position", "id"))


def is_laid(value: Any) -> bool:
    """Whether this is one of the objects that `read` gives."""
    return isinstance(value, dict) and len(value) == 1 and bool(set(value) & {"policy", "list_entry", "rule"})


def check(laid: Laid) -> str | None:
    """What is wrong with such an object; None where nothing is."""
    ((name, row),) = laid.items()
    if not isinstance(row, dict):
        return f"{name} is no object"
    if name != "policy":
        return wrong_in(name, _TABLES[name], row, _ALLOWED)
    version, authors = row.get("version"), row.get("authors")
    if set(row) - {"version", "mode", "authors"} or row.get("mode") not in {mode.value for mode in Mode}:
        return "policy has a field or a value that this version does not know"
    if isinstance(version, bool) or not isinstance(version, int) or not 1 <= version < 2**31:
        return "policy.version has a value that it cannot have"
    return None if authors is None else wrong_in("authors", site_policies, authors, _ALLOWED)


def write(connection: Connection, site_id: str, laid: Sequence[Laid]) -> int:
    """Record checked objects, all in one transaction; how many entries and rules are new.

    The policy itself enters where the site's own was never changed. What is here already stays as it is, and new rules
    come after those that are. Raises Refused where an id belongs to another site, or they would be too many.
    """
    version = connection.execute(select(sites.c.policy_version).where(sites.c.id == site_id)).scalar_one()
    given: dict[str, list[dict[str, Any]]] = {"policy": [], "list_entry": [], "rule": []}
    for one in laid:
        ((name, row),) = one.items()
        given[name].append(row)
    fresh = version == FRESH and bool(given["policy"])
    if fresh:
        _put_policy(connection, site_id, given["policy"][0])
    n_new = _put_entries(connection, site_id, given["list_entry"]) + _put_rules(connection, site_id, given["rule"])
    if n_new and not fresh:
        policies.raise_version(connection, site_id)
    return n_new


def _rows(connection: Connection, table: Table, site_id: str, *order: str) -> Iterator[dict[str, Any]]:
    columns = [column for column in table.c if column.name != "site_id"]
    names = [str(column.name) for column in columns]
    query = select(*columns).where(table.c.site_id == site_id).order_by(*(table.c[name] for name in order))
    return (dict(zip(names, row, strict=True)) for row in connection.execute(query))


def _put_policy(connection: Connection, site_id: str, policy: dict[str, Any]) -> None:
    values = {"policy_version": policy["version"], "mode": policy["mode"]}
    connection.execute(update(sites).where(sites.c.id == site_id).values(**values))
    if policy.get("authors") is not None:
        connection.execute(insert(site_policies).values(site_id=site_id, **policy["authors"]))


def _put_entries(connection: Connection, site_id: str, rows: Sequence[dict[str, Any]]) -> int:
    here = _here(connection, list_entries, site_id)
    mine = select(list_entries.c.kind, list_entries.c.value).where(list_entries.c.site_id == site_id)
    there = {(kind, value) for kind, value in connection.execute(mine)}
    new = [row for row in rows if row["id"] not in here and (row["kind"], row["value"]) not in there]
    if len(there) + len(new) > lists.MAX_OF_SITE:
        raise Refused(f"A site may have {lists.MAX_OF_SITE:,} entries; these would make {len(there) + len(new):,}.")
    return _insert(connection, list_entries, site_id, new)


def _put_rules(connection: Connection, site_id: str, rows: Sequence[dict[str, Any]]) -> int:
    here = _here(connection, rules_table, site_id)
    new = [row for row in rows if row["id"] not in here]
    if len(here) + len(new) > rules.MAX_OF_SITE:
        raise Refused(f"A site may have {rules.MAX_OF_SITE} rules; these would make {len(here) + len(new)}.")
    last = connection.execute(
        select(func.max(rules_table.c.position)).where(rules_table.c.site_id == site_id)
    ).scalar_one()
    return _insert(
        connection, rules_table, site_id, [{**row, "position": row["position"] + (last or 0)} for row in new]
    )


def _here(connection: Connection, table: Table, site_id: str) -> set[str]:
    return set(connection.execute(select(table.c.id).where(table.c.site_id == site_id)).scalars())


def _insert(connection: Connection, table: Table, site_id: str, rows: Sequence[dict[str, Any]]) -> int:
    ids = [row["id"] for row in rows]
    if len(set(ids)) != len(ids) or connection.execute(select(table.c.id).where(table.c.id.in_(ids))).first():
        raise Refused("lists and rules have ids that belong to another site here; they are left out")
    empty = {column.name: None for column in table.c if column.nullable}
    if rows:
        connection.execute(insert(table), [empty | row | {"site_id": site_id} for row in rows])
    return len(rows)
