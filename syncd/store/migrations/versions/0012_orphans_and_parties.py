"""Sales of ours whose order the inbox lacked when they were seen, and which parties of the ERP orders were of."""

import hashlib
import json

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("seen_sales", sa.Column("lacks_order", sa.Boolean(), nullable=False, server_default=sa.false()))
    known = "SELECT 1 FROM orders WHERE orders.account = seen_sales.account AND orders.order_id = seen_sales.order_id"
    op.execute(sa.text(f"UPDATE seen_sales SET lacks_order = true WHERE order_id <> '' AND NOT EXISTS ({known})"))
    op.create_index(
        "seen_sales_without_order",
        "seen_sales",
        ["account", "order_id"],
        unique=False,
        sqlite_where=sa.text("lacks_order = 1"),
        postgresql_where=sa.text("lacks_order"),
    )
    op.add_column("orders", sa.Column("party", sa.Text(), nullable=False, server_default=""))
    _fill_parties(op.get_bind())
    op.create_index("orders_party", "orders", ["account", "party"], unique=False)


def _fill_parties(tx: sa.Connection) -> None:
    """As `store/customers.py` hides a code."""
    orders = tx.execute(sa.text("SELECT account, order_id, payload FROM orders WHERE readable"))
    rows = [
        {
            "account": row.account,
            "order_id": row.order_id,
            "party": hashlib.sha256(json.dumps(code, ensure_ascii=False).encode()).hexdigest(),
        }
        for row in orders
        if (code := json.loads(row.payload).get("customer", {}).get("code", "").strip().casefold())
    ]
    if rows:
        here = "account = :account AND order_id = :order_id"
        tx.execute(sa.text(f"UPDATE orders SET party = :party WHERE {here}"), rows)
