"""`syncd sync`: the one-shot manual sync."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import typer

from syncd.bootstrap import open_given
from syncd.cli.counts import counts_in_words
from syncd.cli.exit_codes import code_of
from syncd.cli.options import (
    ALL_JOBS,
    DEFAULT_CONFIG,
    ConfigOption,
    JobName,
    JsonOption,
    VerboseOption,
    WaitOption,
    seconds,
    settings_of,
)
from syncd.cli.plan import make_plan
from syncd.cli.progress import progress_bar
from syncd.cli.screen import print_json, print_line, warn
from syncd.cli.stock_table import print_stock
from syncd.cli.stock_view import StockView, whole_as_data
from syncd.domain.stock_report import StockReport
from syncd.errors import UsageError
from syncd.jobs.catalogue import ensure_catalogue, sync_catalogue
from syncd.jobs.correct_stock import run_stock
from syncd.jobs.fulfilments import sync_fulfilments
from syncd.jobs.given import Given, Run
from syncd.jobs.orders import sync_orders
from syncd.jobs.run import RunOutcome, RunResult, run_job
from syncd.jobs.sweep import sync_sweep


def sync(
    jobs: Annotated[
        list[JobName] | None, typer.Argument(help="Which jobs; all but the sweep when none is named.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done, as `syncd plan`.")] = False,
    order: Annotated[list[str] | None, typer.Option("--order", help="Read only this order.", metavar="REF")] = None,
    since: Annotated[
        str | None, typer.Option("--since", help="Read the ERP again from this time.", metavar="TIME")
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Read the whole of the ERP's stock, not only what moved.")
    ] = False,
    wait: WaitOption = 0,
    as_json: JsonOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    verbose: VerboseOption = False,
) -> None:
    """Do one pass of the jobs and say what was done. Safe to run beside the daemon."""
    chosen = jobs or list(ALL_JOBS)
    references = order or []
    start = moment(since) if since else None
    if dry_run:
        data, planned, _ = make_plan(chosen, references, config=config, as_json=as_json, verbose=verbose)
        if as_json:
            print_json(data)
        raise typer.Exit(code_of(planned))
    settings = settings_of(config, verbose=verbose)
    outcomes: list[RunOutcome] = []
    said: dict[str, dict[str, Any]] = {}
    with open_given(settings) as given, progress_bar() as progress:
        for job in chosen:
            result = run_job(
                given,
                job.value,
                work_of(job, references, start, full=full),
                command=f"sync {job.value}",
                mode=given.settings.orders_mode.value,
                lock_wait=seconds(wait),
                progress=progress,
            )
            outcomes.append(result.outcome)
            if as_json:
                said[job.value] = as_data(given, result)
            else:
                say(given, job, result)
    if as_json:
        print_json(said)
    raise typer.Exit(code_of(outcomes))


def work_of(
    job: JobName, references: list[str], since: datetime | None, *, full: bool = False
) -> Callable[[Given, Run], Any]:
    """The job as one callable; the catalogue is read first when there is none yet."""

    def work(given: Given, run: Run) -> Any:
        if job not in (JobName.CATALOGUE, JobName.SWEEP):
            ensure_catalogue(given, run)
        match job:
            case JobName.ORDERS:
                return sync_orders(given, run, references=references, since=since)
            case JobName.FULFILMENTS:
                return sync_fulfilments(given, run)
            case JobName.STOCK:
                return run_stock(given, run, full=full)
            case JobName.CATALOGUE:
                return sync_catalogue(given, run)
            case JobName.SWEEP:
                return sync_sweep(given, run, since=since)

    return work


def moment(text: str) -> datetime:
    """The time that `--since` names. Raise UsageError when it is none, or has no zone."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--since {text} is not a time", hint="Write it as 2026-12-01T00:00:00+13:00.") from None
    if found.tzinfo is None:
        raise UsageError(f"--since {text} has no zone", hint="Write it as 2026-12-01T00:00:00+13:00.")
    return found


def say(given: Given, job: JobName, result: RunResult[Any]) -> None:
    """What the run did, for people."""
    if isinstance(result.value, StockReport):
        print_stock(StockView(given.database, given.account, result.value))
    for line in result.run.lines:
        print_line(line)
    if result.message:
        warn(f"error: {job.value}: {result.message}")
    held = f"; {result.run.held_new} newly held (`syncd holds`)" if result.run.held_new else ""
    done = "done" if result.outcome is RunOutcome.HELD else result.outcome.value
    counts = "" if result.message and not any(result.run.counts.values()) else f": {counts_in_words(result.run.counts)}"
    print_line(f"{job.value}: {done}{counts}{held}")


def as_data(given: Given, result: RunResult[Any]) -> dict[str, Any]:
    """What the run did, for programs."""
    data: dict[str, Any] = {
        "run": result.run.id,
        "outcome": result.outcome,
        "message": result.message,
        "held_new": result.run.held_new,
        "counts": dict(result.run.counts),
    }
    if isinstance(result.value, StockReport):
        data["report"] = whole_as_data(StockView(given.database, given.account, result.value))
    return data
