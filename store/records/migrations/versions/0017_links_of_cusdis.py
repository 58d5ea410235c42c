"""Where a site's Cusdis is, whose approval links are opened; dead letters are counted by an index

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_DEAD = sa.text("state = 'dead'")


def upgrade() -> None:
    op.add_column("sites", sa.Column("cusdis_url", sa.Text(), nullable=True))
    op.create_index("ix_deliveries_dead", "deliveries", ["seq"], sqlite_where=_DEAD, postgresql_where=_DEAD)


def downgrade() -> None:
    op.drop_index("ix_deliveries_dead", table_name="deliveries")
    op.drop_column("sites", "cusdis_url")  # In place: other tables point at this one.
