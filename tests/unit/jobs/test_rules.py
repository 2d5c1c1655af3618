"""What the integrator decides in the config, and that a changed decision reaches the orders that already wait."""

from dataclasses import replace
from decimal import Decimal

from syncd.domain.catalogue import Match
from syncd.domain.ids import LocationId, OrderId, Sku
from syncd.domain.orders import Method
from syncd.domain.reasons import Outcome, Reason
from syncd.domain.rules import IgnoreRules, RoutingRules
from syncd.domain.stock_terms import Term
from tests.fakes.memory_erp import CAP, HERE, MUG, THERE, a_line, an_order
from tests.fakes.memory_retail import AIRPORT, DOWNTOWN, a_product
from tests.unit.jobs.world import WIDGET, World

ATTIC = LocationId("ATTIC")  # that the config does not know
ROUNDING = Sku("ROUNDING")
IGNORED = (Outcome.IGNORED, Reason.IGNORED_BY_RULE)
STANDS = (Outcome.SYNCED, Reason.STANDS)


def test_an_order_that_a_rule_ignores_makes_no_sale_and_says_which_rule(world: World) -> None:
    world.use_names(ignore=IgnoreRules(tags=("wholesale",)))
    world.erp.place(an_order("SO1", tags=("wholesale",)))
    world.erp.place(an_order("SO2"))

    world.settle()

    assert (world.stands("1"), world.stands("2")) == (IGNORED, STANDS)
    assert world.inbox("1").detail == "orders.ignore.tags: wholesale"
    assert [sale.invoice_number for sale in world.retail.standing()] == ["SO2"]
    world.assert_at_rest()


def test_a_new_rule_reaches_the_order_that_is_held_and_closes_its_hold(world: World) -> None:
    world.erp.place(an_order("SO1", a_line(WIDGET)))
    world.settle()
    assert world.reasons() == [Reason.UNKNOWN_SKU]

    world.use_names(ignore=IgnoreRules(numbers=("SO1",)), fingerprint="settings-2")
    world.settle()

    assert (world.stands(), world.reasons()) == (IGNORED, [])
    world.assert_at_rest()


def test_a_rule_that_is_taken_away_lets_the_order_become_a_sale(world: World) -> None:
    world.use_names(ignore=IgnoreRules(references=("WEB-*",)))
    world.erp.place(an_order("SO1"))
    world.settle()
    assert world.stands() == IGNORED

    world.use_names(ignore=IgnoreRules(), fingerprint="settings-2")
    world.settle()

    assert world.stands() == STANDS
    world.assert_one_sale_a_part(parts=1)
    world.assert_at_rest()


