"""Goods leave, whole and in part, in the shop and in the ERP: eight orders, and what each side does with them.

In the classic dialect a shop hands over whole sales only: no answer of 2.0 shows a part.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.crash.faults import CLASSIC, DATED, LATE_AFTER_RESEND_S, LATE_BELOW_SETTLE_S, Befalls, Fault, to_erp
from tests.crash.orders_workload import DISPATCH, PICKUP, TAX
from tests.crash.sides import HERE, OUTLET_OF, SKUS, THERE, Sides, Strike

MUG, CAP, TEA = SKUS
FULFIL = {CLASSIC: "sales/.*fulfill$", DATED: "fulfillments/.*fulfill$"}


class HandOverTrade:
    """Everything is sold in the first stage, and leaves in the two after it."""

    def __init__(self, sides: Sides, _orders: int, dialect: str) -> None:
        self._sides = sides
        self._in_part = dialect != CLASSIC
        self._ids: dict[str, int] = {}

    def go_on(self, stage: int) -> None:
        (self._sell, self._hand_over, self._hand_over_more)[stage - 1]()

    def _sell(self) -> None:
        self._order("S1", PICKUP, (MUG, 5))
        self._order("S2", PICKUP, (MUG, 4))
        self._order("S3", DISPATCH, (MUG, 3), (CAP, 2))
        self._order("S4", DISPATCH, (CAP, 5))
        self._order("S5", PICKUP, (TEA, 4), (TEA, 3))
        self._order("S6", PICKUP, (MUG, 2), (CAP, 1, THERE))
        self._order("S7", DISPATCH, (TEA, 6))
        self._order("S8", PICKUP, (CAP, 3))

    def _hand_over(self) -> None:
        """Parts of most, in the one place or the other; of one in both, which are the same goods."""
        self._collect("S1", 2)
        self._collect("S2", 1)
        self._ship("S3", 1, 2)
        self._ship("S4", 5)
        self._collect("S5", 2, line=1)
        self._sides.hand_over("S6", OUTLET_OF[HERE])
        self._ship("S7", 2)
        self._collect("S7", 2)
        self._sides.hand_over("S8")

    def _hand_over_more(self) -> None:
        self._collect("S1", 1)
        self._sides.hand_over("S2")
        self._ship("S3", 2, 0)
        self._ship("S5", 1, 0)
        self._ship("S6", 0, 1)
        self._sides.hand_over("S7")

    def _collect(self, number: str, quantity: int, *, line: int = 0) -> None:
        if self._in_part:
            self._sides.hand_over_some(number, quantity, line=line)

    def _ship(self, number: str, *quantities: int) -> None:
        self._sides.ship_some(self._ids[number], *quantities)

    def _order(self, number: str, delivery: str, *lines: tuple[object, ...]) -> None:
        goods = [(line[0], line[1], "10.00", TAX, line[2] if len(line) > 2 else HERE) for line in lines]
        self._ids[number] = self._sides.erp.add_order(number, goods, delivery=delivery)


def _to_retail(kind: str, *, delay_s: float = 0.0) -> Fault:
    """The second hand-over that X-Series is asked for."""

    def strike() -> Callable[[Sides, str], None]:
        def do(sides: Sides, dialect: str) -> None:
            sides.strike(Strike(kind, "POST", FULFIL[dialect], after=1, delay_s=delay_s))

        return do

    name = kind if kind != "late_commit" else f"late_commit_{delay_s:.0f}s"
    return Fault(f"xseries.{name}", 2, strike())


HAND_OVER_FAULTS: tuple[Fault, ...] = (
    Fault("none", 2),
    _to_retail("lost_before"),
    _to_retail("lost_after_commit"),
    _to_retail("late_commit", delay_s=LATE_BELOW_SETTLE_S),
    _to_retail("late_commit", delay_s=LATE_AFTER_RESEND_S),
    _to_retail("throttle", delay_s=3),
    to_erp("lose_answer", "do"),
    to_erp("lose_answer", "write"),
    to_erp("drop", "assign_try"),
    to_erp("be_busy", "pack"),
    Fault("host.reboot", 2, befalls=Befalls.REBOOT),
    Fault("host.disk_full", 2, befalls=Befalls.DISK_FULL),
    Fault("store.older", 2, befalls=Befalls.OLDER),
    Fault("store.empty", 2, befalls=Befalls.EMPTY),
    Fault("store.cloned", 2, befalls=Befalls.CLONED),
)
