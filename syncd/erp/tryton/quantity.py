"""Quantities as people write them: Tryton keeps them in binary."""

from __future__ import annotations

from decimal import Decimal

QUANTITY_DIGITS = Decimal("0.000001")  # what is beyond this is noise of the binary number


def tidy(quantity: Decimal) -> Decimal:
    """The quantity as people write it: 3 and not 3.0, 0.3 and not 0.30000000000000004."""
    exact = quantity.quantize(QUANTITY_DIGITS)
    whole = exact.to_integral_value()
    return whole if exact == whole else exact.normalize()