def test_a_new_rule_leaves_a_standing_sale_alone_and_lets_it_follow_its_order(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.settle()

    world.use_names(ignore=IgnoreRules(numbers=("SO1",)), fingerprint="settings-2")
    world.erp.edit(OrderId("1"), a_line(quantity=5))
    world.settle()

    [sale] = world.retail.standing("1")
    assert [line.quantity for line in sale.lines] == [5]
    assert world.stands() == STANDS
    world.assert_at_rest()


# -- products


def test_an_alias_reaches_the_order_that_waits_for_it(world: World) -> None:
    world.erp.place(an_order("SO1", a_line(WIDGET)))
    world.settle()
    assert world.reasons() == [Reason.UNKNOWN_SKU]

    world.use_names(aliases={WIDGET: MUG}, fingerprint="settings-2")
    world.settle()

    assert (world.stands(), world.reasons()) == (STANDS, [])
    world.assert_one_sale_a_part(parts=1)
    world.assert_at_rest()


def test_a_sku_in_other_letters_is_sold_once_the_policy_says_so(world: World) -> None:
    world.erp.place(an_order("SO1", a_line(Sku("  mug "))))
    world.settle()
    assert world.reasons() == [Reason.UNKNOWN_SKU]

    world.use_names(match=Match.IGNORE_CASE, fingerprint="settings-2")
    world.settle()

    assert world.stands() == STANDS
    assert [line.product for line in world.retail.standing("1")[0].lines] == [world.retail.products[MUG].id]
    world.assert_at_rest()


def test_what_an_order_reserves_under_an_alias_counts_for_its_product(world: World) -> None:
    world.use_names(aliases={WIDGET: MUG})
    world.erp.place(an_order("SO1", a_line(WIDGET, 2), paid=False))
    world.settle()
    assert world.reasons() == [Reason.UNPAID]

    world.erp.levels[HERE, WIDGET] = Decimal(10)
    world.retail.set_level(DOWNTOWN, MUG, 8)
    world.stock_report()

    [row] = world.stock_rows()
    assert (row.product, row.units) == (world.retail.products[MUG].id, {Term.RESERVED: Decimal(2)})


# -- taxes


def test_a_tax_that_is_named_by_its_rate_lets_the_held_order_go_on(world: World) -> None:
    world.use_names(taxes={})
    world.erp.place(an_order("SO1"))
    world.settle()
    assert world.reasons() == [Reason.TAX_UNMAPPED]

    world.use_names(tax_rates={Decimal("0.15"): "GST"}, fingerprint="settings-2")
    world.settle()

    assert (world.stands(), world.reasons()) == (STANDS, [])
    assert str(world.retail.standing("1")[0].total) == "23.00"
    world.assert_at_rest()


# -- outlets


def test_a_closed_outlet_makes_only_its_own_orders_wait_until_it_is_open(world: World) -> None:
    world.erp.place(an_order("SO1", a_line(location=HERE)))
    world.erp.place(an_order("SO2", a_line(location=THERE)))
    open_ = list(world.retail.references)
    world.retail.references = [replace(one, active=one.id != DOWNTOWN) for one in open_]
    world.sync_catalogue()

    result = world.sync_orders()

    assert result.outcome == "done", result.message
    assert (world.stands("1"), world.stands("2")) == ((Outcome.WAITING, Reason.OUTLET_CLOSED), STANDS)
    assert [sale.invoice_number for sale in world.retail.standing()] == ["SO2"]
    assert world.reasons() == []

    world.retail.references = open_
    world.sync_catalogue()
    world.settle()
    assert world.stands("1") == STANDS
    world.assert_at_rest()


# -- routing


def test_an_order_from_an_unmapped_location_goes_to_the_default_outlet_and_is_completed_where_it_ships(
    world: World,
) -> None:
    world.erp.place(an_order("SO1", a_line(location=ATTIC)))
    world.settle()
    assert world.reasons() == [Reason.UNMAPPED_LOCATION]

    world.use_names(routing=RoutingRules(default=HERE), fingerprint="settings-2")
    world.settle()
    [sale] = world.retail.standing("1")
    world.retail.hand_over(sale.id)
    world.settle()

    assert world.retail.fulfilling[sale.id] == DOWNTOWN
    assert [shipment for shipment, _ in world.erp.completed] == [f"1@{ATTIC}"]
    assert world.stands() == (Outcome.SYNCED, Reason.HANDED_OVER)
    world.assert_at_rest()


def test_what_ships_from_two_locations_and_is_handed_over_by_one_outlet_completes_both_shipments(world: World) -> None:
    world.use_names(routing=RoutingRules(by_code={"CLICK-COLLECT": THERE}))
    world.erp.place(an_order("SO1", a_line(MUG), a_line(CAP, 1, line="2", location=THERE)))
    world.settle()
    [sale] = world.retail.standing("1")
    world.retail.hand_over(sale.id)

    world.settle()

    assert world.retail.fulfilling[sale.id] == AIRPORT
    assert sorted(shipment for shipment, _ in world.erp.completed) == [f"1@{THERE}", f"1@{HERE}"]
    world.assert_at_rest()


def test_what_the_erp_shipped_of_an_order_that_is_routed_elsewhere_is_not_completed_again(world: World) -> None:
    world.use_names(routing=RoutingRules(by_method={Method.PICKUP: THERE}))
    world.erp.place(an_order("SO1", a_line(location=HERE)))
    world.settle()
    world.retail.hand_over(world.retail.standing("1")[0].id)
    world.erp.ship(OrderId("1"), HERE)

    world.settle()

    assert world.erp.completed == []
    assert world.reasons() == []
    world.assert_at_rest()


# -- money


def test_a_cent_that_no_unit_price_can_say_is_carried_by_the_rounding_product_once_there_is_one(world: World) -> None:
    world.erp.place(an_order("SO1", a_line(MUG, 1500, price="0.0107")))
    world.settle()
    assert world.reasons() == [Reason.BAD_PRICE]

    world.retail.products[ROUNDING] = a_product(ROUNDING, version=9)
    world.sync_catalogue()
    world.use_names(rounding_sku=ROUNDING, fingerprint="settings-2")
    world.settle()

    [sale] = world.retail.standing("1")
    assert [(line.product, str(line.net + line.tax_total)) for line in sale.lines] == [
        (world.retail.products[MUG].id, "18.47"),
        (world.retail.products[ROUNDING].id, "-0.01"),
    ]
    assert (sale.total, world.stands()) == (Decimal("18.46"), STANDS)
    world.assert_at_rest()
