"""Outlets, registers, users, taxes, payment types, products and levels, as the vendor's examples show them."""

from decimal import Decimal

import pytest

from syncd.domain.catalogue import Product, Reference, ReferenceKind
from syncd.domain.ids import OutletId, ProductId, Sku
from syncd.domain.stock import RetailLevel
from syncd.errors import Forbidden, NotUnderstood
from syncd.lightspeed import connect
from tests.unit.lightspeed.shapes import CASH, OTHER_PRODUCT, OUTLET, PRODUCT, REGISTER, TAX, USER

END = {"data": [], "version": {"min": None, "max": None}}
OUTLETS = [
    {"id": OUTLET, "name": "Main Outlet", "currency": "NZD", "time_zone": "Pacific/Auckland", "version": 909257071},
    {"id": "o-2", "name": "Gone", "currency": "NZD", "deleted_at": "2020-01-01T00:00:00+00:00", "version": 909257072},
]
REGISTERS = [
    {"id": REGISTER, "name": "Main Register", "outlet_id": OUTLET, "is_open": True, "version": 1},
    {"id": "r-2", "name": "Closed", "outlet_id": OUTLET, "is_open": False, "version": 2},
    {"id": "r-3", "name": "Silent", "outlet_id": OUTLET, "version": 3},
]
USERS = [
    {"id": USER, "username": "apiuser", "display_name": "API User", "enabled": True, "version": 5020},
    {"id": "u-2", "username": "ann", "display_name": "Ann", "deleted_at": None, "enabled": False, "version": 5021},
    {"id": "u-3", "username": "ann2", "display_name": "Ann", "version": 5022},
    {"id": "u-4", "username": "Bob", "display_name": "apiuser", "version": 5023},
    {"id": "u-5", "username": "eve", "display_name": "eve", "version": 5024},
]
TAXES = [
    {"id": "t-0", "name": "No Tax", "deleted_at": None, "rates": [{"id": "x", "name": "No Tax", "rate": 0}]},
    {"id": TAX, "name": "GST", "rates": [{"rate": 0.15}]},
    {"id": "t-2", "name": "City", "rates": [{"rate": 0.0625}, {"rate": "0.01"}], "deleted_at": "2020-01-01"},
]
PAYMENT_TYPES = [
    {"id": CASH, "name": "Cash", "type_id": 1, "version": 1},
    {"id": "p-2", "name": "On Account", "type_id": 2, "internal": True, "disabled": False, "version": 2},
    {"id": "p-3", "name": "Cheque", "type_id": 1, "disabled": True, "version": 3},
]


def _serve(vendor, base="/api/2026-07", **other):
    rows = {
        "outlets": OUTLETS,
        "registers": REGISTERS,
        "users": USERS,
        "payment_types": PAYMENT_TYPES,
    } | other
    for name, content in rows.items():
        vendor.says("GET", f"{base}/{name}", {"data": content, "version": {"min": 1, "max": 3348795492}}, END)
    vendor.says("GET", f"{base}/taxes", {"data": TAXES})


def _of(references, kind):
    return [reference for reference in references if reference.kind is kind]


@pytest.mark.parametrize("base", ["/api/2026-07", "/api/2.0"])
def test_every_named_thing_is_read_with_whether_it_may_be_used(vendor, dated, classic, base):
    _serve(vendor, base)

    found = (dated if "2026" in base else classic).read_references()

    assert _of(found, ReferenceKind.OUTLET) == [
        Reference(ReferenceKind.OUTLET, OUTLET, "Main Outlet", True, zone="Pacific/Auckland", currency="NZD"),
        Reference(ReferenceKind.OUTLET, "o-2", "Gone", False, currency="NZD"),
    ]
    assert [(one.name, one.active, one.outlet) for one in _of(found, ReferenceKind.REGISTER)] == [
        ("Main Register", True, OUTLET),
        ("Closed", False, OUTLET),
        ("Silent", True, OUTLET),
    ]
    assert [(one.name, one.rate, one.active) for one in _of(found, ReferenceKind.TAX)] == [
        ("No Tax", Decimal(0), True),
        ("GST", Decimal("0.15"), True),
        ("City", Decimal("0.0725"), False),
    ]
    assert [(one.id, one.name, one.active, one.internal) for one in _of(found, ReferenceKind.PAYMENT_TYPE)] == [
        (CASH, "Cash", True, False),
        ("p-2", "On Account", True, True),
        ("p-3", "Cheque", False, False),
    ]


