"""Sessions of persons, persons who left, and the person of a ledger entry."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("ledger_entry", sa.Column("person", sa.String(), nullable=True))
    op.create_table(
        "person_session",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("mail", sa.String(), nullable=True),
        sa.Column("organization_id", sa.String(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("expires", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.Integer(), nullable=True),
        _organization("person_session"),
        sa.PrimaryKeyConstraint("hash", name="pk_person_session"),
    )
    op.create_index("ix_person_session_person", "person_session", ["person"])
    op.create_index("ix_person_session_organization_id", "person_session", ["organization_id"])
    op.create_index("ix_person_session_expires", "person_session", ["expires"])
    op.create_table(
        "departed_person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("organization_id", sa.String(), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("returned_at", MOMENT, nullable=True),
        _organization("departed_person"),
        sa.PrimaryKeyConstraint("id", name="pk_departed_person"),
    )
    op.create_index("ix_departed_person_person", "departed_person", ["person"])
    op.create_index("ix_departed_person_organization_id", "departed_person", ["organization_id"])


def downgrade() -> None:
    for table in ("departed_person", "person_session"):
        op.drop_table(table)
    op.drop_column("ledger_entry", "person")


def _organization(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_organization_id_organization"
    return sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=name)
