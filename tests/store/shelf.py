"""Values to put into the store: valid by default, a test spells out only its point."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import Connection, func, select

from syncd.domain.clock import BootTime
from syncd.domain.customers import CustomerDraft, CustomerKey
from syncd.domain.identity import Part, SaleIdentity
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
    ShipmentId,
    Sku,
    TaxId,
    UserId,
)
from syncd.domain.journal import (
    CloseReturn,
    Command,
    CompleteShipment,
    CorrectStock,
    CreateCustomer,
    CreateSale,
    StartReturn,
    UpdateSale,
    VoidSale,
)
from syncd.domain.orders import Method
from syncd.domain.plan_corrections import Correction, Way
from syncd.domain.sales import (
    SOURCE_TYPE,
    DraftLine,
    DraftPayment,
    Sale,
    SaleDraft,
    SaleLine,
    SalePayment,
    SaleState,
)
from syncd.domain.shipments import ShipmentLine
from syncd.store.codec import to_text, unscale
from syncd.store.journal import Pen
from syncd.store.tables import TillLineRow, WriterRow

ACME = Account("acme")
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
DOWNTOWN, AIRPORT = OutletId("downtown"), OutletId("airport")
MUG = ProductId("product-mug")
BOOT = BootTime("boot-1", 5_000)


def a_part(order: str = "1", outlet: OutletId = DOWNTOWN, method: Method = Method.PICKUP) -> Part:
    return Part(OrderId(order), outlet, method)


def a_draft(part: Part | None = None, *, generation: int = 1, quantity: str = "2") -> SaleDraft:
    identity = SaleIdentity(ACME, "memory", part or a_part(), generation)
    amount = Decimal(quantity)
    return SaleDraft(
        sale_id=identity.sale_id,
        source_id=identity.source_id,
        invoice_number=f"SO{identity.part.order}",
        outlet=identity.part.outlet,
        register=RegisterId("register"),
        user=UserId("user"),
        method=identity.part.method,
        date=NOW,
        note="Ada · 1 Quay Street",
        lines=(
            DraftLine(
                OrderLineId("1"), MUG, Sku("MUG"), amount, Decimal("10.00"), Decimal("1.50000"), TaxId("gst"),
                amount * 10, amount * Decimal("1.50"), "a note",
            ),
        ),
        payments=(DraftPayment(PaymentTypeId("prepaid"), amount * Decimal("11.50"), NOW),),
    )  # fmt: skip


def a_create(order: str = "1", **changes: object) -> CreateSale:
    part = a_part(order)
    return replace(CreateSale(part, 1, a_draft(part)), **changes)


def an_update(order: str = "1") -> UpdateSale:
    part = a_part(order)
    return UpdateSale(part, 1, SaleId("sale-1"), a_draft(part), a_draft(part, quantity="3"))


def a_void(order: str = "1") -> VoidSale:
    return VoidSale(a_part(order), 1, SaleId("sale-1"), a_draft(a_part(order)), as_verified=True, why="cancelled")


def a_completion(order: str = "1") -> CompleteShipment:
    lines = (ShipmentLine(OrderLineId("1"), Decimal("2.5")),)
    return CompleteShipment(
        OrderId(order), ShipmentId(f"{order}/OUT 1"), lines, SaleId("sale-1")
    )  # fmt: skip


def a_new_customer(order: str = "1") -> CreateCustomer:
    draft = CustomerDraft("C1", "Ada", "Lane", email="ada@example.test")
    return CreateCustomer(OrderId(order), CustomerKey("c1", "ada@example.test"), draft)


def a_begun_return(order: str = "1") -> StartReturn:
    return StartReturn(a_part(order), SaleId("sale-1"))


def a_closed_return(order: str = "1") -> CloseReturn:
    return CloseReturn(a_part(order), SaleId("sale-1"), SaleId("back-1"), a_draft(a_part(order), quantity="-1"))


COMMANDS: dict[str, Command] = {
    "create": a_create(), "update": an_update(), "void": a_void(), "completion": a_completion(),
    "customer": a_new_customer(),
    "begun return": a_begun_return(), "closed return": a_closed_return(),
    "corrections": CorrectStock(Way.ADJUSTMENTS, rows=2, units=Decimal("3.5")),
}  # fmt: skip


def a_sale(sale: str = "sale-1", *, version: int = 1, part: Part | None = None, **changes: object) -> Sale:
    """A standing sale of ours."""
    there = Sale(
        id=SaleId(sale),
        version=version,
        state=SaleState.PENDING,
        method=Method.PICKUP,
        attributes=("pickup",),
        source_type=SOURCE_TYPE,
        source_id=SaleIdentity(ACME, "memory", part or a_part(), 1).source_id,
        invoice_number="SO1",
        outlet=DOWNTOWN,
        register=RegisterId("register"),
        user=UserId("user"),
        created_at=NOW,
        updated_at=NOW,
        total=Decimal("23.00"),
        return_for=None,
        lines=(
            SaleLine(
                SaleLineId("l1"), MUG, Decimal(2), Decimal(10), Decimal("1.5"), TaxId("gst"), Decimal(20), Decimal(3), 1
            ),
        ),
        payments=(SalePayment("p1", PaymentTypeId("prepaid"), Decimal("23.00")),),
    )
    return replace(there, **changes)


def a_till_sale(sale: str = "till-1", *, version: int = 1, **changes: object) -> Sale:
    changes = {"source_type": "", "source_id": "", "state": SaleState.CLOSED, "payments": ()} | changes
    return a_sale(sale, version=version, **changes)


def a_pen(tx: Connection, *, epoch: int = 1) -> Pen:
    """Make this epoch the writer's, and give its pen."""
    writers = WriterRow.__table__  # type: ignore[attr-defined]
    tx.execute(writers.delete().where(writers.c.account == ACME))
    tx.execute(writers.insert().values(account=ACME, epoch=epoch, holder="test", since=to_text(NOW)))
    return Pen(ACME, epoch, None)


def a_correction(sku: str = "MUG", level: str = "7.00001", expected: str = "10") -> Correction:
    delta = Decimal(expected) - Decimal(level)
    here, product = LocationId("HERE"), ProductId(sku.lower())
    return Correction(DOWNTOWN, "Downtown", here, Sku(sku), product, Decimal(level), Decimal(expected), delta, 5)


def moved_at_the_till(tx: Connection, account: Account) -> list[tuple[str, str, Decimal]]:
    """What sales that are not ours took out, as it is stored: the outlet, the product, how much."""
    till = TillLineRow.__table__  # type: ignore[attr-defined]
    quantity = func.sum(till.c.quantity)
    found = select(till.c.outlet, till.c.product_id, quantity).where(till.c.account == account, till.c.quantity != 0)
    rows = tx.execute(found.group_by(till.c.outlet, till.c.product_id).order_by(till.c.outlet, till.c.product_id))
    return [(outlet, product, unscale(int(moved))) for outlet, product, moved in rows]
