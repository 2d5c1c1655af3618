"""The customers of X-Series, by digests of code and e-mail."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "customers",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "customer_id"),
    )
    op.create_index("customers_code", "customers", ["account", "code"], unique=False)
    op.create_index("customers_email", "customers", ["account", "email"], unique=False)
