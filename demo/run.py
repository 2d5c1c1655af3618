"""`make demo`: start everything, play, let the auditor judge, stop everything.

usage: python -m demo.run [--dialect dated|classic]
Ends with 0 when every promise was kept, 1 when not, 128 + the signal's number when interrupted.
"""

import argparse
import subprocess
import sys
import time
from contextlib import ExitStack

from demo import evidence, settings
from demo.child import running
from demo.interruption import Interrupted, Interruption
from demo.play import play
from demo.sandbox import SandboxDidNotStart
from demo.settings import Dialect
from demo.shell import show
from demo.stage import DEMO_DIR, DemoFailed, set_up
from demo.tryton.server import TrytonDidNotStart

AUDITOR = "tests.audit.demo_report"
AUDIT_WAIT_S = 60
BROKEN = 1  # exit code: a promise was not kept


def main() -> int:
    parser = argparse.ArgumentParser(prog="demo", description="A real ERP, the sandbox and syncd, from start to end.")
    parser.add_argument("--dialect", choices=tuple(settings.API_OF), default="dated")
    dialect: Dialect = parser.parse_args().dialect
    with Interruption() as interruption:
        try:
            return demo(dialect, interruption)
        except Interrupted as asked:
            print(f"\nstopped by {asked}; nothing is left running.", file=sys.stderr)
            return asked.exit_code
        except (DemoFailed, TrytonDidNotStart, SandboxDidNotStart, subprocess.TimeoutExpired) as error:
            print(f"demo: {error}", file=sys.stderr)
            return BROKEN


def demo(dialect: Dialect, interruption: Interruption) -> int:
    """Play on a stage, write the evidence down, take the stage apart, and return the auditor's verdict."""
    started = time.monotonic()
    with ExitStack() as stack:
        stage = set_up(dialect, interruption, stack)
        stamps = play(stage.shell, stage.sandbox, stage.erp, in_part=stage.dialect == "dated")
        evidence.collect(stage, stamps, seconds=round(time.monotonic() - started))
    verdict = judge(interruption)
    for surprise in stage.shell.surprises:
        show(f"unexpected: {surprise}")
    return BROKEN if stage.shell.surprises else verdict


def judge(interruption: Interruption) -> int:
    """Let the auditor read the evidence, in a process of its own that knows neither syncd nor us."""
    show("")
    report = str(DEMO_DIR / "report.json")
    command = [sys.executable, "-m", AUDITOR, str(evidence.DIRECTORY), "--output", report]
    with running(command) as auditor, interruption.while_waiting():
        return auditor.wait(AUDIT_WAIT_S)


if __name__ == "__main__":
    sys.exit(main())
