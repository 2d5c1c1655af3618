"""What the process that may die does: the shipped jobs on the shipped adapters, composed as `bootstrap` does.

Only time, the wire and the failpoints are given; and, in a sabotaged lifetime, one broken part.
"""

from __future__ import annotations

import contextlib
import io
import resource
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import stamina
import typer
from sqlalchemy import text

from syncd.bootstrap import ERP, X_SERIES, Surroundings, open_given
from syncd.cli import holds, status
from syncd.cli.options import JobName
from syncd.cli.sync import work_of
from syncd.config import load
from syncd.domain.journal import OPEN
from syncd.domain.reasons import Outcome, Reason
from syncd.jobs.adopt_by_hand import Said, adopt_by_hand
from syncd.jobs.given import Given, Run
from syncd.jobs.run import run_job
from syncd.store import holds as held
from syncd.store import inbox, journal
from tests.crash.clock import SharedClock
from tests.crash.killer import DeadlyWire, Killer
from tests.crash.sabotage import SABOTAGES
from tests.crash.takeover_workload import ADOPT
from tests.statements import share_statements

GOES_ON = {(Outcome.WAITING, reason) for reason in Reason if reason is not Reason.ERP_UNDECIDED}
# A newer reading waits while an entry of its order is open, and what ends the entry need not be the job that plans.
_UNPLANNED = text(
    "SELECT COUNT(*) FROM orders WHERE account = :its_account AND outcome = :stands AND planned_seq <> seq"
)
# Two commands of the program, and not all of it: every page of memory that is loaded is paid for at every fork.
_app = typer.Typer()
_app.command("status")(status.status)
_app.add_typer(holds.app, name="holds")


@dataclass(frozen=True, slots=True)
class Command:
    """What one process is started for."""

    config: str
    clock: str
    jobs: Sequence[str] = ()
    said: Sequence[Sequence[str]] = ()  # commands of `syncd` to type after the jobs
    point: str = ""  # where it dies
    passing: int = 0
    passed: dict[str, int] = field(default_factory=dict)  # by the processes before it
    sabotage: str = ""
    file_bytes_max: int = 0  # the disk is full when a file is that long


def live(command: Command) -> dict[str, Any]:
    """Do it all, and tell what was passed. Whoever is killed tells nothing."""
    stamina.set_testing(True, attempts=4, cap=True)  # reads are repeated as often, without the pauses of real time
    if command.file_bytes_max:
        resource.setrlimit(resource.RLIMIT_FSIZE, (command.file_bytes_max, command.file_bytes_max))
    killer = Killer(command.point, command.passing, command.passed)
    outcomes = []
    with _composed(command, killer) as given:
        for job in command.jobs:
            work = adopt_what_is_taken if job == ADOPT else work_of(JobName(job), [], None)
            result = run_job(given, job, work, command=f"sync {job}", lock_wait=timedelta(minutes=1))
            outcomes.append({"job": job, "outcome": result.outcome.value, "message": result.message})
        under_way = _under_way(given)
    said = [_say(argv) for argv in command.said]
    return {"passed": dict(killer.passed), "outcomes": outcomes, "under_way": under_way, "said": said}


def adopt_what_is_taken(given: Given, run: Run) -> None:
    """What a person types for each hold that another connector has caused: `syncd holds adopt HOLD NUMBER`."""
    with given.database.read() as tx:
        taken = [one for one in held.open_holds(tx, given.account) if one.reason is Reason.INVOICE_TAKEN and one.order]
        numbers = [inbox.get(tx, given.account, one.order) for one in taken if one.order]
    for one, row in zip(taken, numbers, strict=True):
        assert row is not None, "an order is held, so it was read"
        adopt_by_hand(given, run, Said(one.id, row.number, "ada", "made by the old connector"))


def _under_way(given: Given) -> int:
    """Entries that are open, and orders that the next run goes on with."""
    with given.database.read() as tx:
        orders, entries = inbox.count_by_outcome(tx, given.account), journal.count_by_state(tx, given.account)
        found = tx.execute(_UNPLANNED, {"its_account": given.account, "stands": Outcome.SYNCED.value})
        unplanned = int(found.scalar_one())
    waiting = (count for (outcome, reason), count in orders.items() if (outcome, reason) in GOES_ON)
    return sum(waiting) + unplanned + sum(entries.get(state.value, 0) for state in OPEN)


@contextlib.contextmanager
def _composed(command: Command, killer: Killer) -> Iterator[Given]:
    clock = SharedClock(Path(command.clock))
    wires = {side: DeadlyWire(side, killer) for side in (ERP, X_SERIES)}
    around = Surroundings(clock=clock, wires=wires, at=killer)
    with open_given(load(Path(command.config), {}), surroundings=around) as given:
        killer.watch(given.database.engine)
        share_statements(given.database)
        _note_how_commits_are_synced(given, Path(command.clock).parent)
        yield SABOTAGES[command.sabotage].breaks(given) if command.sabotage else given


def _note_how_commits_are_synced(given: Given, folder: Path) -> None:
    """For the loss of power: what a connection of this process really has set."""
    with given.database.read() as tx:
        if tx.dialect.name == "sqlite":
            (folder / "synchronous").write_text(str(tx.exec_driver_sql("PRAGMA synchronous").scalar_one()))


def _say(argv: Sequence[str]) -> str:
    """Run a command of the installed program, and return what it printed."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        _app([*argv], standalone_mode=False)
    return out.getvalue()
