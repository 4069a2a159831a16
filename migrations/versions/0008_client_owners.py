"""Who answers for a client."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "client_owner",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("named_by", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["client.client_id"], name="fk_client_owner_client_id_client"),
        sa.PrimaryKeyConstraint("id", name="pk_client_owner"),
    )
    op.create_index("ix_client_owner_client_id", "client_owner", ["client_id"])
    op.create_index("ix_client_owner_owner", "client_owner", ["owner"])


def downgrade() -> None:
    op.drop_table("client_owner")
