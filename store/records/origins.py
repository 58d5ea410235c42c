"""Whom comments are from and where they were written, as far as lists and rules may ask."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select, and_, case, func, literal, null, select

from models.vocabulary import Origin, State
from store.records.database import among, values_for
from store.records.schema import comments, raw_submissions, revisions

MAX_COUNTED = 1000
_FIRST = (raw_submissions.c.comment_id == comments.c.id) & (raw_submissions.c.revision == 1)


def of_comments(connection: Connection, comment_ids: Sequence[str], *, count_approved: bool) -> dict[str, Origin]:
    """The origin of each of these comments, by id. The author's addresses come with the first revision alone.

    `count_approved`: with how many comments of the same author that came before it are approved now, at most 1,000.
    The author is the account, or for a visitor without one the e-mail address.
    """
    if not comment_ids:
        return {}
    statement = _statement(connection.dialect.name, count_approved=count_approved)
    rows = connection.execute(statement, {"ids": values_for(connection, comment_ids)})
    return {row[0]: Origin(*row[1:]) for row in rows}


def count_approved(connection: Connection, site_id: str, origin: Origin) -> int:
    """How many comments of an author who has sent none just now are approved, at most 1,000."""
    if origin.author_id is not None:
        same = [comments.c.author_id == origin.author_id]
    elif origin.email_hash is not None:
        same = [comments.c.author_id.is_(None), comments.c.email_hash == origin.email_hash]
    else:
        return 0
    joined = comments.join(
        revisions, (revisions.c.comment_id == comments.c.id) & (revisions.c.revision == comments.c.revision)
    )
    found = select(literal(1).label("one")).select_from(joined)
    found = found.where(comments.c.site_id == site_id, *same, revisions.c.state == State.APPROVED.value)
    return int(connection.execute(select(func.count()).select_from(found.limit(MAX_COUNTED).subquery())).scalar_one())


@lru_cache
def _statement(dialect: str, *, count_approved: bool) -> Select[Any]:
    return (
        select(
            comments.c.id,
            comments.c.author_id,
            comments.c.author_role,
            raw_submissions.c.email,
            comments.c.email_hash,
            raw_submissions.c.ip,
            comments.c.ip_hash,
            comments.c.page_url,
            comments.c.content_type,
            _approved_before() if count_approved else null(),
        )
        .select_from(comments.outerjoin(raw_submissions, _FIRST))
        .where(among(dialect, comments.c.id, "ids"))
    )


def _approved_before() -> Any:
    """How many there are, counted no further than needed: an account may have a hundred thousand."""
    earlier = comments.alias("earlier")
    by_account = earlier.c.author_id == comments.c.author_id
    by_email = and_(earlier.c.author_id.is_(None), earlier.c.email_hash == comments.c.email_hash)

    def count(same: Any) -> Any:
        found = (
            select(literal(1).label("one"))
            .select_from(
                earlier.join(
                    revisions,
                    (revisions.c.comment_id == earlier.c.id) & (revisions.c.revision == earlier.c.revision),
                )
            )
            .where(
                earlier.c.site_id == comments.c.site_id,
                same,
                earlier.c.id < comments.c.id,
                revisions.c.state == State.APPROVED.value,
            )
            .limit(MAX_COUNTED)
            .correlate(comments)
            .subquery()
        )
        return select(func.count()).select_from(found).correlate(comments).scalar_subquery()

    return case(
        (comments.c.author_id.is_not(None), count(by_account)),
        (comments.c.email_hash.is_not(None), count(by_email)),
        else_=0,
    )
