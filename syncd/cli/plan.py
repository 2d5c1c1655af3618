"""`syncd plan`: what a sync would do. Writes nothing to either side; what it read is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from syncd.bootstrap import open_given
from syncd.cli.exit_codes import ExitCode, code_of
from syncd.cli.options import ALL_JOBS, DEFAULT_CONFIG, ConfigOption, JobName, JsonOption, VerboseOption, settings_of
from syncd.cli.plan_sums import print_sums, print_takeover
from syncd.cli.screen import plain, print_json, print_line, print_table, warn
from syncd.cli.stock_plan import plan_as_data, print_plan
from syncd.cli.stock_table import print_stock
from syncd.cli.stock_view import StockView, whole_as_data
from syncd.cli.story import fulfilments_as_data, fulfilments_in_words, planning_as_data, planning_rows
from syncd.domain.plan_corrections import StockMode
from syncd.jobs.catalogue import ensure_catalogue, sync_catalogue
from syncd.jobs.correct_stock import plan_stock
from syncd.jobs.decide import Planning, counts_of, settled_rules
from syncd.jobs.fulfilments import plan_completions
from syncd.jobs.given import Given, Mode, Run
from syncd.jobs.orders import plan_orders
from syncd.jobs.run import RunOutcome, run_job
from syncd.jobs.sweep import plan_sweep
from syncd.jobs.takeover import compare_with_others

CHANGES = 2  # of --detailed-exitcode: the plan would change something


def plan(
    jobs: Annotated[
        list[JobName] | None, typer.Argument(help="Which jobs; all but the sweep when none is named.")
    ] = None,
    order: Annotated[list[str] | None, typer.Option("--order", help="Only this order.", metavar="REF")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Also write the plan to a file.")] = None,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit 2 when the plan would change something.")
    ] = False,
    as_json: JsonOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    verbose: VerboseOption = False,
) -> None:
    """Say what a sync would do. Nothing is written to either side."""
    data, outcomes, changes = make_plan(
        jobs or list(ALL_JOBS), order or [], config=config, as_json=as_json, verbose=verbose, named=bool(jobs)
    )
    if as_json:
        print_json(data)
    if output is not None:
        output.write_text(_json_text(data))
    code = code_of(outcomes)
    if code is ExitCode.DONE and detailed_exitcode and changes:
        raise typer.Exit(CHANGES)
    raise typer.Exit(code)


def _json_text(data: dict[str, Any]) -> str:
    return json.dumps(plain(data), indent=2, ensure_ascii=False) + "\n"


def make_plan(
    jobs: list[JobName], references: list[str], *, config: Path, as_json: bool, verbose: bool, named: bool = False
) -> tuple[dict[str, Any], list[RunOutcome], int]:
    """Plan each job with a transport that refuses every write; return data, outcomes and how many changes."""
    settings = settings_of(config, verbose=verbose)
    data: dict[str, Any] = {}
    outcomes: list[RunOutcome] = []
    changes = 0
    with open_given(settings, read_only=True) as given:
        for job in jobs:
            shown, outcome, steps = _plan_one(given, job, references, as_json=as_json, named=named)
            data[job.value] = shown
            outcomes.append(outcome)
            changes += steps
    return data, outcomes, changes


def _plan_one(
    given: Given, job: JobName, references: list[str], *, as_json: bool, named: bool
) -> tuple[Any, RunOutcome, int]:
    def work(given: Given, run: Run) -> tuple[Any, int]:
        if job not in (JobName.CATALOGUE, JobName.SWEEP):
            ensure_catalogue(given, run)
        match job:
            case JobName.ORDERS:
                return _plan_orders(given, run, references, as_json=as_json)
            case JobName.FULFILMENTS:
                both_ways = plan_completions(given, run)
                if not as_json:
                    print_line(f"fulfilments: {fulfilments_in_words(both_ways)}")
                return fulfilments_as_data(both_ways), len(both_ways.completions) + len(both_ways.hand_overs)
            case JobName.STOCK:
                return _plan_stock(given, run, as_json=as_json, named=named)
            case JobName.CATALOGUE:
                sync_catalogue(given, run)
                return dict(run.counts), 0
            case JobName.SWEEP:
                return _plan_sweep(given, run, as_json=as_json), 0

    result = run_job(given, job.value, work, command=f"plan {job.value}", mode="plan")
    if result.message:
        warn(f"error: {job.value}: {result.message}")
    value, steps = result.value or (None, 0)
    return value, result.outcome, steps


def _plan_stock(given: Given, run: Run, *, as_json: bool, named: bool) -> tuple[dict[str, Any], int]:
    """The report, and what would be corrected. A sync does it only in the mode for that, `syncd apply` in any.

    So the corrections count as changes where a sync would make them, or stock is what was asked for.
    """
    planned = plan_stock(given, run)
    view = StockView(given.database, given.account, planned.report)
    corrects = given.settings.stock_mode is StockMode.CORRECT
    if not as_json:
        print_stock(view)
        print_line()
        print_plan(planned.plan)
        if planned.plan.rows and not corrects:
            print_line("`stock.mode` is report: only `syncd apply FILE` corrects (`syncd plan stock -o FILE`).")
    changes = len(planned.plan.rows) if corrects or named else 0
    return {**whole_as_data(view), **plan_as_data(planned.plan)}, changes


def _plan_sweep(given: Given, run: Run, *, as_json: bool) -> dict[str, int]:
    to_read = plan_sweep(given, run)
    listed = run.counts["orders_listed"]
    if not as_json:
        print_line(f"sweep: {listed} orders listed, {to_read} orders to read")
    return {"orders_listed": listed, "orders_to_read": to_read}


def _plan_orders(given: Given, run: Run, references: list[str], *, as_json: bool) -> tuple[list[dict[str, Any]], int]:
    planning = plan_orders(given, run, references=references)
    outlets: dict[str, str] = {route.outlet: route.outlet_name for route in settled_rules(given).routes.values()}
    compared = compare_with_others(given, planning.steps() if given.settings.takeover else ())
    if not as_json:
        _print_orders(planning, outlets)
        print_sums(planning, outlets)
        print_takeover(planning, compared)
        if given.settings.orders_mode is Mode.SHADOW and planning.steps():
            print_line("shadow: nothing of it is sent before `orders.mode: live`.")
    return planning_as_data(planning, compared.twins), len(planning.steps())


def _print_orders(planning: Planning, outlets: dict[str, str]) -> None:
    if planning.orders:
        print_table(("order", "reference", "outcome", "outlet", "what and why"), planning_rows(planning, outlets))
    counts = counts_of(planning)
    words = ", ".join(f"{counts[word]} to {word}" for word in ("create", "update", "void", "adopt") if counts[word])
    newcomers = sum(one.plan.newcomer is not None for one in planning.orders)
    if newcomers:
        words += f"; {newcomers} whose customer is made first"
    print_line(f"orders: {words or 'nothing to do'}; {counts['held']} held, {counts['ignored']} ignored")
