"""Stock by small integers: levels, what stands between the sides, the report, and drift over time."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    # Levels are read anew: they were kept under long ids, and a reading is complete in minutes.
    for table in ("erp_levels", "retail_levels", "drifts"):
        op.drop_table(table)
    op.execute("DELETE FROM cursors WHERE name = 'inventory'")
    op.create_table(
        "numbers",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("numbers_id", "numbers", ["account", "kind", "id"], unique=True)
    op.create_table(
        "erp_items",
        sa.Column("erp", sa.Integer(), nullable=False),
        sa.Column("item", sa.BigInteger(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("erp", "item"),
        sqlite_with_rowid=False,
    )
    op.create_index("erp_items_sku", "erp_items", ["erp", "sku"], unique=False)
    op.create_table(
        "erp_levels",
        sa.Column("location", sa.Integer(), nullable=False),
        sa.Column("item", sa.BigInteger(), nullable=False),
        sa.Column("on_hand", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("location", "item"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "erp_reserved",
        sa.Column("location", sa.Integer(), nullable=False),
        sa.Column("item", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("location", "item", "order_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "retail_levels",
        sa.Column("outlet", sa.Integer(), nullable=False),
        sa.Column("product", sa.Integer(), nullable=False),
        sa.Column("level", sa.BigInteger(), nullable=False),
        sa.Column("to_procure", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("outlet", "product"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "stock_matches",
        sa.Column("erp", sa.Integer(), nullable=False),
        sa.Column("item", sa.BigInteger(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("product", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("erp", "item"),
        sqlite_with_rowid=False,
    )
    op.create_index("stock_matches_code", "stock_matches", ["erp", "code"], unique=False)
    op.create_index("stock_matches_product", "stock_matches", ["erp", "product"], unique=False)
    op.create_table(
        "stock_alike",
        sa.Column("erp", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("other", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("erp", "code", "other"),
    )
    op.create_index("stock_alike_other", "stock_alike", ["erp", "other"], unique=False)
    op.create_table(
        "stock_marks",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("account", "name"),
    )
    op.create_table(
        "stock_readings",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("began_at", sa.String(), nullable=False),
        sa.Column("position", sa.String(), nullable=False),
        sa.Column("ended_at", sa.String(), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account", "name"),
    )
    op.create_table(
        "order_units",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("outlet", sa.String(), nullable=False),
        sa.Column("product_id", sa.String(), nullable=False),
        sa.Column("open_sale", sa.BigInteger(), nullable=False),
        sa.Column("collected", sa.BigInteger(), nullable=False),
        sa.Column("shipped", sa.BigInteger(), nullable=False),
        sa.Column("cancelled", sa.BigInteger(), nullable=False),
        sa.Column("returned", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "order_id", "outlet", "product_id"),
    )
    op.create_table(
        "order_units_marks",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("account", "order_id"),
    )
    op.create_table(
        "stock_terms",
        sa.Column("outlet", sa.Integer(), nullable=False),
        sa.Column("product", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.Column("open_sale", sa.BigInteger(), nullable=False),
        sa.Column("collected", sa.BigInteger(), nullable=False),
        sa.Column("given", sa.BigInteger(), nullable=False),
        sa.Column("shipped", sa.BigInteger(), nullable=False),
        sa.Column("cancelled", sa.BigInteger(), nullable=False),
        sa.Column("returned", sa.BigInteger(), nullable=False),
        sa.Column("uncertain", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("outlet", "product", "source"),
    )
    op.create_table(
        "stock_movements",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("outlet", sa.String(), nullable=False),
        sa.Column("product_id", sa.String(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("is_known", sa.Boolean(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("moved_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("account", "source", "outlet", "product_id"),
    )
    op.create_index(op.f("ix_stock_movements_moved_at"), "stock_movements", ["moved_at"], unique=False)
    op.create_table(
        "stock_rows",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("outlet", sa.Integer(), nullable=False),
        sa.Column("product", sa.Integer(), nullable=False),
        sa.Column("location", sa.Integer(), nullable=False),
        sa.Column("item", sa.BigInteger(), nullable=False),
        sa.Column("on_hand", sa.BigInteger(), nullable=False),
        sa.Column("promised", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.BigInteger(), nullable=False),
        sa.Column("to_procure", sa.BigInteger(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.Column("open_sale", sa.BigInteger(), nullable=False),
        sa.Column("collected", sa.BigInteger(), nullable=False),
        sa.Column("given", sa.BigInteger(), nullable=False),
        sa.Column("shipped", sa.BigInteger(), nullable=False),
        sa.Column("cancelled", sa.BigInteger(), nullable=False),
        sa.Column("till", sa.BigInteger(), nullable=False),
        sa.Column("returned", sa.BigInteger(), nullable=False),
        sa.Column("moved_in", sa.BigInteger(), nullable=False),
        sa.Column("moved_out", sa.BigInteger(), nullable=False),
        sa.Column("uncertain", sa.BigInteger(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("expected_low", sa.BigInteger(), nullable=False),
        sa.Column("expected_high", sa.BigInteger(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("unexplained", sa.BigInteger(), nullable=False),
        sa.Column("moved_known", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "outlet", "product"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "stock_reports",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("compared_at", sa.String(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account"),
    )
    op.create_table(
        "stock_history",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("hour", sa.String(), nullable=False),
        sa.Column("outlet", sa.String(), nullable=False),
        sa.Column("levels", sa.Integer(), nullable=False),
        sa.Column("differing", sa.Integer(), nullable=False),
        sa.Column("drifts", sa.Integer(), nullable=False),
        sa.Column("missing", sa.BigInteger(), nullable=False),
        sa.Column("surplus", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "hour", "outlet"),
    )
    op.create_index("orders_readings", "orders", ["account", "order_id", "seq"], unique=False)
    op.create_index("parts_verified", "parts", ["account", "order_id", "verified_at"], unique=False)
    op.create_index("seen_sales_versions", "seen_sales", ["account", "order_id", "version"], unique=False)
    op.create_index("till_lines_of_product", "till_lines", ["account", "product_id", "outlet"], unique=False)
    op.create_index("product_codes_of_product", "product_codes", ["account", "product_id", "code"], unique=False)
