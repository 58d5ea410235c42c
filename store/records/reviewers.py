"""Reviewers, and what proves who they are: a password hash, sessions, personal tokens, one-time links.

Secrets are kept only as SHA-256; hashing passwords is not this module's business, it stores the hash.
"""

import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from models.errors import NotFound, Refused
from models.vocabulary import Role
from store.ids import new_id, now_us
from store.records.keys import digest
from store.records.schema import reviewer_secrets, reviewers

HOUR_US = 3600 * 1_000_000
SESSION_US = 12 * HOUR_US
LINK_US = 72 * HOUR_US


@dataclass(frozen=True, slots=True)
class Reviewer:
    """A person who decides. `site_id` None means all sites; the name is what one signs in with."""

    id: str
    name: str
    role: Role
    site_id: str | None
    password_hash: str | None

    def sees(self, site_id: str) -> bool:
        """Whether this reviewer may see that site's comments."""
        return self.site_id is None or self.site_id == site_id


_COLUMNS = [reviewers.c[name] for name in Reviewer.__slots__]


def add(connection: Connection, name: str, role: Role, site_id: str | None = None) -> Reviewer:
    """Create a reviewer. Raises Refused where the name is taken or empty."""
    name = name.strip()
    if not name or len(name) > 255:
        raise Refused("A reviewer's name needs 1 to 255 characters.")
    key = name.casefold()[:255]
    if connection.execute(select(reviewers.c.id).where(reviewers.c.name_key == key)).scalar():
        raise Refused(f"There is a reviewer named {name} already; choose another name.")
    reviewer = Reviewer(new_id("usr"), name, role, site_id, None)
    values = {column: getattr(reviewer, column) for column in Reviewer.__slots__}
    connection.execute(insert(reviewers).values(name_key=key, created_at=now_us(), **values))
    return reviewer


def by_name(connection: Connection, name: str) -> Reviewer | None:
    """The reviewer with this name, in any case, unless disabled."""
    return _one(connection, reviewers.c.name_key == name.strip().casefold()[:255])


def by_id(connection: Connection, reviewer_id: str) -> Reviewer | None:
    """The reviewer with this id, unless disabled."""
    return _one(connection, reviewers.c.id == reviewer_id)


def any_exists(connection: Connection) -> bool:
    """Whether there is a reviewer at all."""
    return connection.execute(select(reviewers.c.id).limit(1)).scalar() is not None


def set_password_hash(connection: Connection, reviewer_id: str, password_hash: str) -> None:
    """Store a new password hash and end every session of that reviewer."""
    connection.execute(update(reviewers).where(reviewers.c.id == reviewer_id).values(password_hash=password_hash))
    table = reviewer_secrets
    connection.execute(
        update(table)
        .where(table.c.reviewer_id == reviewer_id, table.c.kind == "session", table.c.ended_at.is_(None))
        .values(ended_at=now_us())
    )


def new_token(connection: Connection, reviewer_id: str) -> str:
    """A personal token for the API, shown this once."""
    return _new_secret(connection, reviewer_id, "token", None)


def new_session(connection: Connection, reviewer_id: str) -> str:
    """A console session of 12 hours."""
    return _new_secret(connection, reviewer_id, "session", SESSION_US)


def new_link(connection: Connection, reviewer_id: str) -> str:
    """A one-time secret for the page on which a reviewer sets a password; good for 72 hours."""
    return _new_secret(connection, reviewer_id, "link", LINK_US)


def by_secret(connection: Connection, secret: str, kind: str) -> Reviewer | None:
    """Whose live secret of that kind this is: `token`, `session` or `link`."""
    table = reviewer_secrets
    row = connection.execute(
        select(table.c.reviewer_id, table.c.expires_at).where(
            table.c.digest == digest(secret), table.c.kind == kind, table.c.ended_at.is_(None)
        )
    ).one_or_none()
    if row is None or (row.expires_at is not None and row.expires_at < now_us()):
        return None
    return by_id(connection, row.reviewer_id)


def end_secret(connection: Connection, secret: str) -> bool:
    """End a session, token or link; False if it had ended before (a link opens once)."""
    table = reviewer_secrets
    statement = update(table).where(table.c.digest == digest(secret), table.c.ended_at.is_(None))
    return connection.execute(statement.values(ended_at=now_us())).rowcount == 1


def forget_ended(connection: Connection, before: int) -> None:
    """Delete secrets that ended or expired before that instant."""
    table = reviewer_secrets
    connection.execute(delete(table).where((table.c.ended_at < before) | (table.c.expires_at < before)))


def require_by_name(connection: Connection, name: str) -> Reviewer:
    """The reviewer with this name. Raises NotFound."""
    found = by_name(connection, name)
    if found is None:
        raise NotFound(f"There is no reviewer named {name}.")
    return found


def _one(connection: Connection, condition: object) -> Reviewer | None:
    query = select(*_COLUMNS).where(condition, reviewers.c.disabled_at.is_(None))  # type: ignore[arg-type]
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    reviewer_id, name, role, site_id, password_hash = row
    return Reviewer(reviewer_id, name, Role(role), site_id, password_hash)


def _new_secret(connection: Connection, reviewer_id: str, kind: str, lasts_us: int | None) -> str:
    secret = secrets.token_urlsafe(32)
    if kind == "token":
        secret = f"gpr_{secret}"
    now = now_us()
    connection.execute(
        insert(reviewer_secrets).values(
            digest=digest(secret),
            kind=kind,
            reviewer_id=reviewer_id,
            created_at=now,
            expires_at=None if lasts_us is None else now + lasts_us,
        )
    )
    return secret
