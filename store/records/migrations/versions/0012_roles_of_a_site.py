"""A role for each site, names and uses of tokens and sessions, and what a reviewer prefers

Revision ID: 0012
Revises: 0011
"""

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_EVERYWHERE = sa.text("site_id IS NULL")


def upgrade() -> None:
    op.create_table(
        "reviewer_roles",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("reviewer_id", sa.String(length=40), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=True),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reviewer_roles"),
        comment="What a reviewer may do on a site; without a site, on all of them. The higher of two counts.",
    )
    op.execute(
        "INSERT INTO reviewer_roles (id, reviewer_id, site_id, role, created_at)"
        " SELECT 'rol_' || substr(id, 5), id, site_id, role, created_at FROM reviewers"
    )
    kept = _take_secrets()
    with op.batch_alter_table("reviewers") as table:
        table.drop_constraint("fk_reviewers_site_id", type_="foreignkey")
        table.drop_column("site_id")
        table.drop_column("role")
        table.add_column(sa.Column("language", sa.String(length=8), nullable=True))
        table.add_column(sa.Column("blur", sa.Integer(), nullable=False, server_default="0"))
    secrets = _make_secrets(
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=True),
        sa.Column("client", sa.String(length=255), nullable=True),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        sa.UniqueConstraint("id", name="uq_reviewer_secrets_id"),
    )
    prefix = {"token": "tok_", "link": "lnk_"}
    _put_back(secrets, [row | {"id": prefix.get(str(row["kind"]), "ses_") + uuid4().hex} for row in kept])
    with op.batch_alter_table("reviewer_roles") as table:
        table.create_foreign_key("fk_reviewer_roles_reviewer_id", "reviewers", ["reviewer_id"], ["id"])
        table.create_foreign_key("fk_reviewer_roles_site_id", "sites", ["site_id"], ["id"])
    op.create_index("ix_reviewer_roles_site", "reviewer_roles", ["reviewer_id", "site_id"], unique=True)
    op.create_index(
        "ix_reviewer_roles_everywhere",
        "reviewer_roles",
        ["reviewer_id"],
        unique=True,
        sqlite_where=_EVERYWHERE,
        postgresql_where=_EVERYWHERE,
    )


def downgrade() -> None:
    kept = _take_secrets()
    with op.batch_alter_table("reviewer_roles") as table:
        table.drop_constraint("fk_reviewer_roles_reviewer_id", type_="foreignkey")
    with op.batch_alter_table("reviewers") as table:
        table.add_column(sa.Column("role", sa.String(length=16), nullable=False, server_default="viewer"))
        table.add_column(sa.Column("site_id", sa.String(length=40), nullable=True))
        table.create_foreign_key("fk_reviewers_site_id", "sites", ["site_id"], ["id"])
        table.drop_column("blur")
        table.drop_column("language")
    # Whoever had several roles keeps one; whoever had none keeps none that decides anything.
    for column in ("role", "site_id"):
        first = f"SELECT {column} FROM reviewer_roles WHERE reviewer_id = reviewers.id ORDER BY id LIMIT 1"  # noqa: S608
        op.execute(f"UPDATE reviewers SET {column} = ({first}) WHERE id IN (SELECT reviewer_id FROM reviewer_roles)")  # noqa: S608
    op.execute("UPDATE reviewers SET disabled_at = created_at WHERE id NOT IN (SELECT reviewer_id FROM reviewer_roles)")
    with op.batch_alter_table("reviewers") as table:
        table.alter_column("role", server_default=None, existing_type=sa.String(length=16), existing_nullable=False)
    secrets = _make_secrets()
    _put_back(secrets, kept)
    op.drop_table("reviewer_roles")


def _take_secrets() -> list[dict[str, object]]:
    """The secrets in memory, and their table gone: SQLite rebuilds no table that another one points to."""
    columns = ("digest", "kind", "reviewer_id", "created_at", "expires_at", "ended_at")
    rows = op.get_bind().execute(sa.text(f"SELECT {', '.join(columns)} FROM reviewer_secrets"))  # noqa: S608
    kept = [dict(zip(columns, row, strict=True)) for row in rows]
    op.drop_table("reviewer_secrets")
    return kept


def _make_secrets(*more: sa.schema.SchemaItem) -> sa.Table:
    table = op.create_table(
        "reviewer_secrets",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("reviewer_id", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        *more,
        sa.ForeignKeyConstraint(["reviewer_id"], ["reviewers.id"], name="fk_reviewer_secrets_reviewer_id"),
        sa.PrimaryKeyConstraint("digest", name="pk_reviewer_secrets"),
        comment="Sessions, personal tokens and one-time links, each only as its SHA-256.",
    )
    op.create_index("ix_reviewer_secrets_reviewer_id", "reviewer_secrets", ["reviewer_id"])
    return table


def _put_back(table: sa.Table, rows: list[dict[str, object]]) -> None:
    if rows:
        op.bulk_insert(table, rows)
