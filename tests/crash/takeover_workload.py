"""Another connector ran before: two sales of its making are held, and a person takes them for the orders'."""

from __future__ import annotations

from tests.crash.faults import Befalls, Fault, to_erp
from tests.crash.orders_workload import PICKUP, TAX
from tests.crash.sides import HERE, SKUS, Sides

MUG, CAP, _ = SKUS
ADOPT = "adopt"  # no job of the timetable: what a person types, `syncd holds adopt`


class TakeoverTrade:
    """Of four orders two were sold by others; what they have sold is collected as what we have."""

    def __init__(self, sides: Sides, _orders: int, _dialect: str) -> None:
        self._sides = sides

    def go_on(self, stage: int) -> None:
        sides = self._sides
        match stage:
            case 1:
                sides.sell_elsewhere("S1", MUG, 2)
                sides.sell_elsewhere("S2", CAP, 3)
                self._order("S1", MUG, 2)
                self._order("S2", CAP, 3)
                self._order("S3", MUG, 1)
            case 2:
                self._order("S4", CAP, 1)
                sides.hand_over("S3")
            case 3:
                sides.hand_over("S1")

    def _order(self, number: str, sku: str, quantity: int) -> None:
        self._sides.erp.add_order(number, [(sku, quantity, "10.00", TAX, HERE)], delivery=PICKUP)


TAKEOVER_FAULTS: tuple[Fault, ...] = (
    Fault("none", 2),
    to_erp("drop", "search_read", nth=2),
    Fault("host.reboot", 2, befalls=Befalls.REBOOT),
    Fault("store.older", 2, befalls=Befalls.OLDER),
    Fault("store.empty", 2, befalls=Befalls.EMPTY),
)
