"""X-Series in memory, in either dialect, behind `syncd.domain.ports.Retail`; it misbehaves where a test says so.

Every write that takes place is in `writes`, every one that is asked for in `asked`: what stands in the end is in
`sales`. Versions rise with every change, and the feed shows each sale at its newest version.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TypeVar

from syncd.domain.catalogue import Product, Reference, ReferenceKind
from syncd.domain.customers import Address, AddressDraft, AddressId, CustomerDraft, CustomerId, RetailCustomer
from syncd.domain.feed_begin import Glimpse
from syncd.domain.identity import read_source_id
from syncd.domain.ids import (
    OrderId,
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
from syncd.domain.money import ZERO, to_cents
from syncd.domain.orders import Method
from syncd.domain.ports import Finding
from syncd.domain.sales import (
    ON_ACCOUNT,
    SOURCE_TYPE,
    Fulfilment,
    FulfilmentLine,
    FulfilmentState,
    FulfilmentStep,
    Sale,
    SaleDraft,
    SaleLine,
    SalePayment,
    SaleReceipt,
    SalesPage,
    SaleState,
)
from syncd.domain.stock import RetailLevel
from syncd.domain.stock_changes import (
    AdjustmentDraft,
    AdjustmentId,
    AdjustmentReason,
    AdjustmentReasonId,
    Consignment,
    ConsignmentId,
    ConsignmentKind,
    ConsignmentLine,
    ConsignmentState,
    StockAdjustment,
)
from syncd.errors import Conflict, NotFound, NotSent, Refused
from tests.fakes.faults import Effect, Faults
from tests.fakes.memory_erp import CAP, MUG, FakeClock

PAGE_SIZE = 4
Done = TypeVar("Done")
DOWNTOWN, AIRPORT = OutletId("outlet-downtown"), OutletId("outlet-airport")
ONLINE_DOWNTOWN, ONLINE_AIRPORT = RegisterId("register-downtown"), RegisterId("register-airport")
OUTLET_OF = {ONLINE_DOWNTOWN: DOWNTOWN, ONLINE_AIRPORT: AIRPORT}
ERP_USER = UserId("user-erp")
GST_TAX, NO_TAX = TaxId("tax-gst"), TaxId("tax-none")
PREPAID, CASH = PaymentTypeId("prepaid"), PaymentTypeId("cash")
ATTRIBUTE = {Method.PICKUP: "pickup", Method.DISPATCH: "delivery"}


def product_id(sku: Sku) -> ProductId:
    return ProductId(f"product-{sku}")


def a_product(sku: Sku, **changes: object) -> Product:
    product = Product(product_id(sku), sku, (), f"a {sku}", active=True, tracked=True, composite=False, version=1)
    return replace(product, **changes)


REFERENCES = (
    Reference(ReferenceKind.OUTLET, DOWNTOWN, "Downtown", True, zone="Pacific/Auckland", currency="NZD"),
    Reference(ReferenceKind.OUTLET, AIRPORT, "Airport", True, zone="Pacific/Auckland", currency="NZD"),
    Reference(ReferenceKind.REGISTER, ONLINE_DOWNTOWN, "Online Downtown", True, outlet=DOWNTOWN),
    Reference(ReferenceKind.REGISTER, ONLINE_AIRPORT, "Online Airport", True, outlet=AIRPORT),
    Reference(ReferenceKind.USER, ERP_USER, "erp-sync", True),
    Reference(ReferenceKind.TAX, GST_TAX, "GST", True, rate=Decimal("0.15")),
    Reference(ReferenceKind.TAX, NO_TAX, "No Tax", True, rate=Decimal(0)),
    Reference(ReferenceKind.PAYMENT_TYPE, PREPAID, "ERP prepaid", True),
)


class MemoryRetail:
    """One account. `dated` takes the sale's id from us, classic gives its own."""

    def __init__(self, clock: FakeClock, *, keeps_client_ids: bool) -> None:
        self.clock = clock
        self.keeps_client_ids = keeps_client_ids
        self.sales: dict[SaleId, Sale] = {}
        self.references = list(REFERENCES)
        self.products = {sku: a_product(sku) for sku in (MUG, CAP)}
        self.levels: dict[tuple[OutletId, ProductId], RetailLevel] = {}
        self.customers: dict[CustomerId, RetailCustomer] = {}
        self.addresses: list[Address] = []
        self.shipped_to: dict[SaleId, AddressId | None] = {}  # by the newest write of a sale
        self.consignments: dict[ConsignmentId, Consignment] = {}
        self.consignment_lines: dict[ConsignmentId, list[ConsignmentLine]] = {}
        self.adjustments: list[StockAdjustment] = []
        self.adjustment_reasons: list[AdjustmentReason] = []
        self.version = 100
        self.writes: list[tuple[str, str]] = []  # what really changed
        self.asked: list[tuple[str, str]] = []  # every write that was sent, with the invoice number or the code
        self.faults = Faults()
        self.read_from: list[int] = []  # every reading of the feed, by the version it began at
        self.glimpses: list[int] = []
        self.customers_read_from: list[int] = []  # every reading of the customers' feed
        self.hidden_customers: set[CustomerId] = set()  # from the feed
        self.customers_hidden_from_search: set[CustomerId] = set()
        self.hides_new_customers = False  # from the feed
        self.keeps_codes_and_emails = True
        self.keeps_accounts = True
        self.late: list[Callable[[], object]] = []  # writes that take place after their answer was lost
        self.hidden_from_feed: set[SaleId] = set()
        self.levels_hidden_from_feed: set[tuple[OutletId, ProductId]] = set()
        self.levels_asked_of: list[ProductId] = []  # one by one
        self.hidden_by_id: set[SaleId] = set()
        self.hidden_from_search: set[SaleId] = set()
        self.feed_lags = False  # sales made from now on are not shown until `catch_up`
        self.drops_source = False
        self.echoes = False
        self.fulfils_in_part = keeps_client_ids
        self.tells_levels_together = keeps_client_ids
        self.fulfilled: dict[SaleId, dict[SaleLineId, Decimal]] = defaultdict(dict)  # of open sales
        self.steps_taken: dict[SaleId, int] = defaultdict(int)  # versions of the fulfilments
        self.feed_shows_parts = False  # whether a hand-over in part moves the sale in the feed: not documented
        self.refuses_unpaid = False
        self.keeps_owed_open = False  # a sale that is handed over whole stays open: unconfirmed of owed ones
        self.before_next_fulfil: list[Callable[[], object]] = []  # what a shop does between our look and our write
        self.adjusts_all_or_nothing = True
        self.forgets_adjustments = False  # books them, and moves no level
        self.before_next_adjustment: list[Callable[[], object]] = []  # what a shop does before our write
        self.before_next_reading: list[Callable[[], object]] = []  # and before its levels are read once more
        self.next_sale: list[Callable[[Sale], Sale]] = []  # what the next created sales become
        self._made = 0

    # -- what people and the world do

    def fail(
        self, call: str, error: Exception, *, effect: Effect = Effect.NONE, times: int = 1, of: str | None = None
    ) -> None:
        self.faults.add(call, error, effect=effect, times=times, of=of)

    def commit_late(self) -> None:
        """What was asked for before a lost answer takes place now."""
        for effect in self.late:
            effect()
        self.late.clear()

    def catch_up(self) -> None:
        """The feed shows what it had not shown yet, at the versions of then."""
        self.feed_lags = False
        for sales in (self.hidden_from_feed, self.hidden_by_id, self.hidden_from_search):
            sales.clear()
        for customers in (self.hidden_customers, self.customers_hidden_from_search):
            customers.clear()

    def change(self, sale: SaleId, **changes: object) -> Sale:
        """Somebody changes the sale."""
        self.version += 1
        fresh = replace(self.sales[sale], version=self.version, updated_at=self.clock.now(), **changes)
        self.sales[sale] = fresh
        return fresh

    def hand_over(self, sale: SaleId) -> None:
        self.change(sale, state=SaleState.CLOSED)

    def hand_over_part(self, sale: SaleId, quantity: int, *, line: int = 0) -> None:
        """A shop hands over so much of one line; with the last of it the sale closes."""
        self._take(sale, {self.sales[sale].lines[line].id: Decimal(quantity)})

    def void_by_hand(self, sale: SaleId) -> None:
        self.change(sale, state=SaleState.VOIDED, payments=())

    def take_cash(self, sale: SaleId, amount: str = "1.00") -> None:
        there = self.sales[sale]
        payment = SalePayment(f"cash-{there.version}", CASH, Decimal(amount))
        self.change(sale, payments=(*there.payments, payment))

    def add(self, sale: Sale) -> SaleId:
        """A sale that syncd did not make here: rung up at a till, or by a cloned host."""
        self.version += 1
        self.sales[sale.id] = replace(sale, version=self.version, updated_at=self.clock.now())
        return sale.id

    def clone(self, sale: SaleId, *, new: str) -> SaleId:
        """The same sale once more, as a host restored from yesterday would make it."""
        return self.add(replace(self.sales[sale], id=SaleId(new), created_at=self.clock.now()))

    def ring_up(self, new: str, sku: Sku = MUG, quantity: int = 1, outlet: OutletId = DOWNTOWN) -> SaleId:
        """A sale at the till that is none of ours."""
        line = SaleLine(
            SaleLineId(f"{new}-1"), product_id(sku), Decimal(quantity), Decimal(10), Decimal("1.5"), GST_TAX,
            Decimal(10 * quantity), Decimal("1.5") * quantity, 1,
        )  # fmt: skip
        return self.add(
            Sale(
                id=SaleId(new), version=0, state=SaleState.CLOSED, method=None, attributes=(), source_type="",
                source_id="", invoice_number=f"T-{new}", outlet=outlet, register=RegisterId("till"),
                user=UserId("cashier"), created_at=self.clock.now(), updated_at=self.clock.now(),
                total=Decimal("11.5") * quantity, return_for=None, lines=(line,), payments=(),
            )
        )  # fmt: skip

    def enrol(self, code: str = "", email: str = "", *, name: str = "Somebody Else") -> CustomerId:
        """A person makes a customer in X-Series."""
        return self._enrol(CustomerDraft(code, "", name, email=email)).id

    def change_customer(self, customer: CustomerId, **changes: object) -> None:
        self.version += 1
        self.customers[customer] = replace(self.customers[customer], version=self.version, **changes)

    def take_back(
        self,
        sale: SaleId,
        new: str,
        back: Mapping[Sku, int],
        *,
        instead: Mapping[Sku, int] | None = None,
        outlet: OutletId = DOWNTOWN,
        state: SaleState = SaleState.CLOSED,
    ) -> SaleId:
        """A return at the till, of goods at 10.00 and 1.50 tax; with `instead` an exchange."""
        goods = [*((sku, -quantity) for sku, quantity in back.items()), *(instead or {}).items()]
        rung_up = self.sales[self.ring_up(new, outlet=outlet)]
        lines = tuple(
            replace(
                rung_up.lines[0], id=SaleLineId(f"{new}-{place}"), product=product_id(sku), quantity=Decimal(quantity),
                net=Decimal(10) * quantity, tax_total=Decimal("1.5") * quantity, sequence=place,
            )
            for place, (sku, quantity) in enumerate(goods, start=1)
        )  # fmt: skip
        total = sum((line.net + line.tax_total for line in lines), Decimal(0))
        self.change(rung_up.id, lines=lines, total=total, return_for=sale, state=state, source_type="USER")
        return rung_up.id

    def standing(self, order: str | None = None) -> list[Sale]:
        """Standing sales with our source, of one order or of all."""
        found = []
        for sale in self.sales.values():
            identity = read_source_id(sale.source_id) if sale.is_ours else None
            if identity and sale.is_standing and order in (None, identity.part.order):
                found.append(sale)
        return sorted(found, key=lambda sale: sale.source_id)

    def sales_of(self, order: OrderId) -> list[Sale]:
        identities = {sale.id: read_source_id(sale.source_id) for sale in self.sales.values()}
        return [self.sales[id_] for id_, one in identities.items() if one and one.part.order == order]

    # -- the port: reads

    def check(self) -> list[Finding]:
        return []

    def read_sales(self, *, after: int) -> Iterator[SalesPage]:
        self.faults.meet("read_sales")
        self.read_from.append(after)
        rows = sorted(
            (one for one in self.sales.values() if one.version > after and one.id not in self.hidden_from_feed),
            key=lambda one: one.version,
        )
        for begin in range(0, len(rows), PAGE_SIZE):
            page = tuple(rows[begin : begin + PAGE_SIZE])
            yield SalesPage(page, page[-1].version)
        yield SalesPage((), None)

    def read_glimpse(self, *, after: int) -> Glimpse:
        self.glimpses.append(after)
        self.faults.meet("read_glimpse")
        rows = sorted(
            (one for one in self.sales.values() if one.version > after and one.id not in self.hidden_from_feed),
            key=lambda one: one.version,
        )[:PAGE_SIZE]
        dates = [one.updated_at for one in rows if one.updated_at is not None]
        return Glimpse(after, rows[-1].version if rows else None, max(dates, default=None))

    def read_sale(self, sale: SaleId) -> Sale | None:
        self.faults.meet("read_sale", sale, self._number_of(sale))
        return None if sale in self.hidden_by_id else self.sales.get(sale)

    def find_sales(self, *, invoice_number: str) -> list[Sale]:
        self.faults.meet("find_sales", invoice_number)
        return [
            one
            for one in self.sales.values()
            if one.invoice_number == invoice_number and one.id not in self.hidden_from_search
        ]

    def read_fulfilments(self, sales: Sequence[SaleId]) -> list[Fulfilment]:
        self.faults.meet("read_fulfilments")
        self.faults.meet("fulfilments_of", *sales)
        found = []
        for sale in (self.sales[one] for one in sales if one in self.sales and one not in self.hidden_by_id):
            place = OUTLET_OF.get(sale.register) if sale.register else None
            if sale.method is not None and place is not None:
                is_closed = sale.state is SaleState.CLOSED
                gone = {line.id: line.quantity for line in sale.lines} if is_closed else self.fulfilled[sale.id]
                lines = tuple(FulfilmentLine(line.id, line.quantity, gone.get(line.id, ZERO)) for line in sale.lines)
                state = FulfilmentState.FULFILLED if is_closed else FulfilmentState.OPEN
                version = self.steps_taken[sale.id]
                found.append(Fulfilment(f"f-{sale.id}", sale.id, place, sale.method, state, lines, version))
        return found

    @property
    def fulfilling(self) -> dict[SaleId, OutletId]:
        """Which outlet hands each sale over; the dated dialect shows it nowhere else."""
        return {one.id: OUTLET_OF[one.register] for one in self.sales.values() if one.register in OUTLET_OF}

    def read_references(self) -> list[Reference]:
        self.faults.meet("read_references")
        return list(self.references)

    def read_products(self, *, after: int) -> Iterator[list[Product]]:
        rows = sorted((one for one in self.products.values() if one.version > after), key=lambda one: one.version)
        if rows:
            yield rows

    def read_levels(self, *, after: int) -> Iterator[list[RetailLevel]]:
        self.faults.meet("read_levels")
        shown = [level for place, level in self.levels.items() if place not in self.levels_hidden_from_feed]
        rows = sorted((one for one in shown if one.version > after), key=lambda one: one.version)
        for begin in range(0, len(rows), PAGE_SIZE):
            yield rows[begin : begin + PAGE_SIZE]
            self.faults.meet("read_levels_page")

    def read_consignments(self, *, after: int) -> Iterator[list[Consignment]]:
        self.faults.meet("read_consignments")
        rows = sorted((one for one in self.consignments.values() if one.version > after), key=lambda one: one.version)
        if rows:
            yield rows

    def read_consignment_lines(self, consignment: ConsignmentId) -> list[ConsignmentLine]:
        self.faults.meet("read_consignment_lines", consignment)
        return self.consignment_lines.get(consignment, [])

    def read_adjustments(self, *, after: int) -> Iterator[list[StockAdjustment]]:
        if not self.keeps_client_ids:
            raise Refused("list stock adjustments: the classic API has no such call; nothing was sent")
        self.faults.meet("read_adjustments")
        rows = [one for one in self.adjustments if one.version > after]
        if rows:
            yield rows

    def read_adjustment_reasons(self) -> list[AdjustmentReason]:
        self.faults.meet("read_adjustment_reasons")
        return list(self.adjustment_reasons)

    def read_consignments_under_way(self) -> list[Consignment]:
        self.faults.meet("read_consignments_under_way")
        return [one for one in self.consignments.values() if one.state is ConsignmentState.UNDER_WAY]

    def read_available(
        self, products: Sequence[ProductId], outlets: Sequence[OutletId] | None = None
    ) -> list[RetailLevel]:
        self.faults.meet("read_available")
        if self.before_next_reading:
            self.before_next_reading.pop(0)()
        there = [one for one in self.levels.values() if one.product in products]
        return [one._replace(version=0) for one in there if outlets is None or one.outlet in outlets]

    def read_levels_of(self, products: Sequence[ProductId]) -> list[RetailLevel]:
        self.levels_asked_of.extend(products)
        return [one for one in self.levels.values() if one.product in products]

    def read_customers(self, *, after: int) -> Iterator[list[RetailCustomer]]:
        self.faults.meet("read_customers")
        self.customers_read_from.append(after)
        rows = sorted(
            (one for one in self.customers.values() if one.version > after and one.id not in self.hidden_customers),
            key=lambda one: one.version,
        )
        for begin in range(0, len(rows), PAGE_SIZE):
            yield rows[begin : begin + PAGE_SIZE]

    def find_customers(self, *, code: str = "", email: str = "") -> list[RetailCustomer]:
        self.faults.meet("find_customers")
        hidden = self.customers_hidden_from_search
        standing = [one for one in self.customers.values() if one.active and one.id not in hidden]
        return [one for one in standing if (one.code == code if code else one.email == email)]

    def read_customer(self, customer: CustomerId) -> RetailCustomer | None:
        self.faults.meet("read_customer")
        return self.customers.get(customer)

    def move_level(self, outlet: OutletId, sku: Sku, by: Decimal) -> None:
        there = self.levels.get((outlet, product_id(sku)))
        self.set_level(outlet, sku, str((there.level if there else Decimal(0)) + by))

    def complete(
        self,
        new: str,
        kind: ConsignmentKind,
        *lines: ConsignmentLine,
        outlet: OutletId = DOWNTOWN,
        source: OutletId | None = None,
    ) -> None:
        """Goods come, go or are counted, and the consignment is closed; the levels are set by the test."""
        self.version += 1
        self.consignments[ConsignmentId(new)] = Consignment(
            ConsignmentId(new), kind, ConsignmentState.DONE, "DONE", new, outlet, source, self.clock.now(), self.version
        )
        self.consignment_lines[ConsignmentId(new)] = list(lines)

    def adjust(
        self, sku: Sku, quantity: str, *, outlet: OutletId = DOWNTOWN, reason: AdjustmentReason | None = None
    ) -> None:
        """Somebody adjusts a level by hand."""
        self.version += 1
        if reason is not None and reason not in self.adjustment_reasons:
            self.adjustment_reasons.append(reason)
        self.adjustments.append(
            StockAdjustment(
                AdjustmentId(f"adjustment-{self.version}"), product_id(sku), outlet, Decimal(quantity),
                "CUSTOM" if reason else "STOCK_FOUND", reason.id if reason else None, UserId("cashier"),
                self.clock.now(), self.version,
            )
        )  # fmt: skip
        self.move_level(outlet, sku, Decimal(quantity))

    def set_level(self, outlet: OutletId, sku: Sku, level: int | str, *, to_procure: int = 0) -> None:
        self.version += 1
        product = product_id(sku)
        self.levels[outlet, product] = RetailLevel(outlet, product, Decimal(level), Decimal(to_procure), self.version)

    # -- the port: writes

    def create_customer(self, draft: CustomerDraft) -> RetailCustomer:
        def effect() -> RetailCustomer:
            made = self._enrol(draft)
            self.writes.append(("create_customer", made.id))
            return made

        return self._write("create_customer", draft.code or draft.email, effect)

    def read_addresses(self, customer: CustomerId) -> list[Address]:
        self.faults.meet("read_addresses")
        return [one for one in self.addresses if one.customer == customer]

    def create_address(self, customer: CustomerId, draft: AddressDraft) -> Address:
        def effect() -> Address:
            made = Address(AddressId(str(123_456_789 + len(self.addresses))), customer, draft)
            self.addresses.append(made)
            self.writes.append(("create_address", made.id))
            return made

        return self._write("create_address", customer, effect)

    def create_sale(self, draft: SaleDraft) -> SaleReceipt:
        def effect() -> SaleReceipt:
            if self.keeps_client_ids and draft.sale_id in self.sales:
                raise Conflict(f"a sale {draft.sale_id} exists", side="X-Series", status=409)
            receipt = self._create(draft)
            self.shipped_to[receipt.sale_id] = draft.ship_to_id
            return receipt

        return self._write("create_sale", draft.invoice_number, effect)

    def update_sale(self, sale: Sale, draft: SaleDraft, *, before: SaleDraft | None = None) -> SaleReceipt:
        def effect() -> SaleReceipt:
            there = self._open(sale.id)
            self.writes.append(("update_sale", sale.id))
            self.shipped_to[sale.id] = draft.ship_to_id
            lines = _lines(draft, known=there.lines, prefix=f"{sale.id}-at{self.version}")
            payments = (*_payments(draft), *(one for one in there.payments if one.payment_type == CASH))
            was = before.note if before is not None else draft.note
            note = there.note.replace(was, draft.note) if was and was in there.note else there.note or draft.note
            return self._receipt(self.change(sale.id, lines=lines, payments=payments, total=draft.total, note=note))

        return self._write("update_sale", draft.invoice_number, effect, of=sale)

    def void_sale(self, sale: Sale) -> SaleReceipt:
        def effect() -> SaleReceipt:
            self._open(sale.id)
            self.writes.append(("void_sale", sale.id))
            return self._receipt(self.change(sale.id, state=SaleState.VOIDED, payments=()))

        return self._write("void_sale", sale.invoice_number, effect, of=sale)

    def return_sale(self, sale: Sale) -> SaleReceipt:
        def effect() -> SaleReceipt:
            there = self.sales[sale.id]
            if there.state is not SaleState.CLOSED or there.return_for is not None:
                raise Refused(f"the sale is {there.state}", side="X-Series", status=409)
            self._made += 1
            new = SaleId(f"return-{self._made}")
            lines = tuple(
                replace(line, id=SaleLineId(f"{new}-{line.id}"), quantity=-line.quantity, net=-line.net,
                        tax_total=-line.tax_total)
                for line in there.lines
            )  # fmt: skip
            self.writes.append(("return_sale", new))
            self.add(
                replace(
                    there, id=new, state=SaleState.PARKED, method=None, attributes=(), source_type="USER", source_id="",
                    invoice_number=f"R-{self._made}", created_at=self.clock.now(), total=-there.total,
                    outlet=OUTLET_OF.get(there.register) if there.register else None,
                    return_for=there.id, lines=lines, payments=(), note="",
                )
            )  # fmt: skip
            if self.feed_lags:
                self.hidden_from_feed.add(new)
            return self._receipt(self.sales[new])

        return self._write("return_sale", sale.invoice_number, effect, of=sale)

    def close_return(self, sale: Sale, draft: SaleDraft) -> SaleReceipt:
        def effect() -> SaleReceipt:
            there = self._open(sale.id)
            self.writes.append(("close_return", sale.id))
            lines = _lines_coming_back(draft, begun=there.lines)
            changed = self.change(
                sale.id, state=SaleState.CLOSED, lines=lines, payments=_payments(draft),
                total=sum((line.net + line.tax_total for line in lines), ZERO),
                note=draft.note, source_type=SOURCE_TYPE, source_id=draft.source_id,
            )  # fmt: skip
            return self._receipt(changed)

        return self._write("close_return", sale.invoice_number, effect, of=sale)

    def fulfil_sale(self, sale: Sale) -> None:
        def effect() -> None:
            self._refuse_unpaid(sale.id)
            if self.sales[sale.id].state is SaleState.CLOSED:
                return
            self._open(sale.id)
            self.writes.append(("fulfil_sale", sale.id))
            if self.keeps_owed_open:
                self.fulfilled[sale.id] = {line.id: line.quantity for line in self.sales[sale.id].lines}
                self.steps_taken[sale.id] += 1
                return
            self.hand_over(sale.id)

        self._write("fulfil_sale", sale.invoice_number, effect)

    def fulfil(self, fulfilment: Fulfilment, steps: Sequence[FulfilmentStep]) -> int:
        sale = fulfilment.sale
        if self.before_next_fulfil:
            self.before_next_fulfil.pop(0)()

        def effect() -> int:
            self._refuse_unpaid(sale)
            if fulfilment.version != self.steps_taken[sale]:
                raise Conflict(f"fulfilment {fulfilment.id} is at {self.steps_taken[sale]}", status=409)
            self.writes.append(("fulfil", sale))
            self._take(sale, {step.sale_line: step.quantity for step in steps})
            return self.steps_taken[sale]

        return self._write("fulfil", self.sales[sale].invoice_number, effect)

    def adjust_stock(self, drafts: Sequence[AdjustmentDraft]) -> list[StockAdjustment]:
        if not self.keeps_client_ids:
            raise Refused("adjust stock: the classic API has no such call; nothing was sent")

        if self.before_next_adjustment:
            self.before_next_adjustment.pop(0)()

        def effect() -> list[StockAdjustment]:
            if self.adjusts_all_or_nothing:
                for draft in drafts:
                    self._refuse_adjustment(draft)
            return [self._book(draft) for draft in drafts]

        return self._write("adjust_stock", "", effect)

    def set_levels(self, product: ProductId, levels: Mapping[OutletId, Decimal]) -> None:
        def effect() -> None:
            self._must_be_counted(product)
            for outlet, level in levels.items():
                self.writes.append(("set_levels", product))
                self._put_level(outlet, product, level)

        self._write("set_levels", product, effect)

    def create_adjustment_reason(self, name: str, *, raises: bool) -> AdjustmentReason:
        def effect() -> AdjustmentReason:
            if any(one.name == name for one in self.adjustment_reasons):
                raise Conflict(f"there is a reason {name}", side="X-Series", status=409)
            made = AdjustmentReason(AdjustmentReasonId(f"reason-{name}"), name, raises, enabled=True)
            self.adjustment_reasons.append(made)
            return made

        return self._write("create_adjustment_reason", name, effect)

    # -- inside

    def _must_be_counted(self, product: ProductId) -> None:
        if not any(one.id == product and one.active for one in self.products.values()):
            raise Refused(f"product {product} has no inventory", side="X-Series", status=422)

    def _refuse_adjustment(self, draft: AdjustmentDraft) -> None:
        self._must_be_counted(draft.product)
        if draft.reason not in self.adjustment_reasons:
            raise Refused(f"{draft.reason.id} is no enabled reason", side="X-Series", status=422)

    def _book(self, draft: AdjustmentDraft) -> StockAdjustment:
        self._refuse_adjustment(draft)
        self.writes.append(("adjust_stock", f"{draft.product}@{draft.outlet}"))
        self.version += 1
        booked = StockAdjustment(
            AdjustmentId(f"adjustment-{self.version}"), draft.product, draft.outlet, draft.quantity, "CUSTOM",
            draft.reason.id, ERP_USER, self.clock.now(), self.version,
        )  # fmt: skip
        self.adjustments.append(booked)
        if not self.forgets_adjustments:
            there = self.levels[draft.outlet, draft.product]
            self._put_level(draft.outlet, draft.product, Decimal(there.level or 0) + draft.quantity)
        return booked

    def _put_level(self, outlet: OutletId, product: ProductId, level: Decimal) -> None:
        self.version += 1
        there = self.levels.get((outlet, product))
        to_procure = there.to_procure if there else Decimal(0)
        self.levels[outlet, product] = RetailLevel(outlet, product, level, to_procure, self.version)

    def _enrol(self, draft: CustomerDraft) -> RetailCustomer:
        self.version += 1
        kept = draft if self.keeps_codes_and_emails else CustomerDraft("", draft.first_name, draft.last_name)
        made = RetailCustomer(
            id=CustomerId(f"customer-{len(self.customers) + 1}"),
            code=kept.code or f"Somebody-{self.version}",
            first_name=kept.first_name,
            last_name=kept.last_name,
            company="",
            email=kept.email,
            phone=kept.phone,
            active=True,
            version=self.version,
        )
        self.customers[made.id] = made
        if self.hides_new_customers:
            self.hidden_customers.add(made.id)
        return made

    def _take(self, sale: SaleId, quantities: dict[SaleLineId, Decimal]) -> None:
        there, gone = self._open(sale), self.fulfilled[sale]
        for line, quantity in quantities.items():
            gone[line] = gone.get(line, ZERO) + quantity
            assert gone[line] <= next(one.quantity for one in there.lines if one.id == line), "more than there is"
        self.steps_taken[sale] += 1
        if all(gone.get(line.id, ZERO) == line.quantity for line in there.lines):
            self.hand_over(sale)
        elif self.feed_shows_parts:
            self.change(sale)

    def _refuse_unpaid(self, sale: SaleId) -> None:
        if self.refuses_unpaid and self.sales[sale].paid < self.sales[sale].total:
            raise Conflict("an unpaid sale cannot be fulfilled", side="X-Series", status=409)

    def _write(self, call: str, number: str, effect: Callable[[], Done], *, of: Sale | None = None) -> Done:
        self.asked.append((call, number))
        fault = self.faults.take(call, number)
        if of is not None and (fault is None or fault.effect is not Effect.NONE):
            self._demand_unchanged(of)
        if fault is None:
            return effect()
        if fault.effect is Effect.DONE:
            effect()
        if fault.effect is Effect.LATE:
            self.late.append(effect)
        raise fault.error

    def _create(self, draft: SaleDraft) -> SaleReceipt:
        self._made += 1
        self.version += 1
        new = draft.sale_id if self.keeps_client_ids else SaleId(f"sale-{self._made}")
        now = self.clock.now()
        sale = Sale(
            id=new,
            version=self.version,
            state=SaleState.PENDING,
            method=draft.method,
            attributes=(*([ON_ACCOUNT] if draft.on_account and self.keeps_accounts else []), ATTRIBUTE[draft.method]),
            source_type="" if self.drops_source else SOURCE_TYPE,
            source_id="" if self.drops_source else draft.source_id,
            invoice_number=draft.invoice_number,
            outlet=None if self.keeps_client_ids else draft.outlet,
            register=draft.register,
            user=draft.user,
            created_at=now,
            updated_at=now,
            total=draft.total,
            return_for=None,
            lines=_lines(draft, known=(), prefix=new),
            payments=_payments(draft),
            note=draft.note,
            customer=draft.customer,
        )
        self.sales[new] = self.next_sale.pop(0)(sale) if self.next_sale else sale
        if self.feed_lags:
            self.hidden_from_feed.add(new)
        self.writes.append(("create_sale", new))
        return self._receipt(self.sales[new])

    def _demand_unchanged(self, sale: Sale) -> None:
        """The client reads the sale once more just before it writes; X-Series itself compares no versions."""
        there = self.sales.get(sale.id)
        if there is None:
            raise NotFound(f"no sale {sale.id}", side="X-Series", status=404)
        if there.version != sale.version:
            raise NotSent(f"sale {sale.id} is at version {there.version}", side="X-Series")

    def _open(self, sale: SaleId) -> Sale:
        there = self.sales[sale]
        if there.state not in (SaleState.PENDING, SaleState.PARKED):
            raise Refused(f"the sale is {there.state}", side="X-Series", status=422)
        return there

    def _receipt(self, sale: Sale) -> SaleReceipt:
        return SaleReceipt(sale.id, sale if self.echoes else None)

    def _number_of(self, sale: SaleId) -> str:
        return self.sales[sale].invoice_number if sale in self.sales else ""


