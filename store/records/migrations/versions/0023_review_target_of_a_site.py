"""Within how many hours a person should decide, for each site

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sites", sa.Column("review_target_hours", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("sites", "review_target_hours")
