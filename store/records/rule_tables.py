"""The tables of lists, rules and what else a site lays down; importing this module brings those before it along."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text

from store.records.outward_tables import metadata as metadata

# Comments of one author in an hour, after which a person sees the next: where a site lays down nothing else.
AUTHOR_PER_HOUR = 60

list_entries = Table(
    "list_entries",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("site_id", String(40), ForeignKey("sites.id"), nullable=False),
    Column("effect", String(8), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("value", Text, nullable=False),
    Column("reason", Text),
    Column("expires_at", BigInteger),
    Column("hits", BigInteger, nullable=False),
    Column("last_hit_at", BigInteger),
    Column("version", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index(None, "site_id", "id"),
    comment="Whom and what a site blocks, holds or allows. `hits`: how many decisions it spoke in.",
)

rules = Table(
    "rules",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("site_id", String(40), ForeignKey("sites.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("name", String(255), nullable=False),
    Column("conditions", Text, nullable=False),
    Column("action", String(16), nullable=False),
    Column("hits", BigInteger, nullable=False),
    Column("last_hit_at", BigInteger),
    Column("version", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index(None, "site_id", "position"),
    comment="A site's rules in the order in which they are asked; `action` may be `continue`.",
)

site_policies = Table(
    "site_policies",
    metadata,
    Column("site_id", String(40), ForeignKey("sites.id"), primary_key=True),
    Column("first_comments", Integer, nullable=False),
    Column("trust_after", Integer),
    Column("author_per_hour", Integer, server_default=str(AUTHOR_PER_HOUR)),
    comment="What a site lays down about new and about known authors; without a row, nothing.",
)
