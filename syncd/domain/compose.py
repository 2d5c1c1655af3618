"""What the sales of an order should be: lines to outlets, taxes and discounts split so that parts sum to the order.

All or nothing: an order of which one line cannot be sold as it is raises CannotSell, and no part of it is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from decimal import Decimal, InvalidOperation

from syncd.domain.cannot_sell import CannotSell
from syncd.domain.catalogue import Product
from syncd.domain.customers import AddressDraft, CustomerId
from syncd.domain.identity import Part, SaleIdentity
from syncd.domain.ids import TaxId
from syncd.domain.money import ZERO, DoesNotAddUp, round_to_sum, split_by_weight, to_cents, to_unit
from syncd.domain.orders import LineKind, Method, Order, OrderLine
from syncd.domain.reasons import Reason
from syncd.domain.residue import TaxedLine, absorb_difference, absorb_digits
from syncd.domain.routing import method_of, route_of
from syncd.domain.rules import OrderRules, Route, Shelf, Unpaid
from syncd.domain.sales import DraftLine, DraftPayment, SaleDraft
from syncd.domain.taxes import rate_of, tax_for
from syncd.domain.wares import product_for, said

NOTE_CHARS_MAX = 500
QUANTITY_DIGITS = Decimal("0.00001")  # that X-Series keeps (FACTS 17)
QUANTITY_MAX = Decimal(10) ** 9  # no order of a retailer: a slip of the hand, or a number gone wrong
TAX_SLACK = Decimal("0.01")  # per set of taxes: how far an ERP's rounded tax may be from the exact one


@dataclass(frozen=True, slots=True)
class PartContent:
    """One part of an order as a sale, before it has a generation."""

    part: Part
    route: Route
    lines: tuple[DraftLine, ...]
    payments: tuple[DraftPayment, ...]
    note: str
    date: datetime
    customer: CustomerId | None = None
    on_account: bool = False
    ship_to: AddressDraft | None = None

    @property
    def total(self) -> Decimal:
        return sum((line.net + line.tax_total for line in self.lines), ZERO)

    def as_draft(self, identity: SaleIdentity, invoice_number: str, rules: OrderRules) -> SaleDraft:
        return SaleDraft(
            sale_id=identity.sale_id,
            source_id=identity.source_id,
            invoice_number=invoice_number,
            outlet=self.route.outlet,
            register=self.route.register,
            user=rules.user,
            method=self.part.method,
            date=self.date,
            note=self.note,
            lines=self.lines,
            payments=self.payments,
            customer=self.customer,
            on_account=self.on_account,
            ship_to=self.ship_to,
        )


def compose(order: Order, rules: OrderRules, shelf: Shelf, *, now: datetime) -> list[PartContent]:
    """Return the order's parts in config order. Raise CannotSell when any line stands in the way."""
    try:
        return _compose(order, rules, shelf, now=now)
    except InvalidOperation as error:
        raise CannotSell(Reason.BAD_PRICE, "an amount has more digits than can be counted to the cent") from error


def _compose(order: Order, rules: OrderRules, shelf: Shelf, *, now: datetime) -> list[PartContent]:
    lines = [_turned(line) for line in order.lines if not _is_nothing(line)]
    _check_lines(lines)
    method = method_of(order, rules)
    _check_places(order, lines, method, rules)
    taxed = absorb_difference(order, _share_tax(order, lines), rules)
    parts = _deal(order, taxed, method, rules)
    contents = [_content(order, part, dealt, rules, shelf, now=now) for part, dealt in parts]
    return _with_payments(order, contents, rules)


def _is_nothing(line: OrderLine) -> bool:
    """True for what was cancelled whole, for a service of none, and for a word without product and price."""
    if line.kind is LineKind.GOODS:
        return line.quantity == 0 and line.cancelled > 0
    return line.quantity == 0 or (line.net == 0 and not line.sku)


def _turned(line: OrderLine) -> OrderLine:
    """Less one discount of 5.00 is one of -5.00: a service has no stock that would go another way."""
    if line.kind is LineKind.SERVICE and line.quantity.is_finite() and line.quantity < 0:
        return replace(line, quantity=-line.quantity, unit_price=-line.unit_price)
    return line


