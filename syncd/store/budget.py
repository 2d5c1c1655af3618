"""The last numbers of the request budget, in a small file beside the database: for `syncd status`, and for nobody else.

Nothing is decided by them, so they are replaced whole but not forced to disk, and a spoilt file counts as none.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from syncd.domain.ids import Account


class BudgetFile:
    """The numbers of one account."""

    def __init__(self, database: Path, account: Account) -> None:
        self._path = database.with_name(f"{database.name}.{account}.budget.json")

    def keep(self, numbers: Mapping[str, str | int | None]) -> None:
        new = self._path.with_suffix(f".{os.getpid()}.new")
        try:
            new.write_text(json.dumps(dict(numbers)), encoding="utf-8")
            os.replace(new, self._path)
        except OSError:
            with suppress(OSError):  # a folder that is not ours may not even say that the file is missing
                new.unlink(missing_ok=True)

    def last(self) -> Mapping[str, str | int | None] | None:
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None
