"""What is wrong in a config file, and where. Says it all at once, so that one reading mends everything.

No message ever quotes a value of the file: a value may be a secret in the wrong place.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from syncd.errors import ConfigError


@dataclass(frozen=True)
class Problem:
    """One mistake. `line` and `column` count from 1; `line` 0 is a mistake of the file as a whole."""

    file: str
    line: int
    column: int
    path: str
    message: str
    hint: str

    def __str__(self) -> str:
        """One line, in the form editors and terminals make clickable."""
        where = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        what = f"{self.path}: {self.message}" if self.path else self.message
        return f"{where}: {what}. {self.hint}" if self.hint else f"{where}: {what}."


class ConfigInvalid(ConfigError):
    """The config file has mistakes. Each is named with its line; nothing was started."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda one: (one.line, one.column, one.path)))
        super().__init__("\n".join(str(problem) for problem in self.problems))
