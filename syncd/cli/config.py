"""`syncd config`: the file itself, without asking either system."""

from __future__ import annotations

import typer

from syncd.cli.options import DEFAULT_CONFIG, ConfigOption, settings_of
from syncd.cli.screen import print_json, print_line, print_text
from syncd.config import render_example, render_schema, show

app = typer.Typer(no_args_is_help=True, help="The config file: validate, show, schema, example. Offline.")


@app.command()
def validate(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Say every mistake in the file at once, with its place and the next step."""
    settings = settings_of(config)
    print_line(f"{config}: valid. Account {settings.account}, {len(settings.locations)} locations.")
    print_line("next: `syncd check` asks both systems whether every name in it exists.")


@app.command("show")
def show_settings(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Print the settings with all defaults, secrets cut."""
    print_json(show(settings_of(config)))


@app.command()
def schema() -> None:
    """Print the JSON Schema of the file, for editors."""
    print_text(render_schema())


@app.command()
def example() -> None:
    """Print an example of the file with every key explained."""
    print_text(render_example())
