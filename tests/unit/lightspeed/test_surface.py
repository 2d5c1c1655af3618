"""The room's one door, its table of calls, and the vendor's spelling that must never be mended."""

from dataclasses import fields

import msgspec
import pytest

import syncd.lightspeed
from syncd.domain.ports import Retail
from syncd.errors import ConfigError
from syncd.lightspeed import ClassicRetail, DatedRetail, connect, headers, wire_classic, wire_dated
from syncd.lightspeed.calls import CLASSIC, DATED, REGISTER_SALE
from syncd.transport import Access

WRITES = {"create_sale", "update_sale", "void_sale", "fulfil_sale"}


def test_every_public_name_is_listed():
    assert sorted(syncd.lightspeed.__all__) == ["ClassicRetail", "DatedRetail", "connect", "headers"]


def test_the_config_names_the_dialect(vendor):
    transport = vendor.transport()

    classic, dated = connect(transport, "classic"), connect(transport, "2026-07")

    assert isinstance(classic, ClassicRetail)
    assert isinstance(dated, DatedRetail)
    assert (classic.keeps_client_ids, dated.keeps_client_ids) == (False, True)
    with pytest.raises(ConfigError, match="2\\.0"):
        connect(transport, "2.0")


def test_both_dialects_keep_the_whole_port():
    promised = {name for name in vars(Retail) if not name.startswith("_")}

    assert promised <= set(dir(ClassicRetail))
    assert promised <= set(dir(DatedRetail))


def test_another_dated_version_is_another_address(vendor):
    vendor.says("GET", "/api/2027-01/user", {"data": {"id": "u", "username": "x"}})

    assert connect(vendor.transport(), "2027-01").check()[0].ok


def test_every_request_says_who_asks_and_may_ask(vendor):
    vendor.says("GET", "/api/2.0/user", {"data": {"id": "u", "username": "x"}})

    connect(vendor.transport(headers=headers("secret-token")), "classic").check()

    said = vendor.asked[0].headers
    assert said["Authorization"] == "Bearer secret-token"
    assert said["User-Agent"].startswith("syncd/")
    assert said["Accept"] == "application/json"


@pytest.mark.parametrize("table", [CLASSIC, DATED], ids=["classic", "dated"])
def test_every_write_says_how_it_is_found_again(table):
    calls = {field.name: getattr(table, field.name) for field in fields(table)}

    assert {name for name, call in calls.items() if call.access is Access.WRITE} == WRITES
    assert all(call.look_up for name, call in calls.items() if name in WRITES)
    assert REGISTER_SALE.access is Access.READ


def test_levels_by_post_are_a_read():
    assert (DATED.levels.method, DATED.levels.access) == ("POST", Access.READ)


def test_the_vendors_two_spellings_are_kept():
    names = {
        struct: {field.encode_name for field in msgspec.structs.fields(struct)}
        for struct in (wire_dated.SaleRequest, wire_dated.LineItem, wire_classic.RegisterSale)
    }

    assert "fulfillment_outlet_id" in names[wire_dated.SaleRequest]
    assert "fulfillment_outlet_id" in names[wire_classic.RegisterSale]
    assert "fulfilment_outlet_id" in names[wire_dated.LineItem]
    assert "fulfilment_outlet_id" not in names[wire_dated.SaleRequest] | names[wire_classic.RegisterSale]
    assert "fulfillment_outlet_id" not in names[wire_dated.LineItem]
    assert "_metadata" in names[wire_dated.LineItem]
