"""Secrets of other systems with which their signatures are checked; kept as they are, since an HMAC needs them so."""

from sqlalchemy import Connection, delete, insert, select

from store.ids import now_us
from store.records.schema import site_secrets

CORAL = "coral"


def put(connection: Connection, site_id: str, kind: str, secret: str) -> None:
    """Set the one secret of this kind that a site has; an earlier one counts no longer."""
    connection.execute(delete(site_secrets).where(site_secrets.c.site_id == site_id, site_secrets.c.kind == kind))
    connection.execute(insert(site_secrets).values(site_id=site_id, kind=kind, secret=secret, created_at=now_us()))


def get(connection: Connection, site_id: str, kind: str) -> str | None:
    """The secret of this kind, if the site has one."""
    query = select(site_secrets.c.secret).where(site_secrets.c.site_id == site_id, site_secrets.c.kind == kind)
    return connection.execute(query).scalar()
