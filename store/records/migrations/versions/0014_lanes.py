"""What the lanes said of each comment, the evidence about them, and their state

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_UNCOUNTED = sa.text("counted_in IS NULL")
_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_LANE = (
    ("lane", sa.String(length=8)),
    ("coin", sa.Double()),
    ("approve_rate", sa.Double()),
    ("reject_rate", sa.Double()),
    ("is_copy", sa.Integer()),
)


def upgrade() -> None:
    with op.batch_alter_table("decisions") as table:
        for name, kind in _LANE:
            table.add_column(sa.Column(name, kind, nullable=True))
    op.create_table_comment("events", _EVENTS) if op.get_bind().dialect.name == "postgresql" else None
    with op.batch_alter_table("events") as table:
        table.alter_column("comment_id", existing_type=sa.String(length=40), nullable=True)
        table.alter_column("revision", existing_type=sa.Integer(), nullable=True)
        table.add_column(sa.Column("data", sa.Text(), nullable=True))
    op.create_table(
        "guarantees",
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("model", sa.String(length=40), nullable=True),
        sa.Column("fingerprint", sa.String(length=64), nullable=True),
        sa.Column("approve_threshold", sa.Double(), nullable=True),
        sa.Column("reject_threshold", sa.Double(), nullable=True),
        sa.Column("approve_rate", sa.Double(), nullable=False),
        sa.Column("reject_rate", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_guarantees_site_id"),
        sa.PrimaryKeyConstraint("site_id", name="pk_guarantees"),
        comment="What a site asks of its lanes (`plan`), how they stand (`state`, JSON, which follows from"
        " `guarantee_log` alone), and what that lets the worker do. Without a row the lanes are provisional.",
    )
    op.create_table(
        "guarantee_log",
        sa.Column("seq", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_guarantee_log_site_id"),
        sa.PrimaryKeyConstraint("seq", name="pk_guarantee_log"),
        comment="Append-only: everything that the state of a site's lanes follows from, in order. Numbers only,"
        " no text.",
    )
    op.create_index("ix_guarantee_log_site_id_seq", "guarantee_log", ["site_id", "seq"])
    op.create_table(
        "lane_outcomes",
        sa.Column("decision_id", sa.String(length=40), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("comment_id", sa.String(length=40), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("is_spam", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("counted_in", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("decision_id", name="pk_lane_outcomes"),
        comment="What people found a comment to be: written with their decisions. `counted_in`: the entry of the log"
        " that took it in, 0 where it is no evidence.",
    )
    op.create_index(
        "ix_lane_outcomes_uncounted",
        "lane_outcomes",
        ["site_id", "at"],
        sqlite_where=_UNCOUNTED,
        postgresql_where=_UNCOUNTED,
    )
    op.create_index("ix_lane_outcomes_comment_id_revision", "lane_outcomes", ["comment_id", "revision"])
    op.create_index("ix_lane_outcomes_sample", "lane_outcomes", ["site_id", "at"])
    op.create_table(
        "lane_traffic",
        sa.Column("seq", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("approve", sa.Integer(), nullable=False),
        sa.Column("review", sa.Integer(), nullable=False),
        sa.Column("reject", sa.Integer(), nullable=False),
        sa.Column("approve_coin_items", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_lane_traffic"),
        comment="How many comments reached the lanes in each batch since the last entry of the log counted them.",
    )
    op.create_index("ix_lane_traffic_site_id", "lane_traffic", ["site_id"])


def downgrade() -> None:
    for name in ("lane_traffic", "lane_outcomes", "guarantee_log", "guarantees"):
        op.drop_table(name)
    op.execute(sa.text("DELETE FROM deliveries WHERE event_id IN (SELECT id FROM events WHERE comment_id IS NULL)"))
    op.execute(sa.text("DELETE FROM events WHERE comment_id IS NULL"))
    with op.batch_alter_table("events") as table:
        table.drop_column("data")
        table.alter_column("revision", existing_type=sa.Integer(), nullable=False)
        table.alter_column("comment_id", existing_type=sa.String(length=40), nullable=False)
    for name, _ in reversed(_LANE):
        op.drop_column("decisions", name)


_EVENTS = (
    "One row a transition: the audit log, and the outbox for what goes outward. Of a comment, or of a lane of the"
    " site: then `data` holds the evidence as JSON."
)
