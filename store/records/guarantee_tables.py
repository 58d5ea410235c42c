"""The tables of the lanes' evidence; importing this module brings those before it along."""

from sqlalchemy import BigInteger, Column, Double, ForeignKey, Index, Integer, String, Table, Text, text

from store.records.privacy_tables import metadata as metadata
from store.records.schema import Serial

UNCOUNTED = text("counted_in IS NULL")

guarantees = Table(
    "guarantees",
    metadata,
    Column("site_id", String(40), ForeignKey("sites.id"), primary_key=True),
    Column("plan", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("model", String(40)),
    Column("fingerprint", String(64)),
    Column("approve_threshold", Double),
    Column("reject_threshold", Double),
    Column("approve_rate", Double, nullable=False),
    Column("reject_rate", Double, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    comment="What a site asks of its lanes (`plan`), how they stand (`state`, JSON, which follows from `guarantee_log`"
    " alone), and what that lets the worker do. Without a row the lanes are provisional.",
)

guarantee_log = Table(
    "guarantee_log",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("site_id", String(40), ForeignKey("sites.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("entry", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index(None, "site_id", "seq"),
    comment="Append-only: everything that the state of a site's lanes follows from, in order. Numbers only, no text.",
)

lane_outcomes = Table(
    "lane_outcomes",
    metadata,
    Column("decision_id", String(40), primary_key=True),
    Column("site_id", String(40), nullable=False),
    Column("comment_id", String(40), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("is_spam", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("counted_in", BigInteger),
    Index("ix_lane_outcomes_uncounted", "site_id", "at", sqlite_where=UNCOUNTED, postgresql_where=UNCOUNTED),
    Index(None, "comment_id", "revision"),
    Index("ix_lane_outcomes_sample", "site_id", "at"),
    comment="What people found a comment to be: written with their decisions. `counted_in`: the entry of the log that"
    " took it in, 0 where it is no evidence.",
)

lane_traffic = Table(
    "lane_traffic",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("site_id", String(40), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("approve", Integer, nullable=False),
    Column("review", Integer, nullable=False),
    Column("reject", Integer, nullable=False),
    Column("approve_coin_items", Integer, nullable=False),
    Index(None, "site_id"),
    comment="How many comments reached the lanes in each batch since the last entry of the log counted them.",
)
