"""Notes, mentions and digests

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notes",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("comment_id", sa.String(length=40), nullable=False),
        sa.Column("reviewer_id", sa.String(length=40), nullable=False),
        sa.Column("reviewer_name", sa.String(length=255), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name=op.f("fk_notes_comment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
        comment="What reviewers write for each other about a comment; it goes when the comment is erased.",
    )
    op.create_index(op.f("ix_notes_comment_id_id"), "notes", ["comment_id", "id"])
    op.create_table(
        "mentions",
        sa.Column("note_id", sa.String(length=40), nullable=False),
        sa.Column("reviewer_id", sa.String(length=40), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["note_id"], ["notes.id"], name=op.f("fk_mentions_note_id")),
        sa.PrimaryKeyConstraint("note_id", "reviewer_id", name=op.f("pk_mentions")),
        comment="Whom a note calls by name.",
    )
    op.create_index(op.f("ix_mentions_reviewer_id_seen_at"), "mentions", ["reviewer_id", "seen_at"])
    op.create_table(
        "digests",
        sa.Column("reviewer_id", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("every_minutes", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("reviewer_id", name=op.f("pk_digests")),
        comment="Who wants to be told by e-mail what waits, and how often at most; 0 where nothing was sent yet.",
    )


def downgrade() -> None:
    for table in ("digests", "mentions", "notes"):
        op.drop_table(table)
