"""Organisations: who owns sites."""

from typing import NamedTuple

from sqlalchemy import Connection, func, insert, select

from models.errors import NotFound, Refused
from store.ids import new_id, now_us
from store.records.schema import organisations, sites

DEFAULT = "default"


class Organisation(NamedTuple):
    """Who owns sites. Its name is its own in the installation."""

    id: str
    name: str
    created_at: int


_COLUMNS = [organisations.c[name] for name in Organisation._fields]


def add(connection: Connection, name: str) -> Organisation:
    """Create an organisation. Raises Refused where the name is taken or empty."""
    name = name.strip()
    if not name or len(name) > 255:
        raise Refused("An organisation's name needs 1 to 255 characters.")
    if connection.execute(select(organisations.c.id).where(organisations.c.name == name)).scalar() is not None:
        raise Refused(f"There is an organisation named {name} already.")
    made = Organisation(new_id("org"), name, now_us())
    connection.execute(insert(organisations).values(made._asdict()))
    return made


def find(connection: Connection, named: str) -> Organisation:
    """The organisation with this id or name. Raises NotFound."""
    query = select(*_COLUMNS).where((organisations.c.id == named) | (organisations.c.name == named))
    row = connection.execute(query.order_by(organisations.c.id).limit(1)).one_or_none()
    if row is None:
        raise NotFound(f"There is no organisation {named}; `gatepost organisation list` shows them.")
    return Organisation(*row)


def default(connection: Connection) -> Organisation:
    """The one of sites for which no other was named; made with the first of them."""
    query = select(*_COLUMNS).where(organisations.c.name == DEFAULT).order_by(organisations.c.id).limit(1)
    row = connection.execute(query).one_or_none()  # The oldest: two first sites at one moment may have made two.
    return add(connection, DEFAULT) if row is None else Organisation(*row)


def every(connection: Connection) -> list[tuple[Organisation, int]]:
    """All organisations, oldest first, and how many sites each has."""
    query = (
        select(*_COLUMNS, func.count(sites.c.id))
        .select_from(organisations.outerjoin(sites, sites.c.organisation_id == organisations.c.id))
        .group_by(*_COLUMNS)
        .order_by(organisations.c.id)
    )
    return [(Organisation(*row[:-1]), row[-1]) for row in map(tuple, connection.execute(query))]
