"""What people's labels and earlier comments say about authors, domains and texts

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "reputations",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("value", sa.String(length=255), nullable=False),
        sa.Column("lookup_key", sa.BigInteger(), nullable=False),
        sa.Column("spam", sa.Double(), nullable=False),
        sa.Column("ham", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reputations"),
        sa.UniqueConstraint(
            "lookup_key", "site_id", "kind", "value", name="uq_reputations_lookup_key_site_id_kind_value"
        ),
        sqlite_autoincrement=True,
        comment="How often people called the comments of an author, with a link, or of a text spam or ham; each label"
        " in units that double every 90 days, so that old ones fade. Ids are never used again: workers read what is new.",
    )
    op.create_table(
        "sightings",
        sa.Column("seq", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("contents", sa.LargeBinary(), nullable=False),
        sa.Column("authors", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_sightings"),
        sqlite_autoincrement=True,
        comment="What workers came by, one row for the comments that were decided together: keys of texts and linked"
        " domains, and of authors, each four bytes.",
    )
    op.create_index("ix_sightings_at", "sightings", ["at"])


def downgrade() -> None:
    op.drop_table("sightings")
    op.drop_table("reputations")
