"""The command `syncd`: every command is a file beside this one."""

from __future__ import annotations

import sys

import typer

from syncd import __version__
from syncd.bootstrap import settle_memory
from syncd.cli import (
    adopt,
    auth,
    check,
    config,
    explain,
    holds,
    plan,
    replay,
    report,
    run,
    runs,
    sandbox,
    status,
    store,
    sync,
)
from syncd.cli.exit_codes import ExitCode, code_of
from syncd.cli.screen import print_line, warn
from syncd.errors import ConfigError, SyncdError
from syncd.jobs.run import outcome_of
from syncd.log import cut_secrets

app = typer.Typer(
    name="syncd",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Keeps an ERP and Lightspeed Retail (X-Series) telling the same story.",
)
app.add_typer(config.app, name="config")
app.add_typer(auth.app, name="auth")
app.command("check")(check.check)
app.command("plan")(plan.plan)
app.command("sync")(sync.sync)
app.command("run")(run.run)
app.command("adopt")(adopt.adopt)
app.command("replay")(replay.replay)
app.command("status")(status.status)
app.command("runs")(runs.runs)
app.command("report")(report.report)
app.add_typer(explain.app, name="explain")
app.add_typer(holds.app, name="holds")
app.add_typer(store.app, name="store")
app.command("sandbox")(sandbox.sandbox)


def _print_version(wanted: bool) -> None:
    if wanted:
        print_line(f"syncd {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    _version: bool = typer.Option(
        False, "--version", callback=_print_version, is_eager=True, help="Print the version."
    ),
) -> None:
    """Keeps an ERP and Lightspeed Retail (X-Series) telling the same story."""


def _next_step(error: SyncdError) -> str:
    if isinstance(error, ConfigError):
        return "Mend the file (`syncd config example` shows one), or name another: -c FILE or SYNCD_CONFIG."
    return "`syncd check` asks both systems what is wrong."


def main() -> None:
    """Run the command; an error is one clear message on stderr and an exit code, never a traceback."""
    settle_memory()
    try:
        app()
    except SyncdError as error:
        warn(f"error: {cut_secrets(error.message)}")
        warn(f"next:  {cut_secrets(error.hint or _next_step(error))}")
        sys.exit(code_of([outcome_of(error)]))
    except KeyboardInterrupt:
        warn("stopped; what was on its way is looked up by the next run.")
        sys.exit(ExitCode.FAILED)
    except BrokenPipeError:
        sys.exit(ExitCode.FAILED)
