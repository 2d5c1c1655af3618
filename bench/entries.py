"""The work of the journal's benchmark: sales to create, and an X-Series that answers at once."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from syncd.domain.identity import Part, SaleIdentity
from syncd.domain.ids import (
    Account,
    OrderId,
    OrderLineId,
    OutletId,
    PaymentTypeId,
    ProductId,
    RegisterId,
    SaleId,
    SaleLineId,
    Sku,
    TaxId,
    UserId,
)
from syncd.domain.journal import CreateSale
from syncd.domain.orders import Method
from syncd.domain.sales import (
    SOURCE_TYPE,
    DraftLine,
    DraftPayment,
    Fulfilment,
    FulfilmentState,
    Sale,
    SaleDraft,
    SaleLine,
    SalePayment,
    SaleReceipt,
    SaleState,
)

ACCOUNT, ERP = Account("acme"), "tryton"
OUTLET = OutletId("0242ac12-0002-11ea-fe2c-5d4c5a3b1f01")
REGISTER = RegisterId("0242ac12-0002-11ea-fe2c-5d4c5a3b1f02")
USER = UserId("0242ac12-0002-11ea-fe2c-5d4c5a3b1f03")
TAX = TaxId("0242ac12-0002-11ea-fe2c-5d4c5a3b1f04")
PREPAID = PaymentTypeId("0242ac12-0002-11ea-fe2c-5d4c5a3b1f05")
PRODUCT = "0242ac12-0002-11ea-fe2c-5d4c5a3b1f{:02}"
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
LINES = range(1, 4)  # of every order
PRICE, TAX_OF_ONE = Decimal("10.00"), Decimal("1.50000")


@dataclass(frozen=True, slots=True)
class Work:
    """One entry: what is asked for, and the sale that X-Series makes of it."""

    command: CreateSale
    sale: Sale

    @property
    def part(self) -> Part:
        return self.command.part


@dataclass(frozen=True, slots=True)
class Spent:
    """What some entries took this process, all threads together."""

    wall_ns: int
    cpu_ns: int

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.wall_ns + other.wall_ns, self.cpu_ns + other.cpu_ns)


class RetailAtOnce:
    """X-Series of the dated dialect as the journal meets it. Every answer is ready: it costs next to nothing."""

    keeps_client_ids = True

    def __init__(self) -> None:
        self._sales: dict[SaleId, Sale] = {}

    def will_make(self, work: Sequence[Work]) -> None:
        self._sales = {one.sale.id: one.sale for one in work}

    def create_sale(self, draft: SaleDraft) -> SaleReceipt:
        return SaleReceipt(draft.sale_id, self._sales[draft.sale_id])

    def read_fulfilments(self, sales: Sequence[SaleId]) -> list[Fulfilment]:
        return [Fulfilment(sale, sale, OUTLET, Method.DISPATCH, FulfilmentState.OPEN, ()) for sale in sales]


def some_work(first: int, count: int) -> list[Work]:
    """So many orders, numbered from `first`, each of them one sale."""
    return [_one(number) for number in range(first, first + count)]


def timed(do: Callable[[], None]) -> Spent:
    gc.collect()
    wall, cpu = time.perf_counter_ns(), time.process_time_ns()
    do()
    return Spent(time.perf_counter_ns() - wall, time.process_time_ns() - cpu)


def _one(number: int) -> Work:
    part = Part(OrderId(str(number)), OUTLET, Method.DISPATCH)
    draft = _draft(SaleIdentity(ACCOUNT, ERP, part, 1))
    return Work(CreateSale(part, 1, draft), _sale(draft, version=number))


def _draft(identity: SaleIdentity) -> SaleDraft:
    lines = tuple(
        DraftLine(
            order_line=OrderLineId(f"{identity.part.order}-{n}"),
            product=ProductId(PRODUCT.format(10 + n)),
            sku=Sku(f"MUG-BLUE-{n}"),
            quantity=Decimal(n),
            price=PRICE,
            tax=TAX_OF_ONE,
            tax_id=TAX,
            net=PRICE * n,
            tax_total=Decimal("1.50") * n,
        )
        for n in LINES
    )
    total = sum((line.net + line.tax_total for line in lines), Decimal(0))
    return SaleDraft(
        sale_id=identity.sale_id,
        source_id=identity.source_id,
        invoice_number=f"SO{identity.part.order}",
        outlet=OUTLET,
        register=REGISTER,
        user=USER,
        method=identity.part.method,
        date=NOON,
        note="Ada Lovelace · 1 Quay Street, Auckland 1010",
        lines=lines,
        payments=(DraftPayment(PREPAID, total, NOON),),
    )


def _sale(draft: SaleDraft, *, version: int) -> Sale:
    """As X-Series shows it: in the answer, and in its feed."""
    return Sale(
        id=draft.sale_id,
        version=version,
        state=SaleState.PENDING,
        method=draft.method,
        attributes=("delivery",),
        source_type=SOURCE_TYPE,
        source_id=draft.source_id,
        invoice_number=draft.invoice_number,
        outlet=None,  # the dated dialect leaves it out
        register=draft.register,
        user=draft.user,
        created_at=NOON,
        updated_at=NOON,
        total=draft.total,
        return_for=None,
        lines=tuple(
            SaleLine(
                id=SaleLineId(f"{draft.sale_id}-{place}"),
                product=line.product,
                quantity=line.quantity,
                price=line.price,
                tax=line.tax,
                tax_id=line.tax_id,
                net=line.net,
                tax_total=line.tax_total,
                sequence=place,
            )
            for place, line in enumerate(draft.lines, start=1)
        ),
        payments=(SalePayment(f"{draft.sale_id}-p", PREPAID, draft.total),),
    )
