"""What many holds have in common, and the sale that a person named."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("holds", sa.Column("cause", sa.Text(), server_default="", nullable=False))
    op.add_column("decisions", sa.Column("sale_id", sa.String(), nullable=True))
