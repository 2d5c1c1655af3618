"""Which setting decided what about an order: for people. It retells the rules of `compose` and `plan_orders`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from syncd.domain.names import OrderNames
from syncd.domain.orders import LineKind, Method, Order, OrderLine, OrderState
from syncd.domain.rules import Unpaid

_WAY = {Method.PICKUP: "picked up", Method.DISPATCH: "dispatched"}


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision in words, and the key of the config file that it comes from."""

    what: str
    setting: str


def decided_whether(order: Order, names: OrderNames) -> list[Decided]:
    """Whether it is an order for X-Series at all, by the settings as they stand now."""
    start = names.start.isoformat(sep=" ", timespec="minutes")
    word = "before" if order.confirmed_at < names.start else "not before"
    found = [Decided(f"it was confirmed {word} {start}", "orders.start")]
    if order.state not in (OrderState.QUOTE, OrderState.CANCELLED):
        word = "may" if order.state in names.states else "does not"
        found.append(Decided(f"an order that is {order.state} {word} become a sale", "orders.states"))
    return found


def decided_how(order: Order, names: OrderNames) -> list[Decided]:
    """What its sales are, by the settings as they stand now, whether or not the order got that far."""
    return [
        _which_way(order, names),
        *_where(order, names),
        *_which_products(order, names),
        *_which_taxes(order, names),
        *_how_paid(order, names),
        Decided(f"its number in X-Series is {names.invoice_template}", "orders.invoice_number"),
    ]


def _which_way(order: Order, names: OrderNames) -> Decided:
    said = {order.delivery} if order.delivery else {line.sku for line in order.lines if line.kind is LineKind.SERVICE}
    found = [
        Decided(f"{code} means that it is {_WAY[method]}", f"orders.delivery.{method}")
        for method, codes in ((Method.PICKUP, names.pickup_codes), (Method.DISPATCH, names.dispatch_codes))
        for code in sorted(said & codes)
    ]
    if len(found) == 1:
        return found[0]
    if found:
        return Decided("both a pickup and a dispatch are asked for: nobody can tell", "orders.delivery")
    if order.delivery or names.default_method is None:
        return Decided(f"nothing says what the delivery {order.delivery or '(none)'} means", "orders.delivery")
    return Decided(
        f"without a code of delivery it is {_WAY[names.default_method]}", "orders.delivery.default"
    )  # fmt: skip


def _where(order: Order, names: OrderNames) -> Iterator[Decided]:
    mapped = {one.location: one for one in names.locations}
    for location in dict.fromkeys(line.location for line in order.goods):
        place = mapped.get(location) if location is not None else None
        if place is None:
            yield Decided(f"no outlet is named for goods that leave from {location or 'nowhere'}", "locations")
        else:
            what = f"what leaves from {location} is handed over by {place.outlet}, register {place.register}"
            yield Decided(what, f"locations.{location}")


def _which_products(order: Order, names: OrderNames) -> Iterator[Decided]:
    for line in order.lines:
        if _is_discount(line, names):
            word = f"is sold as {names.discount_sku}" if names.discount_sku else "has no product to be sold as"
            yield Decided(f"the discount of {line.net} {word}", "orders.products.discount")
        elif line.sku in names.pickup_codes | names.dispatch_codes and line.net != 0:
            word = f"is sold as {names.shipping_sku}" if names.shipping_sku else "has no product to be sold as"
            yield Decided(f"the delivery fee of {line.net} {word}", "orders.products.shipping")
        elif line.sku in names.aliases:
            yield Decided(f"{line.sku} is sold as {names.aliases[line.sku]}", f"orders.skus.{line.sku}")


def _is_discount(line: OrderLine, names: OrderNames) -> bool:
    return line.kind is LineKind.SERVICE and line.net < 0 and line.sku != names.rounding_sku


def _which_taxes(order: Order, names: OrderNames) -> Iterator[Decided]:
    for taxes in dict.fromkeys(tuple(tax.name for tax in line.taxes) for line in order.lines if line.net != 0):
        name = " + ".join(taxes)
        if not taxes:
            yield Decided(f'a line without tax has the tax "{names.tax_free}"', "lightspeed.tax_free")
        elif name in names.taxes:
            yield Decided(f'"{name}" is the tax "{names.taxes[name]}"', f"orders.taxes.{name}")
        else:
            yield Decided(f'no tax is named for "{name}"', "orders.taxes")


def _how_paid(order: Order, names: OrderNames) -> Iterator[Decided]:
    if order.paid and order.total != 0:
        word = f'a payment of the type "{names.paid_with}"' if names.paid_with else "no type of payment is named"
        yield Decided(f"it is paid: {word}", "orders.payments.paid")
    elif not order.paid:
        word = "is held until it is paid" if names.unpaid is Unpaid.HOLD else "is paid at the till"
        yield Decided(f"it is not paid: it {word}", "orders.payments.unpaid")
