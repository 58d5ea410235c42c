"""Models of one site, and the history of which model was active

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ALL_SITES = sa.text("status = 'active' AND site_id IS NULL")
_ACTIVE = sa.text("status = 'active'")


def upgrade() -> None:
    with op.batch_alter_table("model_versions") as table:
        table.add_column(sa.Column("site_id", sa.String(length=40), nullable=True))
        table.create_foreign_key("fk_model_versions_site_id", "sites", ["site_id"], ["id"])
    op.create_index(
        "ix_model_versions_active",
        "model_versions",
        ["status"],
        unique=True,
        sqlite_where=_ALL_SITES,
        postgresql_where=_ALL_SITES,
    )
    op.create_index(
        "ix_model_versions_active_of_site",
        "model_versions",
        ["site_id"],
        unique=True,
        sqlite_where=_ACTIVE,
        postgresql_where=_ACTIVE,
    )
    op.create_table(
        "activations",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=True),
        sa.Column("model_id", sa.String(length=40), nullable=True),
        sa.Column("previous", sa.BigInteger(), nullable=True),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("actor", sa.String(length=255), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_activations_site_id"),
        sa.ForeignKeyConstraint(["model_id"], ["model_versions.id"], name="fk_activations_model_id"),
        sa.PrimaryKeyConstraint("seq", name="pk_activations"),
        comment="Which model became active for all sites or for one, who made it so and why; `previous` is where a"
        " rollback leads. Without a model the site goes by the one for all sites.",
    )
    op.execute(
        "INSERT INTO activations (model_id, action, actor, reason, at)"
        " SELECT id, 'promote', 'gatepost', 'active before the history began', created_at"
        " FROM model_versions WHERE status = 'active'"
    )


def downgrade() -> None:
    op.drop_table("activations")
    op.drop_index("ix_model_versions_active_of_site", table_name="model_versions")
    op.drop_index("ix_model_versions_active", table_name="model_versions")
    with op.batch_alter_table("model_versions") as table:
        table.drop_constraint("fk_model_versions_site_id", type_="foreignkey")
        table.drop_column("site_id")
