"""Webhooks and what is to be delivered to them; events are found by id and by site

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    op.create_index("ix_events_id", "events", ["id"], unique=True)
    op.create_index("ix_events_site_id_seq", "events", ["site_id", "seq"])
    op.create_table(
        "webhooks",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("disabled_because", sa.Text(), nullable=True),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("previous_secret", sa.Text(), nullable=True),
        sa.Column("previous_until", sa.BigInteger(), nullable=True),
        sa.Column("paused_until", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_webhooks_site_id"),
        sa.PrimaryKeyConstraint("id", name="pk_webhooks"),
        comment="Who is told of a site's events. Secrets sign what is sent, so they cannot be kept as digests; during a"
        " rotation two of them sign.",
    )
    op.create_index("ix_webhooks_site_id", "webhooks", ["site_id"])
    op.create_table(
        "deliveries",
        sa.Column("seq", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("receiver", sa.String(length=40), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("comment_id", sa.String(length=40), nullable=False),
        sa.Column("event_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("attempted_at", sa.BigInteger(), nullable=True),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name="pk_deliveries"),
        sa.UniqueConstraint("event_id", "receiver", name="uq_deliveries_event_id_receiver"),
        sqlite_autoincrement=True,
        comment="One row an event and receiver, written with the event: a webhook by its id, or the address that a"
        " comment brought along (`url`). For one comment a receiver gets them in the order of `seq`.",
    )
    op.create_index("ix_deliveries_receiver_seq", "deliveries", ["receiver", "seq"])
    op.create_index("ix_deliveries_settled_at", "deliveries", ["settled_at"])
    where = {"sqlite_where": _WAITING, "postgresql_where": _WAITING}
    op.create_index("ix_deliveries_due", "deliveries", ["receiver", "due_at"], **where)
    op.create_index("ix_deliveries_order", "deliveries", ["receiver", "comment_id", "seq"], **where)


def downgrade() -> None:
    op.drop_table("deliveries")
    op.drop_table("webhooks")
    op.drop_index("ix_events_site_id_seq", "events")
    op.drop_index("ix_events_id", "events")
