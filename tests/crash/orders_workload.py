"""What people do while syncd lives and dies: twelve orders and more, with every kind of change that there is.

Three stages; between them syncd has run. Each block of orders goes through all of it.
"""

from __future__ import annotations

from tests.crash.sides import HERE, NEW_SKU, OUTLET_OF, SKUS, THERE, Sides

BLOCK = 12
PICKUP, DISPATCH = "CLICK-COLLECT", "COURIER"
TAX = ("GST 10%",)
MUG, CAP, TEA = SKUS


class OrdersTrade:
    """The trade of one lifetime."""

    def __init__(self, sides: Sides, orders: int, _dialect: str) -> None:
        self._sides = sides
        self._ids: dict[str, int] = {}
        self._blocks = range(1, orders // BLOCK + 1)

    def go_on(self, stage: int) -> None:
        """Let people do what they do before syncd runs for the n-th time."""
        for block in self._blocks:
            (self._place, self._change, self._change_again)[stage - 1](block)
        if stage == 2:
            self._sides.add_product(NEW_SKU)

    def _place(self, block: int) -> None:
        self._order(block, 1, PICKUP, (MUG, 2))
        self._order(block, 2, DISPATCH, (MUG, 3), (CAP, 2))
        self._order(block, 3, PICKUP, (MUG, 1), (CAP, 1, THERE))
        self._order(block, 4, PICKUP, (TEA, 1))
        self._order(block, 5, DISPATCH, (CAP, 1))
        self._order(block, 6, PICKUP, (TEA, 2))
        self._order(block, 7, PICKUP, (MUG, 1))
        self._order(block, 8, DISPATCH, (TEA, 1), (MUG, 4, THERE))
        self._order(block, 9, DISPATCH, (CAP, 5))
        self._order(block, 10, PICKUP, (CAP, 2))
        self._order(block, 11, PICKUP, (TEA, 3))
        self._order(block, 12, PICKUP, (NEW_SKU, 1))  # X-Series does not have it yet: held

    def _change(self, block: int) -> None:
        erp, sides = self._sides.erp, self._sides
        erp.set_price(self._id(block, 1), 0, "9.00")
        erp.set_address(self._id(block, 2), "9 Kings Road")
        erp.remove_line(self._id(block, 3), 1)  # all that the other outlet had of it
        erp.set_quantity(self._id(block, 4), 0, 5)
        erp.set_quantity(self._id(block, 11), 0, 2)
        erp.cancel(self._id(block, 5))
        erp.cancel(self._id(block, 10))
        erp.move(self._id(block, 6), THERE)
        sides.hand_over(_number(block, 7))
        sides.hand_over(_number(block, 9))
        sides.hand_over(_number(block, 8), OUTLET_OF[HERE])
        self._order(block, 13, DISPATCH, (TEA, 1))

    def _change_again(self, block: int) -> None:
        erp, sides = self._sides.erp, self._sides
        sides.renumber(self._id(block, 1), f"N{_number(block, 1)}")
        sides.delete(self._id(block, 4))
        erp.set_product(self._id(block, 12), 1, DISPATCH)  # what was to be collected is to be sent
        erp.add_line(self._id(block, 13), CAP, 1, "10.00")
        erp.reopen(self._id(block, 10))
        erp.move(self._id(block, 6), HERE)  # its second generation there
        erp.cancel(self._id(block, 3))
        erp.set_quantity(self._id(block, 2), 1, 1)
        sides.hand_over(_number(block, 11))
        sides.hand_over(_number(block, 8), OUTLET_OF[THERE])

    def _order(self, block: int, place: int, delivery: str, *lines: tuple[object, ...]) -> None:
        number = _number(block, place)
        goods = [(line[0], line[1], "10.00", TAX, line[2] if len(line) > 2 else HERE) for line in lines]
        self._ids[number] = self._sides.erp.add_order(number, goods, delivery=delivery)

    def _id(self, block: int, place: int) -> int:
        return self._ids[_number(block, place)]


def _number(block: int, place: int) -> str:
    return f"S{block:02d}{place:02d}"
