"""The tables of what is told outward: webhooks, and what is to be delivered to them."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint, text

from store.records.schema import Serial
from store.records.schema import metadata as metadata

WAITING = text("state = 'waiting'")
DEAD = text("state = 'dead'")

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("site_id", String(40), ForeignKey("sites.id"), nullable=False),
    Column("url", Text, nullable=False),
    Column("description", Text),
    Column("state", String(16), nullable=False),
    Column("disabled_because", Text),
    Column("secret", Text, nullable=False),
    Column("previous_secret", Text),
    Column("previous_until", BigInteger),
    Column("paused_until", BigInteger),
    Column("version", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index(None, "site_id"),
    comment="Who is told of a site's events. Secrets sign what is sent, so they cannot be kept as digests; during a"
    " rotation two of them sign.",
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("receiver", String(40), nullable=False),
    Column("url", Text),
    Column("site_id", String(40), nullable=False),
    Column("comment_id", String(40), nullable=False),
    Column("event_id", String(40), nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("lease_until", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Column("attempted_at", BigInteger),
    Column("settled_at", BigInteger),
    Column("status", Integer),
    Column("error", Text),
    UniqueConstraint("event_id", "receiver"),
    Index(None, "receiver", "seq"),
    Index("ix_deliveries_due", "receiver", "due_at", sqlite_where=WAITING, postgresql_where=WAITING),
    Index("ix_deliveries_order", "receiver", "comment_id", "seq", sqlite_where=WAITING, postgresql_where=WAITING),
    Index("ix_deliveries_dead", "seq", sqlite_where=DEAD, postgresql_where=DEAD),
    Index(None, "settled_at"),
    sqlite_autoincrement=True,
    comment="One row an event and receiver, written with the event: a webhook by its id, or the address that a comment"
    " brought along (`url`). For one comment a receiver gets them in the order of `seq`.",
)
