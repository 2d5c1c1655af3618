"""What happens to the shelves while syncd corrects levels, lives and dies: people in X-Series move them, thrice.

Nothing is sold: every difference is one that nothing explains, and that is to be corrected once.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

from tests.crash.faults import CLASSIC, DATED, LATE_ABOVE_SETTLE_S, Befalls, Fault
from tests.crash.sides import HERE, ON_HAND, OUTLET_OF, SKUS, THERE, Sides, Strike

WRITES = {DATED: ("POST", "stock_adjustments$"), CLASSIC: ("PUT", "products/")}
MUG, CAP, TEA = SKUS
MOVES: dict[int, tuple[tuple[str, str, str], ...]] = {
    1: ((HERE, MUG, "-7"), (HERE, CAP, "4"), (THERE, MUG, "-3"), (THERE, TEA, "12.5")),
    2: ((HERE, TEA, "-1"), (THERE, MUG, "-2"), (HERE, CAP, "-9")),
    3: ((HERE, MUG, "2"), (THERE, CAP, "-0.25")),
}


class CorrectionsTrade:
    """The shelves of one lifetime, and how often people moved each of them."""

    def __init__(self, sides: Sides, _orders: int, _dialect: str) -> None:
        self._sides = sides
        self.moves: Counter[tuple[str, str]] = Counter()
        self._begin()

    def go_on(self, stage: int) -> None:
        for location, sku, by in MOVES[stage]:
            self._move(OUTLET_OF[location], sku, Decimal(by))
            self.moves[OUTLET_OF[location], sku] += 1

    def evidence(self) -> dict[str, Any]:
        """What the shelves say, beside what people did to them: for the judge."""
        world = self._sides.emulator.world
        with self._sides.emulator.lock:
            outlets = {id_: row["name"] for id_, row in world.outlets.items()}
            skus = {id_: row["sku"] for id_, row in world.products.items()}
            booked = [
                {"outlet": outlets[row["outlet_id"]], "sku": skus[row["product_id"]], "quantity": row["quantity"]}
                for row in world.stock_adjustments
            ]
            levels = [
                {"outlet": outlet, "sku": sku, "level": str(world.level(*self._ids(outlet, sku)).balance)}
                for outlet in OUTLET_OF.values()
                for sku in SKUS
            ]
        moves = [{"outlet": outlet, "sku": sku, "times": times} for (outlet, sku), times in self.moves.items()]
        return {"corrections": {"expected": str(ON_HAND), "booked": booked, "levels": levels, "moves": moves}}

    def _begin(self) -> None:
        """Both sides tell the same of every product, and nobody counts anything."""
        world = self._sides.emulator.world
        with self._sides.emulator.lock:
            world.consignments.clear()
            for outlet in OUTLET_OF.values():
                for sku in SKUS:
                    world.move(*self._ids(outlet, sku), ON_HAND - world.level(*self._ids(outlet, sku)).balance)

    def _move(self, outlet: str, sku: str, by: Decimal) -> None:
        with self._sides.emulator.lock:
            self._sides.emulator.world.move(*self._ids(outlet, sku), by)

    def _ids(self, outlet: str, sku: str) -> tuple[str, str]:
        world = self._sides.emulator.world
        return (
            next(id_ for id_, row in world.outlets.items() if row["name"] == outlet),
            next(id_ for id_, row in world.products.items() if row["sku"] == sku),
        )


def _to_retail(kind: str, *, delay_s: float = 0.0, status: int = 503, dialects: tuple[str, ...] = (DATED,)) -> Fault:
    """The first write of levels."""

    def do(sides: Sides, dialect: str) -> None:
        method, path = WRITES[dialect]
        sides.strike(Strike(kind, method, path, delay_s=delay_s, status=status))

    name = kind if kind != "late_commit" else f"late_commit_{delay_s:.0f}s"
    return Fault(f"xseries.{name}", 1, do, dialects=dialects)


CORRECTIONS_FAULTS: tuple[Fault, ...] = (
    Fault("none"),
    _to_retail("lost_before", dialects=(CLASSIC, DATED)),
    _to_retail("lost_after_commit", dialects=(CLASSIC, DATED)),
    _to_retail("late_commit", delay_s=LATE_ABOVE_SETTLE_S),
    _to_retail("throttle", delay_s=3),
    _to_retail("status", status=422),
    Fault("host.reboot", befalls=Befalls.REBOOT),
    Fault("host.power_loss", befalls=Befalls.POWER_LOSS),
)
