"""`syncd store`: the database."""

from __future__ import annotations

import typer

from syncd.bootstrap import open_database
from syncd.cli import store_copy
from syncd.cli.options import DEFAULT_CONFIG, ConfigOption, settings_of
from syncd.cli.screen import print_line

app = typer.Typer(no_args_is_help=True, help="The database.")


@app.callback()
def _store() -> None:
    """The database."""


@app.command()
def upgrade(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Bring the tables to this version. Safe to repeat."""
    settings = settings_of(config)
    with open_database(settings) as database:
        before, after = database.upgrade()
    print_line(f"{database.shown}: tables {before or 'new'} -> {after}")


app.command("backup")(store_copy.backup)
app.command("restore")(store_copy.restore)
