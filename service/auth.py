"""Who is asking: a site by its key, a reviewer by token or session. A revoked key is refused within 5 s."""

import threading
import time
from contextlib import suppress
from dataclasses import dataclass

from flask import Request

from models.errors import DatabaseUnavailable, Forbidden, NotFound
from models.vocabulary import Role, Scope
from service.cookies import SESSION, cookies_of
from service.problems import Problem
from service.second_factor import SecondFactors
from store.ids import now_us
from store.records import credentials, keys, reviewers, sites
from store.records.credentials import Credential
from store.records.keys import Key
from store.records.reviewers import ROLE_ORDER as ROLE_ORDER
from store.records.reviewers import Reviewer
from store.records.sites import Site
from store.stores import Stores

REMEMBERED_SECONDS = 3.0
MAX_REMEMBERED = 10_000
USE_NOTED_US = 60_000_000


@dataclass(frozen=True, slots=True)
class SiteCaller:
    """A website that calls, and the key by which it does."""

    site: Site
    key: Key


@dataclass(frozen=True, slots=True)
class _Known:
    caller: SiteCaller
    until: float


@dataclass(frozen=True, slots=True)
class Opened:
    """A reviewer, and the session or token that shows who it is."""

    reviewer: Reviewer
    credential: Credential


class Authenticator:
    """Looks keys and tokens up; site keys are remembered for 3 s, by digest."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self.session_cookie = cookies_of(stores.settings).name(SESSION)
        self._factors = SecondFactors(stores)
        self._known: dict[str, _Known] = {}
        self._lock = threading.Lock()

    def site(self, request: Request, scope: Scope | None = None) -> Site:
        """The site whose key this request carries: `caller` without the key."""
        return self.caller(request, scope).site

    def caller(self, request: Request, scope: Scope | None = None) -> SiteCaller:
        """The site whose key this request carries. `scope` None: reading for GET and HEAD, else submitting.

        Raises Problem 401, or 403 for a reviewer's token or a key that may not do this.
        """
        secret = _bearer(request)
        if secret.startswith("gpr_"):
            raise Problem(403, "forbidden", "This route takes a site's key, not a reviewer's token.")
        digest = keys.digest(secret)
        known = self._known.get(digest)
        caller = known.caller if known is not None and known.until > time.monotonic() else self._look_up(secret, digest)
        needed = scope or (Scope.READ if request.method in ("GET", "HEAD") else Scope.SUBMIT)
        if needed not in caller.key.scopes.split():
            raise Problem(403, "forbidden", f"This needs a key with the scope {needed.value}.")
        return caller

    def _look_up(self, secret: str, digest: str) -> SiteCaller:
        with self._stores.database.read() as connection:
            key = keys.find(connection, secret)
            if key is None:
                raise Problem(401, "unauthorized", "There is no live key like this; `gatepost key list` shows them.")
            caller = SiteCaller(sites.get(connection, key.site_id), key)
        now = now_us()
        if key.last_used_at is None or now - key.last_used_at > USE_NOTED_US:
            with suppress(DatabaseUnavailable), self._stores.database.write() as connection:
                keys.note_use(connection, key.id, now)
        with self._lock:
            if len(self._known) >= MAX_REMEMBERED:
                self._known.clear()
            self._known[digest] = _Known(caller, time.monotonic() + REMEMBERED_SECONDS)
        return caller

    def reviewer(self, request: Request) -> Reviewer:
        """The reviewer by token or console session. Raises Problem 401, or 403 for a site's key."""
        if "Authorization" not in request.headers and self.session_cookie in request.cookies:
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
        opened = self.opened(secret, kind)
        return None if opened is None else opened.reviewer

    def opened(self, secret: str, kind: str) -> Opened | None:
        """Whose secret this is, and which one, if it is live. Its use is noted once a minute."""
        with self._stores.database.read() as connection:
            credential = credentials.find(connection, secret, kind)
            found = None if credential is None else reviewers.by_id(connection, credential.reviewer_id)
        if credential is None or found is None:
            return None
        now = now_us()
        if kind != "link" and now - (credential.last_used_at or 0) > USE_NOTED_US:
            with suppress(DatabaseUnavailable), self._stores.database.write() as connection:
                credentials.note_use(connection, credential.id, now)
        return Opened(found, credential)

    def lacks(self, reviewer: Reviewer) -> bool:
        """Whether this person must set up a second factor before anything else."""
        return self._stores.settings.require_totp and not self._factors.is_on(reviewer)

    def _by_session(self, request: Request) -> Reviewer:
        if request.method not in ("GET", "HEAD") and request.headers.get("Sec-Fetch-Site") != "same-origin":
            raise Problem(403, "forbidden", "A session may change things only from the console itself.")
        found = self.lookup(request.cookies[self.session_cookie], "session")
        if found is None:
            raise Problem(401, "unauthorized", "The session has ended; sign in again.")
        if self.lacks(found):
            raise Problem(403, "forbidden", "Set up a second factor in the console first.")
        return found


def require_role(reviewer: Reviewer, least: Role) -> None:
    """Raise Forbidden unless the role is at least `least` on some site: for what shows only the sites it may."""
    if ROLE_ORDER.index(reviewer.role) < ROLE_ORDER.index(least):
        raise Forbidden(f"This needs the role {least.value}; you are {reviewer.role.value}.")


def require_role_at(reviewer: Reviewer, least: Role, site_id: str) -> None:
    """Raise NotFound where that site is not seen, as if it were not there, and Forbidden where the role is too low."""
    held = reviewer.role_at(site_id)
    if held is None:
        raise NotFound("There is no such site among yours.")
    if not reviewer.may(least, site_id):
        raise Forbidden(f"This needs the role {least.value} on that site; you are {held.value} there.")


def require_everywhere(reviewer: Reviewer, least: Role) -> None:
    """Raise Forbidden unless the role is at least `least` on all sites: for what holds for the whole installation."""
    if not reviewer.may(least, None):
        raise Forbidden(f"This needs the role {least.value} on all sites.")


def _bearer(request: Request) -> str:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    secret = secret.strip()
    if scheme.lower() != "bearer" or not secret:
        raise Problem(401, "unauthorized", "Send the key as `Authorization: Bearer KEY`.")
    return secret
