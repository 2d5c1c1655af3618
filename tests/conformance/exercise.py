"""The real client against the sandbox, through every row of the table of calls, once in each dialect.

The log-in is OAuth with exactly the scopes that the table names: a row that names too few is refused.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx

from syncd.bootstrap import SystemClock
from syncd.domain.customers import AddressDraft, AddressKind, CustomerDraft
from syncd.domain.ids import (
    OrderLineId,
    OutletId,
    PaymentTypeId,
    ProductId,
    RegisterId,
    SaleId,
    Sku,
    SourceId,
    TaxId,
    UserId,
)
from syncd.domain.money import to_cents
from syncd.domain.orders import Method
from syncd.domain.sales import DraftLine, DraftPayment, FulfilmentStep, Sale, SaleDraft, SaleState
from syncd.domain.stock_changes import AdjustmentDraft
from syncd.domain.tokens import Tokens
from syncd.errors import SyncdError
from syncd.lightspeed import (
    ClassicRetail,
    DatedRetail,
    OAuthLogIn,
    Use,
    authorize_url,
    code_of,
    connect,
    headers,
    scopes_wanted,
)
from syncd.sandbox import RunningSandbox
from syncd.sandbox.fixtures import demo_id
from tests.conformance import others
from tests.conformance.recording import Exchange, Recorder

DATED, CLASSIC = "dated", "classic"
NEWEST, BEFORE_2026_07 = "2026-07", "2026-04"
REDIRECT = "http://127.0.0.1:8765/callback"
HOOK = "http://127.0.0.1:9/hooks/x-series"  # the sandbox calls this machine only; nobody listens there
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

Client = DatedRetail | ClassicRetail


class Vault:
    """A place for tokens, in memory."""

    def __init__(self) -> None:
        self._tokens: Tokens | None = None

    def read(self) -> Tokens | None:
        return self._tokens

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        yield

    def save(self, tokens: Tokens) -> None:
        """As if it had been given an hour ago: a token refused in its first moments is not renewed."""
        self._tokens = replace(tokens, obtained_at=tokens.obtained_at - timedelta(hours=1))


@dataclass
class Shop:
    """One sandbox, the client on it, and what was asked of it."""

    sandbox: RunningSandbox
    dialect: str
    exchanges: list[Exchange] = field(default_factory=list)
    drafts: dict[tuple[str, str], SaleDraft] = field(default_factory=dict)  # by the call and the invoice number
    failures: list[str] = field(default_factory=list)
    _transports: list[Recorder] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.client = self.connected(NEWEST if self.dialect == DATED else CLASSIC)

    def connected(self, api: str) -> Client:
        transport = Recorder(self.sandbox, self.dialect, self.exchanges, SystemClock(), headers())
        self._transports.append(transport)
        scopes = scopes_wanted(Use, classic=self.dialect == CLASSIC)
        told = self.control("GET", "/oauth")
        log_in = OAuthLogIn(transport, Vault(), client_id=told["client_id"], client_secret=told["client_secret"])
        state = "conformance-state"
        asked = authorize_url(
            base=f"{self.sandbox.url}/connect",
            client_id=told["client_id"],
            redirect_url=REDIRECT,
            state=state,
            scopes=scopes,
        )
        back = httpx.get(asked, follow_redirects=False, trust_env=False).headers["location"]
        log_in.exchange(code_of(back, state=state, domain_prefix=None), redirect_url=REDIRECT)
        client = connect(transport, api, log_in=log_in, uses=Use)
        assert isinstance(client, DatedRetail | ClassicRetail)
        return client

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = httpx.request(method, f"{self.sandbox.url}/_sandbox{path}", json=body, trust_env=False)
        answer.raise_for_status()
        return answer.json()

    def close(self) -> None:
        for transport in self._transports:
            transport.close()

    # -------------------------------------------------------------- sales

    def draft(self, *lines: DraftLine, method: Method = Method.PICKUP, note: str = "Order") -> SaleDraft:
        number = f"SO{next(self._numbers):04d}"
        said = lines or (line("SKU-00001", "2", "22", "2.2"), line("SKU-00002", "1.5", "7.40", "0.37", tax="Reduced"))
        total = sum((each.net + each.tax_total for each in said), Decimal(0))
        draft = SaleDraft(
            sale_id=SaleId(demo_id("sale", f"{self.dialect} {number}")),
            source_id=SourceId(f"conformance:tryton:{number}:1:0"),
            invoice_number=number,
            outlet=OutletId(demo_id("outlet", "Downtown")),
            register=RegisterId(demo_id("register", "Online Downtown")),
            user=UserId(demo_id("user", "erp-sync")),
            method=method,
            date=NOON,
            note=note,
            lines=said,
            payments=(prepaid(total),),
        )
        self.expect("create sale", draft)
        return draft

    def expect(self, name: str, draft: SaleDraft) -> None:
        """What the next call of this name shall say of the sale, and a void after it."""
        for each in (name, "void sale"):
            self.drafts[each, draft.invoice_number] = draft

    def create(self, draft: SaleDraft) -> Sale:
        return self.read(self.client.create_sale(draft).sale_id)

    def read(self, sale: SaleId) -> Sale:
        found = self.client.read_sale(sale)
        assert found is not None
        return found


def line(
    sku: str, quantity: str, price: str, unit_tax: str, *, tax: str = "GST", note: str = "", order_line: str = ""
) -> DraftLine:
    number, unit, of_unit = Decimal(quantity), Decimal(price), Decimal(unit_tax)
    cent = Decimal("0.01")
    return DraftLine(
        order_line=OrderLineId(order_line or sku),
        product=ProductId(demo_id("product", sku)),
        sku=Sku(sku),
        quantity=number,
        price=unit,
        tax=of_unit,
        tax_id=TaxId(demo_id("tax", tax)),
        net=(number * unit).quantize(cent),
        tax_total=(number * of_unit).quantize(cent),
        note=note,
    )


def prepaid(amount: Decimal) -> DraftPayment:
    return DraftPayment(PaymentTypeId(demo_id("payment type", "ERP prepaid")), amount, NOON + timedelta(minutes=5))


# ------------------------------------------------------------------ what is done, step by step


def sale_life(shop: Shop) -> None:
    """A sale of awkward numbers: created, found, changed by a till, changed by us, fed, voided."""
    awkward = (
        line("SKU-00003", "3", "2.63158", "0.263158", note="wrap it"),
        line("SKU-00004", "0.125", "19.99", "0", tax="No Tax"),
        line("SHIPPING", "1", "12.50", "1.25"),
    )
    draft = shop.draft(*awkward, method=Method.DISPATCH, note="Leave with the neighbour")
    sale = shop.create(draft)
    assert [one.id for one in shop.client.find_sales(invoice_number=draft.invoice_number)] == [sale.id]
    till = {"payment_type_id": demo_id("payment type", "Cash"), "amount": "3.10"}
    shop.control("POST", f"/sales/{sale.id}/edit", {"note": "Call first", "add_payment": till})
    more = (*awkward[:2], line("SKU-00005", "4", "5.05", "0.505"))
    changed = replace(draft, lines=more, payments=(prepaid(Decimal("40.00")),))
    shop.expect("update sale", changed)
    shop.client.update_sale(shop.read(sale.id), changed)
    shop.client.void_sale(shop.read(sale.id))
    shop.create(shop.draft())
    shop.control(
        "POST", "/till_sales", {"outlet": "Harbour", "lines": [{"sku": "SKU-00009", "quantity": 1, "price": 8}]}
    )
    assert [one for page in shop.client.read_sales(after=0) for one in page.sales]
    assert shop.client.read_sale(SaleId(demo_id("sale", "unknown"))) is None


def sale_of_others(shop: Shop) -> None:
    """Somebody else's sale, with all that a sale can have: said again by an update and by a void, none of it lost."""
    customer = shop.client.create_customer(CustomerDraft("C-0001", "Al", "Other")).id
    draft = shop.draft(line("SKU-00001", "1", "20", "2"), line("SKU-00002", "2", "7.40", "0.37", tax="Reduced"))
    path, body = others.sale(shop.dialect, draft, customer)
    token = shop.control("GET", "/health")["token"]
    said = {"Authorization": f"Bearer {token}"}
    answer = httpx.post(f"{shop.sandbox.url}{path}", json=body, headers=said, trust_env=False).json()
    sale = shop.read(SaleId((answer.get("data") or answer["register_sale"])["id"]))
    assert len(sale.lines) == len(draft.lines)
    changed = replace(draft, lines=(*draft.lines, line("SKU-00003", "1", "5", "0.5")))
    shop.expect("update sale", changed)
    shop.client.update_sale(sale, changed)
    shop.client.void_sale(shop.read(sale.id))


