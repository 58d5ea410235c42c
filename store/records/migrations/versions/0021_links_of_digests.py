"""Digests to webhooks, and their links

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("digests") as table:
        table.alter_column(
            "email",
            new_column_name="target",
            existing_type=sa.String(length=320),
            type_=sa.Text(),
            existing_nullable=False,
        )
        table.add_column(sa.Column("failures", sa.BigInteger(), nullable=False, server_default="0"))
    if op.get_bind().dialect.name == "postgresql":
        op.create_table_comment("digests", _NOW, existing_comment=_BEFORE)
    op.create_table(
        "digest_links",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("reviewer_id", sa.String(length=40), nullable=False),
        sa.Column("item_id", sa.String(length=40), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name="pk_digest_links"),
        comment="Links of digests, each only as the SHA-256 of its secret.",
    )
    op.create_index("ix_digest_links_expires_at", "digest_links", ["expires_at"])


def downgrade() -> None:
    op.drop_table("digest_links")
    op.execute(sa.text("DELETE FROM digests WHERE target LIKE '%://%'"))
    with op.batch_alter_table("digests") as table:
        table.drop_column("failures")
        table.alter_column(
            "target",
            new_column_name="email",
            existing_type=sa.Text(),
            type_=sa.String(length=320),
            existing_nullable=False,
        )


_BEFORE = "Who wants to be told by e-mail what waits, and how often at most; 0 where nothing was sent yet."
_NOW = "Who wants to be told by e-mail or webhook what waits, and how often at most; sent_at 0: nothing yet."
