"""Levels go in by pages, and the comparison is one statement: a plain comparison in Python must find the same."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from syncd.domain.catalogue import Match, Product
from syncd.domain.ids import LocationId, OrderId, OutletId, ProductId, Sku
from syncd.domain.stock import NO_NUMBER, ErpItem, Reserved, RetailLevel
from syncd.store import catalogue, levels, matches, numbers
from syncd.store.compare import Comparison, Difference, Place, Since
from syncd.store.database import Database
from syncd.store.levels import RetailNumbers, Scaler
from syncd.store.matches import Verdict
from syncd.store.numbers import Kind
from syncd.store.stock_report import NO_RUN
from tests.store import test_what_was_read as shop
from tests.store.shelf import ACME, NOW

DOWNTOWN, AIRPORT, UNMAPPED = LocationId("L1"), LocationId("L2"), LocationId("unmapped")
OUTLETS = {DOWNTOWN: OutletId("O1"), AIRPORT: OutletId("O2")}
SKUS = [Sku(name) for name in ("A", "B", "C")]
ITEMS = dict(zip(SKUS, (11, 22, 33), strict=True))
PRODUCTS = [ProductId(name) for name in ("a", "b", "c")]

SINCE = Since(NOW - timedelta(hours=1), NOW - timedelta(hours=1))

quantities = st.integers(-3, 3).map(lambda number: Decimal(number) / 2)
on_hand = st.dictionaries(st.tuples(st.sampled_from([*OUTLETS, UNMAPPED]), st.sampled_from(SKUS)), quantities)
retail_levels = st.dictionaries(
    st.tuples(st.sampled_from(["O1", "O2", "O9"]), st.sampled_from(PRODUCTS)), st.tuples(quantities, quantities)
)
codes = st.dictionaries(st.sampled_from(PRODUCTS), st.sets(st.sampled_from(SKUS), min_size=1))


def a_product(id_: str, sku: str, **changes: object) -> Product:
    codes = changes.pop("codes", ())
    return replace(shop.a_product(id_, sku, codes=codes), **changes)  # type: ignore[arg-type]


@dataclass
class Shelves:
    """Both sides' levels in one transaction."""

    tx: Connection
    erp: int = 0
    known: RetailNumbers = field(init=False)
    scale: Scaler = field(default_factory=Scaler)

    def __post_init__(self) -> None:
        self.erp = numbers.number_of(self.tx, ACME, Kind.ERP)
        self.known = RetailNumbers(self.tx, ACME)
        self.known.learn(self.tx, OUTLETS.values(), ())

    def location(self, location: LocationId) -> int:
        return numbers.number_of(self.tx, ACME, Kind.LOCATION, location)

    def list_items(self, *items: ErpItem) -> int:
        matches.forget(self.tx, ACME)
        return levels.keep_items(self.tx, self.erp, items)

    def stand(self, location: LocationId, told: dict[Sku, Decimal], *, asked: tuple[Sku, ...] = ()) -> list[str]:
        wanted = sorted(ITEMS[sku] for sku in asked or told)
        found = sorted((ITEMS[sku], quantity) for sku, quantity in told.items())
        bad = levels.keep_on_hand(self.tx, self.location(location), wanted, found, self.scale)
        return [one.item for one in bad]

    def show(self, *page: RetailLevel) -> list[str]:
        return [one.said for one in levels.keep_retail(self.tx, self.known, page, self.scale)]

    @property
    def comparison(self) -> Comparison:
        matches.refresh(self.tx, ACME, self.erp, {})
        self.known.reload(self.tx)
        places = [
            Place(location, self.location(location), outlet, self.known.outlets[outlet], outlet)
            for location, outlet in OUTLETS.items()
        ]
        return Comparison(ACME, self.erp, places, SINCE)

    def compared(self) -> list[Difference]:
        return list(self.comparison.everything(self.tx, before=NO_RUN))

    def pair(self, sku: Sku = SKUS[0]) -> Difference:
        """The item downtown, whether the sides differ or not."""
        [found] = self.comparison.one_product(self.tx, ITEMS[sku], before=NO_RUN)
        return found


@pytest.fixture
def shelves(database: Database) -> Iterator[Shelves]:
    with database.write() as tx:
        yield Shelves(tx)


