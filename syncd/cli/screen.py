"""How data reaches stdout: JSON for programs, tables for people. Nothing else is ever printed there."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from enum import Enum
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

WIDTH_WITHOUT_TERMINAL = 120
COLOURS = {"synced": "green", "waiting": "cyan", "held": "yellow", "ignored": "dim", "failed": "red", "done": "green"}


def console() -> Console:
    width = None if sys.stdout.isatty() else WIDTH_WITHOUT_TERMINAL
    return Console(width=width, highlight=False, soft_wrap=False)


def print_json(value: object) -> None:
    sys.stdout.write(json.dumps(plain(value), indent=2, ensure_ascii=False) + "\n")


def plain(value: object) -> Any:
    """Data as JSON has it: decimals and times as text, dataclasses as objects."""
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(key.value if isinstance(key, Enum) else key): plain(one) for key, one in value.items()}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, str | int | bool) or value is None:
        return value
    if isinstance(value, Iterable):
        return [plain(one) for one in value]
    return str(value)


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "", heads: bool = True
) -> None:
    """A table; right-aligned columns are named with a leading `>`."""
    table = Table(
        title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold", show_header=heads
    )
    for column in columns:
        table.add_column(column.removeprefix(">"), justify="right" if column.startswith(">") else "left")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    console().print(table)


def print_line(text: str = "") -> None:
    console().print(text, markup=False, soft_wrap=True)


def _cell(value: object) -> Text:
    text = "" if value is None else f"{value:f}" if isinstance(value, Decimal) else str(value)
    return Text(text, style=COLOURS.get(text, ""))


def warn(text: str) -> None:
    """A word for people beside the data: stderr."""
    sys.stderr.write(text + "\n")


def quantity(value: Decimal) -> str:
    """A quantity without needless zeros."""
    short = value.normalize()
    return f"{short:f}"


def local(moment: str | None, zone: tzinfo) -> str:
    """A moment of the store as people read it: to the second, in the account's zone; empty when there is none."""
    return f"{datetime.fromisoformat(moment).astimezone(zone):%Y-%m-%d %H:%M:%S}" if moment else ""


def print_text(text: str) -> None:
    """A whole file, as it is."""
    sys.stdout.write(text)