def _check_lines(lines: Iterable[OrderLine]) -> None:
    for line in lines:
        quantity = line.quantity
        if not quantity.is_finite() or not 0 < quantity <= QUANTITY_MAX:
            raise CannotSell(Reason.BAD_QUANTITY, f"{said(line)} has the quantity {quantity}", line=line.id)
        if quantity != quantity.quantize(QUANTITY_DIGITS):
            detail = f"{said(line)} has the quantity {quantity:f}, with more than 5 digits after the point"
            raise CannotSell(Reason.BAD_QUANTITY, detail, line=line.id)
        if line.kind is LineKind.GOODS and line.net < 0:
            raise CannotSell(Reason.BAD_PRICE, f"{said(line)} is goods for {line.net}", line=line.id)


def _check_places(order: Order, lines: Sequence[OrderLine], method: Method, rules: OrderRules) -> None:
    for line in lines:
        if line.kind is not LineKind.GOODS:
            continue
        route = route_of(line, order, method, rules)
        if route is None:
            raise CannotSell(Reason.UNMAPPED_LOCATION, f"{said(line)} leaves from {line.location}", line=line.id)
        if route.currency and order.currency != route.currency:
            raise CannotSell(
                Reason.FOREIGN_CURRENCY, f"the order is in {order.currency}, {route.outlet_name} in {route.currency}"
            )


def _share_tax(order: Order, lines: Sequence[OrderLine]) -> list[TaxedLine]:
    """Give every line its cents of the order's tax. The ERP's own total is the truth; rounding modes differ."""
    exact = [line.quantity * line.unit_price * rate_of(line) for line in lines]
    taxable = [index for index, line in enumerate(lines) if any(tax.rate for tax in line.taxes)]
    sets = {line.taxes for line in lines if line.taxes}
    if abs(sum(exact, ZERO) - order.total_tax) > TAX_SLACK * max(1, len(sets)) + TAX_SLACK * len(taxable):
        raise CannotSell(
            Reason.TOTAL_DIFFERS, f"the taxes of the lines sum to {sum(exact, ZERO)}, not {order.total_tax}"
        )
    try:
        shares = round_to_sum([exact[index] for index in taxable], order.total_tax) if taxable else []
    except DoesNotAddUp as error:
        raise CannotSell(Reason.TOTAL_DIFFERS, f"the order's tax: {error}") from error
    by_line = dict(zip(taxable, shares, strict=True))
    return [TaxedLine(line, by_line.get(index, ZERO)) for index, line in enumerate(lines)]


def _deal(
    order: Order,
    taxed: Sequence[TaxedLine],
    method: Method,
    rules: OrderRules,
) -> list[tuple[tuple[Part, Route], list[TaxedLine]]]:
    """Goods to their outlet; discounts over all parts by value with tax; fees whole to the first part."""
    by_outlet: dict[Route, list[TaxedLine]] = {}
    for one in taxed:
        route = route_of(one.line, order, method, rules) if one.line.kind is LineKind.GOODS else None
        if route is not None:
            by_outlet.setdefault(route, []).append(one)
    if not by_outlet:
        raise CannotSell(Reason.NOTHING_TO_HAND_OVER, "no line with goods")
    ordered = sorted(by_outlet, key=lambda route: route.place)
    worth = [sum((one.total for one in by_outlet[route]), ZERO) for route in ordered]
    for one in taxed:
        if one.line.kind is LineKind.GOODS or _only_says_the_method(one, rules):
            continue
        if one.line.net < 0 and one.line.sku != rules.rounding_sku:
            nets = split_by_weight(one.line.net, worth)
            taxes = split_by_weight(one.tax_total, worth)
            for route, net, tax in zip(ordered, nets, taxes, strict=True):
                if net or tax:
                    share = replace(one.line, quantity=Decimal(1), unit_price=net, net=net)
                    by_outlet[route].append(replace(one, line=share, tax_total=tax))
        else:
            by_outlet[ordered[0]].append(one)
    return [((Part(order.id, route.outlet, method), route), by_outlet[route]) for route in ordered]


