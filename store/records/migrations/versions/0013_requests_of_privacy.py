"""Erasures and exports of one person

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_UNFINISHED = sa.text("state IN ('queued', 'running')")


def upgrade() -> None:
    op.create_table(
        "privacy_requests",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("n_comments", sa.Integer(), nullable=False),
        sa.Column("found", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_privacy_requests_site_id"),
        sa.PrimaryKeyConstraint("id", name="pk_privacy_requests"),
        comment="Erasures and exports of one person, and what came of them. `person`: by what they are known, until it"
        " is done; `found`: the export, until `expires_at`.",
    )
    op.create_index(
        "ix_privacy_requests_unfinished",
        "privacy_requests",
        ["id"],
        sqlite_where=_UNFINISHED,
        postgresql_where=_UNFINISHED,
    )
    op.create_index("ix_privacy_requests_expires_at", "privacy_requests", ["expires_at"])


def downgrade() -> None:
    op.drop_table("privacy_requests")
