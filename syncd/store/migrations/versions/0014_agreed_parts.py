"""What agreed is seen to agree without its large rows."""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_index("parts_agreed", "parts", ["account", "sale_id", "order_id", "agreed_mark"], unique=False)
