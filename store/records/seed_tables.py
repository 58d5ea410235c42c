"""The tables of known spam among the audits; importing this module brings those before it along."""

from sqlalchemy import BigInteger, Column, Double, ForeignKey, Index, Integer, String, Table, Text

from store.records.guarantee_tables import metadata as metadata
from store.records.schema import Serial

seed_settings = Table(
    "seed_settings",
    metadata,
    Column("site_id", String(40), ForeignKey("sites.id"), primary_key=True),
    Column("rate", Double, nullable=False),
    Column("looked_at", BigInteger, nullable=False),
    comment="Sites that try their reviewers with known spam: how many seeds come for one blind item, and up to when"
    " blind items were counted.",
)

seed_texts = Table(
    "seed_texts",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("site_id", String(40), ForeignKey("sites.id"), nullable=False),
    Column("body", Text, nullable=False),
    Column("author_name", Text),
    Column("author_url", Text),
    Index(None, "site_id"),
    comment="Known spam that the owner of a site gave.",
)

seeds = Table(
    "seeds",
    metadata,
    Column("comment_id", String(40), primary_key=True),
    Column("site_id", String(40), nullable=False),
    Column("source", String(64), nullable=False),
    Column("placed_at", BigInteger, nullable=False),
    Column("decision_id", String(40)),
    Column("reviewer_id", String(40)),
    Column("missed", Integer),
    Column("decided_at", BigInteger),
    Column("removed_at", BigInteger),
    Index(None, "site_id", "source"),
    comment="Comments that nobody sent: known spam that waits among the audits. The comment itself is deleted once it"
    " is decided; whether it was missed stays. `source`: the comment or given text that it repeats.",
)
