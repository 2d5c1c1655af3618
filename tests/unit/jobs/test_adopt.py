"""`syncd adopt` links what stands, holds what it must, and sends nothing to either side."""

from dataclasses import replace
from pathlib import Path

import pytest

from syncd.domain.ids import OrderId, SaleId
from syncd.domain.reasons import Outcome, Reason
from syncd.domain.sales import SaleState
from syncd.jobs.adopt import Adopted, adopt
from syncd.jobs.given import Given, Mode, Run
from syncd.jobs.run import RunResult, run_job
from syncd.store import cursors, parts
from syncd.store.holds import Verb
from tests.fakes.memory_erp import MUG, THERE, a_line, an_order
from tests.unit.jobs.world import ACME, WIDGET, World


def adopt_now(world: World, *, from_beginning: bool = False) -> RunResult[Adopted]:
    def job(given: Given, run: Run) -> Adopted:
        return adopt(given, run, from_beginning=from_beginning)

    return run_job(world.given, "adopt", job, command="test")


def counts(result: RunResult[Adopted]) -> dict[str, int]:
    """What is not zero."""
    assert result.value is not None, result.message
    found = {name: getattr(result.value, name) for name in Adopted.__slots__ if not name.endswith("version")}
    total = found.pop("sales_seen")
    assert sum(found.values()) == total
    return {name: count for name, count in found.items() if count}


def forget(world: World, template: Path) -> None:
    world.close()
    for ending in ("-wal", "-shm"):
        world.path.with_name(world.path.name + ending).unlink(missing_ok=True)
    world.path.write_bytes(template.read_bytes())
    world.start()


@pytest.fixture
def stood(world: World) -> World:
    """Two orders with their sales."""
    world.erp.place(an_order("SO1"))
    world.erp.place(an_order("SO2"))
    world.settle()
    return world


def linked(world: World) -> set[SaleId]:
    with world.given.database.read() as tx:
        records = parts.of_orders(tx, ACME, sorted(world.erp.orders))
    return {record.sale for record in records if record.sale is not None}


def test_an_empty_store_is_linked_again_and_nothing_is_sent(stood: World, template: Path) -> None:
    forget(stood, template)
    before = stood.all_that_was_done()

    result = adopt_now(stood)

    assert (result.outcome, counts(result)) == ("done", {"linked": 2})
    assert linked(stood) == {sale.id for sale in stood.retail.standing()}
    assert stood.stands() == (Outcome.SYNCED, Reason.STANDS)
    assert stood.all_that_was_done() == before
    stood.assert_at_rest()


def test_a_second_time_finds_all_linked(stood: World, template: Path) -> None:
    forget(stood, template)
    adopt_now(stood)

    result = adopt_now(stood)

    assert (result.outcome, counts(result)) == ("done", {"already_linked": 2})


def test_a_sale_that_is_not_what_its_order_asks_for_is_linked_held_and_left(stood: World, template: Path) -> None:
    stood.erp.edit(OrderId("1"), a_line(MUG, 9))
    forget(stood, template)
    before = stood.all_that_was_done()

    result = adopt_now(stood)

    assert (result.outcome, counts(result)) == ("held", {"linked": 1, "different": 1})
    assert stood.reasons() == [Reason.ADOPTED_DIFFERENT]
    assert stood.all_that_was_done() == before
    assert adopt_now(stood).outcome == "done"
    stood.assert_at_rest()


def test_a_sale_whose_order_the_erp_does_not_have_is_held_and_left(stood: World, template: Path) -> None:
    del stood.erp.orders[OrderId("2")]
    forget(stood, template)

    result = adopt_now(stood)

    assert (result.outcome, counts(result)) == ("held", {"linked": 1, "without_order": 1})
    assert stood.reasons() == [Reason.SALE_WITHOUT_ORDER]
    assert len(stood.retail.standing()) == 2


def test_a_double_is_left_to_the_next_sync(stood: World, template: Path) -> None:
    [first, _] = stood.retail.standing()
    stood.retail.clone(first.id, new="z-clone")
    forget(stood, template)
    before = stood.all_that_was_done()

    result = adopt_now(stood)

    assert counts(result) == {"linked": 2, "doubles": 1}
    assert stood.all_that_was_done() == before
    stood.settle()
    assert stood.retail.sales[SaleId("z-clone")].state is SaleState.VOIDED
    stood.assert_one_sale_a_part(parts=2)
    stood.assert_at_rest()


