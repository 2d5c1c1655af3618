"""What came back at the till of sales of ours: as data for programs, and in words that a shop owner understands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from syncd.cli.screen import print_line, quantity
from syncd.domain.catalogue import ReferenceKind
from syncd.domain.identity import read_source_id
from syncd.domain.ids import Account, OutletId, ProductId, RegisterId, Sku
from syncd.domain.money import ZERO, to_cents
from syncd.domain.returns import ReturnLine, SaleReturn
from syncd.domain.sales import Sale
from syncd.store import catalogue, returns
from syncd.store.codec import to_text
from syncd.store.database import Transaction

ORDERS_NAMED_MAX = 5


@dataclass(frozen=True, slots=True)
class Shop:
    """What X-Series calls its outlets and products, and where its registers stand."""

    outlets: dict[OutletId, str]
    outlet_of: dict[RegisterId, OutletId]
    skus: dict[ProductId, Sku]

    @classmethod
    def known(cls, tx: Transaction, account: Account, products: Iterable[ProductId]) -> Shop:
        references = catalogue.references(tx, account)
        return cls(
            {OutletId(one.id): one.name for one in references if one.kind is ReferenceKind.OUTLET},
            {RegisterId(one.id): one.outlet for one in references if one.kind is ReferenceKind.REGISTER and one.outlet},
            catalogue.skus_of(tx, account, products),
        )

    def outlet_name(self, one: SaleReturn) -> str:
        outlet = one.outlet or (self.outlet_of.get(one.register) if one.register else None)
        return self.outlets.get(outlet, outlet) if outlet else ""


def returns_as_data(
    tx: Transaction, account: Account, found: Sequence[SaleReturn], sales: Sequence[Sale]
) -> list[dict[str, Any]]:
    """The returns of these sales, oldest first."""
    if not found:
        return []
    shop = Shop.known(tx, account, {line.product for one in found for line in one.lines})
    originals = {sale.id: sale for sale in sales}
    return [_return_as_data(one, originals.get(one.original), shop) for one in found]


def _return_as_data(one: SaleReturn, original: Sale | None, shop: Shop) -> dict[str, Any]:
    return {
        "sale": one.sale,
        "made_for_order": _made_for(one),
        "invoice_number": one.invoice_number,
        "state": one.state,
        "rung_up": one.moved_stock,
        "exchange": one.is_exchange,
        "outlet": shop.outlet_name(one),
        "at": to_text(one.rung_up_at) if one.rung_up_at else None,
        "total": to_cents(one.total),
        "return_for": one.original,
        "return_for_invoice_number": original.invoice_number if original else "",
        "lines": [_line_as_data(line, original, shop) for line in one.lines],
    }


def _made_for(one: SaleReturn) -> str:
    """The order of the ERP that takes these goods back, where syncd has made the return for it."""
    said = read_source_id(one.source_id)
    return said.part.order if said is not None else ""


def _line_as_data(line: ReturnLine, original: Sale | None, shop: Shop) -> dict[str, Any]:
    sold = [there.quantity for there in original.lines if there.product == line.product] if original else []
    return {
        "sku": shop.skus.get(line.product, line.product),
        "quantity": line.quantity,
        "sold": sum(sold, ZERO),
        "total": to_cents(line.total),
    }


def return_in_words(one: dict[str, Any]) -> str:
    """`return DT-17 of SO1 at Downtown: 11.50 given back`."""
    kind = "exchange" if one["exchange"] else "return"
    place = f" at {one['outlet']}" if one["outlet"] else ""
    place += f", made for the order {one['made_for_order']} of the ERP" if one["made_for_order"] else ""
    head = f"{kind} {one['invoice_number']} of {one['return_for_invoice_number']}{place}"
    if not one["rung_up"]:
        return f"{head}: begun and {one['state']}, nothing has come back yet"
    if one["total"] == ZERO:
        return f"{head}: no money changed hands"
    return f"{head}: {abs(one['total'])} {'given back' if one['total'] < 0 else 'paid on top'}"


def return_line_in_words(line: dict[str, Any]) -> str:
    """`1 of 2 x MUG came back, 11.50`."""
    amount = abs(line["total"])
    if line["quantity"] > 0:
        return f"{quantity(line['quantity'])} x {line['sku']} taken instead, {amount}"
    return f"{quantity(-line['quantity'])} of {quantity(line['sold'])} x {line['sku']} came back, {amount}"


def count_returns(tx: Transaction, account: Account) -> dict[str, Any]:
    """For `status`: how many were rung up and not settled yet, how many are begun and parked, and of which orders."""
    found = returns.unsettled(tx, account)
    rung_up = [number for _, number, one in found if one.moved_stock]
    return {
        "rung_up": len(rung_up),
        "parked": len(found) - len(rung_up),
        "orders": list(dict.fromkeys(rung_up)),
    }


def print_returns(counted: dict[str, Any]) -> None:
    """One line of `status`, when there is anything to say."""
    said = []
    if counted["rung_up"]:
        orders = counted["orders"]
        named = ", ".join(orders[:ORDERS_NAMED_MAX]) + (" ..." if len(orders) > ORDERS_NAMED_MAX else "")
        said.append(f"{counted['rung_up']} rung up at the till of {named}; the ERP has not been told")
    if counted["parked"]:
        said.append(f"{counted['parked']} begun at the till and not finished")
    if said:
        print_line(f"returns: {'; '.join(said)} (`syncd explain order`)")
