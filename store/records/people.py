"""Who works here: roles on sites, invitations, and accounts that are closed and opened again.

Whoever is closed out loses sessions and tokens with the same transaction. The last administrator stays one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Select, delete, exists, func, insert, select, true, update

from models.errors import NotFound, Refused
from models.vocabulary import Role
from store.ids import new_id, now_us
from store.records import credentials, identities, reviewers, second_factors, sites
from store.records.people_tables import reviewer_identities, reviewer_roles
from store.records.reviewers import Reviewer
from store.records.schema import reviewer_secrets
from store.records.schema import reviewers as table


class LastAdmin(Refused):
    """Nobody could administer any more; make somebody else an administrator of all sites first."""


@dataclass(frozen=True, slots=True)
class Person:
    """A reviewer as an administrator sees one. `invited_until`: when the one-time link that is open now ends;
    `is_linked`: known at an identity provider."""

    reviewer: Reviewer
    created_at: int
    disabled_at: int | None
    last_seen_at: int | None
    invited_until: int | None
    has_factor: bool
    is_linked: bool

    @property
    def joined(self) -> bool:
        """Whether a password was ever set."""
        return self.reviewer.password_hash is not None


def every(connection: Connection) -> list[Person]:
    """Everybody, closed accounts included, by name."""
    return _people(connection, true())


def get(connection: Connection, reviewer_id: str) -> Person:
    """One person, closed accounts included. Raises NotFound."""
    found = _people(connection, table.c.id == reviewer_id)
    if not found:
        raise NotFound("There is no such person.")
    return found[0]


def by_name(connection: Connection, name: str) -> Person:
    """The person with this name in any case, closed accounts included. Raises NotFound."""
    found = _people(connection, table.c.name_key == name.strip().casefold()[:255])
    if not found:
        raise NotFound(f"There is no reviewer named {name}.")
    return found[0]


def set_role(connection: Connection, reviewer_id: str, role: Role | None, site_id: str | None) -> None:
    """Give a role on a site, or on all of them (None), in the place of the one held there; `role` None takes it away.

    Raises NotFound, and LastAdmin.
    """
    get(connection, reviewer_id)
    if site_id is not None:
        sites.get(connection, site_id)
    before = _lock_admins(connection)
    held = reviewer_roles.c.site_id.is_(None) if site_id is None else reviewer_roles.c.site_id == site_id
    connection.execute(delete(reviewer_roles).where(reviewer_roles.c.reviewer_id == reviewer_id, held))
    if role is not None:
        given = {"reviewer_id": reviewer_id, "site_id": site_id, "role": role}
        connection.execute(insert(reviewer_roles).values(id=new_id("rol"), created_at=now_us(), **given))
    _keep_an_admin(connection, before)


def disable(connection: Connection, reviewer_id: str) -> None:
    """Close an account: its sessions, tokens and links end now. Raises NotFound, and LastAdmin."""
    before = _lock_admins(connection)
    if not _close(connection, reviewer_id, now_us()):
        get(connection, reviewer_id)
        raise Refused("This account is closed already.")
    credentials.end_all(connection, reviewer_id)
    _keep_an_admin(connection, before)


def enable(connection: Connection, reviewer_id: str) -> None:
    """Open a closed account again; the password holds, tokens must be made anew. Raises NotFound."""
    get(connection, reviewer_id)
    connection.execute(update(table).where(table.c.id == reviewer_id).values(disabled_at=None))


def invite(connection: Connection, reviewer_id: str) -> str:
    """A new one-time link on which to set a password; those given before end. Raises NotFound, and Refused where the
    account is closed."""
    if get(connection, reviewer_id).disabled_at is not None:
        raise Refused("This account is closed; open it again first.")
    revoke_links(connection, reviewer_id)
    return reviewers.new_link(connection, reviewer_id)


def revoke_links(connection: Connection, reviewer_id: str) -> int:
    """End the links that are still open; how many."""
    return credentials.end_all(connection, reviewer_id, kinds=("link",))


def reset_factor(connection: Connection, reviewer_id: str) -> bool:
    """Take a second factor away and end the sessions; False where there was none. Raises NotFound."""
    get(connection, reviewer_id)
    credentials.end_all(connection, reviewer_id, kinds=("session", "half"))
    return second_factors.remove(connection, reviewer_id)


def unlink(connection: Connection, reviewer_id: str) -> bool:
    """Forget who somebody is at the identity provider, and end the sessions; False where nobody knew.

    Raises NotFound, and LastAdmin where nobody could come in any more to administer.
    """
    before = _lock_admins(connection)
    get(connection, reviewer_id)
    credentials.end_all(connection, reviewer_id, kinds=("session", "half"))
    was_linked = identities.unlink(connection, reviewer_id)
    _keep_an_admin(connection, before)
    return was_linked


def prefer(connection: Connection, reviewer_id: str, **wanted: str | None) -> None:
    """Keep what a reviewer wants of the console: `language`, `blurred`, `desk_keys`; what is not given stays."""
    connection.execute(update(table).where(table.c.id == reviewer_id).values(**wanted))


def _people(connection: Connection, condition: ColumnElement[bool]) -> list[Person]:
    rows = connection.execute(select(table).where(condition).order_by(table.c.name_key)).all()
    ids = [row.id for row in rows]
    roles = reviewers.roles_of(connection, ids)
    seen = _newest(connection, ids, reviewer_secrets.c.last_used_at)
    invited = _newest(
        connection,
        ids,
        reviewer_secrets.c.expires_at,
        reviewer_secrets.c.kind == "link",
        reviewer_secrets.c.ended_at.is_(None),
        reviewer_secrets.c.expires_at > now_us(),
    )
    factors, linked = second_factors.of(connection, ids), identities.of(connection, ids)
    return [
        Person(
            Reviewer(row.id, row.name, row.password_hash, roles[row.id], row.language, row.blurred, row.desk_keys),
            row.created_at,
            row.disabled_at,
            seen.get(row.id),
            invited.get(row.id),
            row.id in factors,
            row.id in linked,
        )
        for row in rows
    ]


def _newest(
    connection: Connection, ids: Sequence[str], column: ColumnElement[int], *conditions: ColumnElement[bool]
) -> dict[str, int]:
    of = reviewer_secrets.c.reviewer_id
    query = select(of, func.max(column)).where(of.in_(ids), column.is_not(None), *conditions).group_by(of)
    return {reviewer_id: at for reviewer_id, at in connection.execute(query)}


def _close(connection: Connection, reviewer_id: str, at: int) -> bool:
    statement = update(table).where(table.c.id == reviewer_id, table.c.disabled_at.is_(None)).values(disabled_at=at)
    return connection.execute(statement).rowcount == 1


def _lock_admins(connection: Connection) -> int:
    """How many can administer everything. They are locked until the end of the transaction: of two administrators
    who close each other out at once, the second finds the first one's work done."""
    return len(connection.execute(_admins().with_for_update(of=table)).all())


def _keep_an_admin(connection: Connection, before: int) -> None:
    if before and not connection.execute(_admins()).all():
        raise LastAdmin("Nobody could administer any more; make somebody else an administrator of all sites first.")


def _admins() -> Select[tuple[str]]:
    """Administrators of all sites who can sign in."""
    roles = reviewer_roles
    linked = exists().where(reviewer_identities.c.reviewer_id == table.c.id)
    return (
        select(table.c.id)
        .join(roles, roles.c.reviewer_id == table.c.id)
        .where(roles.c.site_id.is_(None), roles.c.role == Role.ADMIN)
        .where(table.c.disabled_at.is_(None), table.c.password_hash.is_not(None) | linked)
        .order_by(table.c.id)
    )
