"""`syncd report`: the newest stock report, for people, programs and spreadsheets. Asks neither system."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TextIO

import typer

from syncd.bootstrap import open_database
from syncd.cli.options import DEFAULT_CONFIG, ConfigOption, settings_of
from syncd.cli.screen import plain
from syncd.cli.stock_csv import write_csv
from syncd.cli.stock_html import write_html
from syncd.cli.stock_table import ROWS_SHOWN_MAX, print_stock
from syncd.cli.stock_view import StockView, newest_view, report_as_data, row_as_data
from syncd.domain.ids import Account, OutletId, Sku
from syncd.domain.stock_terms import StockReason
from syncd.errors import UsageError
from syncd.store.stock_report import Filter


class Form(StrEnum):
    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    HTML = "html"


def report(
    outlet: Annotated[str | None, typer.Option("--outlet", help="Only this outlet.", metavar="NAME")] = None,
    sku: Annotated[str | None, typer.Option("--sku", help="Only this SKU.", metavar="SKU")] = None,
    reason: Annotated[StockReason | None, typer.Option("--reason", help="Only rows with this reason.")] = None,
    form: Annotated[Form, typer.Option("--format", help="How it is written.")] = Form.TABLE,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Rows of each reason in a table.")] = ROWS_SHOWN_MAX,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Show the newest stock report: every difference with its reason. `syncd sync stock` makes a new one."""
    settings = settings_of(config)
    with open_database(settings) as database:
        database.prepare()
        view = newest_view(database, Account(settings.account))
        if view is None:
            raise UsageError("there is no stock report yet", hint="`syncd sync stock` makes one.")
        view.wanted = Filter(_outlet(view, outlet), Sku(sku) if sku else None, reason)
        if form is Form.TABLE:
            if output is not None:
                raise UsageError("a table goes to the terminal", hint="Name a --format for the file.")
            print_stock(view, most=limit)
            return
        write = _WRITERS[form]
        if output is None:
            write(view, sys.stdout)
        else:
            with output.open("w", encoding="utf-8", newline="") as file:
                write(view, file)


def _outlet(view: StockView, name: str | None) -> OutletId | None:
    if name is None:
        return None
    found = [one.outlet for one in view.report.outlets if name in (one.name, one.outlet)]
    if not found:
        known = ", ".join(one.name for one in view.report.outlets)
        raise UsageError(f"the report has no outlet {name}", hint=f"It has: {known}.")
    return found[0]


def write_json(view: StockView, file: TextIO) -> None:
    """One object; its rows are written one by one."""
    head = json.dumps(plain(report_as_data(view)), indent=2, ensure_ascii=False)
    file.write(head.removesuffix("\n}") + ',\n  "rows": [')
    separator = "\n"
    for row in view.rows():
        file.write(f"{separator}    {json.dumps(plain(row_as_data(view, row)), ensure_ascii=False)}")
        separator = ",\n"
    file.write("\n  ]\n}\n")


_WRITERS: dict[Form, Callable[[StockView, TextIO], None]] = {
    Form.JSON: write_json,
    Form.CSV: write_csv,
    Form.HTML: write_html,
}
