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
    Column("target", Text, nullable=False),
    Column("every_minutes", BigInteger, nullable=False),
    Column("sent_at", BigInteger, nullable=False),
    Column("failures", BigInteger, nullable=False, server_default="0"),
    comment="Who wants to be told by e-mail or webhook what waits, and how often at most; sent_at 0: nothing yet.",
)

digest_links = Table(
    "digest_links",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("reviewer_id", String(40), nullable=False),
    Column("item_id", String(40), nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    Column("used_at", BigInteger),
    comment="Links of digests, each only as the SHA-256 of its secret.",
)
