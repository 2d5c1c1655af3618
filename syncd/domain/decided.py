"""Which setting decided what about an order: for people. It retells the rules of `compose` and `plan_orders`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from syncd.domain.cannot_sell import CannotSell
from syncd.domain.customers import CustomerMode, key_of
from syncd.domain.ids import LocationId, OrderLineId, Sku
from syncd.domain.ignore import rules_met
from syncd.domain.names import LocationNames, OrderNames
from syncd.domain.orders import Method, Order, OrderState
from syncd.domain.routing import delivery_codes, method_of, place_for_all
from syncd.domain.rules import Debt, Unpaid
from syncd.domain.taxes import percent, rate_of
from syncd.domain.wares import is_discount

_UNPAID = {
    Unpaid.HOLD: "is held until it is paid",
    Unpaid.AT_TILL: "is paid at the till",
    Unpaid.ON_ACCOUNT: "goes on the account of its customer",
}
_COLLECTED = {
    Debt.ERP: "the ERP collects the debt, and its payment is put on the sale until that is handed over",
    Debt.LIGHTSPEED: "X-Series collects the debt, and the ERP's word of it adds no payment",
}
_WAY = {Method.PICKUP: "picked up", Method.DISPATCH: "dispatched"}


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision in words, and the key of the config file that it comes from."""

    what: str
    setting: str


Sold = Mapping[OrderLineId, Sku]  # under which SKU X-Series sells each line of the order


def decided_whether(order: Order, names: OrderNames) -> list[Decided]:
    """Whether it is an order for X-Series at all, by the settings as they stand now."""
    start = names.start.isoformat(sep=" ", timespec="minutes")
    word = "before" if order.confirmed_at < names.start else "not before"
    found = [Decided(f"it was confirmed {word} {start}", "orders.start")]
    if order.state not in (OrderState.QUOTE, OrderState.CANCELLED):
        word = "may" if order.state in names.states else "does not"
        found.append(Decided(f"an order that is {order.state} {word} become a sale", "orders.states"))
    return [*found, *(Decided(f"it is to be left alone: {met}", key) for key, met in rules_met(order, names.ignore))]


def decided_how(order: Order, names: OrderNames, sold: Sold) -> list[Decided]:
    """What its sales are, by the settings as they stand now, whether or not the order got that far."""
    return [
        _which_way(order, names),
        *_where(order, names),
        *_which_products(order, names, sold),
        *_which_taxes(order, names),
        *_whose(order, names),
        *_how_paid(order, names),
        Decided(f"its number in X-Series is {names.invoice_template}", "orders.invoice_number"),
    ]


def _which_way(order: Order, names: OrderNames) -> Decided:
    said = delivery_codes(order)
    found = [
        Decided(f"{code} means that it is {_WAY[method]}", f"orders.delivery.{method}")
        for method, codes in _codes(names).items()
        for code in sorted(said & codes)
    ]
    if len(found) == 1:
        return found[0]
    if found:
        return Decided("both a pickup and a dispatch are asked for: nobody can tell", "orders.delivery")
    if order.delivery or names.default_method is None:
        return Decided(f"nothing says what the delivery {order.delivery or '(none)'} means", "orders.delivery")
    return Decided(f"without a code of delivery it is {_WAY[names.default_method]}", "orders.delivery.default")


def _codes(names: OrderNames) -> dict[Method, frozenset[str]]:
    return {Method.PICKUP: names.pickup_codes, Method.DISPATCH: names.dispatch_codes}


def _where(order: Order, names: OrderNames) -> Iterator[Decided]:
    places = {one.location: one for one in names.locations}
    routed = _routed(order, names)
    if routed is not None:
        whose, setting = _handed_over_by(places, routed[0]), routed[1]
        yield Decided(f"all of it goes to {whose}", setting)
        return
    for location in dict.fromkeys(line.location for line in order.goods):
        if location in places:
            setting = f"locations.{location}"
            yield Decided(f"what leaves from {location} goes to {_handed_over_by(places, location)}", setting)
        elif names.routing.default is not None:
            whose = _handed_over_by(places, names.routing.default)
            yield Decided(f"what leaves from {location or 'nowhere'} goes to {whose}", "orders.routing.default")
        else:
            yield Decided(f"no outlet is named for what leaves from {location or 'nowhere'}", "locations")


