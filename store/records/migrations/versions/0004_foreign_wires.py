"""How a site answers on foreign wires, and what these say beside a comment

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("akismet_held", sa.String(length=16), "probable"),
    ("akismet_blog", sa.String(length=16), "any"),
    ("on_failure", sa.String(length=16), "approve"),
    ("coral_timeout_ms", sa.Integer(), "200"),
)


def upgrade() -> None:
    with op.batch_alter_table("sites") as table:
        for name, kind, default in _COLUMNS:
            table.add_column(sa.Column(name, kind, nullable=False, server_default=default))
    op.create_table(
        "site_secrets",
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_site_secrets_site_id"),
        sa.PrimaryKeyConstraint("site_id", "kind", name="pk_site_secrets"),
        comment="Secrets of other systems with which we check their signatures, so they cannot be kept as digests.",
    )
    op.create_table(
        "foreign_comments",
        sa.Column("comment_id", sa.String(length=40), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("wire", sa.String(length=16), nullable=False),
        sa.Column("blog", sa.Text(), nullable=True),
        sa.Column("foreign_id", sa.String(length=255), nullable=True),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("callback", sa.Text(), nullable=True),
        sa.Column("approve_link", sa.Text(), nullable=True),
        sa.Column("is_test", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name="fk_foreign_comments_comment_id"),
        sa.PrimaryKeyConstraint("comment_id", name="pk_foreign_comments"),
        comment="What a foreign wire said beside a comment: by what it is found again, and where a decision is told."
        " Nothing is learned from a test.",
    )
    op.create_index("ix_foreign_comments_site_id_fingerprint", "foreign_comments", ["site_id", "fingerprint"])
    op.create_index("ix_foreign_comments_site_id_received_at", "foreign_comments", ["site_id", "received_at"])


def downgrade() -> None:
    op.drop_table("foreign_comments")
    op.drop_table("site_secrets")
    with op.batch_alter_table("sites") as table:
        for name, _, _ in reversed(_COLUMNS):
            table.drop_column(name)
