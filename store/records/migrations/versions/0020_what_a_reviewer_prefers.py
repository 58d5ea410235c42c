"""For which reasons a reviewer has comments hidden, and the keys of the desk

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("reviewers", sa.Column("blurred", sa.Text(), nullable=True))
    op.add_column("reviewers", sa.Column("desk_keys", sa.Text(), nullable=True))
    op.execute(sa.text("UPDATE reviewers SET blurred = '*' WHERE blur = 1"))
    op.drop_column("reviewers", "blur")


def downgrade() -> None:
    op.add_column("reviewers", sa.Column("blur", sa.Integer(), nullable=False, server_default="0"))
    op.execute(sa.text("UPDATE reviewers SET blur = 1 WHERE blurred IS NOT NULL"))
    op.drop_column("reviewers", "desk_keys")
    op.drop_column("reviewers", "blurred")
