"""What websites try on their history

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_QUEUED = sa.text("state = 'queued'")


def upgrade() -> None:
    op.create_table(
        "simulations",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("model_id", sa.String(length=40), nullable=True),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("told", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_simulations_site_id"),
        sa.ForeignKeyConstraint(["model_id"], ["model_versions.id"], name="fk_simulations_model_id"),
        sa.PrimaryKeyConstraint("id", name="pk_simulations"),
        comment="What a website asked to be tried on its history, and what came of it. `asked`: the policy, as JSON;"
        " `outcome`: counts, and ids of comments without their texts.",
    )
    op.create_index("ix_simulations_queued", "simulations", ["id"], sqlite_where=_QUEUED, postgresql_where=_QUEUED)


def downgrade() -> None:
    op.drop_table("simulations")