def without_lines(sale: Sale) -> Sale:
    """What X-Series makes of a payload that it dislikes (FACTS 22)."""
    return replace(sale, lines=(), payments=(), total=Decimal(0))


def without_source(sale: Sale) -> Sale:
    return replace(sale, source_type="", source_id="")


def with_another_price(sale: Sale) -> Sale:
    line = replace(sale.lines[0], net=sale.lines[0].net + 1)
    return replace(sale, lines=(line, *sale.lines[1:]), total=sale.total + 1)


def _lines(draft: SaleDraft, *, known: Sequence[SaleLine], prefix: str) -> tuple[SaleLine, ...]:
    """A line keeps its id where one of its product stood; no two lines of a sale ever share one."""
    ids: dict[ProductId, list[SaleLineId]] = defaultdict(list)
    for there in known:
        ids[there.product].append(there.id)
    return tuple(
        SaleLine(
            id=ids[line.product].pop(0) if ids[line.product] else SaleLineId(f"{prefix}-{place}"),
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
    )


def _lines_coming_back(draft: SaleDraft, *, begun: Sequence[SaleLine]) -> tuple[SaleLine, ...]:
    """A return has lines of its sale alone, at their prices: of the draft's only those that are one of them."""
    left, back = list(begun), []
    for line in draft.lines:
        found = next((one for one in left if (one.product, one.price) == (line.product, line.price)), None)
        if found is not None:
            left.remove(found)
            net, tax = to_cents(found.price * line.quantity), to_cents(found.tax * line.quantity)
            back.append(replace(found, quantity=line.quantity, net=net, tax_total=tax))
    return tuple(back)


def _payments(draft: SaleDraft) -> tuple[SalePayment, ...]:
    return tuple(
        SalePayment(f"p{place}", payment.payment_type, payment.amount)
        for place, payment in enumerate(draft.payments, start=1)
    )
