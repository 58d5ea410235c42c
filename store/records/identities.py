"""Who reviewers are at an identity provider: issuer and subject, which never change there."""

from sqlalchemy import Connection, insert, select

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


def link(connection: Connection, issuer: str, subject: str, reviewer_id: str) -> None:
    """Know a reviewer by this subject from now on."""
    given = {"issuer": issuer, "subject": subject, "reviewer_id": reviewer_id, "created_at": now_us()}
    connection.execute(insert(table).values(**given))