@given(erp=on_hand, retail=retail_levels, named=codes)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_the_statement_finds_what_a_plain_comparison_finds(
    database: Database,
    erp: dict[tuple[LocationId, Sku], Decimal],
    retail: dict[tuple[str, ProductId], tuple[Decimal, Decimal]],
    named: dict[ProductId, set[Sku]],
) -> None:
    with database.write() as tx, tx.begin_nested() as begun:
        shelves = Shelves(tx)
        shelves.list_items(*(ErpItem(ITEMS[sku], sku) for sku in SKUS))
        for location in {location for location, _ in erp}:
            shelves.stand(location, {sku: quantity for (where, sku), quantity in erp.items() if where == location})
        shelves.show(*(RetailLevel(OutletId(outlet), one, *said, 1) for (outlet, one), said in retail.items()))
        products = [a_product(product, min(skus), codes=tuple(skus)) for product, skus in named.items()]
        catalogue.keep_products(tx, ACME, products)
        found = {(one.pair.outlet, one.pair.sku) for one in shelves.compared()}
        begun.rollback()

    assert found == plainly(erp, retail, named)


def plainly(
    erp: dict[tuple[LocationId, Sku], Decimal],
    retail: dict[tuple[str, ProductId], tuple[Decimal, Decimal]],
    named: dict[ProductId, set[Sku]],
) -> set[tuple[str, str]]:
    """An item is a product when its SKU names that one only, and no other SKU of the ERP names it as well."""
    found = set()
    for (location, sku), quantity in erp.items():
        products = [product for product, skus in named.items() if sku in skus]
        if location not in OUTLETS or len(products) != 1:
            continue
        rivals = [one for one in named[products[0]] if sum(one in skus for skus in named.values()) == 1]
        if len(rivals) > 1:
            continue
        there = retail.get((OUTLETS[location], products[0]))
        if there is not None and there[0] - there[1] != quantity:
            found.add((OUTLETS[location], sku))
    return found


def mugs(level: str | Decimal | None, *, version: int = 1) -> RetailLevel:
    amount = Decimal(level) if isinstance(level, str) else level
    return RetailLevel(OUTLETS[DOWNTOWN], PRODUCTS[0], amount, 0, version)


@pytest.fixture
def stocked(shelves: Shelves) -> Shelves:
    """Five of A downtown, one of them promised; X-Series says 4.5."""
    catalogue.keep_products(shelves.tx, ACME, [a_product("a", "A")])
    shelves.list_items(ErpItem(11, SKUS[0]))
    shelves.stand(DOWNTOWN, {SKUS[0]: Decimal(5)})
    reserved = [Reserved(DOWNTOWN, 11, OrderId("1"), Decimal(1))]
    levels.keep_reserved(shelves.tx, {DOWNTOWN: shelves.location(DOWNTOWN)}, reserved)
    shelves.show(mugs("4.5", version=5))
    return shelves


def test_a_pair_says_what_both_sides_say(stocked: Shelves) -> None:
    pair = stocked.pair().pair

    assert (pair.sku, pair.outlet, pair.location) == ("A", "O1", "L1")
    assert (pair.on_hand, pair.reserved, pair.level) == (5, 1, Decimal("4.5"))


def test_a_newer_inventory_row_replaces_an_older(stocked: Shelves) -> None:
    stocked.show(mugs("3", version=6))

    assert stocked.pair().pair.level == 3


def test_an_older_inventory_row_does_not_replace_a_newer(stocked: Shelves) -> None:
    stocked.show(mugs("9", version=4))

    assert stocked.pair().pair.level == Decimal("4.5")


def test_a_row_that_stands_twice_on_a_page_counts_at_its_newer_version(stocked: Shelves) -> None:
    stocked.show(mugs("7", version=8), mugs("2", version=9), mugs("6", version=7))

    assert stocked.pair().pair.level == 2


def test_a_quantity_with_five_decimals_is_exact(stocked: Shelves) -> None:
    stocked.show(mugs("0.00001", version=6))

    assert stocked.pair().pair.level == Decimal("0.00001")


@pytest.mark.parametrize("said", ["0.0000001", "1E+30", NO_NUMBER], ids=["7-decimals", "1e30", "nan"])
def test_a_level_that_makes_no_sense_is_told_and_not_compared(stocked: Shelves, said: str | Decimal) -> None:
    other = RetailLevel(OUTLETS[DOWNTOWN], PRODUCTS[1], 3, 0, 7)

    told = stocked.show(mugs(said, version=6), other)

    assert [word.partition(":")[0] for word in told] != []
    assert list(stocked.comparison.one_product(stocked.tx, 11, before=NO_RUN)) == []


