"""`syncd undo RUN`: the plan that takes the corrections of a run back. Writes to neither side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from syncd.bootstrap import open_given
from syncd.cli.exit_codes import code_of
from syncd.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, VerboseOption, settings_of
from syncd.cli.screen import plain, print_json, print_line, warn
from syncd.cli.stock_plan import plan_as_data, print_plan
from syncd.domain.ids import RunId
from syncd.domain.plan_corrections import StockPlan
from syncd.jobs.correct_stock import plan_undo
from syncd.jobs.given import Given, Run
from syncd.jobs.run import run_job


def undo(
    run: Annotated[int, typer.Argument(help="The run, as `syncd runs` shows it.", metavar="RUN")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write the plan to a file.")] = None,
    as_json: JsonOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    verbose: VerboseOption = False,
) -> None:
    """Plan to take back what a run has corrected, where nothing else has moved since; `syncd apply FILE` does it."""
    settings = settings_of(config, verbose=verbose)

    def work(given: Given, its: Run) -> StockPlan:
        return plan_undo(given, its, of=RunId(run))

    with open_given(settings, read_only=True) as given:
        result = run_job(given, "undo", work, command=f"undo {run}", mode="plan")
    if result.value is None:
        warn(f"error: {result.message}")
        raise typer.Exit(code_of([result.outcome]))
    data = {"stock": plan_as_data(result.value)}
    if as_json:
        print_json(data)
    else:
        print_plan(result.value)
        if output is not None:
            print_line(f"`syncd apply {output}` takes it back; nothing was sent.")
    if output is not None:
        output.write_text(json.dumps(plain(data), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    raise typer.Exit(code_of([result.outcome]))
