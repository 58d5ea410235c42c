"""Decisions of a site in the order of time

Revision ID: 0010
Revises: 0009
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_decisions_site_id_id", "decisions", ["site_id", "id"])


def downgrade() -> None:
    op.drop_index("ix_decisions_site_id_id", table_name="decisions")
