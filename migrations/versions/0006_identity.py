"""Clients with keys or several secrets, spent assertions, mandates of platforms."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "client_secret",
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("expires", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["client.client_id"], name="fk_client_secret_client_id_client"),
        sa.PrimaryKeyConstraint("client_id", "id", name="pk_client_secret"),
    )
    # A secret of before has no id in it: the empty one.
    op.execute(
        "INSERT INTO client_secret (client_id, id, hash, created)"
        " SELECT client_id, '', secret_hash, created FROM client"
    )
    op.drop_column("client", "secret_hash")
    op.add_column(
        "client",
        sa.Column("authentication", sa.String(40), nullable=False, server_default="CLIENT_SECRET_BASIC"),
    )
    op.add_column("client", sa.Column("jwks", sa.JSON(), nullable=True))
    op.add_column("client", sa.Column("jwks_uri", sa.String(), nullable=True))
    op.add_column("client", sa.Column("redirect_uris", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("client", sa.Column("last_used", MOMENT, nullable=True))
    op.create_table(
        "used_assertion",
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("jti", sa.String(), nullable=False),
        sa.Column("expires", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "jti", name="pk_used_assertion"),
    )
    op.create_index("ix_used_assertion_expires", "used_assertion", ["expires"])
    op.create_table(
        "pushed_request",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("redirect_uri", sa.String(), nullable=False),
        sa.Column("challenge", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=True),
        sa.Column("expires", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["client.client_id"], name="fk_pushed_request_client_id_client"),
        sa.PrimaryKeyConstraint("hash", name="pk_pushed_request"),
    )
    op.create_index("ix_pushed_request_expires", "pushed_request", ["expires"])
    op.create_table(
        "person_grant",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("capacities", sa.JSON(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("expires", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["client.client_id"], name="fk_person_grant_client_id_client"),
        sa.PrimaryKeyConstraint("id", name="pk_person_grant"),
    )
    for column in ("client_id", "person", "expires"):
        op.create_index(f"ix_person_grant_{column}", "person_grant", [column])
    op.create_table(
        "authorization_code",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("grant_id", sa.String(), nullable=False),
        sa.Column("redirect_uri", sa.String(), nullable=False),
        sa.Column("challenge", sa.String(), nullable=False),
        sa.Column("expires", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["grant_id"], ["person_grant.id"], name="fk_authorization_code_grant_id_person_grant"),
        sa.PrimaryKeyConstraint("hash", name="pk_authorization_code"),
    )
    op.create_index("ix_authorization_code_grant_id", "authorization_code", ["grant_id"])
    op.create_table(
        "refresh_token",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("grant_id", sa.String(), nullable=False),
        sa.Column("used_at", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["grant_id"], ["person_grant.id"], name="fk_refresh_token_grant_id_person_grant"),
        sa.PrimaryKeyConstraint("hash", name="pk_refresh_token"),
    )
    op.create_index("ix_refresh_token_grant_id", "refresh_token", ["grant_id"])
    op.create_table(
        "platform_mandate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("platform_id", sa.String(), nullable=False),
        sa.Column("areas", sa.JSON(), nullable=True),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["organization.id"], name="fk_platform_mandate_member_id_organization"),
        sa.ForeignKeyConstraint(
            ["platform_id"], ["organization.id"], name="fk_platform_mandate_platform_id_organization"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_platform_mandate"),
    )
    op.create_index("ix_platform_mandate_member_id", "platform_mandate", ["member_id"])
    op.create_index("ix_platform_mandate_platform_id", "platform_mandate", ["platform_id"])


def downgrade() -> None:
    for table in ("platform_mandate", "refresh_token", "authorization_code", "person_grant", "pushed_request"):
        op.drop_table(table)
    op.drop_table("used_assertion")
    for column in ("last_used", "redirect_uris", "jwks_uri", "jwks", "authentication"):
        op.drop_column("client", column)
    # A client has one secret there: the latest. One with keys has none that could match.
    op.add_column("client", sa.Column("secret_hash", sa.String(), nullable=False, server_default=""))
    op.execute(
        "UPDATE client SET secret_hash = coalesce((SELECT hash FROM client_secret"
        " WHERE client_secret.client_id = client.client_id ORDER BY created DESC LIMIT 1), '')"
    )
    op.drop_table("client_secret")
