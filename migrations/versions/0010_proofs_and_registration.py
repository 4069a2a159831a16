"""Tokens bound to keys; clients that register themselves, and what was done to a client."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

NAME = sa.String(40)
MOMENT = sa.DateTime(timezone=True)
BOUND = ("pushed_request", "person_grant", "authorization_code")


def upgrade() -> None:
    op.execute("ALTER TABLE used_assertion RENAME COLUMN client_id TO signer")
    for table in BOUND:
        op.add_column(table, sa.Column("jkt", sa.String(), nullable=True))
    op.add_column("client", sa.Column("grant_types", sa.JSON(), nullable=True))
    op.add_column("client", sa.Column("dpop_bound", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "client_registration",
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=True),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("about", sa.JSON(), nullable=False),
        sa.Column("statement_issuer", sa.String(), nullable=True),
        sa.Column("registered_by", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.client_id"], name="fk_client_registration_client_id_client"),
        sa.PrimaryKeyConstraint("client_id", name="pk_client_registration"),
    )
    op.create_table(
        "initial_access_token",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("organization_id", sa.String(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("purpose", NAME, nullable=False),
        sa.Column("capacities", sa.JSON(), nullable=False),
        sa.Column("country", sa.String(), nullable=True),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("expires", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name="fk_initial_access_token_organization_id_organization"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_initial_access_token"),
    )
    op.create_index("ix_initial_access_token_organization_id", "initial_access_token", ["organization_id"])
    op.create_table(
        "client_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("act", NAME, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.client_id"], name="fk_client_change_client_id_client"),
        sa.PrimaryKeyConstraint("id", name="pk_client_change"),
    )
    op.create_index("ix_client_change_client_id", "client_change", ["client_id"])


def downgrade() -> None:
    for table in ("client_change", "initial_access_token", "client_registration"):
        op.drop_table(table)
    op.drop_column("client", "dpop_bound")
    op.drop_column("client", "grant_types")
    for table in BOUND:
        op.drop_column(table, "jkt")
    op.execute("ALTER TABLE used_assertion RENAME COLUMN signer TO client_id")