def test_a_user_is_known_by_user_name_and_by_a_display_name_that_is_only_theirs(vendor, dated):
    _serve(vendor)

    users = _of(dated.read_references(), ReferenceKind.USER)

    assert [(one.id, one.name, one.active) for one in users] == [
        (USER, "apiuser", True),
        (USER, "API User", True),
        ("u-2", "ann", False),
        ("u-3", "ann2", True),
        ("u-4", "Bob", True),
        ("u-5", "eve", True),
    ]


def test_lists_are_read_on_from_the_highest_row_and_not_from_a_version_far_above(vendor, dated):
    _serve(vendor)

    dated.read_references()

    # The vendor's own example of /users says max 3348795492 above a row of version 5020.
    assert [query["after"] for query in vendor.queries("/api/2026-07/users")] == ["0", "5024"]
    assert vendor.queries("/api/2026-07/taxes") == [{"after": "0", "page_size": "200"}]
    assert vendor.queries("/api/2026-07/outlets")[0]["deleted"] == "true"


@pytest.mark.parametrize("again", ["the-same-page", "an-empty-page"])
def test_a_list_without_a_version_object_is_read_by_its_rows(vendor, dated, again):
    _serve(vendor)
    rows = [tax | {"version": 391487 + number} for number, tax in enumerate(TAXES)]
    vendor.answers["GET", "/api/2026-07/taxes"] = [
        (200, {"data": rows}),
        (200, {"data": rows if again == "the-same-page" else []}),
    ]

    taxes = _of(dated.read_references(), ReferenceKind.TAX)

    assert [tax.name for tax in taxes] == ["No Tax", "GST", "City"]
    assert [query["after"] for query in vendor.queries("/api/2026-07/taxes")] == ["0", "391489"]


def test_a_versioned_list_that_does_not_advance_is_an_error(vendor, dated):
    vendor.says("GET", "/api/2026-07/outlets", {"data": OUTLETS, "version": {"min": 1, "max": 909257072}})

    with pytest.raises(NotUnderstood, match="does not advance"):
        dated.read_references()


def test_a_missing_scope_is_told(vendor, dated):
    vendor.says("GET", "/api/2026-07/outlets", {"error": "scope"}, status=403)

    with pytest.raises(Forbidden):
        dated.read_references()


@pytest.mark.parametrize("data", [{"id": USER, "username": "erp-sync"}, [{"id": USER, "username": "erp-sync"}]])
def test_a_check_says_whose_token_it_is(vendor, dated, data):
    vendor.says("GET", "/api/2026-07/user", {"data": data})

    findings = dated.check()

    assert (findings[0].ok, "erp-sync" in findings[0].message) == (True, True)
    assert [finding.subject for finding in findings[1:]] == ["lightspeed.api"]


def test_a_check_of_something_that_is_no_x_series_says_so(vendor, classic):
    vendor.says("GET", "/api/2.0/user", {"hello": "world"})

    findings = classic.check()

    assert [(finding.ok, finding.hint != "") for finding in findings] == [(False, True)]


def a_product(**other):
    return {
        "id": PRODUCT,
        "name": "Mug",
        "variant_name": "Mug / Blue",
        "sku": "MUG-BLUE",
        "active": True,
        "is_active": True,
        "has_inventory": True,
        "is_composite": False,
        "product_codes": [{"code": "MUG-BLUE", "type": "custom"}, {"code": 9400000000017, "type": "EAN"}],
        "deleted_at": None,
        "version": 10,
    } | other


def test_a_product_has_its_codes_and_says_whether_it_is_stocked(vendor, dated):
    vendor.says("GET", "/api/2026-07/products", {"data": [a_product()], "version": {"min": 10, "max": 10}}, END)

    pages = list(dated.read_products(after=3))

    assert pages == [
        [
            Product(
                id=ProductId(PRODUCT),
                sku=Sku("MUG-BLUE"),
                codes=(Sku("9400000000017"),),
                name="Mug / Blue",
                active=True,
                tracked=True,
                composite=False,
                version=10,
            )
        ]
    ]
    assert vendor.queries("/api/2026-07/products") == [
        {"after": after, "page_size": "1000", "deleted": "true", "include_images": "false"} for after in ("3", "10")
    ]


@pytest.mark.parametrize(
    ("other", "active", "tracked"),
    [
        pytest.param({"deleted_at": "2026-01-01T00:00:00+00:00"}, False, True, id="deleted"),
        pytest.param({"active": False}, False, True, id="inactive"),
        pytest.param({"is_active": 0}, False, True, id="inactive-by-number"),
        pytest.param({"has_inventory": False}, True, False, id="untracked"),
        pytest.param({"has_inventory": None, "track_inventory": True}, True, True, id="other-name"),
        pytest.param({"deleted_at": ""}, True, True, id="deleted-at-nothing"),
    ],
)
def test_deleted_and_inactive_products_are_read_as_such(vendor, classic, other, active, tracked):
    vendor.says("GET", "/api/2.0/products", {"data": [a_product(**other)]}, END)

    (product,) = next(iter(classic.read_products(after=0)))

    assert (product.active, product.tracked) == (active, tracked)
    assert "include_images" not in vendor.queries("/api/2.0/products")[0]