def test_a_level_that_is_gone_is_not_zero(stocked: Shelves) -> None:
    assert stocked.show(mugs(None, version=6)) == []

    assert stocked.compared() == []


@pytest.mark.parametrize("said", ["0.0000001", "1E+30", "NaN", "-Infinity"])
def test_a_quantity_of_the_erp_that_makes_no_sense_is_told_and_not_compared(stocked: Shelves, said: str) -> None:
    assert stocked.stand(DOWNTOWN, {SKUS[0]: Decimal(said)}) == ["11"]

    assert stocked.compared() == []


def test_a_negative_quantity_is_a_quantity(stocked: Shelves) -> None:
    stocked.stand(DOWNTOWN, {SKUS[0]: Decimal(-2)})

    assert stocked.pair().pair.on_hand == -2


def test_an_item_that_was_asked_for_and_not_told_has_no_level_any_more(stocked: Shelves) -> None:
    stocked.stand(DOWNTOWN, {}, asked=(SKUS[0],))

    assert stocked.compared() == []


def test_what_was_not_asked_for_stays(stocked: Shelves) -> None:
    stocked.list_items(ErpItem(11, SKUS[0]), ErpItem(22, SKUS[1]), ErpItem(33, SKUS[2]))
    stocked.stand(DOWNTOWN, {SKUS[1]: Decimal(2)})
    stocked.stand(DOWNTOWN, {}, asked=(SKUS[2],))

    assert stocked.pair().pair.on_hand == 5


def test_an_item_that_the_erp_does_not_list_any_more_is_forgotten(stocked: Shelves) -> None:
    levels.drop_items(stocked.tx, stocked.erp, [stocked.location(DOWNTOWN)], [11])
    matches.forget(stocked.tx, ACME)

    assert stocked.compared() == []
    assert matches.counts(stocked.tx, stocked.erp) == {}


# -- which item is which product


def verdict(
    shelves: Shelves, *, aliases: dict[str, Sku] | None = None, match: Match = Match.EXACT
) -> dict[int, Verdict]:
    matches.refresh(shelves.tx, ACME, shelves.erp, aliases or {}, match)
    found = {one.item: one.verdict for one in matches.unmatched(shelves.tx, shelves.erp, most=10)}
    items = levels.known_items(shelves.tx, shelves.erp)
    return {item: found.get(item, Verdict.MATCHED) for item in items}


@pytest.mark.parametrize(
    ("products", "expected"),
    [
        pytest.param([a_product("a", "A")], Verdict.MATCHED, id="one"),
        pytest.param([a_product("b", "B")], Verdict.UNKNOWN, id="none"),
        pytest.param([a_product("a", "A"), a_product("b", "A")], Verdict.AMBIGUOUS, id="two"),
        pytest.param([a_product("a", "A"), a_product("b", "A", active=False)], Verdict.MATCHED, id="one-deleted"),
        pytest.param([a_product("a", "A", active=False)], Verdict.INACTIVE, id="deleted"),
        pytest.param([a_product("a", "A", tracked=False)], Verdict.UNTRACKED, id="not-counted"),
        pytest.param([a_product("a", "A", composite=True)], Verdict.COMPOSITE, id="made-of-others"),
        pytest.param([a_product("a", "X", codes=(SKUS[0],))], Verdict.MATCHED, id="by-another-code"),
    ],
)
def test_an_item_is_the_one_product_that_its_sku_names(shelves: Shelves, products: list, expected: Verdict) -> None:
    catalogue.keep_products(shelves.tx, ACME, products)
    shelves.list_items(ErpItem(11, SKUS[0]))

    assert verdict(shelves) == {11: expected}


def test_two_items_of_one_sku_are_compared_with_nothing(shelves: Shelves) -> None:
    catalogue.keep_products(shelves.tx, ACME, [a_product("a", "A")])
    shelves.list_items(ErpItem(11, SKUS[0]), ErpItem(12, SKUS[0]))

    assert verdict(shelves) == {11: Verdict.TWICE, 12: Verdict.TWICE}


def test_two_items_that_name_one_product_are_compared_with_nothing(shelves: Shelves) -> None:
    catalogue.keep_products(shelves.tx, ACME, [a_product("a", "A", codes=(SKUS[1],))])
    shelves.list_items(ErpItem(11, SKUS[0]), ErpItem(22, SKUS[1]))

    assert verdict(shelves) == {11: Verdict.TWICE, 22: Verdict.TWICE}


