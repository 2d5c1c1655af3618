"""Stock, compared row by row from both sides' own numbers."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from tests.audit.facts import PENDING, Level, Sale

NONE = Decimal(0)


def drift_rows(
    levels: Sequence[Level],
    on_hand: Mapping[tuple[str, str], Decimal],
    sales: Sequence[Sale],
    outlet_of: Mapping[str, str],
) -> list[tuple[str, str]]:
    """(outlet, SKU) where X-Series does not show what the ERP has on hand less what open sales have taken already.

    `on_hand` is by (location, SKU). Rows that only one side has are not compared.
    """
    expected = {
        (outlet_of[location], sku): there for (location, sku), there in on_hand.items() if location in outlet_of
    }
    taken = taken_by_open_sales(sales)
    return sorted(
        (level.outlet, level.sku)
        for level in levels
        if (level.outlet, level.sku) in expected
        and level.quantity != expected[level.outlet, level.sku] - taken.get((level.outlet, level.sku), NONE)
    )


def taken_by_open_sales(sales: Sequence[Sale]) -> Mapping[tuple[str, str], Decimal]:
    """What each outlet has promised and not yet handed over, by (outlet, SKU). What is gone, the ERP lacks too."""
    taken: dict[tuple[str, str], Decimal] = {}
    for sale in sales:
        if sale.state == PENDING:
            for line in sale.lines:
                taken[sale.outlet, line.sku] = (
                    taken.get((sale.outlet, line.sku), NONE) + line.quantity - line.handed_over
                )
    return taken
