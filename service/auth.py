"""Who is asking: a site by its key, a reviewer by token or session. A revoked key is refused within 5 s."""

import threading
import time
from dataclasses import dataclass

from flask import Request

from models.vocabulary import Role
from service.problems import Problem
from store.records import keys, reviewers, sites
from store.records.reviewers import Reviewer
from store.records.sites import Site
from store.stores import Stores

REMEMBERED_SECONDS = 3.0
MAX_REMEMBERED = 10_000
SESSION_COOKIE = "__Host-gatepost"
ROLE_ORDER = (Role.VIEWER, Role.REVIEWER, Role.LEAD, Role.ADMIN)


@dataclass(frozen=True, slots=True)
class _Known:
    site: Site
    until: float


class Authenticator:
    """Looks keys and tokens up; site keys are remembered for 3 s, by digest."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._known: dict[str, _Known] = {}
        self._lock = threading.Lock()

    def site(self, request: Request) -> Site:
        """The site whose key this request carries. Raises Problem 401, or 403 for a reviewer's token."""
        secret = _bearer(request)
        if secret.startswith("gpr_"):
            raise Problem(403, "forbidden", "This route takes a site's key, not a reviewer's token.")
        digest = keys.digest(secret)
        known = self._known.get(digest)
        if known is not None and known.until > time.monotonic():
            return known.site
        with self._stores.database.read() as connection:
            key = keys.find(connection, secret)
            if key is None:
                raise Problem(401, "unauthorized", "There is no live key like this; `gatepost key list` shows them.")
            site = sites.get(connection, key.site_id)
        with self._lock:
            if len(self._known) >= MAX_REMEMBERED:
                self._known.clear()
            self._known[digest] = _Known(site, time.monotonic() + REMEMBERED_SECONDS)
        return site

    def reviewer(self, request: Request) -> Reviewer:
        """The reviewer by token or console session. Raises Problem 401, or 403 for a site's key."""
        if "Authorization" not in request.headers and SESSION_COOKIE in request.cookies:
            return self._by_session(request)
        secret = _bearer(request)
        if secret.startswith("gps_"):
            raise Problem(403, "forbidden", "This route takes a reviewer's token, not a site's key.")
        found = self.lookup(secret, "token")
        if found is None:
            raise Problem(401, "unauthorized", "There is no live token like this; `gatepost reviewer token` makes one.")
        return found

    def lookup(self, secret: str, kind: str) -> Reviewer | None:
        """Whose secret this is, if it is live."""
        with self._stores.database.read() as connection:
            return reviewers.by_secret(connection, secret, kind)

    def _by_session(self, request: Request) -> Reviewer:
        if request.method not in ("GET", "HEAD") and request.headers.get("Sec-Fetch-Site") != "same-origin":
            raise Problem(403, "forbidden", "A session may change things only from the console itself.")
        found = self.lookup(request.cookies[SESSION_COOKIE], "session")
        if found is None:
            raise Problem(401, "unauthorized", "The session has ended; sign in again.")
        return found


def require_role(reviewer: Reviewer, least: Role) -> None:
    """Raise Problem 403 unless the reviewer's role is at least `least`."""
    if ROLE_ORDER.index(reviewer.role) < ROLE_ORDER.index(least):
        raise Problem(403, "forbidden", f"This needs the role {least.value}; you are {reviewer.role.value}.")


def _bearer(request: Request) -> str:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    secret = secret.strip()
    if scheme.lower() != "bearer" or not secret:
        raise Problem(401, "unauthorized", "Send the key as `Authorization: Bearer KEY`.")
    return secret
