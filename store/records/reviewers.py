"""Reviewers, and what proves who they are: a password hash, sessions, personal tokens, one-time links.

Secrets are kept only as SHA-256; hashing passwords is not this module's business, it stores the hash.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from models.errors import NotFound, Refused
from models.vocabulary import Role
from store.ids import new_id, now_us
from store.records import credentials
from store.records.keys import digest
from store.records.people_tables import reviewer_roles
from store.records.schema import reviewer_secrets, reviewers

HOUR_US = 3600 * 1_000_000
SESSION_US = 12 * HOUR_US
HALF_SESSION_US = HOUR_US // 6
ALL_REASONS = "*"
LINK_US = 72 * HOUR_US
ROLE_ORDER = (Role.VIEWER, Role.REVIEWER, Role.LEAD, Role.ADMIN)
_SECRET_IDS = {"token": "tok", "link": "lnk"}


@dataclass(frozen=True, slots=True)
class Reviewer:
    """A person who decides; the name is what one signs in with.

    `roles`: what this person may do, as pairs of site and role; site None means all sites. Where two speak of the
    same site, the higher one counts. `language`: `en` or `de`, None as the browser asks. `blurred`: for which
    reasons of waiting a comment is hidden until it is looked at, with spaces between, `*` for all. `desk_keys`: as
    JSON, None where none was changed.
    """

    id: str
    name: str
    password_hash: str | None
    roles: tuple[tuple[str | None, Role], ...]
    language: str | None = None
    blurred: str | None = None
    desk_keys: str | None = None

    def role_at(self, site_id: str | None) -> Role | None:
        """The role on that site, None where there is none. `site_id` None: the role that holds on all sites."""
        held = [role for where, role in self.roles if where is None or where == site_id]
        return max(held, key=ROLE_ORDER.index, default=None)

    def may(self, least: Role, site_id: str | None) -> bool:
        """Whether the role on that site (None: on all of them) is at least this one."""
        held = self.role_at(site_id)
        return held is not None and ROLE_ORDER.index(held) >= ROLE_ORDER.index(least)

    def sees(self, site_id: str) -> bool:
        """Whether this reviewer may see that site's comments."""
        return self.role_at(site_id) is not None

    def sites(self, least: Role = Role.VIEWER) -> tuple[str, ...] | None:
        """The sites on which the role is at least this one; None means all of them."""
        if self.may(least, None):
            return None
        return tuple(sorted(site_id for site_id, _ in self.roles if site_id is not None and self.may(least, site_id)))

    def hides(self, reason: str) -> bool:
        """Whether a comment that waits for this reason is hidden until it is looked at."""
        return self.blurred is not None and (self.blurred == ALL_REASONS or reason in self.blurred.split())

    @property
    def role(self) -> Role:
        """The highest role on any site, a viewer's where there is none."""
        return max((role for _, role in self.roles), key=ROLE_ORDER.index, default=Role.VIEWER)


_COLUMNS = [reviewers.c[name] for name in ("id", "name", "password_hash", "language", "blurred", "desk_keys")]


def add(connection: Connection, name: str, role: Role, site_id: str | None = None) -> Reviewer:
    """Create a reviewer with a role on one site, or on all of them. Raises Refused where the name is taken or empty."""
    name = name.strip()
    if not name or len(name) > 255 or "\0" in name:
        raise Refused("A reviewer's name needs 1 to 255 characters.")
    key = name.casefold()[:255]
    if is_taken(connection, name):
        raise Refused(f"There is a reviewer named {name} already; choose another name.")
    reviewer, now = Reviewer(new_id("usr"), name, None, ((site_id, role),)), now_us()
    connection.execute(insert(reviewers).values(id=reviewer.id, name=name, name_key=key, created_at=now))
    given = {"reviewer_id": reviewer.id, "site_id": site_id, "role": role}
    connection.execute(insert(reviewer_roles).values(id=new_id("rol"), created_at=now, **given))
    return reviewer


def by_name(connection: Connection, name: str) -> Reviewer | None:
    """The reviewer with this name, in any case, unless disabled."""
    return _one(connection, reviewers.c.name_key == name.strip().casefold()[:255])


def by_id(connection: Connection, reviewer_id: str) -> Reviewer | None:
    """The reviewer with this id, unless disabled."""
    return _one(connection, reviewers.c.id == reviewer_id)


