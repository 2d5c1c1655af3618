"""Everything that a judge needs, as raw JSON files: what each side says, what was typed, what syncd told."""

import datetime as dt
import json
import shutil
from decimal import Decimal
from typing import Any

from demo import erp_evidence, settings
from demo.play import BROKEN_MUG, FIRST_ORDERS, SECOND_RUN, TILL_SALE
from demo.stage import DEMO_DIR, Stage

DIRECTORY = DEMO_DIR / "evidence"


def collect(stage: Stage, stamps: dict[str, Any], *, seconds: int) -> None:
    """Write the evidence of this run; nothing of an earlier one stays."""
    shutil.rmtree(DIRECTORY, ignore_errors=True)
    DIRECTORY.mkdir(parents=True)
    _write("xseries_state", stage.sandbox.state())
    _write("xseries_log", stage.sandbox.log())
    _write("erp_orders", erp_evidence.orders(stage.erp))
    _write("erp_stock", erp_evidence.stock(stage.erp))
    _write("erp_before_second_run", stamps["before"])
    _write("erp_after_second_run", stamps["after"])
    _write("syncd_status", json.loads(stage.shell.silently("status", "--json")))
    _write("syncd_holds", json.loads(stage.shell.silently("holds", "--json")))
    _write("run", _run(stage, seconds))


def _run(stage: Stage, seconds: int) -> dict[str, Any]:
    """What was set and typed: the auditor reads no config of syncd."""
    return {
        "dialect": stage.dialect,
        "seconds": seconds,
        "start": stage.start,
        "outlet_of_location": settings.OUTLET_OF,
        "sku_of_service": settings.SKU_OF_SERVICE,
        "erp_user_of_syncd": stage.erp_user_of_syncd,
        "disturbed_levels": [[outlet, sku] for outlet, sku, _ in (TILL_SALE, BROKEN_MUG)],
        "first_orders": FIRST_ORDERS,
        "second_run": SECOND_RUN,
        "typed": [each.as_row() for each in stage.shell.typed],
    }


def _write(name: str, found: object) -> None:
    text = json.dumps(found, indent=1, default=_as_text, ensure_ascii=False)
    (DIRECTORY / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def _as_text(value: object) -> str:
    match value:
        case Decimal():
            return str(value)  # exact; a float would not be
        case dt.date():  # and dt.datetime
            return value.isoformat()
    raise TypeError(f"no JSON for {type(value).__name__}")
