"""The return of a sale is closed with what comes back of it, and with nothing else."""

import json
from decimal import Decimal

import pytest

from syncd.errors import Refused
from syncd.lightspeed import wire
from syncd.lightspeed.translate import to_sale
from tests.unit.lightspeed.shapes import (
    PRODUCT,
    SALE,
    SOURCE_ID,
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
        lines = [a_classic_line(id=f"l-{product}", product_id=product, quantity=-2) for product in (PRODUCT, "cap")]
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


def as_read(row):
    return to_sale(wire.Decoder(wire.Sale)(json.dumps(row).encode()))
