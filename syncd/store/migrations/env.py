"""How Alembic reaches the database: only by a connection that `Database.upgrade` gives it."""

from alembic import context
from sqlmodel import SQLModel

from syncd.store import tables  # noqa: F401  (fills SQLModel.metadata)

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
