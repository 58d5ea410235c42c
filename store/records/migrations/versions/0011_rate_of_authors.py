"""How many comments of one author may come in an hour before a person sees the next

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("site_policies") as table:
        table.add_column(sa.Column("author_per_hour", sa.Integer(), nullable=True, server_default="60"))


def downgrade() -> None:
    with op.batch_alter_table("site_policies") as table:
        table.drop_column("author_per_hour")
