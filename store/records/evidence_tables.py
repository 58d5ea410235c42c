"""The tables of evidence. Whoever needs every table takes `metadata` from here, so that these are in it."""

from sqlalchemy import BigInteger, Column, Double, LargeBinary, String, Table, UniqueConstraint

from store.records.schema import Serial
from store.records.seed_tables import metadata as metadata

reputations = Table(
    "reputations",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("site_id", String(40), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("value", String(255), nullable=False),
    Column("lookup_key", BigInteger, nullable=False),
    Column("spam", Double, nullable=False),
    Column("ham", Double, nullable=False),
    UniqueConstraint("lookup_key", "site_id", "kind", "value"),
    sqlite_autoincrement=True,
    comment="How often people called the comments of an author, with a link, or of a text spam or ham; each label in"
    " units that double every 90 days, so that old ones fade. Ids are never used again: workers read what is new.",
)

sightings = Table(
    "sightings",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False, index=True),
    Column("contents", LargeBinary, nullable=False),
    Column("authors", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
    comment="What workers came by, one row for the comments that were decided together: keys of texts and linked"
    " domains, and of authors, each four bytes.",
)
