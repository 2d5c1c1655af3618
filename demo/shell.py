"""The person at the keyboard: types syncd commands, shows what came back, and notes what each cost."""

import subprocess
import sys
import time
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from demo.child import running
from demo.interruption import Interruption
from demo.sandbox import SYNCD, Sandbox

DONE, HELD = 0, 3  # exit codes of syncd: done, and done but something new was held
COMMAND_WAIT_S = 120
BOLD, DIM, PLAIN = "\033[1m", "\033[2m", "\033[0m"


@dataclass(frozen=True, slots=True)
class Typed:
    """One command and what came of it. Requests are the sandbox's numbers: after the first, up to the last."""

    name: str
    command: str
    exit_code: int
    requests_after: int
    requests_up_to: int
    milliseconds: int

    def as_row(self) -> dict[str, Any]:
        return asdict(self)


class Shell:
    """Runs the installed `syncd` as processes."""

    def __init__(self, interruption: Interruption, sandbox: Sandbox, environment: Mapping[str, str]) -> None:
        self._interruption = interruption
        self._sandbox = sandbox
        self._environment = environment
        self.typed: list[Typed] = []
        self.surprises: list[str] = []

    def syncd(self, *arguments: str, name: str = "", expect: Collection[int] = (DONE,)) -> None:
        """Type `syncd ...` and show its output; an exit code that was not expected is remembered as a surprise."""
        words = " ".join(("syncd", *arguments))
        show(f"\n{emphasised(f'$ {words}')}")
        before, started = self._sandbox.requests_so_far(), time.monotonic()
        code, output, log = self._run(arguments)
        took = round((time.monotonic() - started) * 1000)
        show(output.rstrip())
        self.typed.append(
            Typed(name or words, words, code, before, self._sandbox.requests_so_far(), took),
        )
        if code not in expect:
            self.surprises.append(f"{words} ended with {code}, not {' or '.join(map(str, expect))}")
            show(log.rstrip())
        if code != DONE:
            show(dimmed(f"(exit code {code})"))

    def silently(self, *arguments: str) -> str:
        """Run a command for its output alone."""
        code, output, log = self._run(arguments)
        if code != DONE:
            self.surprises.append(f"syncd {' '.join(arguments)} ended with {code}: {log}")
        return output

    def _run(self, arguments: Collection[str]) -> tuple[int, str, str]:
        with running(
            [str(SYNCD), *arguments],
            environment=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            with self._interruption.while_waiting():
                output, log = process.communicate(timeout=COMMAND_WAIT_S)
            return process.returncode, output.decode(), log.decode()


def show(text: str) -> None:
    print(text, flush=True)


def emphasised(text: str) -> str:
    return f"{BOLD}{text}{PLAIN}" if sys.stdout.isatty() else text


def dimmed(text: str) -> str:
    return f"{DIM}{text}{PLAIN}" if sys.stdout.isatty() else text


def tell(text: str) -> None:
    """What happens beside the keyboard, as a comment in the transcript."""
    show("\n" + dimmed(f"# {text}"))
