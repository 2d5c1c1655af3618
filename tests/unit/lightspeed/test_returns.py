"""The return of a sale is closed with what comes back of it, and with nothing else."""

import json
from decimal import Decimal

import pytest

from syncd.errors import Refused
from syncd.lightspeed import ClassicRetail, DatedRetail, wire
from syncd.lightspeed.translate import to_sale
from tests.unit.lightspeed.shapes import (
    CLASSIC_SALE,
    ONE_SALE,
    PRODUCT,
    SALE,
    SOURCE_ID,
    TAX,
    a_classic_line,
    a_classic_sale,
    a_dated_line,
    a_dated_sale,
    a_draft,
    a_draft_line,
    a_draft_payment,
)


def a_begun_return(kind, **changes):
    """Of one mug and one cap, as the two dialects show it."""
    if kind == "dated":
        lines = [a_dated_line(id=f"l-{product}", product={"id": product}, quantity=-2) for product in (PRODUCT, "cap")]
        said = {"return": {"is_return": True, "original_sale_id": "s-0"}, "state": "parked", "attributes": []}
    else:
        lines = [
            a_classic_line(id=f"l-{product}", product_id=product, quantity=-2, price=22, tax=3.3)
            for product in (PRODUCT, "cap")
        ]
        said = {"return_for": "s-0", "status": "SAVED"}
    row = a_dated_sale if kind == "dated" else a_classic_sale
    return row(**said | {"line_items": lines, "payments": [], "invoice_number": "R-1"} | changes)


def what_comes_back():
    line = a_draft_line(quantity=Decimal(-1), net=Decimal("-22.00"), tax_total=Decimal("-3.30"))
    return a_draft(lines=(line,), payments=(a_draft_payment("-25.30"),), invoice_number="")


def test_a_dated_return_is_reduced_seen_to_be_reduced_and_only_then_refunded_and_closed(vendor, dated):
    whole = a_begun_return("dated")
    reduced = a_begun_return("dated", line_items=whole["line_items"][:1], _metadata={"version": 414})
    vendor.says("GET", f"/api/2026-07/sales/{SALE}", {"data": whole}, {"data": reduced})
    vendor.says("PUT", f"/api/2026-07/sales/{SALE}", {"data": {"id": SALE}}, {"data": {"id": SALE}})

    dated.close_return(as_read(whole), what_comes_back())

    first, second = vendor.bodies("PUT")
    assert (first["state"], [line["id"] for line in first["line_items"]]) == ("parked", [f"l-{PRODUCT}"])
    assert not first.get("payments")
    assert (second["state"], second["source"]["type"], second["invoice_number"]) == ("closed", "syncd", "R-1")
    assert [(line["id"], Decimal(str(line["quantity"]))) for line in second["line_items"]] == [(f"l-{PRODUCT}", -1)]
    assert [Decimal(str(one["amount"])) for one in second["payments"]] == [Decimal("-25.3")]


def test_a_dated_return_that_keeps_its_lines_is_not_closed(vendor, dated):
    whole = a_begun_return("dated")
    vendor.says("GET", f"/api/2026-07/sales/{SALE}", {"data": whole})
    vendor.says("PUT", f"/api/2026-07/sales/{SALE}", {"data": {"id": SALE}})

    with pytest.raises(Refused, match="keeps lines"):
        dated.close_return(as_read(whole), what_comes_back())

    assert [one["state"] for one in vendor.bodies("PUT")] == ["parked"]


def test_a_classic_return_is_reduced_refunded_and_closed_by_one_request(vendor, classic):
    whole = a_begun_return("classic")
    vendor.says("GET", f"/api/2.0/sales/{SALE}", {"data": whole})
    vendor.says("POST", "/api/register_sales", {"register_sale": {"id": SALE}})

    classic.close_return(as_read(whole), what_comes_back())

    (sent,) = vendor.bodies("POST")
    assert (sent["id"], sent["status"], sent["source"], sent["source_id"]) == (SALE, "CLOSED", "syncd", SOURCE_ID)
    [line] = sent["register_sale_products"]
    assert (line["id"], Decimal(str(line["quantity"]))) == (f"l-{PRODUCT}", -1)
    assert [Decimal(str(one["amount"])) for one in sent["register_sale_payments"]] == [Decimal("-25.3")]


