"""`syncd replay`: take up again all orders that changed since a moment, as if they were new."""

from __future__ import annotations

from typing import Annotated

import typer

from syncd.bootstrap import open_given
from syncd.cli.exit_codes import code_of
from syncd.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    JobName,
    JsonOption,
    VerboseOption,
    WaitOption,
    seconds,
    settings_of,
)
from syncd.cli.screen import print_json
from syncd.cli.sync import as_data, moment, say
from syncd.jobs.catalogue import ensure_catalogue
from syncd.jobs.given import Given, Run
from syncd.jobs.replay import replay_orders
from syncd.jobs.run import run_job


def replay(
    since: Annotated[
        str, typer.Option("--since", help="Orders that the ERP changed from this time on.", metavar="TIME")
    ],
    wait: WaitOption = 0,
    as_json: JsonOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    verbose: VerboseOption = False,
) -> None:
    """Read and plan again every order that changed since then, and mend what is not so. Makes nothing twice."""
    start = moment(since)

    def work(given: Given, run: Run) -> None:
        ensure_catalogue(given, run)
        replay_orders(given, run, since=start)

    with open_given(settings_of(config, verbose=verbose)) as given:
        mode = given.settings.orders_mode.value
        result = run_job(given, JobName.ORDERS.value, work, command="replay", mode=mode, lock_wait=seconds(wait))
        if as_json:
            print_json({JobName.ORDERS.value: as_data(given, result)})
        else:
            say(given, JobName.ORDERS, result)
    raise typer.Exit(code_of([result.outcome]))
