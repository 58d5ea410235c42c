"""Claim what is due by one statement, and read what it is judged by without holding others up."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, select

from store.records import transitions
from store.records.database import Database, among, fetched, values_for
from store.records.schema import comments, raw_submissions, revisions, sites
from store.records.transitions import Claim


class DueText(NamedTuple):
    """What a claimed revision is judged by, its site's policy included.

    `form_honeypot`: "1" filled in, "0" empty, None unknown. `email_hash`, `ip_hash`: the site's pseudonyms.
    """

    body: str
    author_name: str | None
    author_url: str | None
    page_title: str | None
    page_text: str | None
    language: str | None
    form_honeypot: str | None
    form_seconds: float | None
    received_at: int
    site_mode: str
    policy_version: int
    author_id: str | None
    email_hash: str | None
    ip_hash: str | None


Claimed = tuple[Claim, DueText]

_TEXT = (
    revisions.c.body,
    comments.c.author_name,
    comments.c.author_url,
    comments.c.page_title,
    raw_submissions.c.page_text,
    comments.c.language,
    revisions.c.form_honeypot,
    revisions.c.form_seconds,
    revisions.c.received_at,
    sites.c.mode,
    sites.c.policy_version,
    comments.c.author_id,
    comments.c.email_hash,
    comments.c.ip_hash,
)
_JOINED = (
    revisions.join(comments, comments.c.id == revisions.c.comment_id)
    .join(sites, sites.c.id == comments.c.site_id)
    .outerjoin(
        raw_submissions,
        (raw_submissions.c.comment_id == revisions.c.comment_id) & (raw_submissions.c.revision == revisions.c.revision),
    )
)


def claim_due(
    database: Database, connection: Connection, *, limit: int, retried: bool, lease_seconds: int
) -> list[Claim]:
    """Move up to `limit` due revisions from received to scoring and return them, oldest first.

    `retried` chooses between fresh ones and ones that a worker has started before. Each claim counts as a
    start. The lease ends `lease_seconds` from now on the database's clock.
    """
    now = database.now_us(connection)
    return transitions.begin(
        connection, limit=limit, retried=retried, lease_until=now + lease_seconds * 1_000_000, at=now
    )


def texts_of(connection: Connection, claims: Sequence[Claim]) -> list[Claimed]:
    """Claims with their texts, in the same order."""
    if not claims:
        return []
    values = values_for(connection, [claim.key for claim in claims])
    rows = fetched(connection, _texts_statement(connection.dialect.name), {"keys": values})
    texts = {row[0]: DueText(*row[1:]) for row in rows}
    return [(claim, texts[claim.key]) for claim in claims]


@lru_cache
def _texts_statement(dialect: str) -> Select[Any]:
    return select(revisions.c.id, *_TEXT).select_from(_JOINED).where(among(dialect, revisions.c.id, "keys"))
