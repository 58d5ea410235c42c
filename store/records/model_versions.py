"""The registry of models: only a registered digest is ever loaded. One version is active for all sites; a site may have
one of its own. Every change of what is active is kept, with who and why, so that a rollback knows where to go.
"""

from dataclasses import dataclass
from typing import NamedTuple

import orjson
from sqlalchemy import Connection, insert, select, text, update

from models.errors import NotFound, Refused
from models.vocabulary import Thresholds
from store.ids import new_id, now_us
from store.records.schema import activations, model_versions

SYSTEM = "gatepost"


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A registered model. `origin`: `shipped` with the project or `trained` here; `site_id` None: for all sites;
    `card`: JSON text; `status`: `candidate` or `active`."""

    id: str
    digest: str
    status: str
    origin: str
    site_id: str | None
    card: str
    created_at: int


class ActiveModel(NamedTuple):
    """What a worker needs to load a model that is in force."""

    id: str
    digest: str
    origin: str
    site_id: str | None


@dataclass(frozen=True, slots=True)
class Activation:
    """One change of what is active. `model_id` None: the site has no version of its own any more. `action`:
    `promote` or `rollback`; `previous`: the activation that a rollback of this one returns to."""

    seq: int
    site_id: str | None
    model_id: str | None
    previous: int | None
    action: str
    actor: str
    reason: str
    at: int


_COLUMNS = [model_versions.c[name] for name in ModelVersion.__slots__]
_ACTIVATION = [activations.c[name] for name in Activation.__slots__]
_IN_FORCE = select(*(model_versions.c[name] for name in ActiveModel._fields)).where(model_versions.c.status == "active")


def register(connection: Connection, digest: str, origin: str, card: str, site_id: str | None = None) -> ModelVersion:
    """Enter a model as candidate; the entry that is there if the digest is known.

    Raises Refused where the same model is registered for another site, or for all.
    """
    _one_at_a_time(connection)
    known = by_digest(connection, digest)
    if known is not None and known.site_id != site_id:
        raise Refused(f"The same model is registered as {known.id} for {scope_name(known.site_id)} already.")
    if known is not None:
        return known
    version = ModelVersion(new_id("mdl"), digest, "candidate", origin, site_id, card, now_us())
    connection.execute(insert(model_versions).values(**{n: getattr(version, n) for n in ModelVersion.__slots__}))
    return version


def activate(connection: Connection, model_id: str, *, actor: str = SYSTEM, reason: str = "") -> ModelVersion:
    """Make a model the one that scores, for all sites or for its site; the one before becomes a candidate again.

    Nothing changes where it is active already. Raises NotFound.
    """
    _one_at_a_time(connection)
    version = get(connection, model_id)
    if version.status != "active":
        latest = latest_activation(connection, version.site_id)
        previous = None if latest is None else latest.seq
        _put_in_force(connection, version.site_id, model_id, previous, action="promote", actor=actor, reason=reason)
    return version


def before_active(connection: Connection, site_id: str | None) -> ModelVersion | None:
    """The version that a rollback returns to; None where a site returns to the one for all sites.

    Raises Refused where there is nothing to return to.
    """
    earlier = _earlier(connection, site_id)
    return None if earlier is None or earlier.model_id is None else get(connection, earlier.model_id)


def roll_back(
    connection: Connection, site_id: str | None, *, actor: str = SYSTEM, reason: str = ""
) -> ModelVersion | None:
    """Return to the version that was active before, and to the one before that when called again; None where a site
    returns to the version for all sites. Raises Refused where there is nothing to return to.
    """
    _one_at_a_time(connection)
    earlier = _earlier(connection, site_id)
    target = None if earlier is None else earlier.model_id
    previous = None if earlier is None else earlier.previous
    _put_in_force(connection, site_id, target, previous, action="rollback", actor=actor, reason=reason)
    return None if target is None else get(connection, target)


def active(connection: Connection, site_id: str | None = None) -> ModelVersion | None:
    """The model that scores for all sites, or a site's own version where it has one."""
    table = model_versions
    condition = (table.c.status == "active") & table.c.site_id.is_not_distinct_from(site_id)
    row = connection.execute(select(*_COLUMNS).where(condition)).one_or_none()
    return None if row is None else ModelVersion(*row)


