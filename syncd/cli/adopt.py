"""`syncd adopt`: link the sales that stand in X-Series again, and send nothing."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any

import typer

from syncd.bootstrap import open_given
from syncd.cli.exit_codes import code_of
from syncd.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, VerboseOption, WaitOption, seconds, settings_of
from syncd.cli.screen import print_json, print_line, print_table, warn
from syncd.config import Settings
from syncd.jobs.adopt import Adopted
from syncd.jobs.adopt import adopt as adopt_sales
from syncd.jobs.catalogue import ensure_catalogue
from syncd.jobs.given import Given, Run
from syncd.jobs.run import RunResult, run_job

#: key of the JSON -> what it means
WORDS = {
    "linked": "linked now",
    "already_linked": "linked before",
    "different": "not what their orders ask for: held, left as they are",
    "doubles": "a second sale of a part: the next sync voids it when nobody has touched it",
    "without_order": "the ERP has no such order: held, left as they are",
    "undecided": "of orders that the next sync goes on with",
    "sales_seen": "standing sales of ours in all",
}


def adopt(
    from_beginning: Annotated[
        bool, typer.Option("--from-beginning", help="Read the sales feed from its first version, whatever its length.")
    ] = False,
    wait: WaitOption = 0,
    as_json: JsonOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    verbose: VerboseOption = False,
) -> None:
    """Read the sales feed from `orders.start` on and link what stands. Sends nothing to either side."""
    result = adopt_now(settings_of(config, verbose=verbose), from_beginning=from_beginning, wait=seconds(wait))
    if as_json:
        print_json(adopted_as_data(result))
    else:
        print_adopted(result)
    raise typer.Exit(code_of([result.outcome]))


def adopt_now(settings: Settings, *, from_beginning: bool = False, wait: timedelta) -> RunResult[Adopted]:
    """One pass over a transport that refuses every write."""

    def work(given: Given, run: Run) -> Adopted:
        ensure_catalogue(given, run)
        return adopt_sales(given, run, from_beginning=from_beginning)

    with open_given(settings, read_only=True) as given:
        return run_job(given, "adopt", work, command="adopt", lock_wait=wait)


def adopted_as_data(result: RunResult[Adopted]) -> dict[str, Any]:
    found = asdict(result.value) if result.value is not None else {}
    return {
        "run": result.run.id,
        "outcome": result.outcome,
        "message": result.message,
        "held_new": result.run.held_new,
        **found,
    }


def print_adopted(result: RunResult[Adopted]) -> None:
    if result.message:
        warn(f"error: adopt: {result.message}")
    if result.value is None:
        return
    counts = asdict(result.value)
    print_table((">sales", "which are"), [(counts[key], words) for key, words in WORDS.items()])
    held = f"; {result.run.held_new} newly held (`syncd holds`)" if result.run.held_new else ""
    print_line(f"adopt: the sales feed was read from version {result.value.from_version}; nothing was sent{held}")
