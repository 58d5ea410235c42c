"""Second factors, recovery codes, and who a reviewer is at an identity provider

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "second_factors",
        sa.Column("reviewer_id", sa.String(length=40), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["reviewer_id"], ["reviewers.id"], name="fk_second_factors_reviewer_id"),
        sa.PrimaryKeyConstraint("reviewer_id", name="pk_second_factors"),
        comment="Secrets of one-time codes, sealed with the secret key. `last_step`: the step of the code used last.",
    )
    op.create_table(
        "recovery_codes",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("reviewer_id", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["reviewer_id"], ["reviewers.id"], name="fk_recovery_codes_reviewer_id"),
        sa.PrimaryKeyConstraint("digest", name="pk_recovery_codes"),
        comment="What opens once in the place of a one-time code; a used one is gone.",
    )
    op.create_index("ix_recovery_codes_reviewer_id", "recovery_codes", ["reviewer_id"])
    op.create_table(
        "reviewer_identities",
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("reviewer_id", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["reviewer_id"], ["reviewers.id"], name="fk_reviewer_identities_reviewer_id"),
        sa.PrimaryKeyConstraint("issuer", "subject", name="pk_reviewer_identities"),
        comment="Who a reviewer is at an identity provider.",
    )
    op.create_index("ix_reviewer_identities_reviewer_id", "reviewer_identities", ["reviewer_id"])


def downgrade() -> None:
    op.drop_table("reviewer_identities")
    op.drop_table("recovery_codes")
    op.drop_table("second_factors")
