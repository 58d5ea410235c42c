"""What readers report and authors appeal against

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "objections",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("comment_id", sa.String(length=40), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name="fk_objections_comment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_objections"),
        sa.UniqueConstraint(
            "comment_id", "revision", "kind", "source", name="uq_objections_comment_id_revision_kind_source"
        ),
        comment="What readers report and authors appeal against: one a person, revision and kind."
        " `source`: keyed hash of who objects.",
    )


def downgrade() -> None:
    op.drop_table("objections")
