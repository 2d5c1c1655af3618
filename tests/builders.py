"""Orders, sales and the integrator's decisions: valid by default, a test spells out only its point.

The trade is Acme's: an ERP with the locations DOWNTOWN, AIRPORT and HARBOUR, an outlet for each, GST of 15 %.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from syncd.domain.catalogue import Product
from syncd.domain.identity import Part, read_source_id
from syncd.domain.ids import (
    Account,
    LocationId,
    OrderId,
    OrderLineId,
    OutletId,
    PaymentTypeId,
    ProductId,
    RegisterId,
    SaleId,
    SaleLineId,
    Sku,
    SourceId,
    TaxId,
    UserId,
)
from syncd.domain.money import to_cents_half_even
from syncd.domain.orders import Address, Customer, LineKind, Method, Order, OrderLine, OrderState, Tax
from syncd.domain.plan_orders import PartRecord, SeenSale
from syncd.domain.rules import OrderRules, Route, Shelf, Unpaid
from syncd.domain.sales import DraftLine, DraftPayment, Sale, SaleDraft, SaleLine, SalePayment, SaleState

AUCKLAND = timezone(timedelta(hours=13))
START = datetime(2026, 12, 1, tzinfo=AUCKLAND)
CONFIRMED = datetime(2026, 12, 1, 9, 30, tzinfo=AUCKLAND)
NOW = datetime(2026, 12, 1, 3, tzinfo=UTC)

GST = Tax("GST 15%", Decimal("0.15"))
GST_ID, NO_TAX_ID = TaxId("tax-gst"), TaxId("tax-none")
PREPAID, CASH = PaymentTypeId("type-prepaid"), PaymentTypeId("type-cash")
ERP_USER = UserId("user-erp-sync")


def a_route(name: str, place: int, **changes: Any) -> Route:
    return replace(
        Route(
            location=LocationId(name.upper()),
            place=place,
            outlet=OutletId(f"outlet-{name.lower()}"),
            outlet_name=name,
            register=RegisterId(f"register-{name.lower()}"),
            zone=ZoneInfo("Pacific/Auckland"),
            currency="NZD",
        ),
        **changes,
    )


DOWNTOWN, AIRPORT, HARBOUR = (a_route(name, place) for place, name in enumerate(["Downtown", "Airport", "Harbour"]))


def the_rules(**changes: Any) -> OrderRules:
    return replace(
        OrderRules(
            account=Account("acme"),
            erp="tryton",
            start=START,
            states=frozenset({OrderState.CONFIRMED, OrderState.PROCESSING, OrderState.DONE}),
            routes={route.location: route for route in (DOWNTOWN, AIRPORT, HARBOUR)},
            user=ERP_USER,
            pickup_codes=frozenset({"CLICK-COLLECT"}),
            dispatch_codes=frozenset({"COURIER"}),
            default_method=Method.DISPATCH,
            taxes={"GST 15%": GST_ID},
            no_tax=NO_TAX_ID,
            paid_with=PREPAID,
            unpaid=Unpaid.HOLD,
            shipping_sku=Sku("SHIPPING"),
            discount_sku=Sku("DISCOUNT"),
            rounding_sku=Sku("ROUNDING"),
            aliases={},
            tolerance=Decimal("0.01"),
            invoice_template="{order_number}{part_suffix}",
        ),
        **changes,
    )


def a_product(sku: str = "MUG-BLUE", **changes: Any) -> Product:
    return replace(
        Product(
            id=ProductId(f"product-{sku}"),
            sku=Sku(sku),
            codes=(),
            name=sku.title(),
            active=True,
            tracked=True,
            composite=False,
            version=1,
        ),
        **changes,
    )


def a_shelf(*products: Product) -> Shelf:
    """What X-Series sells: a mug, a lamp, a chair and the products that stand for fees; else what is given."""
    known = ("MUG-BLUE", "LAMP", "CHAIR", "SHIPPING", "DISCOUNT", "ROUNDING", "GIFT-WRAP")
    by_sku: dict[Sku, tuple[Product, ...]] = {}
    for product in products or [a_product(sku) for sku in known]:
        by_sku[product.sku] = (*by_sku.get(product.sku, ()), product)
    return Shelf(by_sku)


def a_line(
    sku: str = "MUG-BLUE",
    quantity: str | Decimal = "2",
    price: str | Decimal = "10.00",
    *,
    at: str | None = "DOWNTOWN",
    taxes: Sequence[Tax] = (GST,),
    **changes: Any,
) -> OrderLine:
    """A line with goods; its amount is rounded as Tryton rounds it."""
    return replace(
        OrderLine(
            id=OrderLineId("1"),
            kind=LineKind.GOODS,
            sku=Sku(sku),
            description=sku.title(),
            quantity=Decimal(quantity),
            unit_price=Decimal(price),
            net=to_cents_half_even(Decimal(quantity) * Decimal(price)) if Decimal(quantity).is_finite() else Decimal(0),
            taxes=tuple(taxes),
            location=LocationId(at) if at is not None else None,
        ),
        **changes,
    )


def a_fee(sku: str = "COURIER", price: str | Decimal = "5.00", **changes: Any) -> OrderLine:
    """A line without stock: a fee, a word about delivery, or with a negative price a discount."""
    return a_line(sku, "1", price, at=None, **({"id": "fee", "kind": LineKind.SERVICE} | changes))


def an_order(*lines: OrderLine, **changes: Any) -> Order:
    """Two blue mugs at Downtown for 23.00 with tax, paid; totals as Tryton makes them of the lines."""
    lines = lines or (a_line(),)
    tax = tax_of_document(lines)
    return replace(
        Order(
            id=OrderId("42"),
            number="1001",
            reference="PO-7",
            state=OrderState.PROCESSING,
            confirmed_at=CONFIRMED,
            confirmed_day_only=False,
            changed_at=CONFIRMED,
            currency="NZD",
            customer=Customer(code="C1", name="Aroha Ngata", email="aroha@example.nz", phone="021 555 0101"),
            address=Address(name="Aroha Ngata", street="1 Queen St", city="Auckland", postcode="1010", country="NZ"),
            delivery=None,
            paid=True,
            undecided=False,
            total_tax=tax,
            total=sum((line.net for line in lines), Decimal(0)) + tax,
            lines=lines,
        ),
        **changes,
    )


def tax_of_document(lines: Sequence[OrderLine]) -> Decimal:
    """Tryton's: half-even, once per tax of each set of taxes, from amounts that are not rounded."""
    bases: dict[tuple[Tax, ...], Decimal] = defaultdict(Decimal)
    for line in lines:
        if line.quantity.is_finite():
            bases[line.taxes] += line.quantity * line.unit_price
    return sum((to_cents_half_even(base * tax.rate) for taxes, base in bases.items() for tax in taxes), Decimal("0.00"))


