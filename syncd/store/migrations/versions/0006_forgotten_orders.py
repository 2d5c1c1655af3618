"""Which finished orders no longer say whose they were."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("orders", sa.Column("forgotten_at", sa.String(), nullable=True))
