"""Idempotency keys: the same key and body get the byte-equal answer for 24 h, another body is refused."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from models.errors import GatepostError, IdempotencyMismatch, TwinInProgress
from store.records.schema import idempotency_keys

_MISMATCH = "This Idempotency-Key was used for another request; take a new key."
_TWIN = "A request with this Idempotency-Key is still running; ask again in a moment."
KEPT_US = 24 * 3600 * 1_000_000
_FORGET = delete(idempotency_keys).where(
    idempotency_keys.c.site_id == bindparam("of_site"),
    idempotency_keys.c.key_digest == bindparam("of_digest"),
    idempotency_keys.c.created_at < bindparam("before"),
)


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A client's key in one site. `fingerprint`: digest of the request; `hold_us`: how long an answer may take."""

    digest: str
    fingerprint: str
    hold_us: int


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key that was used before, with (kind, comment id) of each of its comments.

    `status` and `body` are None while its first answer is not written.
    """

    fingerprint: str
    outcomes: tuple[tuple[str, str], ...]
    status: int | None
    body: str | None
    locked_until: int


@dataclass(frozen=True, slots=True)
class Replay:
    """The stored answer of an earlier request with the same idempotency key."""

    status: int
    body: str


def earlier(
    connection: Connection, site_id: str, key: IdempotencyKey, now: int
) -> Replay | tuple[tuple[str, str], ...] | None:
    """What an earlier use of the key left: its answer, or (kind, comment id) of what it recorded before it died.

    None for a new key. Raises IdempotencyMismatch for another request, TwinInProgress while the first one runs.
    """
    known = find(connection, site_id, key.digest, now)
    if known is None:
        return None
    if known.fingerprint != key.fingerprint:
        raise IdempotencyMismatch(_MISMATCH)
    if known.status is not None and known.body is not None:
        return Replay(known.status, known.body)
    if known.locked_until > now:
        raise TwinInProgress(_TWIN)
    return known.outcomes


def twin(fingerprint: str, key: IdempotencyKey) -> GatepostError:
    """The refusal of a request whose key another one, with this fingerprint, uses in the same moment."""
    return TwinInProgress(_TWIN) if fingerprint == key.fingerprint else IdempotencyMismatch(_MISMATCH)


def find(connection: Connection, site_id: str, digest: str, now: int) -> KnownKey | None:
    """The key's first use in the last 24 h, if any."""
    table = idempotency_keys
    row = connection.execute(
        select(table).where(table.c.site_id == site_id, table.c.key_digest == digest)
    ).one_or_none()
    if row is None or row.created_at < now - KEPT_US:
        return None
    outcomes = tuple((kind, comment_id) for kind, comment_id in orjson.loads(row.outcomes))
    return KnownKey(row.fingerprint, outcomes, row.status, row.body, row.locked_until)


def row(
    site_id: str, key: IdempotencyKey, outcomes: Sequence[tuple[str, str]], answer: tuple[int, str] | None, now: int
) -> dict[str, object]:
    """The row for a new key, with its answer where that is known already."""
    status, body = answer if answer else (None, None)
    return {
        "site_id": site_id,
        "key_digest": key.digest,
        "fingerprint": key.fingerprint,
        "outcomes": orjson.dumps(list(outcomes)).decode(),
        "status": status,
        "body": body,
        "locked_until": now + key.hold_us,
        "created_at": now,
    }


def add(connection: Connection, new: dict[str, object], now: int) -> None:
    """Write a new key's row. Raises TwinInProgress where another request used the key meanwhile."""
    try:
        add_many(connection, [new], now)
    except IntegrityError as error:
        raise TwinInProgress(_TWIN) from error


def add_many(connection: Connection, rows: Sequence[dict[str, object]], now: int) -> None:
    """Write the rows of new keys, in the place of what is older than 24 h. Raises IntegrityError where one was used."""
    if rows:
        old = [{"of_site": row["site_id"], "of_digest": row["key_digest"], "before": now - KEPT_US} for row in rows]
        connection.execute(_FORGET, old)
        connection.execute(insert(idempotency_keys), list(rows))


def finish(connection: Connection, site_id: str, digest: str, status: int, body: str) -> None:
    """Write the answer of a key whose request had to wait for it."""
    table = idempotency_keys
    connection.execute(
        update(table)
        .where(table.c.site_id == site_id, table.c.key_digest == digest, table.c.status.is_(None))
        .values(status=status, body=body)
    )


def forget_old(connection: Connection, now: int) -> int:
    """Delete keys older than 24 h; return how many."""
    return connection.execute(delete(idempotency_keys).where(idempotency_keys.c.created_at < now - KEPT_US)).rowcount
