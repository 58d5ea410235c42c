"""The tables of notes, mentions and digests; importing this module brings those before it along."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table, Text

from store.records.simulation_tables import metadata as metadata

notes = Table(
    "notes",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("site_id", String(40), nullable=False),
    Column("comment_id", String(40), ForeignKey("comments.id"), nullable=False),
    Column("reviewer_id", String(40), nullable=False),
    Column("reviewer_name", String(255), nullable=False),
    Column("body", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index(None, "comment_id", "id"),
    comment="What reviewers write for each other about a comment; it goes when the comment is erased.",
)

mentions = Table(
    "mentions",
    metadata,
    Column("note_id", String(40), ForeignKey("notes.id"), primary_key=True),
    Column("reviewer_id", String(40), primary_key=True),
    Column("seen_at", BigInteger),
    Index(None, "reviewer_id", "seen_at"),
    comment="Whom a note calls by name.",
)

digests = Table(
    "digests",
    metadata,
    Column("reviewer_id", String(40), primary_key=True),
    Column("email", String(320), nullable=False),
    Column("every_minutes", BigInteger, nullable=False),
    Column("sent_at", BigInteger, nullable=False),
    comment="Who wants to be told by e-mail what waits, and how often at most; 0 where nothing was sent yet.",
)
