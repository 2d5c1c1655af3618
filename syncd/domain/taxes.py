"""Which tax of X-Series a line is sold with: by the name of the ERP's, by its rate, or the outlet's own.

How much tax a line carries is the ERP's word alone; see `compose.py`.
"""

from __future__ import annotations

from decimal import Decimal

from syncd.domain.cannot_sell import CannotSell
from syncd.domain.ids import TaxId
from syncd.domain.money import ZERO
from syncd.domain.orders import OrderLine
from syncd.domain.reasons import Reason
from syncd.domain.rules import OrderRules, Route
from syncd.domain.wares import said


def tax_for(line: OrderLine, route: Route, rules: OrderRules) -> TaxId:
    """Return the tax of X-Series that stands for all taxes of the line, or raise CannotSell."""
    if not line.taxes:
        return rules.no_tax
    name = " + ".join(tax.name for tax in line.taxes)
    rate = rate_of(line)
    found = rules.taxes.get(name) or rules.tax_rates.get(rate)
    if found is not None:
        return found
    detail = f'{said(line)} has the tax "{name}" of {percent(rate)}'
    if route.tax is None:
        raise CannotSell(Reason.TAX_UNMAPPED, detail, line=line.id)
    if route.tax_rate is not None and route.tax_rate != rate:
        # The tax reports of X-Series would show an amount that is not the rate's.
        detail += f", and the own tax of {route.outlet_name} is {percent(route.tax_rate)}"
        raise CannotSell(Reason.TAX_UNMAPPED, detail, line=line.id)
    return route.tax


def rate_of(line: OrderLine) -> Decimal:
    """All its taxes together, as a fraction."""
    return sum((tax.rate for tax in line.taxes), ZERO)


def percent(rate: Decimal) -> str:
    return f"{(rate * 100).normalize():f}%"
