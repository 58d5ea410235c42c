"""Known spam among the audits

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "seed_settings",
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("rate", sa.Double(), nullable=False),
        sa.Column("looked_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_seed_settings_site_id")),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_seed_settings")),
        comment="Sites that try their reviewers with known spam: how many seeds come for one blind item, and up to when"
        " blind items were counted.",
    )
    op.create_table(
        "seed_texts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("author_name", sa.Text(), nullable=True),
        sa.Column("author_url", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_seed_texts_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seed_texts")),
        comment="Known spam that the owner of a site gave.",
    )
    op.create_index(op.f("ix_seed_texts_site_id"), "seed_texts", ["site_id"])
    op.create_table(
        "seeds",
        sa.Column("comment_id", sa.String(length=40), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("placed_at", sa.BigInteger(), nullable=False),
        sa.Column("decision_id", sa.String(length=40), nullable=True),
        sa.Column("reviewer_id", sa.String(length=40), nullable=True),
        sa.Column("missed", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("comment_id", name=op.f("pk_seeds")),
        comment="Comments that nobody sent: known spam that waits among the audits. The comment itself is deleted once"
        " it is decided; whether it was missed stays. `source`: the comment or given text that it repeats.",
    )
    op.create_index(op.f("ix_seeds_site_id_source"), "seeds", ["site_id", "source"])


def downgrade() -> None:
    for table in ("seeds", "seed_texts", "seed_settings"):
        op.drop_table(table)
