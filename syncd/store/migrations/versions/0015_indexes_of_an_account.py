"""Every index of a large table begins with the account, so that none is taken which knows nothing else."""

from alembic import op

revision = "0015"
down_revision = "0014"

GONE = (
    ("orders", "ix_orders_number"),
    ("orders", "ix_orders_reference"),
    ("orders", "ix_orders_outcome"),
    ("journal", "ix_journal_order_id"),
    ("seen_sales", "ix_seen_sales_order_id"),  # seen_sales_versions begins with the same
    ("seen_sales", "ix_seen_sales_source_id"),
    ("holds", "ix_holds_order_id"),
)
MADE = (
    ("orders_number", "orders", "number"),
    ("orders_reference", "orders", "reference"),
    ("orders_outcome", "orders", "outcome"),
    ("journal_order", "journal", "order_id"),
    ("seen_sales_source", "seen_sales", "source_id"),
    ("holds_subject", "holds", "subject"),
    ("holds_order", "holds", "order_id"),
)


def upgrade() -> None:
    for table, name in GONE:
        op.drop_index(name, table_name=table)
    for name, table, column in MADE:
        op.create_index(name, table, ["account", column], unique=False)
