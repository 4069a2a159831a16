"""How the sources are doing."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "source_status",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("observed", MOMENT, nullable=False),
        sa.Column("state", sa.String(40), nullable=True),
        sa.Column("breaker", sa.String(40), nullable=False),
        sa.Column("last_success", MOMENT, nullable=True),
        sa.Column("last_failure", MOMENT, nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("as_of", MOMENT, nullable=True),
        sa.Column("embargoed_until", sa.Date(), nullable=True),
        sa.Column("watermark", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("source", name="pk_source_status"),
    )


def downgrade() -> None:
    op.drop_table("source_status")
