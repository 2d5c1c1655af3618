"""A plan of corrections as people and programs read it, and the file that it is kept in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from syncd.cli.screen import plain, print_line, print_table, quantity
from syncd.domain.plan_corrections import LEFT_ALONE_WORDS, StockPlan
from syncd.errors import StoreError, UsageError
from syncd.store.codec import decode

ROWS_SHOWN_MAX = 50
LEFT_SHOWN_MAX = 10


def print_plan(plan: StockPlan) -> None:
    """The corrections, the largest first, then what is left alone and why, then what would stop it."""
    shown = sorted(plan.rows, key=lambda row: (-abs(row.delta), row.outlet_name, row.sku))[:ROWS_SHOWN_MAX]
    if shown:
        rows = (
            (row.outlet_name, row.sku, quantity(row.level), quantity(row.expected), f"{row.delta.normalize():+f}")
            for row in shown
        )
        title = f"to correct: {len(plan.rows)}" if plan.undo_of is None else f"to take back: {len(plan.rows)}"
        print_table(("outlet", "SKU", ">X-Series", ">becomes", ">by"), rows, title=title)
        if len(plan.rows) > len(shown):
            print_line(f"... and {len(plan.rows) - len(shown)} more (`--json`)")
    for why, count in plan.left_alone.items():
        print_line(f"left alone: {count}, {LEFT_ALONE_WORDS[why]}")
        some = [row for row in plan.left_rows if row.why is why][:LEFT_SHOWN_MAX]
        for row in some:
            print_line(f"  {row.sku} at {row.outlet}, {row.unexplained.normalize():+f}")
    for words in plan.moved:
        print_line(f"left alone, moved since: {words}")
    for words in plan.brakes:
        print_line(f"BRAKE: {words}")
    if not plan.rows:
        print_line("nothing to correct" if plan.undo_of is None else "nothing to take back")


def plan_as_data(plan: StockPlan) -> dict[str, Any]:
    """Under the key by which `syncd apply` finds it in a file."""
    return {"plan": plain(plan)}


def read_plan(file: Path) -> StockPlan:
    """The plan of stock in a file that `syncd plan -o` or `syncd undo -o` has written. Raise UsageError if none is."""
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        kept = data["stock"]["plan"]
    except FileNotFoundError:
        raise UsageError(f"there is no file {file}", hint="`syncd plan stock -o FILE` writes one.") from None
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(f"{file} holds no plan of stock", hint="`syncd plan stock -o FILE` writes one.") from None
    try:
        return decode(json.dumps(kept), StockPlan)
    except StoreError as error:
        raise UsageError(f"{file} holds no plan that can be read: {error.message}", hint="Make it again.") from None
