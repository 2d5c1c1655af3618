"""The comparison of levels is one statement; a plain comparison in Python must find the same."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from syncd.domain.ids import LocationId, OutletId, ProductId, RunId, Sku
from syncd.domain.stock import ErpLevel, RetailLevel
from syncd.domain.stock_terms import BookedBy, PairOfLevels, Start, StockTerms, Term, explain
from syncd.store import catalogue, levels
from syncd.store.database import Database
from tests.store.shelf import ACME
from tests.store.test_what_was_read import a_product

OUTLETS = {
    LocationId("L1"): (OutletId("O1"), "Downtown"),
    LocationId("L2"): (OutletId("O2"), "Airport"),
}
LOCATIONS = [*OUTLETS, LocationId("unmapped")]
SKUS = [Sku(name) for name in ("A", "B", "C")]
PRODUCTS = [ProductId(name) for name in ("a", "b", "c")]

quantities = st.integers(-3, 3).map(lambda number: Decimal(number) / 2)
erp_levels = st.dictionaries(
    st.tuples(st.sampled_from(LOCATIONS), st.sampled_from(SKUS)), st.tuples(quantities, quantities)
)
retail_levels = st.dictionaries(
    st.tuples(st.sampled_from(["O1", "O2", "O9"]), st.sampled_from(PRODUCTS)), st.tuples(quantities, quantities)
)
codes = st.dictionaries(st.sampled_from(PRODUCTS), st.sets(st.sampled_from(SKUS), min_size=1))


@pytest.fixture
def tx(database: Database) -> Iterator[Connection]:
    with database.write() as tx:
        yield tx


@given(erp=erp_levels, retail=retail_levels, named=codes, start=st.sampled_from(Start))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_statement_finds_what_a_plain_comparison_finds(
    database: Database,
    erp: dict[tuple[LocationId, Sku], tuple[Decimal, Decimal]],
    retail: dict[tuple[str, ProductId], tuple[Decimal, Decimal]],
    named: dict[ProductId, set[Sku]],
    start: Start,
) -> None:
    with database.write() as tx, tx.begin_nested() as begun:
        fill(tx, erp, retail, named)
        found = {(pair.outlet, pair.sku) for pair in levels.differing(tx, ACME, OUTLETS, start)}
        begun.rollback()

    assert found == plainly(erp, retail, named, start)


def fill(tx: Connection, erp: dict, retail: dict, named: dict) -> None:
    levels.replace_erp(tx, ACME, [[ErpLevel(*key, *value) for key, value in erp.items()]])
    levels.keep_retail(
        tx, ACME, [RetailLevel(OutletId(outlet), product, *value, 1) for (outlet, product), value in retail.items()]
    )  # fmt: skip
    products = [
        a_product(product, min(skus), codes=tuple(skus)) for product, skus in named.items()
    ]  # fmt: skip
    catalogue.keep_products(tx, ACME, products)


def plainly(erp: dict, retail: dict, named: dict, start: Start) -> set[tuple[str, str]]:
    found = set()
    for (location, sku), (on_hand, reserved) in erp.items():
        products = [product for product, skus in named.items() if sku in skus]
        if location not in OUTLETS or len(products) != 1:
            continue
        outlet = OUTLETS[location][0]
        there = retail.get((outlet, products[0]))
        wanted = on_hand if start is Start.ON_HAND else on_hand - reserved
        if there is not None and there[0] - there[1] != wanted:
            found.add((outlet, sku))
    return found


def mugs(level: str, *, version: int = 1) -> RetailLevel:
    return RetailLevel(OutletId("O1"), ProductId("a"), Decimal(level), Decimal(0), version)


def level_of(tx: Connection) -> Decimal:
    [pair] = levels.pairs_of(tx, ACME, OUTLETS, [(OutletId("O1"), ProductId("a"))])
    return pair.level


@pytest.fixture
def stocked(tx: Connection) -> Connection:
    catalogue.keep_products(tx, ACME, [a_product("a", "A")])
    levels.replace_erp(tx, ACME, [[ErpLevel(LocationId("L1"), Sku("A"), Decimal(5), Decimal(1))]])
    levels.keep_retail(tx, ACME, [mugs("4.5", version=5)])
    return tx


def test_a_complete_reading_of_the_erp_replaces_the_one_before(stocked: Connection) -> None:
    levels.replace_erp(stocked, ACME, [[], [ErpLevel(LocationId("L1"), Sku("B"), Decimal(1), Decimal(0))]])

    assert levels.unmatched_skus(stocked, ACME) == ["B"]


def test_a_newer_inventory_row_replaces_an_older(stocked: Connection) -> None:
    levels.keep_retail(stocked, ACME, [mugs("3", version=6)])

    assert level_of(stocked) == 3


def test_an_older_inventory_row_does_not_replace_a_newer(stocked: Connection) -> None:
    levels.keep_retail(stocked, ACME, [mugs("9", version=4)])

    assert level_of(stocked) == Decimal("4.5")


def test_a_quantity_with_five_decimals_is_exact(stocked: Connection) -> None:
    levels.keep_retail(stocked, ACME, [mugs("0.00001", version=6)])

    assert level_of(stocked) == Decimal("0.00001")


def test_many_pairs_are_asked_for_in_portions(stocked: Connection) -> None:
    keys = [(OutletId("O1"), ProductId(f"p{number}")) for number in range(2 * levels.KEYS_PER_STATEMENT + 1)]

    assert len(levels.pairs_of(stocked, ACME, OUTLETS, [*keys, (OutletId("O1"), ProductId("a"))])) == 1


def test_the_newest_report_replaces_the_one_before(stocked: Connection) -> None:
    terms = StockTerms(Start.ON_HAND, True, BookedBy.NOBODY, timedelta(hours=1))
    pair = PairOfLevels(
        OutletId("O1"), "Downtown", LocationId("L1"), Sku("A"), ProductId("a"), Decimal(5), Decimal(1), Decimal("4.5")
    )
    row = explain(pair, terms, {Term.TILL: Decimal("0.5")})

    levels.keep_report(stocked, ACME, [row], run=RunId(1))
    assert levels.report(stocked, ACME) == [row]

    levels.keep_report(stocked, ACME, [], run=RunId(2))
    assert levels.report(stocked, ACME) == []
