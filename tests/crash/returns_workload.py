"""Goods come back in the ERP: each return becomes one return of its sale, begun and finished."""

from __future__ import annotations

from tests.crash.faults import Befalls, Fault
from tests.crash.orders_workload import PICKUP, TAX
from tests.crash.sides import HERE, SKUS, Sides, Strike

MUG, CAP, TEA = SKUS
BEGINS = "actions/return$"


class ReturnsTrade:
    """Two orders are handed over; of the one some comes back, of the other all."""

    def __init__(self, sides: Sides, _orders: int, _dialect: str) -> None:
        self._sides = sides
        self._ids: dict[str, int] = {}

    def go_on(self, stage: int) -> None:
        sides = self._sides
        match stage:
            case 1:
                self._order("S1", (MUG, 2), (CAP, 1))
                self._order("S2", (TEA, 3))
            case 2:
                sides.hand_over("S1")
                sides.hand_over("S2")
            case 3:
                sides.erp.return_order(self._ids["S1"], {MUG: 1})
                sides.erp.return_order(self._ids["S2"])

    def _order(self, number: str, *lines: tuple[str, int]) -> None:
        goods = [(sku, quantity, "10.00", TAX, HERE) for sku, quantity in lines]
        self._ids[number] = self._sides.erp.add_order(number, goods, delivery=PICKUP)


def _of_the_beginning(kind: str) -> Fault:
    """Of the first return that is begun."""

    def do(sides: Sides, _dialect: str) -> None:
        sides.strike(Strike(kind, None, BEGINS))

    return Fault(f"xseries.{kind}", 3, do)


RETURNS_FAULTS: tuple[Fault, ...] = (
    Fault("none", 3),
    _of_the_beginning("lost_before"),
    _of_the_beginning("lost_after_commit"),
    Fault("host.reboot", 3, befalls=Befalls.REBOOT),
    Fault("store.older", 3, befalls=Befalls.OLDER),
    Fault("store.empty", 3, befalls=Befalls.EMPTY),
)
