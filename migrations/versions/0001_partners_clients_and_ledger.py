"""Organizations and their partnerships, areas, clients, revoked tokens, the epoch, and the disclosure ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NAME = sa.String(40)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "organization",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("category", NAME, nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_organization"),
    )
    op.create_table(
        "partnership",
        sa.Column("id", sa.Integer(), nullable=False),
        _organization("partnership", "organization_id"),
        sa.Column("status", NAME, nullable=False),
        sa.Column("areas", sa.JSON(), nullable=True),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_partnership"),
    )
    op.create_index("ix_partnership_organization_id", "partnership", ["organization_id"])
    op.create_table(
        "approved_area",
        sa.Column("id", sa.Integer(), nullable=False),
        _organization("approved_area", "organization_id"),
        sa.Column("area", sa.String(), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        _organization("approved_area", "approved_by"),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_approved_area"),
    )
    op.create_index("ix_approved_area_organization_id", "approved_area", ["organization_id"])
    op.create_table(
        "area",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("implementation_level", NAME, nullable=False),
        sa.Column("risk_level", NAME, nullable=True),
        _organization("area", "set_by"),
        sa.Column("since", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_area"),
    )
    op.create_index("ix_area_code", "area", ["code"])
    op.create_table(
        "client",
        sa.Column("client_id", sa.String(), nullable=False),
        _organization("client", "organization_id"),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("purpose", NAME, nullable=False),
        sa.Column("capacities", sa.JSON(), nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("disabled_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("client_id", name="pk_client"),
    )
    op.create_index("ix_client_organization_id", "client", ["organization_id"])
    op.create_table(
        "revoked_token",
        sa.Column("jti", sa.String(), nullable=False),
        sa.Column("expires", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("jti", name="pk_revoked_token"),
    )
    op.create_index("ix_revoked_token_expires", "revoked_token", ["expires"])
    epoch = op.create_table(
        "epoch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_epoch"),
    )
    op.bulk_insert(epoch, [{"id": 1, "value": 0}])
    op.create_table(
        "ledger_entry",
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("organization", sa.String(), nullable=False),
        sa.Column("on_behalf_of", sa.String(), nullable=True),
        sa.Column("client", sa.String(), nullable=False),
        sa.Column("purpose", NAME, nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("document_hash", sa.LargeBinary(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("policy_version", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_ledger_entry"),
        sa.UniqueConstraint("id", name="uq_ledger_entry_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_ledger_entry_at", "ledger_entry", ["at"])
    op.create_index("ix_ledger_entry_organization", "ledger_entry", ["organization"])
    op.create_table(
        "ledger_disclosure",
        sa.Column("entry_id", sa.String(), nullable=False),
        sa.Column("originator", sa.String(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("shown", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["ledger_entry.id"], name="fk_ledger_disclosure_entry_id_ledger_entry"),
        sa.PrimaryKeyConstraint("entry_id", "originator", name="pk_ledger_disclosure"),
    )
    op.create_index("ix_ledger_disclosure_originator", "ledger_disclosure", ["originator"])


def downgrade() -> None:
    for table in (
        "ledger_disclosure",
        "ledger_entry",
        "epoch",
        "revoked_token",
        "client",
        "area",
        "approved_area",
        "partnership",
        "organization",
    ):
        op.drop_table(table)


def _organization(table: str, column: str) -> sa.Column[str]:
    """A column that points to an organization."""
    name = f"fk_{table}_{column}_organization"
    return sa.Column(column, sa.String(), sa.ForeignKey("organization.id", name=name), nullable=False)
