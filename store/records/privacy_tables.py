"""The tables of what is asked about one person; importing this module brings those before it along."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text, text

from store.records.note_tables import metadata as metadata

UNFINISHED = text("state IN ('queued', 'running')")

privacy_requests = Table(
    "privacy_requests",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("site_id", String(40), ForeignKey("sites.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("person", Text),
    Column("state", String(16), nullable=False),
    Column("n_comments", Integer, nullable=False),
    Column("found", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("expires_at", BigInteger),
    Index("ix_privacy_requests_unfinished", "id", sqlite_where=UNFINISHED, postgresql_where=UNFINISHED),
    Index(None, "expires_at"),
    comment="Erasures and exports of one person, and what came of them. `person`: by what they are known, until it is"
    " done; `found`: the export, until `expires_at`.",
)