def test_the_untouched_double_of_a_sale_that_people_worked_on_is_the_next_syncs_to_void(stood: World) -> None:
    [first] = stood.retail.standing("1")
    clone = stood.retail.clone(first.id, new="z-clone")
    stood.retail.take_cash(clone)
    before = stood.all_that_was_done()

    result = adopt_now(stood)

    assert counts(result) == {"already_linked": 1, "different": 1, "doubles": 1}
    assert stood.all_that_was_done() == before
    stood.settle()
    assert stood.retail.sales[first.id].state is SaleState.VOIDED
    assert [sale.id for sale in stood.retail.standing("1")] == [clone]
    stood.assert_at_rest()


def test_what_an_order_asks_for_anew_is_left_to_the_next_sync(stood: World, template: Path) -> None:
    forget(stood, template)
    adopt_now(stood)
    stood.erp.edit(OrderId("1"), a_line(MUG, 9))
    stood.erp.place(an_order("SO3"))
    before = stood.all_that_was_done()

    result = adopt_now(stood)

    assert counts(result) == {"already_linked": 2}
    assert stood.all_that_was_done() == before
    stood.settle()
    stood.assert_one_sale_a_part(parts=3)
    assert [line.quantity for line in stood.retail.standing("1")[0].lines] == [9]
    stood.assert_at_rest()


def test_a_move_that_waits_is_left_to_the_next_sync(stood: World, template: Path) -> None:
    stood.erp.move(OrderId("1"), THERE)
    forget(stood, template)
    before = stood.all_that_was_done()

    result = adopt_now(stood)

    assert counts(result)["linked"] == 1
    assert stood.all_that_was_done() == before


def test_an_order_that_cannot_be_planned_today_is_held_and_its_sale_left(stood: World, template: Path) -> None:
    stood.erp.edit(OrderId("1"), a_line(WIDGET))
    forget(stood, template)

    result = adopt_now(stood)

    assert counts(result) == {"linked": 1, "undecided": 1}
    assert stood.reasons() == [Reason.UNKNOWN_SKU]


def test_the_order_is_read_anew_before_its_sale_is_called_different(stood: World) -> None:
    """The sale was changed rightly while this store was away; its reading of the order is of before."""
    [sale] = stood.retail.standing("1")
    edited = replace(sale.lines[0], quantity=sale.lines[0].quantity * 2, net=sale.lines[0].net * 2)
    edited = replace(edited, tax_total=edited.tax_total * 2)
    paid = tuple(replace(one, amount=one.amount * 2) for one in sale.payments)
    stood.erp.edit(OrderId("1"), a_line(MUG, 4))
    stood.retail.change(sale.id, lines=(edited,), payments=paid, total=sale.total * 2)

    result = adopt_now(stood)

    assert (result.outcome, counts(result)) == ("done", {"already_linked": 2})
    assert stood.holds() == []
    stood.assert_at_rest()


def test_in_shadow_mode_too_what_stands_is_linked(stood: World, template: Path) -> None:
    forget(stood, template)
    stood.use(orders_mode=Mode.SHADOW)

    assert counts(adopt_now(stood)) == {"linked": 2}


def test_a_dropped_orphan_is_not_held_again(stood: World, template: Path) -> None:
    del stood.erp.orders[OrderId("2")]
    forget(stood, template)
    adopt_now(stood)
    stood.say(Verb.DROP)
    stood.sync_orders()

    result = adopt_now(stood)

    assert (result.outcome, stood.holds()) == ("done", [])


def test_from_the_beginning_reads_the_feed_from_its_first_version(stood: World) -> None:
    stood.retail.read_from.clear()

    adopt_now(stood, from_beginning=True)

    assert stood.retail.read_from == [0]


def test_no_cursor_goes_back(stood: World) -> None:
    with stood.given.database.read() as tx:
        before = [cursors.position(tx, ACME, name) for name in (cursors.SALES, cursors.ERP_ORDERS)]

    adopt_now(stood, from_beginning=True)

    with stood.given.database.read() as tx:
        assert [cursors.position(tx, ACME, name) for name in (cursors.SALES, cursors.ERP_ORDERS)] == before


def test_while_another_process_writes_it_is_not_done(stood: World) -> None:
    with stood.given.locks.writer("somebody"):
        result = adopt_now(stood)

    assert result.outcome == "locked"
    assert "somebody" in result.message