def test_an_alias_names_the_product(shelves: Shelves) -> None:
    catalogue.keep_products(shelves.tx, ACME, [a_product("a", "A")])
    shelves.list_items(ErpItem(22, SKUS[1]))
    assert verdict(shelves) == {22: Verdict.UNKNOWN}

    assert verdict(shelves, aliases={SKUS[1]: SKUS[0]}) == {22: Verdict.MATCHED}


WRITTEN = [Sku(word) for word in ("mug blue", "Mug  Blue", " MUG BLUE", "mugblue", "MUGBLUE")]


@given(
    named=st.dictionaries(st.sampled_from(PRODUCTS), st.tuples(st.sampled_from(WRITTEN), st.booleans())),
    asked=st.sampled_from(WRITTEN),
    match=st.sampled_from(Match),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_an_item_is_the_product_that_an_order_of_it_would_sell(
    database: Database, named: dict[ProductId, tuple[Sku, bool]], asked: Sku, match: Match
) -> None:
    with database.write() as tx, tx.begin_nested() as begun:
        products = [a_product(id_, sku, active=active) for id_, (sku, active) in named.items()]
        catalogue.keep_products(tx, ACME, products)
        shelves = Shelves(tx)
        shelves.list_items(ErpItem(11, asked))

        sold = {product.id for product in catalogue.shelf(tx, ACME, {asked}, match).find(asked) if product.active}
        found = verdict(shelves, match=match)[11]
        begun.rollback()

    assert (found is Verdict.MATCHED, found is Verdict.AMBIGUOUS) == (len(sold) == 1, len(sold) > 1)


def test_an_alias_is_found_though_it_is_written_otherwise(shelves: Shelves) -> None:
    catalogue.keep_products(shelves.tx, ACME, [a_product("a", "Cup")])
    shelves.list_items(ErpItem(11, Sku("MUG  blue")))

    aliases = {Match.IGNORE_CASE.key("Mug Blue"): Sku("CUP")}
    assert verdict(shelves, aliases=aliases, match=Match.IGNORE_CASE) == {11: Verdict.MATCHED}
    assert list(matches.unstocked(shelves.tx, ACME, shelves.erp, most=9)) == []


def test_two_items_whose_skus_count_as_the_same_are_compared_with_nothing(shelves: Shelves) -> None:
    catalogue.keep_products(shelves.tx, ACME, [a_product("a", "Cup")])
    shelves.list_items(ErpItem(11, Sku("CUP")), ErpItem(12, Sku("cup")))

    assert verdict(shelves, match=Match.IGNORE_CASE) == {11: Verdict.TWICE, 12: Verdict.TWICE}


def test_items_are_matched_again_only_when_a_catalogue_changed(shelves: Shelves) -> None:
    shelves.list_items(ErpItem(11, SKUS[0]))
    assert matches.refresh(shelves.tx, ACME, shelves.erp, {})
    assert not matches.refresh(shelves.tx, ACME, shelves.erp, {})

    catalogue.keep_products(shelves.tx, ACME, [a_product("a", "A")])

    assert matches.refresh(shelves.tx, ACME, shelves.erp, {})
    assert verdict(shelves) == {11: Verdict.MATCHED}


def test_products_that_no_item_of_the_erp_names_are_listed(shelves: Shelves) -> None:
    products = [a_product("a", "A"), a_product("b", "B"), a_product("c", "C", tracked=False)]
    catalogue.keep_products(shelves.tx, ACME, products)
    shelves.list_items(ErpItem(11, SKUS[0]))
    matches.refresh(shelves.tx, ACME, shelves.erp, {})

    assert [one.sku for one in matches.unstocked(shelves.tx, ACME, shelves.erp, most=9)] == ["B"]
    assert matches.count_unstocked(shelves.tx, ACME) == 1


def test_a_number_stays_the_ids(shelves: Shelves) -> None:
    first = dict(shelves.known.products)
    shelves.show(mugs("1"), RetailLevel(OUTLETS[DOWNTOWN], PRODUCTS[1], 1, 0, 2))
    once = dict(shelves.known.products)
    shelves.show(RetailLevel(OUTLETS[AIRPORT], PRODUCTS[2], 1, 0, 3))

    assert first.items() <= once.items() <= shelves.known.products.items()
    assert len(set(shelves.known.products.values())) == 3
