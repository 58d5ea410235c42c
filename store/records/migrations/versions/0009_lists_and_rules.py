"""Lists, rules, and what a site lays down about new and known authors

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_BY_ACCOUNT = sa.text("author_id IS NOT NULL")
_BY_EMAIL = sa.text("author_id IS NULL AND email_hash IS NOT NULL")
_HELD_BACK = sa.text("would IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "list_entries",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("effect", sa.String(length=8), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("hits", sa.BigInteger(), nullable=False),
        sa.Column("last_hit_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_list_entries_site_id"),
        sa.PrimaryKeyConstraint("id", name="pk_list_entries"),
        comment="Whom and what a site blocks, holds or allows. `hits`: how many decisions it spoke in.",
    )
    op.create_index("ix_list_entries_site_id_id", "list_entries", ["site_id", "id"])
    op.create_table(
        "rules",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("conditions", sa.Text(), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("hits", sa.BigInteger(), nullable=False),
        sa.Column("last_hit_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_rules_site_id"),
        sa.PrimaryKeyConstraint("id", name="pk_rules"),
        comment="A site's rules in the order in which they are asked; `action` may be `continue`.",
    )
    op.create_index("ix_rules_site_id_position", "rules", ["site_id", "position"])
    op.create_table(
        "site_policies",
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("first_comments", sa.Integer(), nullable=False),
        sa.Column("trust_after", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_site_policies_site_id"),
        sa.PrimaryKeyConstraint("site_id", name="pk_site_policies"),
        comment="What a site lays down about new and about known authors; without a row, nothing.",
    )
    _index("ix_comments_account", "comments", ["site_id", "author_id", "id"], _BY_ACCOUNT)
    _index("ix_comments_email", "comments", ["site_id", "email_hash", "id"], _BY_EMAIL)
    _index("ix_decisions_would", "decisions", ["site_id", "would", "id"], _HELD_BACK)


def downgrade() -> None:
    op.drop_index("ix_decisions_would", table_name="decisions")
    op.drop_index("ix_comments_email", table_name="comments")
    op.drop_index("ix_comments_account", table_name="comments")
    op.drop_table("site_policies")
    op.drop_table("rules")
    op.drop_table("list_entries")


def _index(name: str, table: str, columns: list[str], where: sa.TextClause) -> None:
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
