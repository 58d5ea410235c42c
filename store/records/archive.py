"""A whole site, comment by comment, out and in again without loss: revisions, decisions, events, labels, what waits.

Ids and instants stay as they are. What was kept as it was sent (e-mail, IP, user agent, page text) is not part of it,
nor is the number of a row in this database.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, Double, Integer, Table, func, insert, select, update
from sqlalchemy.exc import DataError, IntegrityError

from models.errors import Refused
from models.vocabulary import Action, DecidedBy, LabelKind, State
from store.records import reputations
from store.records.reputations import CountedLabel
from store.records.schema import (
    comments,
    decisions,
    events,
    foreign_comments,
    labels,
    objections,
    review_items,
    revisions,
    sites,
)
from store.records.seeded import NOT_A_SEED

PAGE = 500
_OF_INSTALLATION = {"site_id", "comment_id"}
# member → its table, and by what the rows of one comment are ordered
MEMBERS: dict[str, tuple[Table, tuple[str, ...]]] = {
    "revisions": (revisions, ("revision",)),
    "decisions": (decisions, ("decided_at", "id")),
    "events": (events, ("seq",)),
    "labels": (labels, ("id",)),
    "review_items": (review_items, ("id",)),
    "objections": (objections, ("id",)),
    "foreign": (foreign_comments, ("received_at",)),
}
_ALLOWED: dict[tuple[str, str], set[str]] = {
    ("revisions", "state"): {state.value for state in State},
    ("events", "state"): {state.value for state in State},
    ("decisions", "action"): {action.value for action in Action},
    ("decisions", "decided_by"): {who.value for who in DecidedBy},
    ("labels", "label"): {kind.value for kind in LabelKind},
}

Whole = dict[str, Any]


def read(connection: Connection, site_id: str) -> Iterator[Whole]:
    """Every comment of a site with all that belongs to it, oldest first, as of the moment of the first."""
    if connection.dialect.name == "postgresql":
        connection.execution_options(isolation_level="REPEATABLE READ")
    after = ""
    columns = [column for column in comments.c if column.name != "site_id"]
    names = [str(column.name) for column in columns]
    while True:
        query = select(*columns).where(comments.c.site_id == site_id, comments.c.id > after, NOT_A_SEED)
        rows = connection.execute(query.order_by(comments.c.id).limit(PAGE))
        page = [dict(zip(names, row, strict=True)) for row in rows]
        if not page:
            return
        ids = [row["id"] for row in page]
        belongs = {name: _of_comments(connection, name, ids) for name in MEMBERS}
        for row in page:
            yield {"comment": row, **{name: belongs[name].get(row["id"], []) for name in MEMBERS}}
        after = ids[-1]


def check(whole: Any) -> str | None:
    """What is wrong with something that should be a comment as `read` gives it; None where nothing is."""
    if not isinstance(whole, dict) or not isinstance(whole.get("comment"), dict):
        return "is no comment of an export"
    unknown = set(whole) - {"comment", *MEMBERS}
    if unknown:
        return f"has a member that this version does not know: {sorted(unknown)[0]}"
    wrong = wrong_in("comment", comments, whole["comment"])
    for name, (table, _) in MEMBERS.items():
        rows = whole.get(name, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            return f"{name} is no list of objects"
        wrong = wrong or next((found for row in rows if (found := wrong_in(name, table, row))), None)
    if wrong is None and whole["comment"]["revision"] not in [row["revision"] for row in whole.get("revisions", [])]:
        return "has no newest revision"
    return wrong


def write(connection: Connection, site_id: str, wholes: Sequence[Whole]) -> tuple[int, int]:
    """Record checked comments; return how many are new, and how many were here already, which changes nothing.

    Raises Refused where an id belongs to something else in this installation, and where the database would not take it.
    """
    ids = [whole["comment"]["id"] for whole in wholes]
    query_here = select(comments.c.id, comments.c.site_id).where(comments.c.id.in_(ids))
    here = {comment_id: its_site for comment_id, its_site in connection.execute(query_here)}
    if any(found != site_id for found in here.values()):
        raise Refused(
            "another site of this installation has a comment of this id; an export goes back to one site only"
        )
    external_ids = [whole["comment"].get("external_id") for whole in wholes]
    query = select(comments.c.external_id).where(
        comments.c.site_id == site_id, comments.c.external_id.in_([one for one in external_ids if one])
    )
    taken = set(connection.execute(query).scalars())
    fresh = [
        whole
        for whole in wholes
        if whole["comment"]["id"] not in here and whole["comment"].get("external_id") not in taken
    ]
    try:
        _insert(connection, site_id, fresh)
    except (IntegrityError, DataError) as error:
        raise Refused("its ids belong to something else here, or a value is too long") from error
    return len(fresh), len(wholes) - len(fresh)


def keep_pseudonyms(connection: Connection, site_id: str, pseudonym_key: str) -> None:
    """Make the site's pseudonyms with the key of the installation that the export comes from.

    Raises Refused where the site has comments already whose pseudonyms were made with another key.
    """
    if len(pseudonym_key) != 64 or not set(pseudonym_key) <= set("0123456789abcdef"):
        raise Refused("The pseudonym key of the export must be 64 hexadecimal digits.")
    query = select(sites.c.pseudonym_key).where(sites.c.id == site_id)
    if connection.execute(query).scalar() == pseudonym_key:
        return
    if connection.execute(select(func.count()).select_from(comments).where(comments.c.site_id == site_id)).scalar():
        raise Refused("The site has comments whose pseudonyms another key made; import the export into a new site.")
    connection.execute(update(sites).where(sites.c.id == site_id).values(pseudonym_key=pseudonym_key))


def _of_comments(connection: Connection, name: str, ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    table, order = MEMBERS[name]
    columns = _columns(table)
    names = [str(column.name) for column in columns]
    query = select(table.c.comment_id, *columns).where(table.c.comment_id.in_(ids))
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for comment_id, *row in connection.execute(query.order_by(*(table.c[column] for column in order))):
        found[comment_id].append(dict(zip(names, row, strict=True)))
    return found


def _columns(table: Table) -> list[Column[Any]]:
    """Those that mean something elsewhere: without the site, the comment and the row's number here."""
    return [
        column
        for column in table.c
        if column.name not in _OF_INSTALLATION and not (column.primary_key and column.autoincrement is True)
    ]


