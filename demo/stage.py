"""What the play needs: a fresh copy of the company's ERP, an X-Series, a config file, and somebody to type."""

import fcntl
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from demo import settings
from demo.child import ROOT, running
from demo.interruption import Interruption
from demo.sandbox import TOKEN, Sandbox, running_sandbox
from demo.settings import Dialect
from demo.shell import Shell, show
from demo.tryton.rpc import TrytonRpc
from demo.tryton.server import RunningTryton

CACHE_DIR = ROOT / "var" / "tryton"
DEMO_DIR = ROOT / "var" / "demo"
WORK_DIR = DEMO_DIR / "work"
SEED_WAIT_S = 300


class DemoFailed(Exception):
    """The demo could not go on."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that runs while the play lasts."""

    dialect: Dialect
    start: str  # `orders.start` of the config: the first day that counts
    sandbox: Sandbox
    erp: TrytonRpc  # a session of the clerk, not of syncd's user
    erp_user_of_syncd: int
    shell: Shell


def set_up(dialect: Dialect, interruption: Interruption, stack: ExitStack) -> Stage:
    """Start everything; the stack stops it."""
    stack.enter_context(_only_one())
    shutil.rmtree(WORK_DIR, ignore_errors=True)
    WORK_DIR.mkdir(parents=True)
    show("Starting Tryton with a seeded company; making the seed takes a minute, once a day.")
    _seed(interruption)
    tryton = stack.enter_context(RunningTryton(CACHE_DIR, WORK_DIR / "tryton"))
    show(f"Starting an X-Series sandbox for syncd's {dialect} dialect.")
    sandbox = stack.enter_context(running_sandbox(WORK_DIR, interruption))
    config = _write_config(dialect, tryton, sandbox)
    environment = {
        "SYNCD_CONFIG": str(config),
        "TRYTON_PASSWORD": tryton.seed["logins"]["sync"],
        "LIGHTSPEED_TOKEN": TOKEN,
    }
    show(f"ERP at {tryton.url}, X-Series at {sandbox.url}, and SYNCD_CONFIG={config.relative_to(ROOT)}")
    return Stage(
        dialect=dialect,
        start=tryton.seed["start"],
        sandbox=sandbox,
        erp=tryton.log_in("clerk"),
        erp_user_of_syncd=tryton.log_in("sync").user_id,
        shell=Shell(interruption, sandbox, environment),
    )


def _seed(interruption: Interruption) -> None:
    command = [sys.executable, "-m", "demo.seeding", str(CACHE_DIR)]
    with running(command) as seeding, interruption.while_waiting():
        if seeding.wait(SEED_WAIT_S) != 0:
            raise DemoFailed("the seeded database could not be made; see above")


def _write_config(dialect: Dialect, tryton: RunningTryton, sandbox: Sandbox) -> Path:
    path = WORK_DIR / "syncd.yaml"
    text = settings.config_text(
        dialect,
        tryton_url=tryton.url,
        database=tryton.database,
        sandbox_url=sandbox.url,
        start=tryton.seed["start"],
        store=WORK_DIR / "syncd.db",
    )
    path.write_text(text, encoding="utf-8")
    return path


@contextmanager
def _only_one() -> Iterator[None]:
    """Two demos at once would write into each other's evidence. The lock dies with its holder."""
    DEMO_DIR.mkdir(parents=True, exist_ok=True)
    with (DEMO_DIR / "running.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DemoFailed(f"another demo is running in {DEMO_DIR}") from None
        yield
