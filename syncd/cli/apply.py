"""`syncd apply FILE`: correct the levels of a plan that was looked at."""

from __future__ import annotations

from pathlib import Path
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
from syncd.cli.progress import progress_bar
from syncd.cli.screen import print_json
from syncd.cli.stock_plan import read_plan
from syncd.cli.sync import as_data, say
from syncd.jobs.catalogue import ensure_catalogue
from syncd.jobs.correct_stock import apply_plan
from syncd.jobs.given import Given, Run
from syncd.jobs.run import run_job


def apply(
    file: Annotated[Path, typer.Argument(help="What `syncd plan stock -o` or `syncd undo -o` wrote.", metavar="FILE")],
    wait: WaitOption = 0,
    as_json: JsonOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    verbose: VerboseOption = False,
) -> None:
    """Apply a saved plan of stock. Reads both sides again, and refuses a plan that is not true any more."""
    settings = settings_of(config, verbose=verbose)
    plan = read_plan(file)

    def work(given: Given, run: Run) -> None:
        ensure_catalogue(given, run)
        apply_plan(given, run, plan)

    with open_given(settings) as given, progress_bar() as progress:
        result = run_job(
            given,
            JobName.STOCK.value,
            work,
            command="apply",
            mode=settings.stock.mode,
            lock_wait=seconds(wait),
            progress=progress,
        )
        if as_json:
            print_json(as_data(given, result))
        else:
            say(given, JobName.STOCK, result)
    raise typer.Exit(code_of([result.outcome]))
