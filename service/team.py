"""Who works here, as an administrator changes it: invite, give roles, close accounts.

An administrator of all sites manages everybody. One of some sites sees who works there and gives roles there, and
manages the accounts of those who work nowhere else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import structlog

from models.errors import Forbidden, NotFound
from models.vocabulary import Role
from service.auth import require_everywhere, require_role_at
from store.records import people, reviewers, sites
from store.records.database import Connection
from store.records.people import Person
from store.records.reviewers import Reviewer
from store.stores import Stores

log = structlog.get_logger()
Done = TypeVar("Done")


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody new, and the secret of the one-time link, which is shown this once."""

    person: Person
    secret: str


class Team:
    """The people of this installation, for administrators."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def everybody(self, admin: Reviewer) -> list[Person]:
        """Those whom this administrator sees, by name."""
        with self._stores.database.read() as connection:
            return [person for person in people.every(connection) if _sees(admin, person)]

    def person(self, admin: Reviewer, reviewer_id: str) -> Person:
        """One of them. Raises NotFound."""
        with self._stores.database.read() as connection:
            return _seen(connection, admin, reviewer_id)

    def invite(self, admin: Reviewer, name: str, role: Role, site_id: str | None) -> Invited:
        """Add somebody with a role, on a site or on all (None). Raises Forbidden, NotFound, and Refused for a name that
        is taken."""
        _require_admin(admin, site_id)
        with self._stores.database.write() as connection:
            if site_id is not None:
                sites.get(connection, site_id)
            added = reviewers.add(connection, name, role, site_id)
            secret = people.invite(connection, added.id)
            person = people.get(connection, added.id)
        log.info("person_invited", by=admin.id, person=added.id, role=role.value, site=site_id)
        return Invited(person, secret)

    def set_role(self, admin: Reviewer, reviewer_id: str, role: Role | None, site_id: str | None) -> None:
        """Give a role on a site or on all, or take it away. Raises Forbidden, NotFound, LastAdmin."""
        _require_admin(admin, site_id)
        with self._stores.database.write() as connection:
            _seen(connection, admin, reviewer_id)
            people.set_role(connection, reviewer_id, role, site_id)
        log.info("role_set", by=admin.id, person=reviewer_id, role=None if role is None else role.value, site=site_id)

    def disable(self, admin: Reviewer, reviewer_id: str) -> None:
        """Close an account; whoever has it is signed out everywhere at once. Raises Forbidden, NotFound, LastAdmin."""
        self._manage(admin, reviewer_id, people.disable, "account_closed")

    def enable(self, admin: Reviewer, reviewer_id: str) -> None:
        """Open a closed account again. Raises Forbidden, NotFound."""
        self._manage(admin, reviewer_id, people.enable, "account_opened")

    def new_link(self, admin: Reviewer, reviewer_id: str) -> Invited:
        """A new one-time link to set a password; earlier ones end. Raises Forbidden, NotFound, Refused."""
        secret = self._manage(admin, reviewer_id, people.invite, "link_made")
        return Invited(self.person(admin, reviewer_id), secret)

    def reset_factor(self, admin: Reviewer, reviewer_id: str) -> None:
        """Take somebody's second factor away, and end the sessions. Raises Forbidden, NotFound."""
        self._manage(admin, reviewer_id, people.reset_factor, "second_factor_reset")

    def unlink(self, admin: Reviewer, reviewer_id: str) -> None:
        """Forget who somebody is at the identity provider, and end the sessions. Raises Forbidden, NotFound."""
        self._manage(admin, reviewer_id, people.unlink, "identity_unlinked")

    def revoke_links(self, admin: Reviewer, reviewer_id: str) -> None:
        """End the links that are open. Raises Forbidden, NotFound."""
        self._manage(admin, reviewer_id, people.revoke_links, "links_revoked")

    def _manage(self, admin: Reviewer, reviewer_id: str, change: Callable[[Connection, str], Done], event: str) -> Done:
        """Change an account that is this administrator's to change, and say so in the log."""
        with self._stores.database.write() as connection:
            _require_managed(connection, admin, reviewer_id)
            done = change(connection, reviewer_id)
        log.info(event, by=admin.id, person=reviewer_id)
        return done


def manages(admin: Reviewer, person: Reviewer) -> bool:
    """Whether the account is this administrator's to open and close: every role of it lies where the admin is one."""
    if admin.may(Role.ADMIN, None):
        return True
    return bool(person.roles) and all(
        site_id is not None and admin.may(Role.ADMIN, site_id) for site_id, _ in person.roles
    )


def _sees(admin: Reviewer, person: Person) -> bool:
    sites = admin.sites(Role.ADMIN)
    return sites is None or any(person.reviewer.sees(site_id) for site_id in sites)


def _seen(connection: Connection, admin: Reviewer, reviewer_id: str) -> Person:
    found = people.get(connection, reviewer_id)
    if not _sees(admin, found):
        raise NotFound("There is no such person.")
    return found


def _require_managed(connection: Connection, admin: Reviewer, reviewer_id: str) -> None:
    if not manages(admin, _seen(connection, admin, reviewer_id).reviewer):
        raise Forbidden("This person also works on sites that you do not administer.")


def _require_admin(admin: Reviewer, site_id: str | None) -> None:
    if site_id is None:
        require_everywhere(admin, Role.ADMIN)
    else:
        require_role_at(admin, Role.ADMIN, site_id)
