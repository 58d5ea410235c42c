"""Whom comments are from: an author is known again by the account, or else by the pseudonym of the e-mail address."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select

from store.records.reputations import AUTHOR, EMAIL
from store.records.schema import BY_ACCOUNT, BY_EMAIL, comments, raw_submissions


class Author(NamedTuple):
    """An author of one site. `kind`: `author` for an account, `email` for the site's pseudonym of an address."""

    site_id: str
    kind: str
    value: str


class Addresses(NamedTuple):
    """Where a comment came from: the site's pseudonyms of both addresses, and the domain of the one for e-mail, which
    is known as long as the address is kept as it was sent."""

    email_hash: str | None
    ip_hash: str | None
    email_domain: str | None


def addresses(connection: Connection, comment_id: str) -> Addresses:
    """The addresses of a comment that there is."""
    query = select(comments.c.email_hash, comments.c.ip_hash).where(comments.c.id == comment_id)
    email_hash, ip_hash = connection.execute(query).one()
    raw = (
        select(raw_submissions.c.email)
        .where(raw_submissions.c.comment_id == comment_id, raw_submissions.c.email.is_not(None))
        .order_by(raw_submissions.c.revision.desc())
        .limit(1)
    )
    _, at, domain = (connection.execute(raw).scalar() or "").rpartition("@")
    return Addresses(email_hash, ip_hash, domain if at else None)


def of_comment(connection: Connection, comment_id: str) -> Author | None:
    """Whom a comment is from; None where it is unknown or its author cannot be known again."""
    query = select(comments.c.site_id, comments.c.author_id, comments.c.email_hash).where(comments.c.id == comment_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    if row.author_id is not None:
        return Author(row.site_id, AUTHOR, row.author_id)
    return None if row.email_hash is None else Author(row.site_id, EMAIL, row.email_hash)


def recent(connection: Connection, author: Author, limit: int) -> Sequence[str]:
    """The ids of the author's newest comments, newest first."""
    query = select(comments.c.id).where(comments.c.site_id == author.site_id).order_by(comments.c.id.desc())
    if author.kind == AUTHOR:
        query = query.where(comments.c.author_id == author.value, BY_ACCOUNT)
    else:
        query = query.where(comments.c.email_hash == author.value, BY_EMAIL)
    return connection.execute(query.limit(limit)).scalars().all()
