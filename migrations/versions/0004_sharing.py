"""What originators say of their records after sharing them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NAME = sa.String(40)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "record_restrictions",
        sa.Column("id", sa.Integer(), nullable=False),
        *_record(),
        sa.Column("restrictions", sa.JSON(), nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_record_restrictions"),
    )
    op.create_index("ix_record_restrictions_reference", "record_restrictions", ["reference"])
    op.create_table(
        "withdrawal",
        *_record(),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("withdrawn_by", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("reference", name="pk_withdrawal"),
    )
    op.create_table(
        "consent_request",
        sa.Column("id", sa.String(), nullable=False),
        *_record(),
        sa.Column("kind", NAME, nullable=False),
        sa.Column("organization", sa.String(), nullable=False),
        sa.Column("requested_by", sa.String(), nullable=False),
        sa.Column("groups", sa.JSON(), nullable=False),
        sa.Column("exact", sa.Boolean(), nullable=False),
        sa.Column("justification", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("state", NAME, nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_consent_request"),
    )
    op.create_index("ix_consent_request_organization", "consent_request", ["organization"])
    op.create_index("ix_consent_request_originator", "consent_request", ["originator"])
    op.create_table(
        "consent_grant",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=True),
        sa.Column("originator", sa.String(), nullable=False),
        sa.Column("granted_to", sa.String(), nullable=False),
        sa.Column("groups", sa.JSON(), nullable=False),
        sa.Column("exact", sa.Boolean(), nullable=False),
        sa.Column("reference", sa.LargeBinary(), nullable=True),
        sa.Column("record", sa.String(), nullable=True),
        sa.Column("areas", sa.JSON(), nullable=True),
        sa.Column("kinds", sa.JSON(), nullable=True),
        sa.Column("granted_by", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=True),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["request_id"], ["consent_request.id"], name="fk_consent_grant_request_id_consent_request"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_consent_grant"),
    )
    op.create_index("ix_consent_grant_originator", "consent_grant", ["originator"])
    op.create_table(
        "imminent_risk",
        sa.Column("id", sa.String(), nullable=False),
        *_record(),
        sa.Column("declared_by", sa.String(), nullable=False),
        sa.Column("officer", sa.String(), nullable=False),
        sa.Column("areas", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("advice", sa.String(), nullable=True),
        sa.Column("text_is_clean", sa.Boolean(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_imminent_risk"),
    )
    op.create_table(
        "emergency_opening",
        sa.Column("id", sa.String(), nullable=False),
        *_record(),
        sa.Column("organization", sa.String(), nullable=False),
        sa.Column("officer", sa.String(), nullable=False),
        sa.Column("justification", sa.String(), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("approved_by", sa.String(), nullable=True),
        sa.Column("approved_at", MOMENT, nullable=True),
        sa.Column("until", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_emergency_opening"),
    )
    op.create_index("ix_emergency_opening_organization", "emergency_opening", ["organization"])
    op.create_table(
        "recall",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", NAME, nullable=False),
        *_record(),
        sa.Column("carried", sa.Boolean(), nullable=False),
        sa.Column("losses", sa.JSON(), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_recall"),
    )
    op.create_index("ix_recall_reference", "recall", ["reference"])


def downgrade() -> None:
    for table in (
        "recall",
        "emergency_opening",
        "imminent_risk",
        "consent_grant",
        "consent_request",
        "withdrawal",
        "record_restrictions",
    ):
        op.drop_table(table)


def _record() -> tuple[sa.Column, ...]:
    """What every row says of its record."""
    return (
        sa.Column("reference", sa.LargeBinary(), nullable=False),
        sa.Column("record", sa.String(), nullable=False),
        sa.Column("originator", sa.String(), nullable=False),
    )