def _routed(order: Order, names: OrderNames) -> tuple[LocationId, str] | None:
    """Where the whole order goes whatever its goods leave from, and which setting says so."""
    try:
        way = method_of(order, names)
    except CannotSell:
        way = None
    found = place_for_all(delivery_codes(order), way, names.routing)
    if found is None:
        return None
    location, said = found
    return location, f"orders.routing.{said}" if isinstance(said, Method) else f"orders.routing.delivery.{said}"


def _handed_over_by(places: Mapping[LocationId, LocationNames], location: LocationId | None) -> str:
    place = places.get(location) if location is not None else None
    if place is None:
        return f"{location}, which is no location of the map"
    return f"{place.outlet}, register {place.register}" + (", which is closed" if place.closed else "")


def _which_products(order: Order, names: OrderNames, sold: Sold) -> Iterator[Decided]:
    """Each line that is sold under another SKU than its own, and each that cannot be for want of one."""
    aliases = {names.match.key(theirs): ours for theirs, ours in names.aliases.items()}
    for line in order.lines:
        found = sold.get(line.id)
        if is_discount(line, names.rounding_sku):
            yield _stands_for(f"the discount of {line.net}", names.discount_sku, "orders.products.discount")
        elif line.sku in names.pickup_codes | names.dispatch_codes and line.net != 0:
            yield _stands_for(f"the delivery fee of {line.net}", names.shipping_sku, "orders.products.shipping")
        elif names.match.key(line.sku) in aliases:
            yield Decided(f"{line.sku} is sold as {aliases[names.match.key(line.sku)]}", f"orders.skus.{line.sku}")
        elif found is not None and found != line.sku:
            setting = "orders.products.fee" if found == names.fee_sku else "orders.products.match"
            yield Decided(f"{line.sku or line.description} is sold as {found}", setting)


def _stands_for(what: str, sku: Sku | None, setting: str) -> Decided:
    return Decided(f"{what} is sold as {sku}" if sku else f"{what} has no product to be sold as", setting)


def _which_taxes(order: Order, names: OrderNames) -> Iterator[Decided]:
    for line in {line.taxes: line for line in order.lines if line.net != 0}.values():
        name, rate = " + ".join(tax.name for tax in line.taxes), rate_of(line)
        own = [f'{one.location} has the tax "{one.tax}"' for one in names.locations if one.tax]
        if not line.taxes:
            yield Decided(f'a line without tax has the tax "{names.tax_free}"', "lightspeed.tax_free")
        elif name in names.taxes:
            yield Decided(f'"{name}" is the tax "{names.taxes[name]}"', f"orders.taxes.{name}")
        elif rate in names.tax_rates:
            key = f"orders.tax_rates.{percent(rate)}"
            yield Decided(f'"{name}" is the tax "{names.tax_rates[rate]}", by its rate', key)
        elif own:
            yield Decided(f'"{name}" is listed nowhere: {", ".join(own)}', "locations")
        else:
            yield Decided(f'no tax is named for "{name}"', "orders.taxes")


def _whose(order: Order, names: OrderNames) -> Iterator[Decided]:
    """Nothing where sales name nobody. It tells how the customer is looked for, and not who it is."""
    if names.customers is CustomerMode.NONE:
        return
    if key_of(order.customer) is None:
        yield Decided("a guest, without code and e-mail: its sales name nobody", "orders.customers")
        return
    by = "its customer is found in X-Series by code, then by e-mail"
    missing = "made if there is none" if names.customers is CustomerMode.MATCH_OR_CREATE else "named if there is one"
    yield Decided(f"{by}, and {missing}", "orders.customers")


def _how_paid(order: Order, names: OrderNames) -> Iterator[Decided]:
    if order.paid_amount and (not order.paid or order.paid_amount > order.total):
        yield Decided(f"{order.paid_amount} of it was received: {_paid_with(names)}", "orders.payments.paid")
    if order.paid and order.total != 0:
        yield Decided(f"it is paid: {_paid_with(names)}", "orders.payments.paid")
    elif not order.paid and order.total != 0:
        yield Decided(f"it is not paid: it {_UNPAID[names.unpaid]}", "orders.payments.unpaid")
        if names.unpaid is Unpaid.ON_ACCOUNT and names.debt is not None:
            yield Decided(_COLLECTED[names.debt], "orders.payments.debt")


def _paid_with(names: OrderNames) -> str:
    return f'a payment of the type "{names.paid_with}"' if names.paid_with else "no type of payment is named"