TWO_PRICES = (("dear", 22, 3.3), ("cheap", 10, 1.5))


def of_two_prices(kind):
    """A begun return of one product, sold once for 22 and once for 10."""
    rows = []
    for name, price, tax in TWO_PRICES:
        if kind == "dated":
            amounts = {"pricing": {"price": price, "total": -price}, "tax": {"id": TAX, "amount": tax, "total": -tax}}
            rows.append(a_dated_line(id=name, quantity=-1, **amounts))
        else:
            amounts = {"price": price, "price_total": -price, "tax": tax, "tax_total": -tax}
            rows.append(a_classic_line(id=name, quantity=-1, **amounts))
    return a_begun_return(kind, line_items=rows)


def one_back(price, tax):
    amounts = {"price": Decimal(price), "tax": Decimal(tax), "net": -Decimal(price), "tax_total": -Decimal(tax)}
    return a_draft_line(quantity=Decimal(-1), **amounts)


DEAR, CHEAP = one_back("22", "3.3"), one_back("10", "1.5")


def says_a_return(vendor, kind, whole, *then):
    rows = [{"data": row} for row in (whole, *then)]
    if kind == "dated":
        vendor.says("GET", ONE_SALE, *rows)
        vendor.says("PUT", ONE_SALE, *[{"data": {"id": SALE}}] * (1 + len(then)))
        return DatedRetail(vendor.transport(), "2026-07")
    vendor.says("GET", CLASSIC_SALE, rows[0])
    vendor.says("POST", "/api/register_sales", {"register_sale": {"id": SALE}})
    return ClassicRetail(vendor.transport())


def lines_sent(vendor, kind):
    if kind == "dated":
        return [line["id"] for line in vendor.bodies("PUT")[-1]["line_items"]]
    return [line["id"] for line in vendor.bodies("POST")[-1]["register_sale_products"]]


@pytest.mark.parametrize("kind", ["dated", "classic"])
@pytest.mark.parametrize(
    ("lines", "sent"), [((CHEAP, DEAR), ["cheap", "dear"]), ((CHEAP,), ["cheap"])], ids=["both", "one"]
)
def test_of_one_product_at_two_prices_the_line_of_that_price_comes_back(vendor, kind, lines, sent):
    whole = of_two_prices(kind)
    reduced = whole | {"line_items": whole["line_items"][1:], "_metadata": {"version": 414}}
    retail = says_a_return(vendor, kind, whole, *[reduced][: 2 - len(lines)])

    retail.close_return(as_read(whole), a_draft(lines=lines, invoice_number=""))

    assert lines_sent(vendor, kind) == sent


@pytest.mark.parametrize("kind", ["dated", "classic"])
@pytest.mark.parametrize(
    "lines", [(CHEAP, CHEAP), (one_back("9", "1.35"),), (one_back("22", "0"),)], ids=["twice", "price", "tax"]
)
def test_what_is_no_line_of_the_begun_return_is_refused_before_anything_is_sent(vendor, kind, lines):
    whole = of_two_prices(kind)
    retail = says_a_return(vendor, kind, whole)

    with pytest.raises(Refused, match="nothing was sent"):
        retail.close_return(as_read(whole), a_draft(lines=lines, invoice_number=""))

    assert vendor.bodies("PUT") == vendor.bodies("POST") == []


@pytest.mark.parametrize("kind", ["dated", "classic"])
def test_each_line_that_comes_back_is_taken_from_one_that_has_as_many(vendor, kind):
    row = a_dated_line if kind == "dated" else a_classic_line
    amounts = {} if kind == "dated" else {"price": 22, "tax": 3.3}
    whole = a_begun_return(kind, line_items=[row(id=str(-many), quantity=many, **amounts) for many in (-3, -1)])
    retail = says_a_return(vendor, kind, whole)
    two = a_draft_line(quantity=Decimal(-2), net=Decimal("-44.00"), tax_total=Decimal("-6.60"))

    retail.close_return(as_read(whole), a_draft(lines=(DEAR, two), invoice_number=""))

    assert lines_sent(vendor, kind) == ["1", "3"]


def as_read(row):
    return to_sale(wire.Decoder(wire.Sale)(json.dumps(row).encode()))
