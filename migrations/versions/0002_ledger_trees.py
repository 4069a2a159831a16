"""Trees of the ledger: leaves, nodes, heads, public ids of what was shown, and payloads that can be erased.

Disclosures from before get their leaves from the sequencer, in the order of their entries.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NAME = sa.String(40)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _remake(erasable=True)
    op.create_table(
        "ledger_leaf",
        sa.Column("originator", sa.String(), nullable=False),
        sa.Column("leaf_index", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.String(), nullable=False),
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id", "originator"],
            ["ledger_disclosure.entry_id", "ledger_disclosure.originator"],
            name="fk_ledger_leaf_entry_id_ledger_disclosure",
        ),
        sa.PrimaryKeyConstraint("originator", "leaf_index", name="pk_ledger_leaf"),
        sa.UniqueConstraint("entry_id", "originator", name="uq_ledger_leaf_entry_id_originator"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ledger_node",
        sa.Column("originator", sa.String(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("originator", "level", "position", name="pk_ledger_node"),
        sqlite_with_rowid=False,
    )
    progress = op.create_table(
        "ledger_progress",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_progress"),
    )
    op.bulk_insert(progress, [{"id": 1, "sequence": 0}])
    op.create_table(
        "ledger_head",
        sa.Column("originator", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("originator", "at", name="pk_ledger_head"),
    )
    op.create_table(
        "ledger_record",
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("reference", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("public_id", name="pk_ledger_record"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_ledger_record_reference", "ledger_record", ["reference"])


def downgrade() -> None:
    for table in ("ledger_record", "ledger_head", "ledger_progress", "ledger_node", "ledger_leaf"):
        op.drop_table(table)
    # Without its payload an entry tells nothing, and the tables of before have no room for it.
    op.execute(
        "DELETE FROM ledger_disclosure WHERE entry_id IN (SELECT id FROM ledger_entry WHERE organization IS NULL)"
    )
    op.execute("DELETE FROM ledger_entry WHERE organization IS NULL")
    _remake(erasable=False)


def _remake(*, erasable: bool) -> None:
    """Both tables anew. SQLite can't alter a column, nor drop a table that rows of another point to."""
    op.execute("CREATE TABLE kept_disclosure AS SELECT * FROM ledger_disclosure")
    op.drop_table("ledger_disclosure")
    op.execute("CREATE TABLE kept_entry AS SELECT * FROM ledger_entry")
    op.drop_table("ledger_entry")
    op.create_table(
        "ledger_entry",
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("organization", sa.String(), nullable=erasable),
        sa.Column("on_behalf_of", sa.String(), nullable=True),
        sa.Column("client", sa.String(), nullable=erasable),
        sa.Column("purpose", NAME, nullable=False),
        sa.Column("operation", sa.String(), nullable=erasable),
        sa.Column("document_hash", sa.LargeBinary(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("policy_version", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_ledger_entry"),
        sa.UniqueConstraint("id", name="uq_ledger_entry_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_ledger_entry_at", "ledger_entry", ["at"])
    op.create_index("ix_ledger_entry_organization", "ledger_entry", ["organization"])
    # The columns stand in the order in which they always stood.
    op.execute("INSERT INTO ledger_entry SELECT * FROM kept_entry ORDER BY sequence")
    op.drop_table("kept_entry")
    op.create_table(
        "ledger_disclosure",
        sa.Column("entry_id", sa.String(), nullable=False),
        sa.Column("originator", sa.String(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=erasable),
        sa.Column("shown", sa.LargeBinary(), nullable=erasable),
        sa.ForeignKeyConstraint(["entry_id"], ["ledger_entry.id"], name="fk_ledger_disclosure_entry_id_ledger_entry"),
        sa.PrimaryKeyConstraint("entry_id", "originator", name="pk_ledger_disclosure"),
    )
    op.create_index("ix_ledger_disclosure_originator", "ledger_disclosure", ["originator"])
    op.execute("INSERT INTO ledger_disclosure SELECT * FROM kept_disclosure")
    op.drop_table("kept_disclosure")
