"""The table of second looks; importing this module brings those before it along."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table

from store.records.people_tables import metadata as metadata

second_looks = Table(
    "second_looks",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("site_id", String(40), nullable=False),
    Column("comment_id", String(40), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("decision_id", String(40), nullable=False, unique=True),
    Column("first_id", String(40), nullable=False),
    Column("first_action", String(16), nullable=False),
    Column("second_id", String(40), nullable=False),
    Column("second_action", String(16), nullable=False),
    Column("at", BigInteger, nullable=False),
    Index(None, "site_id", "id"),
    Index(None, "comment_id"),
    comment="What a second person said, blind, of what a first one had decided: how far reviewers agree.",
)