def fulfil_whole(shop: Shop) -> None:
    for method in Method:
        shop.client.fulfil_sale(shop.create(shop.draft(method=method)))


def fulfil_by_steps(shop: Shop) -> None:
    """Dated: picked, packed, unpacked and handed over in two parts."""
    sale = shop.create(shop.draft())
    (found,) = shop.client.read_fulfilments([sale.id])
    first, second = found.lines
    one, all_of_it = FulfilmentStep(first.sale_line, Decimal(1)), FulfilmentStep(second.sale_line, second.quantity)
    found = replace(found, version=shop.client.pick(found, [one, all_of_it]))
    found = replace(found, version=shop.client.pack(found, [one]))
    found = replace(found, version=shop.client.pack(found, [replace(one, quantity=Decimal(-1))]))
    found = replace(found, version=shop.client.fulfil(found, [all_of_it]))
    shop.client.fulfil(found, [replace(one, quantity=first.quantity)])
    shop.client.read_fulfilments([sale.id])


def fulfilments_of_classic(shop: Shop) -> None:
    sale = shop.create(shop.draft())
    assert shop.client.read_open_fulfilments([sale.id])
    shop.client.fulfil_sale(sale)
    assert shop.client.read_fulfilments([sale.id])


def fulfil_before_2026_07(shop: Shop) -> None:
    """The sale's own routes, where a version has not got the new ones."""
    older = shop.connected(BEFORE_2026_07)
    shop.control("POST", "/faults", {"kind": "status", "path": "2026-04/fulfillments", "times": 3, "status": 404})
    sale = shop.create(shop.draft(method=Method.DISPATCH))
    assert older.read_fulfilments([sale.id])
    older.fulfil_sale(sale)
    assert older.read_fulfilments([sale.id])
    shop.control("DELETE", "/faults")


