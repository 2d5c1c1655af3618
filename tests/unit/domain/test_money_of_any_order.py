"""Money of any order: its sales sum to it, to the cent, or it is held with a reason of money. See DESIGN 4.

Two sizes of the same properties: some hundreds of orders with every run, 10,000 in `make test-slow`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from syncd.domain.compose import CannotSell, PartContent, compose
from syncd.domain.identity import SaleIdentity
from syncd.domain.ids import Account
from syncd.domain.money import split_by_weight, to_cents, to_cents_half_even
from syncd.domain.orders import Method, Order, OrderLine, Tax
from syncd.domain.reasons import Reason
from syncd.domain.rules import Unpaid
from syncd.domain.sales import Sale, SaleDraft
from syncd.domain.verify import differences
from tests.builders import GST, GST_ID, NO_TAX_ID, NOW, a_fee, a_line, a_sale, a_shelf, an_order, the_rules

ZERO = Decimal(0)
MONEY_REASONS = {Reason.BAD_PRICE, Reason.TOTAL_DIFFERS}
REDUCED, STATE = Tax("Reduced 5%", Decimal("0.05")), Tax("State 7.25%", Decimal("0.0725"))
ZERO_RATED, SWISS = Tax("Zero rated", ZERO), Tax("VAT 8.1%", Decimal("0.081"))
RULES = the_rules(
    taxes={
        "GST 15%": GST_ID,
        "Reduced 5%": GST_ID,
        "VAT 8.1%": GST_ID,
        "GST 15% + State 7.25%": GST_ID,
        "Zero rated": NO_TAX_ID,
    }
)
TAXES = st.sampled_from([(), (GST,), (REDUCED,), (SWISS,), (GST, STATE), (ZERO_RATED,)])
OUTLETS = ["DOWNTOWN", "AIRPORT", "HARBOUR"]
SKUS = st.sampled_from(["MUG-BLUE", "LAMP", "CHAIR"])
PIECES = st.integers(1, 20).map(Decimal)
WEIGHED = st.integers(1, 99_999).map(lambda grams: Decimal(grams).scaleb(-3))
PRICES = st.integers(1, 999_999).map(lambda cents: Decimal(cents).scaleb(-2))
FAST, SLOW = settings(max_examples=200), settings(max_examples=10_000, suppress_health_check=list(HealthCheck))


def rate_of(taxes: tuple[Tax, ...]) -> Decimal:
    return sum((tax.rate for tax in taxes), ZERO)


@st.composite
def goods(draw: st.DrawFn, number: int, quantities: st.SearchStrategy[Decimal], places: list[str]) -> list[OrderLine]:
    """A line; of which a price may include tax, be nothing, and which may be served from two places."""
    taxes, price = draw(TAXES), draw(PRICES)
    kind = draw(st.sampled_from(["plain", "plain", "with tax", "free"]))
    if kind == "with tax":
        price = (price / (1 + rate_of(taxes))).quantize(Decimal("0.0001"), ROUND_HALF_EVEN)
    if kind == "free":
        price = ZERO
    quantity = draw(quantities)
    whole = a_line(draw(SKUS), quantity, price, id=str(number), at=draw(st.sampled_from(places)), taxes=taxes)
    if len(places) < 2 or quantity < 2 or not draw(st.booleans()):
        return [whole]
    shares = [Decimal(1), quantity - 1]
    nets = split_by_weight(whole.net, shares)
    return [
        a_line(whole.sku, share, price, id=str(number), at=place, taxes=taxes, net=net)
        for share, net, place in zip(shares, nets, places, strict=False)
    ]


@st.composite
def orders(draw: st.DrawFn, quantities: st.SearchStrategy[Decimal] = PIECES | WEIGHED, odd: bool = True) -> Order:
    """1 to 8 lines over 1 to 3 outlets, with fees and discounts; `odd` ones may say a total that is a little off."""
    places = draw(st.lists(st.sampled_from(OUTLETS), min_size=1, max_size=3, unique=True))
    count = draw(st.integers(1, 8))
    lines = [line for number in range(count) for line in draw(goods(number, quantities, places))]
    worth = sum((line.net for line in lines), ZERO)
    taxes = lines[0].taxes
    if draw(st.booleans()):
        lines.append(a_fee("COURIER", draw(st.sampled_from(["0", "4.90", "12.50"])), id="ship", taxes=draw(TAXES)))
    most = 90 if odd else 75  # per cent; with all taxes on it, more than 81 would be more than the goods are worth
    off = to_cents_half_even(worth * draw(st.integers(0, most)) / -100)
    if off < 0:
        lines.append(a_fee("OFF", off, id="off", taxes=draw(TAXES) if odd else taxes))
    if draw(st.booleans()):
        lines.append(a_fee("GIFT-WRAP", "1.99", id="wrap", taxes=draw(TAXES)))
    delivery = draw(st.sampled_from(["COURIER", "CLICK-COLLECT"]))
    order = an_order(*draw(st.permutations(lines)), delivery=delivery, paid=draw(st.booleans()))
    if not odd:
        return order
    if draw(st.booleans()):
        tax = sum((to_cents(line.net * tax.rate) for line in lines for tax in line.taxes), ZERO)  # by line, half up
        order = replace(order, total_tax=tax, total=order.total - order.total_tax + tax)
    residue = draw(st.sampled_from(["0", "0", "0.01", "-0.01", "0.02", "-0.05"]))
    return replace(order, total=order.total + Decimal(residue))


def sales_of(order: Order) -> list[PartContent] | None:
    """The parts, or None when the order is held; then always with a reason of money."""
    rules = replace(RULES, unpaid=Unpaid.AT_TILL)
    try:
        parts = compose(order, rules, a_shelf(), now=NOW)
    except CannotSell as stop:
        if stop.reason not in MONEY_REASONS:
            raise
        event(f"held: {stop.reason}")
        return None
    event(f"{len(parts)} parts")
    return parts


def draft_of(part: PartContent) -> SaleDraft:
    return part.as_draft(SaleIdentity(Account("acme"), "tryton", part.part, 1), "1001", RULES)


def as_x_series_adds_it_up(draft: SaleDraft, rounding: str) -> Sale:
    """The sale with every amount made of unit prices and quantities, as the other side makes it."""

    def shown(amount: Decimal) -> Decimal:
        return amount if rounding == "late" else amount.quantize(Decimal("0.01"), rounding)

    sale = a_sale(draft)
    lines = tuple(
        replace(line, net=shown(line.price * line.quantity), tax_total=shown(line.tax * line.quantity))
        for line in sale.lines
    )
    return replace(sale, lines=lines, total=sum((line.net + line.tax_total for line in lines), ZERO))


def parts_sum_to_the_order(order: Order) -> None:
    parts = sales_of(order)
    if parts is None:
        return
    drafts = [draft_of(part) for part in parts]
    assert [draft.total for draft in drafts] == [part.total for part in parts]
    assert sum((draft.total for draft in drafts), ZERO) == order.total
    assert sum((line.tax_total for draft in drafts for line in draft.lines), ZERO) == order.total_tax
    assert all(draft.total >= 0 for draft in drafts)


def what_is_paid_is_the_order(order: Order) -> None:
    parts = sales_of(order)
    if parts is None:
        return
    paid = [sum((payment.amount for payment in part.payments), ZERO) for part in parts]
    assert paid == [part.total if order.paid else ZERO for part in parts]
    assert sum(paid, ZERO) == (order.total if order.paid else ZERO)


def x_series_adds_up_the_same(order: Order) -> None:
    for part in sales_of(order) or ():
        draft = draft_of(part)
        for rounding in ("late", ROUND_HALF_UP, ROUND_HALF_EVEN):
            assert differences(draft, as_x_series_adds_it_up(draft, rounding)) == []


def all_goods_are_handed_over_once(order: Order) -> None:
    parts = sales_of(order)
    if parts is None:
        return
    ids = {line.id for line in order.goods}
    wanted = Counter(
        (line.id, f"outlet-{line.location.lower()}", line.quantity) for line in order.goods if line.location
    )
    dealt = Counter(
        (line.order_line, part.part.outlet, line.quantity)
        for part in parts
        for line in part.lines
        if line.order_line in ids
    )
    assert dealt == wanted
    wanted_method = Method.PICKUP if order.delivery == "CLICK-COLLECT" else Method.DISPATCH
    assert {part.part.method for part in parts} == {wanted_method}


PROPERTIES = {
    "the parts sum to the order": parts_sum_to_the_order,
    "the payments sum to what is paid": what_is_paid_is_the_order,
    "X-Series adds up the same": x_series_adds_up_the_same,
    "all goods are handed over once": all_goods_are_handed_over_once,
}


@pytest.mark.parametrize("holds_of", PROPERTIES.values(), ids=PROPERTIES.keys())
@FAST
@given(order=orders())
def test_of_any_order(holds_of: Callable[[Order], None], order: Order) -> None:
    holds_of(order)


@FAST
@given(order=orders(quantities=PIECES, odd=False))
def test_an_order_of_pieces_whose_total_is_its_own_is_never_held(order: Order) -> None:
    assert sales_of(order) is not None


@pytest.mark.slow
@SLOW
@given(order=orders())
def test_of_ten_thousand_orders_all_of_it_holds(order: Order) -> None:
    for holds_of in PROPERTIES.values():
        holds_of(order)


@pytest.mark.slow
@SLOW
@given(order=orders(quantities=PIECES, odd=False))
def test_of_ten_thousand_orders_of_pieces_none_is_held(order: Order) -> None:
    assert sales_of(order) is not None
