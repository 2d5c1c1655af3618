"""What things are found by: an order's former numbers, its sales' invoice numbers, codes but for case and space."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_TOLD = {
    "sqlite": "json_extract(payload, '$.invoice_number')",
    "postgresql": "payload::json ->> 'invoice_number'",
}


def upgrade() -> None:
    op.create_table(
        "former_numbers",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("order_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("account", "number", "order_id"),
    )
    op.add_column("seen_sales", sa.Column("invoice_number", sa.Text(), nullable=False, server_default=""))
    told = _TOLD[op.get_bind().dialect.name]
    op.execute(sa.text(f"UPDATE seen_sales SET invoice_number = COALESCE({told}, '')"))
    op.create_index("seen_sales_invoice_number", "seen_sales", ["account", "invoice_number"], unique=False)

    op.add_column("product_codes", sa.Column("key", sa.Text(), nullable=False, server_default=""))
    _fill_keys(op.get_bind())
    op.create_index("product_codes_key", "product_codes", ["account", "key"], unique=False)


def _fill_keys(tx: sa.Connection) -> None:
    """As `Match.IGNORE_CASE` has it. Not in SQL: databases differ in what they call a capital."""
    codes = tx.execute(sa.text("SELECT DISTINCT account, code FROM product_codes")).all()
    rows = [{"account": row.account, "code": row.code, "key": " ".join(row.code.split()).casefold()} for row in codes]
    if rows:
        tx.execute(sa.text("UPDATE product_codes SET key = :key WHERE account = :account AND code = :code"), rows)
