"""The returns of a sale are found by their account and the sale."""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_index("sale_returns_original", "sale_returns", ["account", "original"], unique=False)
    op.drop_index("ix_sale_returns_original", table_name="sale_returns")
