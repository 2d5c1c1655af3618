"""`syncd holds`: what waits for a person, and what the person says."""

from __future__ import annotations

import getpass
import json
from pathlib import Path
from typing import Annotated

import typer

from syncd.bootstrap import SystemClock, open_database
from syncd.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, settings_of
from syncd.cli.screen import print_json, print_line, print_table
from syncd.domain.ids import Account, HoldId
from syncd.domain.reasons import in_words, next_step, sentence
from syncd.store import holds as store
from syncd.store import inbox
from syncd.store.holds import Hold, Verb

app = typer.Typer(invoke_without_command=True, help="What waits for a person.")
HoldArgument = Annotated[int, typer.Argument(help="The number that `syncd holds` shows.", metavar="ID")]
WhyOption = Annotated[str, typer.Option("--why", help="A word for whoever reads the diary later.")]


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
            found = store.open_holds(tx, account)
            numbers = {
                hold.id: row.number
                for hold in found
                if hold.order and (row := inbox.get(tx, account, hold.order)) is not None
            }
    if as_json:
        print_json([_as_data(hold, numbers.get(hold.id, "")) for hold in found])
        return
    if not found:
        print_line("nothing is held.")
        return
    print_table(
        (">id", "order", "reason", "what", "next step"),
        (
            (
                hold.id,
                numbers.get(hold.id, hold.subject),
                hold.reason,
                in_words(hold.reason, hold.detail),
                next_step(hold.reason),
            )
            for hold in found
        ),
    )


@app.command()
def show(hold: HoldArgument, as_json: JsonOption = False, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Show one hold with its evidence: what was sent, what came back."""
    settings = settings_of(config)
    with open_database(settings) as database:
        database.prepare()
        with database.read() as tx:
            found = store.get(tx, Account(settings.account), HoldId(hold))
    data = _as_data(found, "")
    if as_json:
        print_json(data)
        return
    for name in ("id", "subject", "reason", "meaning", "detail", "next", "opened_at", "closed_at", "closed_because"):
        if data[name]:
            print_line(f"{name:15} {data[name]}")
    if found.evidence:
        print_line(json.dumps(json.loads(found.evidence), indent=2, ensure_ascii=False))


@app.command()
def retry(hold: HoldArgument, why: WhyOption = "", config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Let the next run try it again."""
    _decide(hold, Verb.RETRY, why, config)


@app.command()
def drop(hold: HoldArgument, why: WhyOption = "", config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Say that it is settled by hand: syncd leaves it alone."""
    _decide(hold, Verb.DROP, why, config)


@app.command()
def approve(hold: HoldArgument, why: WhyOption = "", config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Let a braked plan pass once."""
    _decide(hold, Verb.APPROVE, why, config)


def _decide(hold: int, verb: Verb, why: str, config: Path) -> None:
    settings = settings_of(config)
    with open_database(settings) as database:
        database.prepare()
        with database.write() as tx:
            held = store.decide(
                tx,
                Account(settings.account),
                HoldId(hold),
                verb,
                who=getpass.getuser(),
                why=why,
                now=SystemClock().now(),
            )
    print_line(f"hold {hold} ({held.reason}): {verb}; the next run takes it up.")


def _as_data(hold: Hold, number: str) -> dict[str, object]:
    return {
        "id": hold.id,
        "subject": hold.subject,
        "order": hold.order,
        "number": number,
        "reason": hold.reason,
        "meaning": sentence(hold.reason),
        "detail": hold.detail,
        "next": next_step(hold.reason),
        "opened_at": hold.opened_at,
        "closed_at": hold.closed_at,
        "closed_because": hold.closed_because,
    }
