"""Who of us an identity is: known by its subject, else by a verified e-mail address that is somebody's name here."""

import structlog

from models.errors import Forbidden
from models.vocabulary import Role
from service.oidc import Identity
from store.records import identities, reviewers
from store.records.database import Connection
from store.records.reviewers import ROLE_ORDER, Reviewer
from store.settings import Settings, read_roles
from store.stores import Stores

MOST_BY_PROVIDER = Role.LEAD

log = structlog.get_logger()


def recognise(stores: Stores, identity: Identity) -> Reviewer:
    """The reviewer whom this identity is. Raises Forbidden for nobody whom we know, or a closed account.

    Somebody new is added only where the settings allow it, on all sites, and never as an administrator.
    """
    with stores.database.write() as connection:
        known = identities.reviewer_of(connection, identity.issuer, identity.subject)
        if known is not None:
            found = reviewers.by_id(connection, known)
            if found is None:
                raise Forbidden("This account is closed.")
            return found
        found = _by_email(connection, identity) or _new(connection, stores.settings, identity)
        if found is None:
            raise Forbidden("Nobody of this name works here.")
        identities.link(connection, identity.issuer, identity.subject, found.id)
    log.info("identity_linked", person=found.id)
    return found


def _by_email(connection: Connection, identity: Identity) -> Reviewer | None:
    if identity.email is None:
        return None
    found = reviewers.by_name(connection, identity.email)
    if found is None or identities.is_linked(connection, identity.issuer, found.id):
        return None
    return found


def _new(connection: Connection, settings: Settings, identity: Identity) -> Reviewer | None:
    name = identity.email or identity.name
    if not settings.oidc_join or name is None or reviewers.is_taken(connection, name):
        return None
    return reviewers.add(connection, name, role_for(settings, identity.groups))


def role_for(settings: Settings, groups: tuple[str, ...]) -> Role:
    """The highest role that the groups give, at most lead; a viewer's without any."""
    given = read_roles(settings.oidc_roles)
    found = [given[group] for group in groups if group in given]
    return min(max(found, key=ROLE_ORDER.index, default=Role.VIEWER), MOST_BY_PROVIDER, key=ROLE_ORDER.index)
