"""What organizations share with the gateway itself; clients that only try it out."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

NAME = sa.String(40)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("client", sa.Column("test", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "record_shared",
        sa.Column("native", sa.String(), nullable=False),
        sa.Column("organization_id", sa.String(), nullable=False),
        sa.Column("kind", NAME, nullable=False),
        sa.Column("status", NAME, nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("shared_at", MOMENT, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name="fk_record_shared_organization_id_organization"
        ),
        sa.PrimaryKeyConstraint("native", name="pk_record_shared"),
    )
    op.create_index("ix_record_shared_organization_id", "record_shared", ["organization_id"])
    op.create_index("ix_record_shared_kind", "record_shared", ["kind", "status", "shared_at", "native"])
    op.create_table(
        "record_submission",
        sa.Column("organization_id", sa.String(), nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("idempotency_key", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("native", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("shared_at", MOMENT, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("submitted_by", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["native"], ["record_shared.native"], name="fk_record_submission_native_record_shared"),
        sa.PrimaryKeyConstraint("organization_id", "operation", "idempotency_key", name="pk_record_submission"),
    )
    op.create_index("ix_record_submission_native", "record_submission", ["native"])


def downgrade() -> None:
    op.drop_table("record_submission")
    op.drop_table("record_shared")
    op.drop_column("client", "test")
