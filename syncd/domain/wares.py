"""What of X-Series is sold for a line of the order: its own product, an alias, or the product that stands for a fee."""

from __future__ import annotations

from collections.abc import Iterable

from syncd.domain.cannot_sell import CannotSell
from syncd.domain.catalogue import Product
from syncd.domain.ids import Sku
from syncd.domain.orders import LineKind, OrderLine
from syncd.domain.reasons import Reason
from syncd.domain.rules import OrderRules, Shelf


def skus_to_find(lines: Iterable[OrderLine], rules: OrderRules) -> set[Sku]:
    """Every SKU that composing these lines may ask the catalogue for."""
    stand_ins = (rules.shipping_sku, rules.fee_sku, rules.discount_sku, rules.rounding_sku)
    return {sku for sku in stand_ins if sku is not None} | {rules.sku_in_retail(line.sku) for line in lines}


def product_for(line: OrderLine, rules: OrderRules, shelf: Shelf) -> Product:
    """Return the one active product that is sold for this line, or raise CannotSell."""
    sku = _sku_to_sell(line, rules)
    found = shelf.find(sku)
    if not found and line.kind is LineKind.SERVICE and rules.fee_sku is not None:
        sku = rules.fee_sku
        found = shelf.find(sku)
    where = f"{sku or 'no SKU'}" + (f" (for {line.sku})" if line.sku not in ("", sku) else f" ({line.description})")
    if not found:
        raise CannotSell(Reason.UNKNOWN_SKU, where, line=line.id)
    usable = [product for product in found if product.active]
    if len(usable) > 1:
        raise CannotSell(Reason.AMBIGUOUS_SKU, f"{where} is on {len(usable)} products", line=line.id)
    if not usable:
        raise CannotSell(Reason.INACTIVE_PRODUCT, where, line=line.id)
    return usable[0]


def _sku_to_sell(line: OrderLine, rules: OrderRules) -> Sku:
    if is_discount(line, rules.rounding_sku):
        if rules.discount_sku is None:
            raise CannotSell(Reason.NO_DISCOUNT_PRODUCT, f"{said(line)} is {line.net}", line=line.id)
        return rules.discount_sku
    if line.sku in rules.pickup_codes | rules.dispatch_codes:
        if rules.shipping_sku is None:
            raise CannotSell(Reason.NO_SHIPPING_PRODUCT, f"{said(line)} is {line.net}", line=line.id)
        return rules.shipping_sku
    return rules.sku_in_retail(line.sku)


def is_discount(line: OrderLine, rounding_sku: Sku | None) -> bool:
    """A service that takes money off; what the order itself rounds by may be negative too."""
    return line.kind is LineKind.SERVICE and line.net < 0 and line.sku != rounding_sku


def said(line: OrderLine) -> str:
    """A line as a person finds it in the ERP; its id is for machines."""
    return f"{line.sku or 'a line without SKU'} ({line.description})" if line.description else f"{line.sku}"