def test_a_product_without_any_code_stops_no_other(vendor, classic):
    nameless = a_product(id="p-9", sku="", product_codes=None, version=11)
    vendor.says("GET", "/api/2.0/products", {"data": [nameless, a_product()]}, END)

    pages = list(classic.read_products(after=0))

    assert [[product.id for product in page] for page in pages] == [[PRODUCT]]


DATED_LEVELS = [
    {
        "id": "7896f269-2b20-ff38-602a-ace60b172b12",
        "outlet_id": OUTLET,
        "product_id": PRODUCT,
        "current_inventory_level": 10,
        "quantity_to_procure": 0,
        "version": 1639940,
    },
    {
        "id": "0b32fb5c-9cff-5d26-2b64-1593ed2a463b",
        "outlet_id": OUTLET,
        "product_id": OTHER_PRODUCT,
        "current_inventory_level": "0.5",
        "quantity_to_procure": 12,
        "version": 3426971,
    },
]
READ_LEVELS = [
    RetailLevel(OutletId(OUTLET), ProductId(PRODUCT), Decimal(10), Decimal(0), 1639940),
    RetailLevel(OutletId(OUTLET), ProductId(OTHER_PRODUCT), Decimal("0.5"), Decimal(12), 3426971),
]


@pytest.mark.parametrize("wrapped", [False, True], ids=["bare-array", "under-data"])
def test_dated_levels_are_read_by_a_post_ascending(vendor, dated, wrapped):
    pages = [DATED_LEVELS, []]
    vendor.says("POST", "/api/2026-07/inventory", *[{"data": page} if wrapped else page for page in pages])

    found = list(dated.read_levels(after=5))

    assert found == [READ_LEVELS]
    assert vendor.bodies("POST") == [
        {"after": 5, "size": 5000, "sort_direction": "asc"},
        {"after": 3426971, "size": 5000, "sort_direction": "asc"},
    ]


def test_levels_may_be_read_in_a_dry_run(vendor):
    vendor.says("POST", "/api/2026-07/inventory", DATED_LEVELS, [])

    found = list(connect(vendor.transport(read_only=True), "2026-07").read_levels(after=0))

    assert found == [READ_LEVELS]


def test_levels_that_come_descending_are_no_endless_loop(vendor, dated):
    vendor.says("POST", "/api/2026-07/inventory", DATED_LEVELS)

    with pytest.raises(NotUnderstood, match="does not advance"):
        list(dated.read_levels(after=0))


def test_classic_levels_have_another_name_and_nothing_to_procure(vendor, classic):
    row = {"id": "x", "product_id": PRODUCT, "outlet_id": OUTLET, "inventory_level": -10, "version": 3426971}
    gone = row | {"product_id": "p-9", "deleted_at": "2026-01-01T00:00:00Z"}
    bad = row | {"product_id": "p-8", "inventory_level": None}
    vendor.says("GET", "/api/2.0/inventory", {"data": [gone, bad, row]}, {"data": []})

    found = list(classic.read_levels(after=0))

    [[was_deleted, says_nothing, level]] = found
    assert (was_deleted.product, was_deleted.level) == ("p-9", None)
    assert says_nothing.product == "p-8"
    assert says_nothing.level.is_nan()
    assert level == RetailLevel(OutletId(OUTLET), ProductId(PRODUCT), -10, 0, 3426971)
    assert vendor.queries("/api/2.0/inventory")[1] == {"after": "3426971", "page_size": "1000"}


def test_levels_of_some_products_are_read_one_by_one(vendor, dated, classic):
    vendor.says("GET", f"/api/2026-07/inventory/{PRODUCT}", DATED_LEVELS[:1])
    classic_row = {"product_id": PRODUCT, "outlet_id": OUTLET, "inventory_level": 10, "version": 1639940}
    vendor.says("GET", f"/api/2.0/products/{PRODUCT}/inventory", {"data": [classic_row]})
    wanted = [ProductId(PRODUCT), ProductId("unknown")]

    assert dated.read_levels_of(wanted) == READ_LEVELS[:1]
    assert classic.read_levels_of(wanted) == READ_LEVELS[:1]