def _only_says_the_method(one: TaxedLine, rules: OrderRules) -> bool:
    return one.line.net == 0 and one.tax_total == 0 and one.line.sku in rules.pickup_codes | rules.dispatch_codes


def _content(
    order: Order,
    part: tuple[Part, Route],
    dealt: Sequence[TaxedLine],
    rules: OrderRules,
    shelf: Shelf,
    *,
    now: datetime,
) -> PartContent:
    route = part[1]
    lines = tuple(
        _draft_line(one, product_for(one.line, rules, shelf), tax_for(one.line, route, rules))
        for one in absorb_digits(dealt, rules)
    )
    exact = sum((line.quantity * (line.price + line.tax) for line in lines), ZERO)
    total = sum((line.net + line.tax_total for line in lines), ZERO)
    if to_cents(exact) != total:
        # X-Series may add up unit prices before it rounds (FACTS 20): then the customer would pay other cents.
        raise CannotSell(Reason.BAD_PRICE, f"unit prices with 5 digits give {exact}, the part is {total}")
    if total < 0:
        raise CannotSell(Reason.BAD_PRICE, f"the part at {route.outlet_name} would have the total {total}")
    return PartContent(
        part=part[0],
        route=route,
        lines=lines,
        payments=(),
        note=_note_of(order),
        date=_date_of(order, route, now=now),
    )


def _draft_line(one: TaxedLine, product: Product, tax_id: TaxId) -> DraftLine:
    line = one.line
    return DraftLine(
        order_line=line.id,
        product=product.id,
        sku=product.sku,
        quantity=line.quantity,
        price=to_unit(line.net, line.quantity),
        tax=to_unit(one.tax_total, line.quantity),
        tax_id=tax_id,
        net=line.net,
        tax_total=one.tax_total,
        note="" if line.kind is LineKind.GOODS else line.description,
    )


def _with_payments(order: Order, contents: Sequence[PartContent], rules: OrderRules) -> list[PartContent]:
    """What was received fills the parts pro rata; what is still owed goes as the settings say."""
    received = _received(order)
    is_owed = received < order.total
    if is_owed and rules.unpaid is Unpaid.HOLD:
        said = f"{received} of {order.total} is paid" if received else "the ERP does not say that it is paid"
        raise CannotSell(Reason.UNPAID, said)
    if received and rules.paid_with is None:
        raise CannotSell(Reason.NO_PAYMENT_TYPE, f"{received} is paid")
    totals = [content.total for content in contents]
    shares = split_by_weight(received, totals) if is_owed else totals
    on_account = is_owed and rules.unpaid is Unpaid.ON_ACCOUNT
    return [
        replace(content, payments=_paid(share, content, rules), on_account=on_account)
        for content, share in zip(contents, shares, strict=True)
    ]


def _received(order: Order) -> Decimal:
    """What was paid of the order's total, with tax. Raise CannotSell when it is more: somebody has to pay it back."""
    amount = order.paid_amount
    if amount is not None and amount > order.total:
        raise CannotSell(Reason.OVERPAID, f"{amount} is paid of {order.total}")
    return order.total if order.paid else max(amount or ZERO, ZERO)


def _paid(share: Decimal, content: PartContent, rules: OrderRules) -> tuple[DraftPayment, ...]:
    return (DraftPayment(rules.paid_with, share, content.date),) if share and rules.paid_with is not None else ()


def _note_of(order: Order) -> str:
    """What the people at the outlet need: whose it is, where it goes, and what was said about it."""
    address = order.address
    place = " ".join(word for word in (address.postcode, address.city, address.country) if word)
    whose = [order.reference, order.customer.name, order.customer.phone]
    words = [*whose, address.street.replace("\n", ", "), place, " ".join(order.comment.split())]
    return " · ".join(word for word in words if word)[:NOTE_CHARS_MAX]


def _date_of(order: Order, route: Route, *, now: datetime) -> datetime:
    """The instant of confirmation; for a mere day, noon of that day at the outlet. Never the future."""
    moment = order.confirmed_at
    if order.confirmed_day_only:
        moment = datetime.combine(order.confirmed_at.date(), time(12), tzinfo=route.zone)
    return min(moment.astimezone(UTC), now)
