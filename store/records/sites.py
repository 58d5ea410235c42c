"""Sites, and how each site uses the machine."""

import secrets
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, insert, select, update

from models.errors import NotFound
from models.vocabulary import Action, Mode
from store.ids import new_id, now_us
from store.records import organisations
from store.records.schema import sites


class HeldAs(StrEnum):
    """What a wire that knows only spam and ham is told of a comment that waits for a person.

    HOLD: ham, with the error on which clients hold the comment themselves.
    """

    PROBABLE = "probable"
    HAM = "ham"
    SPAM = "spam"
    HOLD = "hold"


class Blogs(StrEnum):
    """Which `blog` a site's Akismet key serves: any, or only the host of the site's own URL."""

    ANY = "any"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Site:
    """A place that comments come from. `pseudonym_key` makes keyed hashes of its authors' personal data.

    `on_failure`: approve, review or reject, how a foreign wire is answered when no decision is there in time.
    `coral_timeout_ms`: after how many milliseconds this site's Coral gives up on us. `cusdis_url`: where its Cusdis is,
    whose approval links are opened when a comment is approved here; None for none.
    """

    id: str
    organisation_id: str
    url: str
    mode: Mode
    policy_version: int
    pseudonym_key: str
    created_at: int
    akismet_held: HeldAs = HeldAs.PROBABLE
    akismet_blog: Blogs = Blogs.ANY
    on_failure: Action = Action.APPROVE
    coral_timeout_ms: int = 200
    cusdis_url: str | None = None


@dataclass(frozen=True, slots=True)
class WireSettings:
    """How a site answers on foreign wires; None leaves a setting as it is, an empty `cusdis_url` takes it away."""

    akismet_held: HeldAs | None = None
    akismet_blog: Blogs | None = None
    on_failure: Action | None = None
    coral_timeout_ms: int | None = None
    cusdis_url: str | None = None


_COLUMNS = [sites.c[name] for name in Site.__slots__]


def add(connection: Connection, url: str, mode: Mode, organisation_id: str | None = None) -> Site:
    """Create a site of an organisation, or else of the default one."""
    owner = organisation_id or organisations.default(connection).id
    site = Site(new_id("site"), owner, url, mode, 1, secrets.token_hex(32), now_us())
    connection.execute(insert(sites).values(**{name: getattr(site, name) for name in Site.__slots__}))
    return site


def get(connection: Connection, site_id: str) -> Site:
    """One site. Raises NotFound."""
    row = connection.execute(select(*_COLUMNS).where(sites.c.id == site_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no site {site_id}; `gatepost site list` shows them.")
    return _site(tuple(row))


def every(connection: Connection) -> list[Site]:
    """All sites, oldest first."""
    return [_site(tuple(row)) for row in connection.execute(select(*_COLUMNS).order_by(sites.c.id))]


def set_mode(connection: Connection, site_id: str, mode: Mode) -> Site:
    """Change how a site uses the machine; its policy gets a new version. Raises NotFound."""
    connection.execute(
        update(sites)
        .where(sites.c.id == site_id, sites.c.mode != mode.value)
        .values(mode=mode.value, policy_version=sites.c.policy_version + 1)
    )
    return get(connection, site_id)


def put_mode(connection: Connection, site_id: str, mode: Mode) -> None:
    """Change how a site uses the machine, in a transaction that gives its policy a new version anyway."""
    connection.execute(update(sites).where(sites.c.id == site_id).values(mode=mode.value))


def set_wires(connection: Connection, site_id: str, given: WireSettings) -> Site:
    """Change how a site answers on foreign wires. Raises NotFound."""
    values = {name: getattr(given, name) for name in WireSettings.__slots__ if getattr(given, name) is not None}
    if values.get("cusdis_url") == "":
        values["cusdis_url"] = None
    if values:
        connection.execute(update(sites).where(sites.c.id == site_id).values(**values))
    return get(connection, site_id)


def _site(row: tuple[object, ...]) -> Site:
    site_id, organisation_id, url, mode, version, key, created_at, held, blogs, on_failure, timeout, cusdis = row
    return Site(
        str(site_id),
        str(organisation_id),
        str(url),
        Mode(str(mode)),
        int(str(version)),
        str(key),
        int(str(created_at)),
        HeldAs(str(held)),
        Blogs(str(blogs)),
        Action(str(on_failure)),
        int(str(timeout)),
        None if cusdis is None else str(cusdis),
    )