def every(connection: Connection) -> list[Reviewer]:
    """All reviewers that are not disabled, by name."""
    ids = select(reviewers.c.id).where(reviewers.c.disabled_at.is_(None)).order_by(reviewers.c.name_key)
    found = [by_id(connection, reviewer_id) for reviewer_id in connection.execute(ids).scalars().all()]
    return [reviewer for reviewer in found if reviewer is not None]


def is_taken(connection: Connection, name: str) -> bool:
    """Whether somebody has this name, in any case, closed accounts included."""
    key = name.strip().casefold()[:255]
    return connection.execute(select(reviewers.c.id).where(reviewers.c.name_key == key)).scalar() is not None


def any_exists(connection: Connection) -> bool:
    """Whether there is a reviewer at all."""
    return connection.execute(select(reviewers.c.id).limit(1)).scalar() is not None


def set_password_hash(connection: Connection, reviewer_id: str, password_hash: str, *, kept: str | None = None) -> None:
    """Store a new password hash and end every session of that reviewer, but the one with the id `kept`, and every open
    link."""
    connection.execute(update(reviewers).where(reviewers.c.id == reviewer_id).values(password_hash=password_hash))
    credentials.end_all(connection, reviewer_id, kinds=("session", "half", "link"), but=kept)


def new_token(connection: Connection, reviewer_id: str, name: str | None = None, lasts_us: int | None = None) -> str:
    """A personal token for the API, shown this once; without an end unless `lasts_us` says how long it is good for."""
    return _new_secret(connection, reviewer_id, "token", lasts_us, name=name)


def new_session(connection: Connection, reviewer_id: str, client: str | None = None) -> str:
    """A console session of 12 hours. `client`: what the browser calls itself."""
    return _new_secret(connection, reviewer_id, "session", SESSION_US, client=client)


def new_half_session(connection: Connection, reviewer_id: str) -> str:
    """What stands between password and code: ten minutes in which a code may be shown."""
    return _new_secret(connection, reviewer_id, "half", HALF_SESSION_US)


def new_link(connection: Connection, reviewer_id: str) -> str:
    """A one-time secret for the page on which a reviewer sets a password; good for 72 hours."""
    return _new_secret(connection, reviewer_id, "link", LINK_US)


def by_secret(connection: Connection, secret: str, kind: str) -> Reviewer | None:
    """Whose live secret of that kind this is: `token`, `session`, `half` or `link`."""
    found = credentials.find(connection, secret, kind)
    return None if found is None else by_id(connection, found.reviewer_id)


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


def roles_of(connection: Connection, reviewer_ids: Sequence[str]) -> dict[str, tuple[tuple[str | None, Role], ...]]:
    """The roles of several reviewers by id, the one for all sites first."""
    table = reviewer_roles
    query = select(table.c.reviewer_id, table.c.site_id, table.c.role).where(table.c.reviewer_id.in_(reviewer_ids))
    found: dict[str, list[tuple[str | None, Role]]] = {reviewer_id: [] for reviewer_id in reviewer_ids}
    for reviewer_id, site_id, role in connection.execute(query):
        found[reviewer_id].append((site_id, Role(role)))
    return {reviewer_id: tuple(sorted(roles, key=lambda pair: pair[0] or "")) for reviewer_id, roles in found.items()}


def _one(connection: Connection, condition: ColumnElement[bool]) -> Reviewer | None:
    row = connection.execute(select(*_COLUMNS).where(condition, reviewers.c.disabled_at.is_(None))).one_or_none()
    if row is None:
        return None
    roles = roles_of(connection, [row.id])[row.id]
    return Reviewer(row.id, row.name, row.password_hash, roles, row.language, row.blurred, row.desk_keys)


def _new_secret(
    connection: Connection,
    reviewer_id: str,
    kind: str,
    lasts_us: int | None,
    *,
    name: str | None = None,
    client: str | None = None,
) -> str:
    secret = secrets.token_urlsafe(32)
    if kind == "token":
        secret = f"gpr_{secret}"
    now = now_us()
    connection.execute(
        insert(reviewer_secrets).values(
            id=new_id(_SECRET_IDS.get(kind, "ses")),
            digest=digest(secret),
            kind=kind,
            reviewer_id=reviewer_id,
            name=name,
            client=None if client is None else client[:255],
            created_at=now,
            expires_at=None if lasts_us is None else now + lasts_us,
        )
    )
    return secret
