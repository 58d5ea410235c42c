"""One's own account: password, sessions, personal tokens, and what one prefers."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import orjson
import structlog

from models.errors import Refused
from store.records import credentials, people, reviewers
from store.records.credentials import Credential
from store.records.reviewers import ALL_REASONS, Reviewer
from store.stores import Stores

DAY_US = 24 * 3600 * 1_000_000
MAX_TOKENS = 50
MAX_NAME_CHARACTERS = 100

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Open:
    """What a person has open: sessions and tokens, newest first."""

    sessions: list[Credential]
    tokens: list[Credential]


class Account:
    """What a reviewer changes of the own account."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def opened(self, reviewer: Reviewer) -> Open:
        """Sessions and tokens that are live."""
        with self._stores.database.read() as connection:
            sessions, tokens = (credentials.live(connection, reviewer.id, kind) for kind in ("session", "token"))
        return Open(sessions, tokens)

    def set_password(self, reviewer: Reviewer, password_hash: str, session_id: str) -> None:
        """Keep a new password; every other session ends at once."""
        with self._stores.database.write() as connection:
            reviewers.set_password_hash(connection, reviewer.id, password_hash, kept=session_id)
        log.info("password_changed", person=reviewer.id)

    def new_token(self, reviewer: Reviewer, name: str, days: int | None) -> str:
        """A personal token that is shown this once; good for so many days, or until it is revoked. Raises Refused."""
        name = name.strip()
        if not name or len(name) > MAX_NAME_CHARACTERS or "\0" in name:
            raise Refused(f"A token needs a name of 1 to {MAX_NAME_CHARACTERS} characters.")
        with self._stores.database.write() as connection:
            if len(credentials.live(connection, reviewer.id, "token")) >= MAX_TOKENS:
                raise Refused(f"There are {MAX_TOKENS} tokens already; revoke one first.")
            secret = reviewers.new_token(connection, reviewer.id, name, None if days is None else days * DAY_US)
        log.info("token_made", person=reviewer.id)
        return secret

    def revoke_token(self, reviewer: Reviewer, token_id: str) -> None:
        """End a token; it opens nothing from now on. Raises NotFound."""
        with self._stores.database.write() as connection:
            credentials.end(connection, reviewer.id, token_id, "token")
        log.info("token_revoked", person=reviewer.id)

    def end_session(self, reviewer: Reviewer, session_id: str) -> None:
        """Sign a browser out. Raises NotFound."""
        with self._stores.database.write() as connection:
            credentials.end(connection, reviewer.id, session_id, "session")

    def end_other_sessions(self, reviewer: Reviewer, session_id: str) -> int:
        """Sign every other browser out; how many."""
        with self._stores.database.write() as connection:
            return credentials.end_all(connection, reviewer.id, kinds=("session",), but=session_id)

    def prefer(self, reviewer: Reviewer, language: str | None, hidden: Collection[str]) -> None:
        """Keep a language (None: as the browser asks), and for which reasons comments are hidden at first."""
        blurred = ALL_REASONS if ALL_REASONS in hidden else " ".join(hidden) or None
        with self._stores.database.write() as connection:
            people.prefer(connection, reviewer.id, language=language, blurred=blurred)

    def keep_keys(self, reviewer: Reviewer, *, on: bool, keys: Mapping[str, str]) -> None:
        """Keep the keys of the desk: whether single ones do anything, and those that were changed, by action."""
        kept = None if on and not keys else orjson.dumps({"on": on, "keys": keys}).decode()
        with self._stores.database.write() as connection:
            people.prefer(connection, reviewer.id, desk_keys=kept)
