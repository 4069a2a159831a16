"""Notices to organizations and how they are delivered."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NAME = sa.String(40)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "notice",
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("organization", sa.String(), nullable=False),
        sa.Column("kind", NAME, nullable=False),
        sa.Column("record", sa.String(), nullable=True),
        sa.Column("entry", sa.String(), nullable=True),
        sa.Column("about", sa.String(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("carry", sa.Boolean(), nullable=False),
        sa.Column("dedupe_key", sa.String(), nullable=True),
        sa.Column("acknowledged_by", sa.String(), nullable=True),
        sa.Column("acknowledged_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("sequence", name="pk_notice"),
        sa.UniqueConstraint("id", name="uq_notice_id"),
        sa.UniqueConstraint("organization", "dedupe_key", name="uq_notice_organization_dedupe_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notice_organization", "notice", ["organization"])
    op.create_index("ix_notice_record", "notice", ["record"])
    op.create_table(
        "notice_channel",
        sa.Column("organization", sa.String(), nullable=False),
        sa.Column("kind", NAME, nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("routed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organization", "kind", name="pk_notice_channel"),
    )
    op.create_table(
        "notice_delivery",
        sa.Column("notice_id", sa.String(), nullable=False),
        sa.Column("channel", NAME, nullable=False),
        sa.Column("next_at", MOMENT, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("delivered_at", MOMENT, nullable=True),
        sa.Column("given_up_at", MOMENT, nullable=True),
        sa.Column("last_fault", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name="fk_notice_delivery_notice_id_notice"),
        sa.PrimaryKeyConstraint("notice_id", "channel", name="pk_notice_delivery"),
    )
    op.create_index("ix_notice_delivery_next_at", "notice_delivery", ["next_at"])


def downgrade() -> None:
    op.drop_table("notice_delivery")
    op.drop_table("notice_channel")
    op.drop_table("notice")