def a_part(order: str = "42", at: Route = DOWNTOWN, method: Method = Method.DISPATCH) -> Part:
    return Part(OrderId(order), at.outlet, method)


def a_draft_line(
    sku: str = "MUG-BLUE", quantity: str = "2", net: str = "20.00", tax: str = "3.00", **changes: Any
) -> DraftLine:
    return replace(
        DraftLine(
            order_line=OrderLineId("1"),
            product=ProductId(f"product-{sku}"),
            sku=Sku(sku),
            quantity=Decimal(quantity),
            price=Decimal(net) / Decimal(quantity),
            tax=Decimal(tax) / Decimal(quantity),
            tax_id=GST_ID,
            net=Decimal(net),
            tax_total=Decimal(tax),
        ),
        **changes,
    )


def a_payment(amount: str = "23.00", with_: PaymentTypeId = PREPAID) -> DraftPayment:
    return DraftPayment(with_, Decimal(amount), CONFIRMED.astimezone(UTC))


def a_draft(**changes: Any) -> SaleDraft:
    """What the order of `an_order()` should be as a sale."""
    return replace(
        SaleDraft(
            sale_id=SaleId("b9d0bb40-34f9-5ae6-9ebf-5b1f0ecc1a9f"),
            source_id=SourceId("acme/tryton/42/outlet-downtown/dispatch/1"),
            invoice_number="1001",
            outlet=DOWNTOWN.outlet,
            register=DOWNTOWN.register,
            user=ERP_USER,
            method=Method.DISPATCH,
            date=CONFIRMED.astimezone(UTC),
            note="",
            lines=(a_draft_line(),),
            payments=(a_payment(),),
        ),
        **changes,
    )


def a_sale(draft: SaleDraft | None = None, /, **changes: Any) -> Sale:
    """The sale that X-Series makes of a draft when all goes well: open, and shown as it was sent."""
    draft = draft or a_draft()
    lines = tuple(a_sale_line(line, id=f"line-{place}", sequence=place) for place, line in enumerate(draft.lines))
    return replace(
        Sale(
            id=draft.sale_id,
            version=1,
            state=SaleState.PENDING,
            method=draft.method,
            attributes=(),
            source_type="syncd",
            source_id=draft.source_id,
            invoice_number=draft.invoice_number,
            outlet=draft.outlet,
            register=draft.register,
            user=draft.user,
            created_at=NOW,
            updated_at=NOW,
            total=draft.total,
            return_for=None,
            lines=lines,
            payments=tuple(
                SalePayment(f"payment-{place}", payment.payment_type, payment.amount)
                for place, payment in enumerate(draft.payments)
            ),
            note=draft.note,
        ),
        **changes,
    )


def a_sale_line(draft: DraftLine | None = None, /, **changes: Any) -> SaleLine:
    draft = draft or a_draft_line()
    return replace(
        SaleLine(
            id=SaleLineId("line-0"),
            product=draft.product,
            quantity=draft.quantity,
            price=draft.price,
            tax=draft.tax,
            tax_id=draft.tax_id,
            net=draft.net,
            tax_total=draft.tax_total,
        ),
        **changes,
    )


def seen(sale: Sale) -> SeenSale:
    """The sale as the feed of X-Series shows it to us."""
    identity = read_source_id(sale.source_id)
    assert identity is not None
    return SeenSale(identity, sale)


def a_record(draft: SaleDraft, /, **changes: Any) -> PartRecord:
    """What the store remembers of a part whose sale was verified to be this draft."""
    identity = read_source_id(draft.source_id)
    assert identity is not None
    return replace(
        PartRecord(
            part=identity.part,
            place=0,
            generation=identity.generation,
            sale=draft.sale_id,
            draft=draft,
            voided_by_us=False,
        ),
        **changes,
    )
