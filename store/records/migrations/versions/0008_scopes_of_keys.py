"""What a key may do, how much, and when it was last used

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ALL = "submit read feedback configure"


def upgrade() -> None:
    with op.batch_alter_table("keys") as table:
        table.add_column(sa.Column("scopes", sa.String(length=64), nullable=False, server_default=ALL))
        table.add_column(sa.Column("per_minute", sa.Integer(), nullable=True))
        table.add_column(sa.Column("last_used_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("keys") as table:
        for name in ("last_used_at", "per_minute", "scopes"):
            table.drop_column(name)