def wrong_in(name: str, table: Table, row: Any, allowed: Mapping[tuple[str, str], Set[str]] = _ALLOWED) -> str | None:
    """What is wrong with a row of a table as it stands in an export; None where nothing is."""
    if not isinstance(row, dict):
        return f"{name} is no object"
    columns = {column.name: column for column in table.c if column.name != "site_id"}
    if name != "comment":
        columns = {column.name: column for column in _columns(table)}
    unknown = set(row) - set(columns)
    if unknown:
        return f"{name} has a field that this version does not know: {sorted(unknown)[0]}"
    for column in columns.values():
        value = row.get(column.name)
        if not _fits(column, value) or (
            value is not None and value not in allowed.get((name, str(column.name)), {value})
        ):
            return f"{name}.{column.name} has a value that it cannot have"
    return None


def _fits(column: Column[Any], value: Any) -> bool:
    if value is None:
        return bool(column.nullable)
    if isinstance(column.type, Double):
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if isinstance(column.type, BigInteger | Integer):
        return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
    length = getattr(column.type, "length", None)
    return isinstance(value, str) and "\0" not in value and (length is None or len(value) <= length)


def _insert(connection: Connection, site_id: str, wholes: Sequence[Whole]) -> None:
    if not wholes:
        return
    _put(connection, comments, [{**whole["comment"], "site_id": site_id} for whole in wholes])
    for name, (table, _) in MEMBERS.items():
        rows = [
            {**row, "comment_id": whole["comment"]["id"]} | ({"site_id": site_id} if "site_id" in table.c else {})
            for whole in wholes
            for row in whole.get(name, [])
        ]
        _put(connection, table, rows)
    reputations.add(
        connection,
        [
            CountedLabel(site_id, whole["comment"]["id"], row["revision"], row["label"], row["created_at"])
            for whole in wholes
            for row in whole.get("labels", [])
            if row.get("withdrawn_at") is None
        ],
    )


def _put(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows that may leave out what has no value."""
    empty = {column.name: None for column in (*_columns(table), *table.c) if column.nullable}
    if rows:
        connection.execute(insert(table), [empty | row for row in rows])
