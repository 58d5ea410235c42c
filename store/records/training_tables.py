"""The table of training runs; importing this module brings all the others along."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text, text

from store.records.evidence_tables import metadata as metadata

training_runs = Table(
    "training_runs",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("site_id", String(40), ForeignKey("sites.id")),
    Column("model_id", String(40), ForeignKey("model_versions.id")),
    Column("promote", Integer, nullable=False),
    Column("seed", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("actor", String(255), nullable=False),
    Column("state", String(16), nullable=False),
    Column("told", Text),
    Column("outcome", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("started_at", BigInteger),
    Column("ended_at", BigInteger),
    Index(
        "ix_training_runs_queued",
        "id",
        sqlite_where=text("state = 'queued'"),
        postgresql_where=text("state = 'queued'"),
    ),
    comment="What an administrator asked of the training worker, and what became of it.",
)