def return_closed(shop: Shop) -> None:
    draft = shop.draft()
    sale = shop.create(draft)
    shop.control("POST", f"/sales/{sale.id}/complete")
    receipt = shop.client.return_sale(shop.read(sale.id))
    begun = shop.read(receipt.sale_id)
    assert begun.return_for == sale.id
    back = replace(_taken_back(draft, sale), invoice_number=begun.invoice_number)
    shop.expect("update sale", back)
    shop.client.close_return(begun, back)
    assert shop.read(begun.id).state is SaleState.CLOSED


def _taken_back(draft: SaleDraft, sale: Sale) -> SaleDraft:
    """Of the first line one piece."""
    first = draft.lines[0]
    line = replace(first, quantity=Decimal(-1), net=-to_cents(first.price), tax_total=-to_cents(first.tax))
    total = line.net + line.tax_total
    payments = [DraftPayment(draft.payments[0].payment_type, total, draft.date)] if draft.payments else []
    return replace(draft, lines=(line,), payments=tuple(payments), register=sale.register or draft.register)


def read_register_sale(shop: Shop) -> None:
    """Classic: 2.0 may not show a pending sale by its id, 0.9 does."""
    sale = shop.create(shop.draft())
    fault = {"kind": "status", "method": "GET", "path": f"2.0/sales/{sale.id}$", "times": 1, "status": 400}
    shop.control("POST", "/faults", fault)
    assert shop.read(sale.id).lines


def levels(shop: Shop) -> None:
    client, product = shop.client, ProductId(demo_id("product", "SKU-00001"))
    other = ProductId(demo_id("product", "SKU-00002"))
    outlets = [OutletId(demo_id("outlet", name)) for name in ("Downtown", "Airport")]
    assert any(client.read_levels(after=0))
    assert client.read_levels_of([product, ProductId(demo_id("product", "none"))])
    assert client.read_available([product, other], outlets)
    assert client.read_available([product])
    client.set_levels(product, {outlets[0]: Decimal(21), outlets[1]: Decimal("3.5")})


def adjustments(shop: Shop) -> None:
    client, product = shop.client, ProductId(demo_id("product", "SKU-00007"))
    up = client.create_adjustment_reason("ERP sync +", raises=True)
    down = client.create_adjustment_reason("ERP sync -", raises=False)
    outlet = OutletId(demo_id("outlet", "Airport"))
    drafts = [
        AdjustmentDraft(product, outlet, Decimal(7), up),
        AdjustmentDraft(product, outlet, Decimal("-2.5"), down),
    ]
    assert len(client.adjust_stock(drafts)) == len(drafts)
    assert any(client.read_adjustments(after=0))
    assert len(client.read_adjustment_reasons()) >= len(drafts)


def consignments(shop: Shop) -> None:
    found = [one for page in shop.client.read_consignments(after=0) for one in page]
    assert shop.client.read_consignments_under_way()
    assert [row for one in found for row in shop.client.read_consignment_lines(one.id)]


