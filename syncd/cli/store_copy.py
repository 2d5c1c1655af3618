"""`syncd store backup` and `syncd store restore`."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from syncd.bootstrap import SystemClock, locks_of_all, open_database
from syncd.cli.adopt import adopt_now, adopted_as_data, print_adopted
from syncd.cli.exit_codes import ExitCode, code_of
from syncd.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, VerboseOption, WaitOption, seconds, settings_of
from syncd.cli.screen import print_json, print_line, warn
from syncd.config import Settings
from syncd.domain.ids import Account
from syncd.errors import UsageError
from syncd.jobs.adopt import Adopted
from syncd.jobs.run import RunOutcome, RunResult
from syncd.store import copy

RESTORE = "store restore"
NOT_IN_IT = "the tokens of `syncd auth login` are not part of it"


def backup(
    file: Annotated[Path, typer.Argument(help="Where the copy goes.", metavar="FILE")],
    force: Annotated[bool, typer.Option("--force", help="Overwrite FILE.")] = False,
    as_json: JsonOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Copy the database as it is at one moment, also while the daemon runs, and verify the copy."""
    settings = settings_of(config)
    made = copy.back_up(_sqlite_file(settings), file, Account(settings.account), force=force)
    if as_json:
        print_json({"file": str(made.path), "bytes": made.size, "tables": made.revision, "accounts": made.accounts})
        return
    print_line(f"{made.path}: {made.size} bytes, verified; {NOT_IN_IT}")


def restore(
    file: Annotated[Path, typer.Argument(help="What `syncd store backup` has made.", metavar="FILE")],
    wait: WaitOption = 0,
    as_json: JsonOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    verbose: VerboseOption = False,
) -> None:
    """Put a copy in the database's place, keep what was there, and link the sales that stand, as `syncd adopt`."""
    settings = settings_of(config, verbose=verbose)
    done = _replace(settings, file, wait=seconds(wait))
    if not as_json:
        print_line(f"restored {file}; {NOT_IN_IT}")
        if done.kept is not None:
            print_line(f"what was there before is in {done.kept}")
    result = adopt_now(settings, wait=seconds(wait))
    was_read = result.outcome in (RunOutcome.DONE, RunOutcome.HELD)
    if as_json:
        print_json(_as_data(done, result, was_read=was_read))
    else:
        print_adopted(result)
    if not was_read:
        warn("the sales feed could not be read now; the next sync reads it by itself before it writes anything.")
        raise typer.Exit(ExitCode.DONE)
    raise typer.Exit(code_of([result.outcome]))


def _replace(settings: Settings, file: Path, *, wait: timedelta) -> copy.Restored:
    clock, path = SystemClock(), _sqlite_file(settings)
    copy.check_places(path, file)
    with open_database(settings) as database, ExitStack() as held:
        for locks in locks_of_all(database, Account(settings.account), clock):
            held.enter_context(locks.alone(RESTORE, wait=wait))
        return copy.restore(path, file, Account(settings.account), holder=RESTORE, now=clock.now())


def _sqlite_file(settings: Settings) -> Path:
    if not settings.store.url.startswith("sqlite:"):
        raise UsageError(
            "syncd copies SQLite files only",
            hint="Use the database's own tools (pg_dump, pg_restore); after a restore say `syncd adopt`.",
        )
    with open_database(settings) as database:
        return database.path


def _as_data(done: copy.Restored, result: RunResult[Adopted], *, was_read: bool) -> dict[str, Any]:
    return {
        "file": str(done.copy.path),
        "tables": done.copy.revision,
        "upgraded": done.upgraded_from is not None,
        "kept": str(done.kept) if done.kept is not None else None,
        "feed_was_read": was_read,
        "adopted": adopted_as_data(result),
    }
