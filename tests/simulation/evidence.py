"""Everything that a judge needs, as plain JSON: both sides as they stand, and what syncd says. No judgement here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from syncd.domain.orders import Order
from syncd.domain.sales import Sale
from syncd.store import holds, inbox
from tests.simulation.stocked_retail import outlet_of
from tests.simulation.thirty_days import Simulation
from tests.simulation.world import OUTLET_AT, SimWorld
from tests.unit.jobs.world import ACME

Words = dict[str, Any]  # one entry a file


def write_evidence(simulation: Simulation, folder: Path, *, seconds: float) -> None:
    """One file a noun. Amounts and quantities are text."""
    folder.mkdir(parents=True, exist_ok=True)
    files = month_in_words(simulation.world)
    files["run"] |= _story(simulation, seconds)
    files["causes"] = {order: sorted(causes) for order, causes in sorted(simulation.causes().items())}
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def month_in_words(world: SimWorld) -> Words:
    return {
        "run": {
            "outlet_of_location": dict(OUTLET_AT),
            "sku_of_product": {product.id: product.sku for product in world.retail.products.values()},
        },
        "erp_orders": [_order(order) for order in world.erp.orders.values()],
        "erp_completions": [list(one) for one in world.erp.completed],
        "xseries_sales": [_sale(sale) for sale in world.retail.sales.values()],
        "levels": _levels(world),
        "stock_report": _stock_report(world),
        "syncd_status": _status(world),
        "syncd_holds": _holds(world),
        "causes": {order: sorted(causes | world.causes_of_all) for order, causes in world.causes.items()},
    }


def _story(simulation: Simulation, seconds: float) -> Words:
    plan, story = simulation.plan, simulation.story
    return {
        "seed": plan.seed,
        "days": plan.days,
        "dialect": plan.dialect,
        "ticks": story.ticks,
        "faults": simulation.faults,
        "deaths": simulation.deaths,
        "seconds": seconds,
        "faults_of_erp": dict(simulation.weather[0].struck),
        "faults_of_xseries": dict(simulation.weather[1].struck),
        "deaths_by_line": dict(simulation.mortal.deaths),
        "mishaps": dict(simulation.mishaps.happened),
        "outcomes": dict(story.outcomes),
        "defects": story.defects,
        "cursors_back": story.cursors_back,
        "not_at_rest": story.not_at_rest,
        "second_run_writes": story.second_run_writes,
        "read_only_changes": story.read_only_changes,
    }


def _order(order: Order) -> dict[str, Any]:
    return {
        "id": order.id,
        "number": order.number,
        "state": order.state.value,
        "delivery": order.delivery,
        "paid": order.paid,
        "total": str(order.total),
        "day": order.confirmed_at.date().isoformat(),
        "lines": [
            {
                "id": line.id,
                "sku": line.sku,
                "quantity": str(line.quantity),
                "shipped": str(line.shipped),
                "location": line.location,
            }
            for line in order.lines
        ],
    }


def _sale(sale: Sale) -> dict[str, Any]:
    return {
        "id": sale.id,
        "invoice_number": sale.invoice_number,
        "outlet": outlet_of(sale),
        "method": sale.method.value if sale.method else None,
        "state": sale.state.value,
        "source": sale.source_type,
        "source_id": sale.source_id,
        "total": str(sale.total),
        "lines": [{"product": line.product, "quantity": str(line.quantity)} for line in sale.lines],
    }


def _levels(world: SimWorld) -> dict[str, Any]:
    return {
        "erp": [[location, sku, str(there)] for (location, sku), there in sorted(world.erp.levels.items())],
        "xseries": [[row.outlet, row.product, str(row.level - row.to_procure)] for row in world.retail.levels.values()],
    }


def _stock_report(world: SimWorld) -> list[dict[str, Any]]:
    return [
        {
            "outlet": row.outlet,
            "sku": row.sku,
            "on_hand": str(row.on_hand),
            "level": str(row.level),
            "unexplained": str(row.unexplained),
            "units": {term.value: str(quantity) for term, quantity in row.units.items()},
        }
        for row in world.stock_rows()
    ]


def _status(world: SimWorld) -> list[dict[str, Any]]:
    with world.given.database.read() as tx:
        rows = inbox.all_orders(tx, ACME)
    return [
        {"order": row.id, "outcome": row.outcome.value, "reason": row.reason.value, "detail": row.detail}
        for row in rows
    ]


def _holds(world: SimWorld) -> list[dict[str, Any]]:
    with world.given.database.read() as tx:
        rows = holds.open_holds(tx, ACME)
        dropped = [row for row in world.erp.orders if holds.was_dropped(tx, ACME, holds.order_subject(row))]
    return [
        {"subject": row.subject, "order": row.order, "reason": row.reason.value, "detail": row.detail} for row in rows
    ] + [{"subject": f"dropped:{order}", "order": order, "reason": "dropped", "detail": ""} for order in dropped]
