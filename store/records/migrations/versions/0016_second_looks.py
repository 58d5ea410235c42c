"""Second looks at what people decided

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

OF_PEOPLE = sa.text("reviewer_id IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "second_looks",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("comment_id", sa.String(length=40), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.String(length=40), nullable=False),
        sa.Column("first_id", sa.String(length=40), nullable=False),
        sa.Column("first_action", sa.String(length=16), nullable=False),
        sa.Column("second_id", sa.String(length=40), nullable=False),
        sa.Column("second_action", sa.String(length=16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_looks")),
        sa.UniqueConstraint("decision_id", name=op.f("uq_second_looks_decision_id")),
        comment="What a second person said, blind, of what a first one had decided: how far reviewers agree.",
    )
    op.create_index(op.f("ix_second_looks_site_id_id"), "second_looks", ["site_id", "id"])
    op.create_index(op.f("ix_second_looks_comment_id"), "second_looks", ["comment_id"])
    op.create_index("ix_decisions_of_people", "decisions", ["id"], sqlite_where=OF_PEOPLE, postgresql_where=OF_PEOPLE)


def downgrade() -> None:
    op.drop_index("ix_decisions_of_people", table_name="decisions")
    op.drop_table("second_looks")
