"""The tables of what people may do; importing this module brings those before it along."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table, text

from store.records.rule_tables import metadata as metadata

EVERYWHERE = text("site_id IS NULL")

reviewer_roles = Table(
    "reviewer_roles",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("reviewer_id", String(40), ForeignKey("reviewers.id"), nullable=False),
    Column("site_id", String(40), ForeignKey("sites.id")),
    Column("role", String(16), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index("ix_reviewer_roles_site", "reviewer_id", "site_id", unique=True),
    Index(
        "ix_reviewer_roles_everywhere",
        "reviewer_id",
        unique=True,
        sqlite_where=EVERYWHERE,
        postgresql_where=EVERYWHERE,
    ),
    comment="What a reviewer may do on a site; without a site, on all of them. The higher of two counts.",
)
