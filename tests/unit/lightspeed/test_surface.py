"""The room's one door, its table of calls, and the vendor's spelling that must never be mended."""

import msgspec
import pytest

import syncd.lightspeed
from syncd.domain.ports import Retail
from syncd.errors import ConfigError
from syncd.lightspeed import ClassicRetail, DatedRetail, calls, connect, headers, wire_classic, wire_dated
from syncd.lightspeed.calls import TABLE, Use, scopes_needed, scopes_wanted
from syncd.transport import Access

WRITES = ("create ", "update ", "void ", "return ", "fulfil ", "pick ", "pack ", "adjust ", "set ", "delete ")


def test_every_public_name_is_listed():
    assert sorted(syncd.lightspeed.__all__) == syncd.lightspeed.__all__
    assert all(hasattr(syncd.lightspeed, name) for name in syncd.lightspeed.__all__)


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


def _calls():
    return [call for row in TABLE for call in (row.dated, row.classic) if call is not None]


def test_the_table_is_as_long_as_the_work():
    assert len(_calls()) >= 45
    assert len({row.name for row in TABLE}) == len(TABLE)


def test_every_write_is_declared_one_and_says_how_it_is_found_again():
    writes = {call.name for call in _calls() if call.access is Access.WRITE}

    assert writes == {call.name for call in _calls() if call.name.startswith(WRITES)}
    assert all(call.look_up for call in _calls() if call.access is not Access.READ)
    assert [call.name for call in _calls() if call.access is Access.TOKEN] == ["get token", "get token"]


def test_every_call_but_the_log_in_names_its_scopes_and_its_use():
    assert [row.name for row in TABLE if not row.uses] == ["get token"]
    assert {call.name for call in _calls() if not call.scopes} == {"get token"}


@pytest.mark.parametrize("row", [calls.LEVELS, calls.AVAILABLE], ids=lambda row: row.name)
def test_levels_by_post_are_a_read(row):
    assert (row.dated.method, row.dated.access) == ("POST", Access.READ)


def test_the_scopes_of_a_configuration_come_from_the_table():
    def needed(*uses, classic=False):
        return scopes_needed(set(uses), classic=classic)

    quiet = needed(Use.SYNC)

    assert needed(Use.SYNC, Use.ORDERS) - quiet == {"sales:write"}
    assert quiet >= {"sales:read", "products:read", "outlets:read", "registers:read", "users:read", "taxes:read"}
    assert quiet - needed(Use.SYNC, classic=True) == {"fulfillments:read"}
    assert "inventory:write" not in needed(Use.SYNC, Use.STOCK)
    assert needed(Use.CORRECTIONS) == {"inventory:write", "products:write"}
    assert needed(Use.CORRECTIONS, classic=True) == {"products:write"}
    assert "users:read" in needed(Use.RETURNS)  # FACTS 22.10


def test_what_is_only_useful_is_asked_for_and_not_demanded():
    assert scopes_needed({Use.MOVEMENTS}, classic=False) == set()
    assert scopes_wanted({Use.MOVEMENTS}, classic=False) == {"inventory:write", "consignments:read"}


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
