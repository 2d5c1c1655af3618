"""Cursors, tickets, seen sales, till lines, the catalogue and the pins: later readings win, and nothing goes back."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Connection, event, text

from syncd.domain.catalogue import Match, Product, Reference, ReferenceKind
from syncd.domain.ids import Account, ProductId, SaleId, Sku
from syncd.domain.sales import SaleState
from syncd.errors import StoreError
from syncd.store import catalogue, cursors, inbox, seen
from syncd.store.database import Database
from tests.fakes.memory_erp import an_order
from tests.store.shelf import ACME, AIRPORT, DOWNTOWN, MUG, NOW, a_part, a_sale, a_till_sale, moved_at_the_till

OTHER = Account("other")


@pytest.fixture
def tx(database: Database) -> Iterator[Connection]:
    with database.write() as tx:
        yield tx


# -- cursors


def test_tickets_rise_and_belong_to_an_account(tx: Connection) -> None:
    assert [cursors.take_ticket(tx, ACME) for _ in range(3)] == [1, 2, 3]
    assert cursors.take_ticket(tx, OTHER) == 1


@pytest.mark.parametrize(
    ("to", "ticket", "moves"),
    [
        pytest.param("11", 2, True, id="further-by-a-later-read"),
        pytest.param("100", 2, True, id="further-as-a-number-not-as-text"),
        pytest.param("11", 1, True, id="further-by-the-same-read"),
        pytest.param("11", 0, False, id="further-by-an-earlier-read"),
        pytest.param("9", 2, False, id="back"),
        pytest.param("10", 2, False, id="where-it-is"),
    ],
)
def test_a_cursor_goes_only_forward_and_only_by_a_later_read(tx: Connection, to: str, ticket: int, moves: bool) -> None:
    cursors.move(tx, ACME, cursors.SALES, "10", ticket=1, now=NOW)

    assert cursors.move(tx, ACME, cursors.SALES, to, ticket=ticket, now=NOW) is moves

    assert cursors.version(tx, ACME, cursors.SALES) == (int(to) if moves else 10)


def test_a_watermark_goes_only_forward(tx: Connection) -> None:
    for moment in ("2026-12-01T12:00:00.000000+00:00", "2026-12-01T11:59:59.000000+00:00"):
        cursors.move(tx, ACME, cursors.ERP_ORDERS, moment, ticket=1, now=NOW)

    assert cursors.position(tx, ACME, cursors.ERP_ORDERS) == "2026-12-01T12:00:00.000000+00:00"


def test_the_feed_is_read_again_from_the_version_reached_settle_ago(tx: Connection) -> None:
    for minute, version in ((0, 5), (1, 8), (2, 8), (3, 9)):
        cursors.mark_reached(tx, ACME, version, now=NOW + timedelta(minutes=minute))

    assert cursors.reached_before(tx, ACME, NOW - timedelta(seconds=1)) == 0
    assert cursors.reached_before(tx, ACME, NOW + timedelta(minutes=1)) == 8
    assert cursors.reached_before(tx, ACME, NOW + timedelta(minutes=9)) == 9


def test_marks_are_kept_within_a_limit(tx: Connection) -> None:
    for version in range(cursors.MARKS_KEPT_MAX + 20):
        cursors.mark_reached(tx, ACME, version, now=NOW + timedelta(seconds=version))

    assert tx.execute(text("SELECT count(*) FROM feed_marks")).scalar_one() == cursors.MARKS_KEPT_MAX
    assert cursors.reached_before(tx, ACME, NOW + timedelta(days=1)) == cursors.MARKS_KEPT_MAX + 19


# -- sales


@pytest.mark.parametrize(
    ("version", "ticket", "is_fresh"),
    [
        pytest.param(6, 2, True, id="newer"),
        pytest.param(5, 2, False, id="the-same"),
        pytest.param(4, 2, False, id="older"),
        pytest.param(6, 0, True, id="newer-of-an-earlier-read"),
    ],
)
def test_a_seen_sale_is_replaced_by_newer_versions_only(
    tx: Connection, version: int, ticket: int, is_fresh: bool
) -> None:
    seen.keep(tx, ACME, "memory", [a_sale(version=5)], ticket=1, now=NOW)
    voided = a_sale(version=version, state=SaleState.VOIDED)

    assert seen.keep(tx, ACME, "memory", [voided], ticket=ticket, now=NOW) == int(is_fresh)

    found = seen.get(tx, ACME, SaleId("sale-1"))
    assert found == (voided if is_fresh else a_sale(version=5))


def test_a_sale_of_ours_is_found_by_source_and_by_order(tx: Connection) -> None:
    seen.keep(tx, ACME, "memory", [a_sale()], ticket=1, now=NOW)

    assert seen.by_source(tx, ACME, a_sale().source_id) == [a_sale()]
    assert [one.sale for one in seen.of_orders(tx, ACME, [a_sale_order()])] == [a_sale()]
    assert [one.order for one in seen.without_order(tx, ACME)] == [a_sale_order()]


def a_sale_order() -> str:
    return "1"


@pytest.mark.parametrize(("account", "erp"), [(OTHER, "memory"), (ACME, "odoo")], ids=["account", "erp"])
def test_a_sale_of_another_instance_names_no_order_of_ours(tx: Connection, account: Account, erp: str) -> None:
    theirs = a_sale(source_id=a_sale().source_id.replace("acme/memory", f"{account}/{erp}"))

    seen.keep(tx, ACME, "memory", [theirs], ticket=1, now=NOW)

    assert seen.without_order(tx, ACME) == []
    assert seen.orders_of_standing(tx, ACME) == set()


def test_a_corrupted_sale_is_an_error_of_the_store(tx: Connection) -> None:
    seen.keep(tx, ACME, "memory", [a_sale()], ticket=1, now=NOW)
    tx.execute(text("UPDATE seen_sales SET payload = 'not json'"))

    with pytest.raises(StoreError, match="stored Sale cannot be read"):
        seen.get(tx, ACME, SaleId("sale-1"))


def test_of_a_till_sale_only_what_moves_stock_is_kept(tx: Connection) -> None:
    line = a_sale().lines[0]
    returned = replace(line, quantity=Decimal(-1))
    sales = [
        a_till_sale("a", lines=(line, line)),
        a_till_sale("b", lines=(returned,)),
        a_till_sale("c", outlet=AIRPORT),
    ]

    assert seen.keep(tx, ACME, "memory", sales, ticket=1, now=NOW) == 0

    assert moved_at_the_till(tx, ACME) == [(AIRPORT, MUG, 2), (DOWNTOWN, MUG, 3)]
    assert seen.get(tx, ACME, SaleId("a")) is None


@pytest.mark.parametrize("state", [SaleState.PENDING, SaleState.PARKED, SaleState.VOIDED])
def test_a_till_sale_that_is_not_closed_has_moved_nothing(tx: Connection, state: SaleState) -> None:
    seen.keep(tx, ACME, "memory", [a_till_sale(state=state)], ticket=1, now=NOW)

    assert moved_at_the_till(tx, ACME) == []


def test_a_sale_on_account_has_moved_its_goods(tx: Connection) -> None:
    on_account = a_till_sale(state=SaleState.PENDING, attributes=("onaccount",))

    seen.keep(tx, ACME, "memory", [on_account], ticket=1, now=NOW)

    assert moved_at_the_till(tx, ACME) == [(DOWNTOWN, MUG, 2)]


def test_a_till_sale_voided_later_gives_its_goods_back(tx: Connection) -> None:
    seen.keep(tx, ACME, "memory", [a_till_sale(version=1)], ticket=1, now=NOW)

    seen.keep(tx, ACME, "memory", [a_till_sale(version=2, state=SaleState.VOIDED)], ticket=2, now=NOW)

    assert moved_at_the_till(tx, ACME) == []


def test_an_older_reading_of_a_till_sale_changes_nothing(tx: Connection) -> None:
    seen.keep(tx, ACME, "memory", [a_till_sale(version=5)], ticket=2, now=NOW)

    seen.keep(tx, ACME, "memory", [a_till_sale(version=4, lines=())], ticket=3, now=NOW)

    assert moved_at_the_till(tx, ACME) == [(DOWNTOWN, MUG, 2)]


def test_an_earlier_reading_does_not_bring_a_voided_till_sale_back(tx: Connection) -> None:
    """Two processes read the feed at once, and the slower one began first."""
    seen.keep(tx, ACME, "memory", [a_till_sale(version=6, state=SaleState.VOIDED)], ticket=2, now=NOW)

    seen.keep(tx, ACME, "memory", [a_till_sale(version=5)], ticket=1, now=NOW)

    assert moved_at_the_till(tx, ACME) == []


# -- the catalogue


def a_product(id_: str, sku: str, *, version: int = 1, codes: tuple[str, ...] = (), active: bool = True) -> Product:
    return Product(
        ProductId(id_), Sku(sku), tuple(Sku(code) for code in codes), sku, active, True, False, version
    )  # fmt: skip


def ids_on_shelf(tx: Connection, *skus: str) -> dict[str, set[str]]:
    shelf = catalogue.shelf(tx, ACME, {Sku(sku) for sku in skus})
    return {sku: {product.id for product in shelf.find(Sku(sku))} for sku in skus}


def test_a_product_is_on_the_shelf_under_each_of_its_codes(tx: Connection) -> None:
    catalogue.keep_products(tx, ACME, [a_product("p1", "MUG", codes=("9400000000017", "MUG"))])

    assert ids_on_shelf(tx, "MUG", "9400000000017", "CAP") == {"MUG": {"p1"}, "9400000000017": {"p1"}, "CAP": set()}


def test_two_products_with_one_code_are_both_on_the_shelf(tx: Connection) -> None:
    catalogue.keep_products(tx, ACME, [a_product("p1", "MUG"), a_product("p2", "CAP", codes=("MUG",))])

    assert ids_on_shelf(tx, "MUG", "CAP") == {"MUG": {"p1", "p2"}, "CAP": {"p2"}}


@pytest.mark.parametrize(
    ("match", "found"),
    [
        pytest.param(Match.EXACT, set(), id="letter for letter"),
        pytest.param(Match.IGNORE_SPACE, {"p2"}, id="but for spaces"),
        pytest.param(Match.IGNORE_CASE, {"p1", "p2"}, id="but for spaces and capitals"),
    ],
)
def test_a_product_is_found_by_a_code_that_is_like_its_own(tx: Connection, match: Match, found: set[str]) -> None:
    products = [a_product("p1", "MUG A", codes=("mug a",)), a_product("p2", " Mug  A"), a_product("p3", "MUG-A")]
    catalogue.keep_products(tx, ACME, products)

    shelf = catalogue.shelf(tx, ACME, {Sku("Mug A")}, match)

    assert {product.id for product in shelf.find(Sku("Mug A"))} == found
    assert len(shelf.find(Sku("Mug A"))) == len(found)


def test_codes_of_a_thousand_other_products_are_not_looked_through_for_one(tx: Connection) -> None:
    catalogue.keep_products(tx, ACME, [a_product(f"p{number}", f"SKU-{number}") for number in range(1_000)])
    asked: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        asked.append(statement)

    event.listen(tx, "before_cursor_execute", note)
    catalogue.shelf(tx, ACME, {Sku("sku-7")}, Match.IGNORE_CASE)
    event.remove(tx, "before_cursor_execute", note)

    assert [statement for statement in asked if "product_codes" in statement and " IN " not in statement] == []


def test_a_product_of_just_the_code_comes_before_those_like_it(tx: Connection) -> None:
    catalogue.keep_products(tx, ACME, [a_product("p1", "MUG"), a_product("p2", "mug")])

    shelf = catalogue.shelf(tx, ACME, {Sku("MUG"), Sku("Mug")}, Match.IGNORE_CASE)

    assert {product.id for product in shelf.find(Sku("MUG"))} == {"p1"}
    assert {product.id for product in shelf.find(Sku("Mug"))} == {"p1", "p2"}


def test_a_code_that_a_product_lost_names_it_no_more(tx: Connection) -> None:
    catalogue.keep_products(tx, ACME, [a_product("p1", "MUG", codes=("OLD",))])

    catalogue.keep_products(tx, ACME, [a_product("p1", "MUG", version=2)])

    assert ids_on_shelf(tx, "MUG", "OLD") == {"MUG": {"p1"}, "OLD": set()}


def test_an_older_reading_of_a_product_does_not_replace_a_newer(tx: Connection) -> None:
    catalogue.keep_products(tx, ACME, [a_product("p1", "MUG", version=5, active=False)])

    catalogue.keep_products(tx, ACME, [a_product("p1", "MUG", version=4)])

    [product] = catalogue.shelf(tx, ACME, {Sku("MUG")}).find(Sku("MUG"))
    assert not product.active


def test_the_catalogues_fingerprint_changes_with_products_and_references(tx: Connection) -> None:
    outlet = Reference(ReferenceKind.OUTLET, DOWNTOWN, "Downtown", True)
    prints = [catalogue.fingerprint(tx, ACME)]
    catalogue.keep_products(tx, ACME, [a_product("p1", "MUG")])
    prints.append(catalogue.fingerprint(tx, ACME))
    assert catalogue.keep_references(tx, ACME, [outlet])
    prints.append(catalogue.fingerprint(tx, ACME))
    assert not catalogue.keep_references(tx, ACME, [outlet])
    assert catalogue.fingerprint(tx, ACME) == prints[-1]
    assert catalogue.keep_references(tx, ACME, [replace(outlet, active=False)])
    prints.append(catalogue.fingerprint(tx, ACME))

    assert len(set(prints)) == len(prints)
    assert catalogue.references(tx, ACME) == [replace(outlet, active=False)]


def test_a_name_stays_pinned_to_the_id_of_its_first_use(tx: Connection) -> None:
    assert catalogue.pin(tx, ACME, "outlet", "Downtown", "id-1", now=NOW) == "id-1"
    assert catalogue.pin(tx, ACME, "outlet", "Downtown", "id-2", now=NOW) == "id-1"
    assert catalogue.pin(tx, ACME, "register", "Downtown", "id-2", now=NOW) == "id-2"

    catalogue.forget_pins(tx, ACME)

    assert catalogue.pin(tx, ACME, "outlet", "Downtown", "id-2", now=NOW) == "id-2"


def test_orders_that_the_inbox_lacks_are_found_however_many_sales_stand(tx: Connection) -> None:
    """A plain build of SQLite takes 32,766 values in one question."""
    if tx.dialect.name == "sqlite":
        tx.connection.dbapi_connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 20)  # type: ignore[union-attr]
    for number in range(40):
        seen.keep(tx, ACME, "memory", [a_sale(f"s-{number}", part=a_part(str(number)))], ticket=1, now=NOW)
    voided = a_sale("gone", part=a_part("gone"), state=SaleState.VOIDED)
    seen.keep(tx, ACME, "memory", [voided], ticket=1, now=NOW)

    assert [one.order for one in seen.without_order(tx, ACME)] == sorted(str(number) for number in range(40))
    assert {(one.sale, one.is_linked, one.reason) for one in seen.where_all_stand(tx, ACME)} == {
        (f"s-{number}", False, None) for number in range(40)
    }


def test_a_sale_without_order_is_looked_for_until_the_order_has_come(tx: Connection) -> None:
    seen.keep(tx, ACME, "memory", [a_sale(), a_sale("sale-2", part=a_part("2"))], ticket=1, now=NOW)
    inbox.put(tx, ACME, an_order("SO1"), ticket=1, now=NOW)
    seen.note_orders_known(tx, ACME)

    assert [(one.sale, one.order) for one in seen.without_order(tx, ACME)] == [("sale-2", "2")]
    marked = tx.execute(text("SELECT sale_id FROM seen_sales WHERE lacks_order")).scalars().all()
    assert marked == ["sale-2"]


def test_looking_for_sales_without_order_goes_by_no_other_sale(tx: Connection) -> None:
    if tx.dialect.name != "sqlite":
        pytest.skip("PostgreSQL chooses its plan by the size of the table")
    asked: list[str] = []
    event.listen(tx, "before_cursor_execute", lambda *said: asked.append(said[2]))
    seen.without_order(tx, ACME)
    [question] = asked

    plan = tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {question}", (ACME, "", "voided")).all()

    assert any("seen_sales_without_order" in row[3] for row in plan), plan
