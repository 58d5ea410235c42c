"""What a person has open: sessions, personal tokens and links, to look at and to end. Their secrets are not here."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from models.errors import NotFound
from store.ids import now_us
from store.records.keys import digest
from store.records.schema import reviewer_secrets as table


@dataclass(frozen=True, slots=True)
class Credential:
    """A live session, token or link. `name` is what its owner calls a token, `client` what a browser calls itself."""

    id: str
    reviewer_id: str
    kind: str
    name: str | None
    client: str | None
    created_at: int
    expires_at: int | None
    last_used_at: int | None


_COLUMNS = [table.c[name] for name in Credential.__slots__]


def live(connection: Connection, reviewer_id: str, kind: str) -> list[Credential]:
    """What is open of one kind (`session`, `token`, `link`), newest first."""
    query = select(*_COLUMNS).where(
        table.c.reviewer_id == reviewer_id, table.c.kind == kind, table.c.ended_at.is_(None)
    )
    rows = connection.execute(query.order_by(table.c.created_at.desc(), table.c.id.desc()))
    return [found for row in rows if (found := Credential(*row)).expires_at is None or found.expires_at > now_us()]


def find(connection: Connection, secret: str, kind: str) -> Credential | None:
    """The live credential of that kind with this secret."""
    conditions = (table.c.digest == digest(secret), table.c.kind == kind, table.c.ended_at.is_(None))
    row = connection.execute(select(*_COLUMNS).where(*conditions)).one_or_none()
    if row is None or (row.expires_at is not None and row.expires_at < now_us()):
        return None
    return Credential(*row)


def end(connection: Connection, reviewer_id: str, credential_id: str, kind: str) -> None:
    """End one of this person's credentials; it opens nothing from now on. Raises NotFound."""
    statement = update(table).where(
        table.c.id == credential_id,
        table.c.reviewer_id == reviewer_id,
        table.c.kind == kind,
        table.c.ended_at.is_(None),
    )
    if connection.execute(statement.values(ended_at=now_us())).rowcount == 0:
        raise NotFound("It had ended already.")


def end_all(
    connection: Connection, reviewer_id: str, *, kinds: Sequence[str] | None = None, but: str | None = None
) -> int:
    """End everything of this person, or of these kinds only, but the one with the id `but`; how many ended."""
    statement = update(table).where(table.c.reviewer_id == reviewer_id, table.c.ended_at.is_(None))
    if kinds is not None:
        statement = statement.where(table.c.kind.in_(kinds))
    if but is not None:
        statement = statement.where(table.c.id != but)
    return connection.execute(statement.values(ended_at=now_us())).rowcount


def note_use(connection: Connection, credential_id: str, at: int) -> None:
    """Note when a credential was last used; the caller does so once a minute at most."""
    connection.execute(update(table).where(table.c.id == credential_id).values(last_used_at=at))
