"""Site keys, at rest only as SHA-256. A key has full entropy, so a plain digest cannot be guessed back.

`native` keys (`gps_…`) open the native API, `akismet` keys (12 hexadecimal digits) and `cusdis` tokens (`gpc_…`) only
that wire.
"""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from models.errors import NotFound
from models.vocabulary import Scope
from store.ids import new_id, now_us
from store.records.schema import keys


@dataclass(frozen=True, slots=True)
class Key:
    """A key without its secret. `hint` is its beginning, enough to recognise it.

    `scopes`: what it may do, names with spaces between. `per_minute`: comments it may submit a minute, None for as
    many as come. `last_used_at`: microseconds since 1970, up to a minute late.
    """

    id: str
    site_id: str
    kind: str
    hint: str
    created_at: int
    revoked_at: int | None
    scopes: str = " ".join(Scope)
    per_minute: int | None = None
    last_used_at: int | None = None


_COLUMNS = [keys.c[name] for name in Key.__slots__]
_PREFIX = {"native": "gps_", "cusdis": "gpc_"}


def digest(secret: str) -> str:
    """SHA-256 of a secret as lower-case hexadecimal digits."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def add(
    connection: Connection,
    site_id: str,
    kind: str = "native",
    scopes: Iterable[Scope] = tuple(Scope),
    per_minute: int | None = None,
) -> tuple[Key, str]:
    """Create a key and return it with its secret, which is shown this once."""
    secret = secrets.token_hex(6) if kind == "akismet" else f"{_PREFIX[kind]}{secrets.token_urlsafe(32)}"
    hint = secret[:3] if kind == "akismet" else secret[:8]
    key = Key(new_id("key"), site_id, kind, hint, now_us(), None, " ".join(scopes), per_minute)
    values = {name: getattr(key, name) for name in Key.__slots__}
    connection.execute(insert(keys).values(digest=digest(secret), **values))
    return key, secret


def find(connection: Connection, secret: str, kind: str = "native") -> Key | None:
    """The live key with this secret, if there is one."""
    query = select(*_COLUMNS).where(keys.c.digest == digest(secret), keys.c.kind == kind, keys.c.revoked_at.is_(None))
    row = connection.execute(query).one_or_none()
    return None if row is None else Key(*row)


def of_site(connection: Connection, site_id: str) -> list[Key]:
    """All keys of a site, revoked ones included, oldest first."""
    query = select(*_COLUMNS).where(keys.c.site_id == site_id).order_by(keys.c.id)
    return [Key(*row) for row in connection.execute(query)]


def revoke(connection: Connection, key_id: str) -> None:
    """End a key; it opens nothing from now on. Raises NotFound for an unknown or revoked one."""
    statement = update(keys).where(keys.c.id == key_id, keys.c.revoked_at.is_(None)).values(revoked_at=now_us())
    if connection.execute(statement).rowcount == 0:
        raise NotFound(f"There is no live key {key_id}; `gatepost key list --site ID` shows them.")


def note_use(connection: Connection, key_id: str, at: int) -> None:
    """Note when a key was last used; the caller does so once a minute at most."""
    connection.execute(update(keys).where(keys.c.id == key_id).values(last_used_at=at))
