"""Strangers order: each becomes one customer of X-Series, however often they order, and every sale names its own."""

from __future__ import annotations

from tests.crash.faults import Befalls, Fault
from tests.crash.orders_workload import PICKUP, TAX
from tests.crash.sides import HERE, SKUS, Sides, Strike

MUG, CAP, TEA = SKUS
ANN = ("C-0101", "Ann Moss", "ann@example.com", "")
BEN = ("C-0102", "Ben Reed", "ben@example.com", "")
CAT = ("C-0103", "Cat Hill", "cat@example.com", "")
CUSTOMERS = "customers$"


class CustomersTrade:
    """Two of them come again while the first of their orders is handed over, one is new in the second stage."""

    def __init__(self, sides: Sides, _orders: int, _dialect: str) -> None:
        self._sides = sides

    def go_on(self, stage: int) -> None:
        match stage:
            case 1:
                self._order("S1", ANN, MUG)
                self._order("S2", BEN, CAP)
                self._order("S3", ANN, TEA)
            case 2:
                self._order("S4", CAT, MUG)
                self._order("S5", BEN, TEA)
                self._sides.hand_over("S1")
            case 3:
                self._order("S6", CAT, CAP)
                self._sides.hand_over("S4")

    def _order(self, number: str, customer: tuple[str, str, str, str], sku: str) -> None:
        self._sides.erp.add_order(number, [(sku, 1, "10.00", TAX, HERE)], delivery=PICKUP, customer=customer)


def _of_the_making(kind: str) -> Fault:
    """Of the second customer that is made."""

    def do(sides: Sides, _dialect: str) -> None:
        sides.strike(Strike(kind, "POST", CUSTOMERS, after=1))

    return Fault(f"xseries.{kind}", 1, do)


CUSTOMERS_FAULTS: tuple[Fault, ...] = (
    Fault("none"),
    _of_the_making("lost_before"),
    _of_the_making("lost_after_commit"),
    Fault("host.reboot", befalls=Befalls.REBOOT),
    Fault("store.older", befalls=Befalls.OLDER),
    Fault("store.empty", befalls=Befalls.EMPTY),
)
