"""The table of simulations; importing this module brings those before it along."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text, text

from store.records.second_look_tables import metadata as metadata

QUEUED = text("state = 'queued'")

simulations = Table(
    "simulations",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("site_id", String(40), ForeignKey("sites.id"), nullable=False),
    Column("asked", Text, nullable=False),
    Column("model_id", String(40), ForeignKey("model_versions.id")),
    Column("last", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("told", Text),
    Column("outcome", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("started_at", BigInteger),
    Column("ended_at", BigInteger),
    Index("ix_simulations_queued", "id", sqlite_where=QUEUED, postgresql_where=QUEUED),
    comment="What a website asked to be tried on its history, and what came of it. `asked`: the policy, as JSON;"
    " `outcome`: counts, and ids of comments without their texts.",
)
