"""The tables of what people may do; importing this module brings those before it along."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table, Text, text

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

second_factors = Table(
    "second_factors",
    metadata,
    Column("reviewer_id", String(40), ForeignKey("reviewers.id"), primary_key=True),
    Column("sealed", Text, nullable=False),
    Column("last_step", BigInteger, nullable=False),
    Column("confirmed_at", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    comment="Secrets of one-time codes, sealed with the secret key. `last_step`: the step of the code used last.",
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("reviewer_id", String(40), ForeignKey("reviewers.id"), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index(None, "reviewer_id"),
    comment="What opens once in the place of a one-time code; a used one is gone.",
)

reviewer_identities = Table(
    "reviewer_identities",
    metadata,
    Column("issuer", String(255), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("reviewer_id", String(40), ForeignKey("reviewers.id"), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index(None, "reviewer_id"),
    comment="Who a reviewer is at an identity provider.",
)
