"""Levels that were corrected, and zeros that wait for a second reading."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "corrections",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("outlet", sa.String(), nullable=False),
        sa.Column("product_id", sa.String(), nullable=False),
        sa.Column("outlet_name", sa.String(), nullable=False),
        sa.Column("location", sa.String(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("level", sa.BigInteger(), nullable=False),
        sa.Column("expected", sa.BigInteger(), nullable=False),
        sa.Column("delta", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.Column("settled_at", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("account", "run_id", "outlet", "product_id"),
    )
    op.create_index(op.f("ix_corrections_entry_id"), "corrections", ["entry_id"], unique=False)
    columns = ["account", "outlet", "product_id", "settled_at"]
    op.create_index("corrections_of_level", "corrections", columns, unique=False)
    op.create_table(
        "stock_zeros",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("outlet", sa.String(), nullable=False),
        sa.Column("product_id", sa.String(), nullable=False),
        sa.Column("seen_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("account", "outlet", "product_id"),
    )
