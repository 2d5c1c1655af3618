"""The command `syncd`: every command is a file beside this one, and only the one that is called is imported.

What the others need (a web server, a timetable, a sandbox) would take longer to import than a quiet run takes.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Collection, Mapping, Sequence
from importlib import import_module

import typer

from syncd import __version__
from syncd.errors import ConfigError, SyncdError
from syncd.log import cut_secrets

#: What each command is: a function or a group of commands, by its module and its name there.
COMMANDS: Mapping[str, str] = {
    "config": "config.app",
    "auth": "auth.app",
    "check": "check.check",
    "plan": "plan.plan",
    "apply": "apply.apply",
    "undo": "undo.undo",
    "sync": "sync.sync",
    "run": "run.run",
    "adopt": "adopt.adopt",
    "replay": "replay.replay",
    "status": "status.status",
    "runs": "runs.runs",
    "report": "report.report",
    "explain": "explain.app",
    "holds": "holds.app",
    "store": "store.app",
    "sandbox": "sandbox.sandbox",
}


def app_of(names: Collection[str]) -> typer.Typer:
    """The program with these commands."""
    app = typer.Typer(
        name="syncd",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="Keeps an ERP and Lightspeed Retail (X-Series) telling the same story.",
    )
    app.callback()(_root)
    for name, place in COMMANDS.items():
        if name in names:
            module, _, what = place.partition(".")
            command = getattr(import_module(f"syncd.cli.{module}"), what)
            if isinstance(command, typer.Typer):
                app.add_typer(command, name=name)
            else:
                app.command(name)(command)
    return app


def named(words: Sequence[str]) -> Collection[str]:
    """The command that these words call; all of them when they call none, for the help and for advice."""
    return words[:1] if words and words[0] in COMMANDS else COMMANDS.keys()


def _print_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"syncd {__version__}\n")
        raise typer.Exit


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
    gc.disable()  # nothing is garbage yet; to look for it again and again takes a tenth of the start
    app = app_of(named(sys.argv[1:]))
    # Not at the top, where the collector is still on.
    from syncd.bootstrap import settle_memory
    from syncd.cli.exit_codes import ExitCode, code_of
    from syncd.cli.screen import warn
    from syncd.jobs.run import outcome_of

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
