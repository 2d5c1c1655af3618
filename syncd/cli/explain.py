"""`syncd explain`: the whole story of one thing, from what the store knows."""

from __future__ import annotations

from typing import Annotated

import typer

from syncd.bootstrap import SystemClock, job_settings, open_database
from syncd.cli import explain_stock
from syncd.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, settings_of
from syncd.cli.order_story import find_stories
from syncd.cli.order_words import print_story
from syncd.cli.screen import print_json
from syncd.domain.ids import Account
from syncd.errors import UsageError

app = typer.Typer(no_args_is_help=True, help="The whole story of one thing.")


@app.callback()
def _explain() -> None:
    """The whole story of one thing."""


app.command("stock")(explain_stock.stock)


@app.command()
def order(
    reference: Annotated[
        str,
        typer.Argument(
            help="The order's number, now or before, the customer's reference, or its sale's invoice number.",
            metavar="REF",
        ),
    ],
    as_json: JsonOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Say what the ERP said, what was decided and why, what was sent and seen, and what happens next."""
    settings = settings_of(config)
    names, now = job_settings(settings).names, SystemClock().now()
    with open_database(settings) as database:
        database.prepare()
        with database.read() as tx:
            stories = find_stories(tx, Account(settings.account), reference, names, now=now)
    if not stories:
        raise UsageError(
            f"syncd has read no order {reference}",
            hint=f"`syncd sync orders --order {reference}` asks the ERP for it.",
        )
    if as_json:
        print_json(stories)
        return
    for story in stories:
        print_story(story, settings.timezone)
