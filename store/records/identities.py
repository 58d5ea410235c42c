"""Who reviewers are at an identity provider: issuer and subject, which never change there."""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, select

from store.ids import now_us
from store.records.people_tables import reviewer_identities as table


def reviewer_of(connection: Connection, issuer: str, subject: str) -> str | None:
    """The id of the reviewer, disabled or not."""
    found = select(table.c.reviewer_id).where(table.c.issuer == issuer, table.c.subject == subject)
    return connection.execute(found).scalar_one_or_none()


def is_linked(connection: Connection, issuer: str, reviewer_id: str) -> bool:
    """Whether this reviewer is somebody at that provider already."""
    found = select(table.c.subject).where(table.c.issuer == issuer, table.c.reviewer_id == reviewer_id).limit(1)
    return connection.execute(found).one_or_none() is not None


def of(connection: Connection, reviewer_ids: Sequence[str]) -> set[str]:
    """Who of these is known at some provider."""
    query = select(table.c.reviewer_id).where(table.c.reviewer_id.in_(reviewer_ids))
    return {reviewer_id for (reviewer_id,) in connection.execute(query)}


def unlink(connection: Connection, reviewer_id: str) -> bool:
    """Forget who a reviewer is at providers; False where nobody knew."""
    return connection.execute(delete(table).where(table.c.reviewer_id == reviewer_id)).rowcount > 0


def link(connection: Connection, issuer: str, subject: str, reviewer_id: str) -> None:
    """Know a reviewer by this subject from now on."""
    given = {"issuer": issuer, "subject": subject, "reviewer_id": reviewer_id, "created_at": now_us()}
    connection.execute(insert(table).values(**given))