def of_site(connection: Connection, site_id: str) -> ModelVersion | None:
    """The model that scores a site's comments: its own version, or the one for all sites."""
    return active(connection, site_id) or active(connection)


def thresholds(connection: Connection, site_id: str) -> Thresholds | None:
    """What the card of a site's model says of the thresholds of a new site; None where it says nothing."""
    version = of_site(connection, site_id)
    told = {} if version is None else orjson.loads(version.card).get("thresholds") or {}
    names = ("approve_below", "reject_from", "discard_from")
    if not all(isinstance(told.get(name), int | float) for name in names):
        return None
    return Thresholds(*(float(told[name]) for name in names))


def in_force(connection: Connection) -> list[ActiveModel]:
    """Every active version, for all sites and for single ones."""
    return [ActiveModel(*row) for row in connection.execute(_IN_FORCE)]


def get(connection: Connection, model_id: str) -> ModelVersion:
    """The entry of that id. Raises NotFound."""
    row = connection.execute(select(*_COLUMNS).where(model_versions.c.id == model_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no model {model_id}; `gatepost models` lists them.")
    return ModelVersion(*row)


def by_digest(connection: Connection, digest: str) -> ModelVersion | None:
    """The entry of a model file."""
    row = connection.execute(select(*_COLUMNS).where(model_versions.c.digest == digest)).one_or_none()
    return None if row is None else ModelVersion(*row)


def every(connection: Connection) -> list[ModelVersion]:
    """All registered models, oldest first."""
    return [ModelVersion(*row) for row in connection.execute(select(*_COLUMNS).order_by(model_versions.c.id))]


def history(connection: Connection) -> list[Activation]:
    """Every change of what is active, oldest first."""
    return [Activation(*row) for row in connection.execute(select(*_ACTIVATION).order_by(activations.c.seq))]


def latest_activation(connection: Connection, site_id: str | None) -> Activation | None:
    """The activation in force for all sites, or for one."""
    condition = activations.c.site_id.is_not_distinct_from(site_id)
    newest = select(*_ACTIVATION).where(condition).order_by(activations.c.seq.desc()).limit(1)
    row = connection.execute(newest).one_or_none()
    return None if row is None else Activation(*row)


def scope_name(site_id: str | None) -> str:
    """For whom a version is, in a sentence."""
    return "all sites" if site_id is None else f"site {site_id}"


def _earlier(connection: Connection, site_id: str | None) -> Activation | None:
    latest = latest_activation(connection, site_id)
    if latest is None or latest.model_id is None:
        raise Refused(f"No version is active for {scope_name(site_id)}, so there is nothing to take back.")
    if latest.previous is None:
        if site_id is None:
            raise Refused("No other version was active before this one; promote another with `gatepost promote ID`.")
        return None
    return Activation(*connection.execute(select(*_ACTIVATION).where(activations.c.seq == latest.previous)).one())


def _put_in_force(
    connection: Connection,
    site_id: str | None,
    model_id: str | None,
    previous: int | None,
    *,
    action: str,
    actor: str,
    reason: str,
) -> None:
    table = model_versions
    of_scope = table.c.site_id.is_not_distinct_from(site_id)
    connection.execute(update(table).where(table.c.status == "active", of_scope).values(status="candidate"))
    if model_id is not None:
        connection.execute(update(table).where(table.c.id == model_id).values(status="active"))
    row = {"site_id": site_id, "model_id": model_id, "previous": previous, "action": action, "at": now_us()}
    connection.execute(insert(activations).values(**row, actor=actor, reason=reason))


def _one_at_a_time(connection: Connection) -> None:
    """Two that register or promote at once would each see the other's work too late. SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE model_versions IN SHARE ROW EXCLUSIVE MODE"))