def products(shop: Shop) -> None:
    client = shop.client
    assert any(client.read_products(after=0))
    assert client.find_products([Sku("SKU-00001"), Sku("sku-00002")])
    assert client.read_product(ProductId(demo_id("product", "SKU-00003"))) is not None
    shop.control("PUT", "/switches", {"search_lag_s": 60})  # what search does not know yet is asked for by its SKU
    shop.control("POST", "/products", {"sku": "NEW-1", "levels": {"Downtown": 3}})
    assert client.find_products([Sku("NEW-1"), Sku("nowhere")])
    shop.control("PUT", "/switches", {"search_lag_s": 0})


def customers(shop: Shop) -> None:
    client = shop.client
    full = CustomerDraft("C-0042", "Ana", "Ruiz", "Ruiz & Co", "ana@example.com", "+1 555 0100", "by the ERP")
    made = client.create_customer(full)
    client.create_customer(CustomerDraft("C-0043", "", "Nameless"))
    assert client.find_customers(code="C-0042") == [made]
    assert client.find_customers(email="ana@example.com") == [made]
    assert client.read_customer(made.id) == made
    assert made in [one for page in client.read_customers(after=0) for one in page]
    sold = shop.create(replace(shop.draft(), customer=made.id))
    assert sold.customer == made.id
    owed = shop.draft(method=Method.DISPATCH)
    shop.expect("create sale", owed := replace(owed, customer=made.id, on_account=True, payments=()))
    assert shop.create(owed).is_on_account


def addresses(shop: Shop) -> None:
    client = shop.client
    made = client.create_customer(CustomerDraft("C-0044", "Bo", "Ek"))
    home = AddressDraft(AddressKind.SHIPPING, "1 Main St", "Portland", "97201", "US", state="Oregon", state_code="OR")
    bill = AddressDraft(AddressKind.BILLING, "Hauptstrasse 5", "Berlin", "10115", "DE", line_2="Hof", suburb="Mitte")
    assert client.create_address(made.id, home).token
    client.create_address(made.id, bill)
    assert len(client.read_addresses(made.id)) == len([home, bill])


def reference_data(shop: Shop) -> None:
    client = shop.client
    assert client.read_references()
    assert client.read_taxes()
    assert client.read_outlet_taxes(outlet=OutletId(demo_id("outlet", "Harbour")))
    assert client.read_retailer().currency == "USD"
    assert all(finding.ok for finding in client.check())


def webhooks(shop: Shop) -> None:
    made = shop.client.create_webhook("sale.update", HOOK)
    assert made in shop.client.read_webhooks()
    if shop.dialect == DATED:
        shop.client.delete_webhook(shop.client.update_webhook(replace(made, active=False)))


def renewed_token(shop: Shop) -> None:
    shop.control("POST", "/oauth/expire")
    assert shop.client.read_taxes()


def nasty_store(shop: Shop) -> None:
    """The reads again in the store where everything is odd; last, for it begins afresh."""
    shop.control("POST", "/reset", {"fixture": "nasty"})
    client = shop.connected(NEWEST if shop.dialect == DATED else CLASSIC)
    assert client.read_references()
    assert client.read_taxes()
    assert client.read_outlet_taxes()
    client.read_retailer()
    assert any(client.read_products(after=0))
    assert any(client.read_levels(after=0))
    list(client.read_consignments(after=0))
    list(client.read_sales(after=0))


Step = Callable[[Shop], None]
_BOTH: Sequence[Step] = (
    sale_life,
    sale_of_others,
    fulfil_whole,
    return_closed,
    levels,
    consignments,
    products,
    customers,
)
_LAST: Sequence[Step] = (reference_data, webhooks, renewed_token, nasty_store)
STEPS: dict[str, Sequence[Step]] = {
    DATED: (*_BOTH, fulfil_by_steps, fulfil_before_2026_07, adjustments, addresses, *_LAST),
    CLASSIC: (*_BOTH, fulfilments_of_classic, read_register_sale, *_LAST),
}


def exercise(dialect: str) -> Shop:
    """Do it all. A step that ends in an error is a failure by its name; the next ones are done all the same."""
    with RunningSandbox() as sandbox:
        shop = Shop(sandbox, dialect)
        for step in STEPS[dialect]:
            try:
                step(shop)
            except (SyncdError, AssertionError, httpx.HTTPError, ValueError) as error:
                shop.failures.append(f"{step.__name__}: {type(error).__name__}: {error}")
        shop.close()
        return shop
