"""Sales of ours whose order the inbox lacked when they were seen: looked for at every tick, without all the others."""

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
