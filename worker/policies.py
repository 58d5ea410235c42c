"""The policies of sites, compiled once a version in this process."""

import logging
from collections.abc import Sequence
from typing import NamedTuple

from models.rulebook import compile_stored
from models.thresholds import CAUTIOUS
from models.vocabulary import Mode, Policy
from store.records import policies
from store.records.claims import Claimed
from store.records.database import Connection, Database

MAX_SITES = 1024

log = logging.getLogger(__name__)


class _Known(NamedTuple):
    version: int
    policy: Policy
    valid_until: int | None


class Policies:
    """What this process knows of sites' policies; read anew where a claim tells of a later version, or where an entry
    has expired on the database's clock."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}

    def of(self, database: Database, connection: Connection, claimed: Sequence[Claimed]) -> list[Policy]:
        """The policy that each claimed revision is judged by, in the same order. Raises DatabaseUnavailable."""
        versions = {claim.site_id: text.policy_version for claim, text in claimed}
        found = {site_id: self._of(database, connection, site_id, versions[site_id]) for site_id in versions}
        return [found[claim.site_id] for claim, _ in claimed]

    def _of(self, database: Database, connection: Connection, site_id: str, version: int) -> Policy:
        known = self._known.get(site_id)
        if known is None or known.version < version or _expired(database, connection, known):
            if len(self._known) >= MAX_SITES:
                self._known.clear()
            known = self._known[site_id] = _compiled(database, connection, site_id, version)
        return known.policy


def _expired(database: Database, connection: Connection, known: _Known) -> bool:
    return known.valid_until is not None and database.now_us(connection) >= known.valid_until


def _compiled(database: Database, connection: Connection, site_id: str, version: int) -> _Known:
    try:
        stored = policies.get(database, connection, site_id)
        policy = compile_stored(stored)
    except ValueError:
        # It was checked when it was saved, so another version of Gatepost wrote it. Nothing may slip through for that.
        log.exception("The policy of %s cannot be read: a person sees every comment", site_id)
        return _Known(version, Policy(str(version), Mode.REVIEW_ALL, CAUTIOUS), None)
    return _Known(stored.version, policy, stored.valid_until)
