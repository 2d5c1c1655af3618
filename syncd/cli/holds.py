"""`syncd holds`: what waits for a person, and what the person says."""

from __future__ import annotations

import getpass
import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from syncd.bootstrap import SystemClock, open_database, open_given
from syncd.cli.exit_codes import code_of
from syncd.cli.hold_words import hold_as_data, payload_of, print_hold, print_holds, told_of
from syncd.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, WaitOption, seconds, settings_of
from syncd.cli.screen import print_json, print_line, warn
from syncd.domain.ids import Account, HoldId
from syncd.domain.reasons import in_words
from syncd.jobs.adopt_by_hand import AdoptedByHand, Said, adopt_by_hand
from syncd.jobs.catalogue import ensure_catalogue
from syncd.jobs.given import Given, Run
from syncd.jobs.run import run_job
from syncd.store import holds as store
from syncd.store.holds import Verb

app = typer.Typer(invoke_without_command=True, help="What waits for a person.")
HoldArgument = Annotated[int, typer.Argument(help="The number that `syncd holds` shows.", metavar="ID")]
WhoOption = Annotated[
    str | None, typer.Option("--as", help="Who decides; the user who is logged in, unless told.", metavar="NAME")
]
WhyOption = Annotated[
    str, typer.Option("--because", help="Why: kept, and shown by `syncd explain order`.", metavar="TEXT")
]


@app.callback()
def holds(context: typer.Context, as_json: JsonOption = False, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """List what waits for a person, with the reason and the next step."""
    if context.invoked_subcommand is not None:
        return
    settings = settings_of(config)
    account = Account(settings.account)
    with open_database(settings) as database:
        database.prepare()
        with database.read() as tx:
            found = told_of(tx, account, store.open_holds(tx, account))
    if as_json:
        print_json([hold_as_data(one) for one in found])
        return
    print_holds(found, settings.timezone)


@app.command()
def show(hold: HoldArgument, as_json: JsonOption = False, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Show one hold: its reason, the line to blame, what was sent and answered, and the next step."""
    settings = settings_of(config)
    account = Account(settings.account)
    with open_database(settings) as database:
        database.prepare()
        with database.read() as tx:
            its = store.get(tx, account, HoldId(hold))
            (found,) = told_of(tx, account, [its])
            same = [one for one in store.open_holds(tx, account) if one.cause == its.cause and one.id != its.id]
            others = told_of(tx, account, same if its.cause else [])
    if as_json:
        print_json({**hold_as_data(found), "payload": payload_of(its)})
        return
    print_hold(found, others, settings.timezone)


@app.command()
def retry(
    hold: HoldArgument, who: WhoOption = None, why: WhyOption = "", config: ConfigOption = DEFAULT_CONFIG
) -> None:
    """Let the next run try it again."""
    _decide(hold, Verb.RETRY, who, why, config)


@app.command()
def drop(hold: HoldArgument, who: WhoOption = None, why: WhyOption = "", config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Say that it is settled by hand: syncd leaves it alone."""
    _decide(hold, Verb.DROP, who, why, config)


@app.command()
def approve(
    hold: HoldArgument, who: WhoOption = None, why: WhyOption = "", config: ConfigOption = DEFAULT_CONFIG
) -> None:
    """Let a braked plan pass once."""
    _decide(hold, Verb.APPROVE, who, why, config)


@app.command()
def adopt(
    hold: HoldArgument,
    sale: Annotated[str, typer.Argument(help="The sale's number in X-Series, or its id.", metavar="SALE")],
    who: WhoOption = None,
    why: WhyOption = "",
    wait: WaitOption = 0,
    as_json: JsonOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Take a sale that syncd did not make for the order's, when it is what the order asks for. Sends nothing."""
    settings = settings_of(config)
    said = Said(HoldId(hold), sale, who or logged_in(), why)

    def work(given: Given, run: Run) -> AdoptedByHand:
        ensure_catalogue(given, run)
        return adopt_by_hand(given, run, said)

    with open_given(settings, read_only=True) as given:
        result = run_job(given, "adopt", work, command="holds adopt", lock_wait=seconds(wait))
    if as_json:
        found = asdict(result.value) if result.value else {}
        print_json({"run": result.run.id, "outcome": result.outcome, "message": result.message, **found})
    elif result.value is None:
        warn(f"error: {result.message}")
    else:
        one = result.value
        print_line(f"hold {hold}: the sale {one.invoice_number} is taken for order {one.number}; nothing was sent.")
        print_line(f"order {one.number}: {one.outcome}, {in_words(one.reason, one.detail)}")
    raise typer.Exit(code_of([result.outcome]))


def _decide(hold: int, verb: Verb, who: str | None, why: str, config: Path) -> None:
    settings = settings_of(config)
    with open_database(settings) as database:
        database.prepare()
        with database.write() as tx:
            decision = store.decide(
                tx,
                Account(settings.account),
                HoldId(hold),
                verb,
                who=who or logged_in(),
                why=why,
                now=SystemClock().now(),
            )
    print_line(f"hold {hold} ({decision.hold.reason}): {decision}; the next run takes it up.")


def logged_in() -> str:
    """The user of this process; in a container without a list of users, its number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
