"""Applications and their reviews, the directory, offboarding; the country of a client; who recorded a partnership."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NAME = sa.String(40)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("client", sa.Column("country", sa.String(), nullable=True))
    op.create_index("ix_client_country", "client", ["country"])
    op.add_column("partnership", sa.Column("recorded_by", sa.String(), nullable=True))
    op.create_table(
        "partnership_application",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("organization_id", sa.String(), nullable=False),
        sa.Column("areas", sa.JSON(), nullable=True),
        sa.Column("security_risk_management", sa.String(), nullable=False),
        sa.Column("contingency_planning", sa.String(), nullable=False),
        sa.Column("emergency_arrangements", sa.String(), nullable=False),
        sa.Column("accepts_purpose", sa.Boolean(), nullable=False),
        sa.Column("accepts_confidentiality", sa.Boolean(), nullable=False),
        sa.Column("submitted_by", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("state", NAME, nullable=False),
        sa.Column("decided_at", MOMENT, nullable=True),
        _organization("partnership_application"),
        sa.PrimaryKeyConstraint("id", name="pk_partnership_application"),
    )
    op.create_index("ix_partnership_application_organization_id", "partnership_application", ["organization_id"])
    op.create_table(
        "application_review",
        sa.Column("application_id", sa.String(), nullable=False),
        sa.Column("side", NAME, nullable=False),
        sa.Column("organization_id", sa.String(), nullable=False),
        sa.Column("officer", sa.String(), nullable=False),
        sa.Column("decision", NAME, nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        _organization("application_review"),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["partnership_application.id"],
            name="fk_application_review_application_id_partnership_application",
        ),
        sa.PrimaryKeyConstraint("application_id", "side", name="pk_application_review"),
    )
    op.create_table(
        "focal_point",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("organization_id", sa.String(), nullable=False),
        sa.Column("role", NAME, nullable=False),
        sa.Column("area", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("mail", sa.String(), nullable=True),
        sa.Column("telephone", sa.String(), nullable=True),
        sa.Column("named_by", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        _organization("focal_point"),
        sa.PrimaryKeyConstraint("id", name="pk_focal_point"),
    )
    op.create_index("ix_focal_point_organization_id", "focal_point", ["organization_id"])
    op.create_index("ix_focal_point_area", "focal_point", ["area"])
    op.create_table(
        "offboarding",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("organization_id", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("records", NAME, nullable=False),
        sa.Column("audience", sa.JSON(), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("destruction_statement", sa.String(), nullable=True),
        sa.Column("destruction_recorded_by", sa.String(), nullable=True),
        sa.Column("destruction_recorded_at", MOMENT, nullable=True),
        _organization("offboarding"),
        sa.PrimaryKeyConstraint("id", name="pk_offboarding"),
    )
    op.create_index("ix_offboarding_organization_id", "offboarding", ["organization_id"])


def downgrade() -> None:
    for table in ("offboarding", "focal_point", "application_review", "partnership_application"):
        op.drop_table(table)
    op.drop_column("partnership", "recorded_by")
    op.drop_index("ix_client_country", "client")
    op.drop_column("client", "country")


def _organization(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_organization_id_organization"
    return sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=name)
