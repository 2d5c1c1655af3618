"""Stocktakes, transfers and orders from suppliers, to be read: goods that move without a sale (FACTS 14).

The description calls the list a bare array, the page on pagination says that every list is `data` with `version`,
and the products of a consignment are shown so: we take the wrapper for both.
"""

from __future__ import annotations

from decimal import Decimal

from syncd.sandbox import pages, reference
from syncd.sandbox.exchange import Answer, Call, Refusal, Row
from syncd.sandbox.records import ZERO
from syncd.sandbox.world import World

FILTERS = ("type", "status", "outlet_id")


def list_consignments(world: World, call: Call) -> Answer:
    """List consignments, perhaps of one type, status or outlet."""
    wanted = {name: call.text(name) for name in FILTERS}

    def keep(row: Row) -> bool:
        return all(value in (None, row[name]) for name, value in wanted.items())

    return pages.answer_feed(world, call, world.in_order("consignments"), keep=keep)


get_consignment = reference.get_of("consignments", "Consignment")


def list_lines(world: World, call: Call) -> Answer:
    """List the products of a consignment; `received` counts what came of what was sent, or what a count found."""
    return pages.answer_feed(world, call, _lines(world, call))


def get_totals(world: World, call: Call) -> Answer:
    """Answer what was sent and received in all; a stocktake has no such totals (2.0 description)."""
    lines = _lines(world, call)
    if world.consignments[call.path["id"]]["type"] == "STOCKTAKE":
        raise Refusal(422, "A stocktake has no totals")
    totals = {
        f"total_{word}_{what}": _sum(lines, name, costed=what == "cost")
        for word, name in (("sent", "count"), ("received", "received"))
        for what in ("count", "cost")
    }
    return Answer({"data": [totals]})


def _lines(world: World, call: Call) -> list[Row]:
    if call.path["id"] not in world.consignments:
        raise Refusal(404, "Consignment not found")
    return sorted(world.consignment_products.get(call.path["id"], []), key=pages.version_of_row)


def _sum(lines: list[Row], name: str, *, costed: bool) -> str:
    total = ZERO
    for line in lines:
        total += Decimal(line.get(name) or "0") * (Decimal(line["cost"]) if costed else 1)
    return f"{total:.10f}" if costed else f"{total:.5f}"
