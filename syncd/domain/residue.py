"""Cents that no line says or can say, and who carries them: the rounding product, else a line of quantity 1.

There are two kinds: the ERP's total may be a cent off its own lines, and a unit price of 5 digits, times some hundreds
of pieces, may not give a line's cents back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from syncd.domain.cannot_sell import CannotSell
from syncd.domain.ids import OrderLineId
from syncd.domain.money import ZERO, to_cents, to_cents_half_even, to_unit
from syncd.domain.orders import LineKind, Order, OrderLine
from syncd.domain.reasons import Reason
from syncd.domain.rules import OrderRules
from syncd.domain.wares import said

ROUNDING = OrderLineId("rounding")


@dataclass(frozen=True, slots=True)
class TaxedLine:
    """A line with its share of the order's tax, in cents."""

    line: OrderLine
    tax_total: Decimal

    @property
    def total(self) -> Decimal:
        return self.line.net + self.tax_total


def absorb_difference(order: Order, lines: list[TaxedLine], rules: OrderRules) -> list[TaxedLine]:
    """Let the lines sum to the ERP's total, or raise CannotSell."""
    residue = order.total - sum((one.total for one in lines), ZERO)
    absorbed = _absorb(lines, residue, rules)
    if absorbed is None:
        raise CannotSell(
            Reason.TOTAL_DIFFERS, f"the lines and taxes sum to {order.total - residue}, the order says {order.total}"
        )
    return absorbed


def absorb_digits(lines: Sequence[TaxedLine], rules: OrderRules) -> list[TaxedLine]:
    """Let every line be what X-Series will show of it, and the sum be as before, or raise CannotSell."""
    shown = [_as_shown(one) for one in lines]
    moved = [(one, to) for one, to in zip(lines, shown, strict=True) if one != to]
    residue = sum((one.total - to.total for one, to in moved), ZERO)
    absorbed = _absorb(shown, residue, rules)
    for one, to in moved:
        if (
            absorbed is None
            or max(abs(one.line.net - to.line.net), abs(one.tax_total - to.tax_total)) > rules.tolerance
        ):
            raise CannotSell(Reason.BAD_PRICE, _why_not(one, to), line=one.line.id)
    assert absorbed is not None, "what did not move leaves no residue"
    return absorbed


def _absorb(lines: list[TaxedLine], residue: Decimal, rules: OrderRules) -> list[TaxedLine] | None:
    """The lines with the residue among them; None when nothing may carry it."""
    if residue == 0:
        return lines
    if abs(residue) > rules.tolerance:
        return None
    for place, one in enumerate(lines):
        is_rounding = one.line.id == ROUNDING
        if is_rounding or (rules.rounding_sku is None and one.line.quantity == 1 and one.line.net > 0):
            price = one.line.net + residue
            kept = (
                []
                if is_rounding and price == 0
                else [replace(one, line=replace(one.line, unit_price=price, net=price))]
            )
            return [*lines[:place], *kept, *lines[place + 1 :]]
    return None if rules.rounding_sku is None else [*lines, TaxedLine(_rounding_line(residue, rules), ZERO)]


def _rounding_line(amount: Decimal, rules: OrderRules) -> OrderLine:
    assert rules.rounding_sku is not None, "the caller looked"
    return OrderLine(
        id=ROUNDING,
        kind=LineKind.SERVICE,
        sku=rules.rounding_sku,
        description="rounding",
        quantity=Decimal(1),
        unit_price=amount,
        net=amount,
        taxes=(),
    )


def _as_shown(one: TaxedLine) -> TaxedLine:
    """Unit amounts with the digits that X-Series keeps, times the quantity, in cents."""
    quantity = one.line.quantity
    exact = [to_unit(amount, quantity) * quantity for amount in (one.line.net, one.tax_total)]
    if any(to_cents(amount) != to_cents_half_even(amount) for amount in exact):
        # Which way X-Series rounds is not documented (FACTS 20): the verification would void the fresh sale.
        detail = f"{said(one.line)}: {quantity:f} pieces come to just between two cents"
        raise CannotSell(Reason.BAD_PRICE, detail, line=one.line.id)
    net, tax_total = map(to_cents, exact)
    if (net, tax_total) == (one.line.net, one.tax_total):
        return one
    return replace(one, line=replace(one.line, net=net), tax_total=tax_total)


def _why_not(one: TaxedLine, to: TaxedLine) -> str:
    quantity = one.line.quantity
    if one.line.net != to.line.net:
        return f"{said(one.line)}: {quantity:f} x {to_unit(one.line.net, quantity)} is not {one.line.net}"
    return f"the tax of {said(one.line)}: {quantity:f} x {to_unit(one.tax_total, quantity)} is not {one.tax_total}"
