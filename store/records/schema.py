"""Every table. Instants are microseconds since 1970 (BigInteger), JSON is text that we write ourselves."""

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Partial, so that the two states that every comment passes in milliseconds cost no index entry.
SETTLED = text("state NOT IN ('received', 'scoring')")
OF_ALL_SITES = text("status = 'active' AND site_id IS NULL")

# Where an author can be known again: by the account, or else by the e-mail address.
BY_ACCOUNT = text("author_id IS NOT NULL")
BY_EMAIL = text("author_id IS NULL AND email_hash IS NOT NULL")
HELD_BACK = text("would IS NOT NULL")
OF_PEOPLE = text("reviewer_id IS NOT NULL")

Serial = BigInteger().with_variant(Integer, "sqlite")


def _id(name: str = "id") -> Column[str]:
    return Column(name, String(40), primary_key=True)


def _ref(name: str, target: str, *, nullable: bool = False) -> Column[str]:
    return Column(name, String(40), ForeignKey(f"{target}.id"), nullable=nullable)


organisations = Table(
    "organisations",
    metadata,
    _id(),
    Column("name", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

sites = Table(
    "sites",
    metadata,
    _id(),
    _ref("organisation_id", "organisations"),
    Column("url", Text, nullable=False),
    Column("mode", String(16), nullable=False),
    Column("policy_version", Integer, nullable=False),
    Column("pseudonym_key", String(64), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("akismet_held", String(16), nullable=False, server_default="probable"),
    Column("akismet_blog", String(16), nullable=False, server_default="any"),
    Column("on_failure", String(16), nullable=False, server_default="approve"),
    Column("coral_timeout_ms", Integer, nullable=False, server_default="200"),
    Column("cusdis_url", Text),
    Column("review_target_hours", Integer),
)

site_secrets = Table(
    "site_secrets",
    metadata,
    Column("site_id", String(40), ForeignKey("sites.id"), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("secret", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    comment="Secrets of other systems with which we check their signatures, so they cannot be kept as digests.",
)

keys = Table(
    "keys",
    metadata,
    _id(),
    _ref("site_id", "sites"),
    Column("kind", String(16), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("hint", String(16), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    Column("scopes", String(64), nullable=False, server_default="submit read feedback configure"),
    Column("per_minute", Integer),
    Column("last_used_at", BigInteger),
    Index(None, "site_id"),
)

reviewers = Table(
    "reviewers",
    metadata,
    _id(),
    Column("name", String(255), nullable=False),
    Column("name_key", String(255), nullable=False, unique=True),
    Column("password_hash", Text),
    Column("disabled_at", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Column("language", String(8)),
    Column("blurred", Text),
    Column("desk_keys", Text),
)

reviewer_secrets = Table(
    "reviewer_secrets",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    _ref("reviewer_id", "reviewers"),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("id", String(40), nullable=False, unique=True),
    Column("name", String(255)),
    Column("client", String(255)),
    Column("last_used_at", BigInteger),
    Index(None, "reviewer_id"),
    comment="Sessions, personal tokens and one-time links, each only as its SHA-256.",
)

comments = Table(
    "comments",
    metadata,
    _id(),
    _ref("site_id", "sites"),
    Column("external_id", String(255)),
    Column("content_digest", String(64), nullable=False),
    Column("parent_id", String(40)),
    Column("content_type", String(255), nullable=False),
    Column("language", String(35)),
    Column("author_id", String(255)),
    Column("author_name", Text),
    Column("author_url", Text),
    Column("author_role", String(255)),
    Column("email_hash", String(64)),
    Column("ip_hash", String(64)),
    Column("page_url", Text),
    Column("page_title", Text),
    Column("created_at", BigInteger),
    Column("received_at", BigInteger, nullable=False),
    Column("revision", Integer, nullable=False),
    UniqueConstraint("site_id", "external_id"),
    Index(None, "site_id", "id"),
    Index("ix_comments_account", "site_id", "author_id", "id", sqlite_where=BY_ACCOUNT, postgresql_where=BY_ACCOUNT),
    Index("ix_comments_email", "site_id", "email_hash", "id", sqlite_where=BY_EMAIL, postgresql_where=BY_EMAIL),
)

revisions = Table(
    "revisions",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    _ref("comment_id", "comments"),
    Column("revision", Integer, nullable=False),
    Column("site_id", String(40), nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("lease_until", BigInteger),
    Column("form_honeypot", String(1)),
    Column("form_seconds", Double),
    Column("received_at", BigInteger, nullable=False),
    UniqueConstraint("comment_id", "revision"),
    Index("ix_revisions_settled", "site_id", "state", "comment_id", sqlite_where=SETTLED, postgresql_where=SETTLED),
    Index(
        "ix_revisions_due", "id", sqlite_where=text("state = 'received'"), postgresql_where=text("state = 'received'")
    ),
    Index(
        "ix_revisions_scoring",
        "lease_until",
        sqlite_where=text("state = 'scoring'"),
        postgresql_where=text("state = 'scoring'"),
    ),
)

raw_submissions = Table(
    "raw_submissions",
    metadata,
    Column("comment_id", String(40), ForeignKey("comments.id"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("email", Text),
    Column("ip", String(64)),
    Column("user_agent", Text),
    Column("page_text", Text),
    Column("expires_at", BigInteger, nullable=False, index=True),
    comment="What is kept as it was sent for at most 15 days and never given back.",
)

decisions = Table(
    "decisions",
    metadata,
    _id(),
    _ref("comment_id", "comments"),
    Column("revision", Integer, nullable=False),
    Column("cause", String(64), nullable=False),
    Column("site_id", String(40), nullable=False),
    Column("action", String(16), nullable=False),
    Column("decided_by", String(16), nullable=False),
    Column("reviewer_id", String(40)),
    Column("reviewer_name", String(255)),
    Column("probability", Double),
    Column("low", Double),
    Column("high", Double),
    Column("reasons", Text, nullable=False),
    Column("would", String(16)),
    Column("model", String(40)),
    Column("policy", String(32), nullable=False),
    Column("evidence", Text),
    Column("evidence_digest", String(80)),
    Column("decided_at", BigInteger, nullable=False),
    Column("latency_ms", Integer, nullable=False),
    Column("note", Text),
    Column("undone_at", BigInteger),
    Column("lane", String(8)),
    Column("coin", Double),
    Column("approve_rate", Double),
    Column("reject_rate", Double),
    Column("is_copy", Integer),
    UniqueConstraint("comment_id", "revision", "cause"),
    Index(None, "site_id", "id"),
    Index("ix_decisions_of_people", "id", sqlite_where=OF_PEOPLE, postgresql_where=OF_PEOPLE),
    Index("ix_decisions_would", "site_id", "would", "id", sqlite_where=HELD_BACK, postgresql_where=HELD_BACK),
)

events = Table(
    "events",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("id", String(40), nullable=False),
    Column("site_id", String(40), nullable=False),
    _ref("comment_id", "comments", nullable=True),
    Column("revision", Integer),
    Column("type", String(32), nullable=False),
    Column("previous_state", String(16)),
    Column("state", String(16), nullable=False),
    Column("data", Text),
    Column("decision_id", String(40)),
    Column("reviewer_id", String(40)),
    Column("at", BigInteger, nullable=False),
    Column("deliver_after", BigInteger, nullable=False),
    Column("withdrawn_at", BigInteger),
    Index(None, "comment_id", "seq"),
    Index(None, "site_id", "seq"),
    Index(None, "id", unique=True),
    comment="One row a transition: the audit log, and the outbox for what goes outward. Of a comment, or of a lane of"
    " the site: then `data` holds the evidence as JSON.",
)

review_items = Table(
    "review_items",
    metadata,
    _id(),
    _ref("comment_id", "comments"),
    Column("site_id", String(40), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("reason", String(32), nullable=False),
    Column("rank", Double, nullable=False),
    Column("version", Integer, nullable=False),
    Column("waiting", Integer, nullable=False),
    Column("waiting_since", BigInteger, nullable=False),
    UniqueConstraint("comment_id"),
    Index(
        "ix_review_items_order",
        "rank",
        "id",
        sqlite_where=text("waiting = 1"),
        postgresql_where=text("waiting = 1"),
    ),
)

labels = Table(
    "labels",
    metadata,
    _id(),
    Column("site_id", String(40), nullable=False),
    _ref("comment_id", "comments"),
    Column("revision", Integer, nullable=False),
    Column("label", String(8), nullable=False),
    Column("source", String(16), nullable=False),
    Column("weight", Double, nullable=False),
    Column("decision_id", String(40)),
    Column("reviewer_id", String(40)),
    Column("created_at", BigInteger, nullable=False),
    Column("withdrawn_at", BigInteger),
    Index(None, "comment_id", "revision"),
)

model_versions = Table(
    "model_versions",
    metadata,
    _id(),
    Column("digest", String(64), nullable=False, unique=True),
    Column("status", String(16), nullable=False),
    Column("origin", String(16), nullable=False),
    _ref("site_id", "sites", nullable=True),
    Column("card", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index("ix_model_versions_active", "status", unique=True, sqlite_where=OF_ALL_SITES, postgresql_where=OF_ALL_SITES),
    Index(
        "ix_model_versions_active_of_site",
        "site_id",
        unique=True,
        sqlite_where=text("status = 'active'"),
        postgresql_where=text("status = 'active'"),
    ),
)

activations = Table(
    "activations",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    _ref("site_id", "sites", nullable=True),
    _ref("model_id", "model_versions", nullable=True),
    Column("previous", BigInteger),
    Column("action", String(16), nullable=False),
    Column("actor", String(255), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    comment="Which model became active for all sites or for one, who made it so and why; `previous` is where a rollback"
    " leads. Without a model the site goes by the one for all sites.",
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("site_id", String(40), ForeignKey("sites.id"), primary_key=True),
    Column("key_digest", String(64), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("outcomes", Text, nullable=False),
    Column("status", Integer),
    Column("body", Text),
    Column("locked_until", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False, index=True),
)


foreign_comments = Table(
    "foreign_comments",
    metadata,
    Column("comment_id", String(40), ForeignKey("comments.id"), primary_key=True),
    Column("site_id", String(40), nullable=False),
    Column("wire", String(16), nullable=False),
    Column("blog", Text),
    Column("foreign_id", String(255)),
    Column("fingerprint", String(64), nullable=False),
    Column("callback", Text),
    Column("approve_link", Text),
    Column("is_test", Integer, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Index(None, "site_id", "fingerprint"),
    Index(None, "site_id", "received_at"),
    comment="What a foreign wire said beside a comment: by what it is found again, and where a decision is told."
    " Nothing is learned from a test.",
)

objections = Table(
    "objections",
    metadata,
    _id(),
    Column("site_id", String(40), nullable=False),
    _ref("comment_id", "comments"),
    Column("revision", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("source", String(64), nullable=False),
    Column("reason", String(255)),
    Column("note", Text),
    Column("at", BigInteger, nullable=False),
    UniqueConstraint("comment_id", "revision", "kind", "source"),
    comment="What readers report and authors appeal against: one a person, revision and kind."
    " `source`: keyed hash of who objects.",
)
