"""What was paid, what is owed and by whom: from the ERP's word to the sale."""

from datetime import timedelta
from decimal import Decimal

import pytest

from syncd.domain.customers import CustomerMode
from syncd.domain.ids import OrderId
from syncd.domain.journal import CreateSale, UpdateSale
from syncd.domain.reasons import Outcome, Reason
from syncd.domain.rules import Debt, Unpaid
from syncd.domain.sales import Sale
from tests.fakes.memory_erp import CAP, MUG, NOON, THERE, a_line, an_order
from tests.unit.jobs.world import World

STANDS = (Outcome.SYNCED, Reason.STANDS)


@pytest.fixture
def owing(world: World) -> World:
    world.use_names(customers=CustomerMode.MATCH_OR_CREATE, unpaid=Unpaid.ON_ACCOUNT, debt=Debt.ERP)
    return world


def the_sale(world: World) -> Sale:
    (sale,) = world.retail.standing()
    return sale


def test_an_unpaid_order_is_owed_by_its_customer(owing: World) -> None:
    owing.erp.place(an_order("SO1", paid=False))

    owing.settle()

    sale = the_sale(owing)
    assert (sale.is_on_account, sale.customer, sale.payments) == (True, "customer-1", ())
    assert owing.stands() == STANDS
    owing.assert_at_rest()


def test_a_debt_is_settled_when_the_erp_has_the_money_and_once(owing: World) -> None:
    owing.erp.place(an_order("SO1", paid=False))
    owing.settle()

    owing.erp.edit(OrderId("1"), paid=True, paid_amount=Decimal("23.00"))
    owing.settle()

    assert [payment.amount for payment in the_sale(owing).payments] == [Decimal("23.00")]
    assert the_sale(owing).is_on_account
    owing.assert_at_rest()


def test_a_debt_that_x_series_collects_is_left_to_it(owing: World) -> None:
    owing.use_names(debt=Debt.LIGHTSPEED)
    owing.erp.place(an_order("SO1", paid=False))
    owing.settle()

    owing.erp.edit(OrderId("1"), paid=True)
    owing.settle()

    assert the_sale(owing).payments == ()
    assert owing.stands() == STANDS
    owing.assert_at_rest()


def test_a_debt_that_the_erp_settles_after_the_hand_over_is_told_until_the_payment_is_taken(owing: World) -> None:
    """Goods first and money later: the sale is closed, and nothing puts a payment on it any more."""
    owing.erp.place(an_order("SO1", paid=False))
    owing.settle()
    owing.retail.hand_over(the_sale(owing).id)
    owing.settle()
    assert owing.stands() == (Outcome.SYNCED, Reason.HANDED_OVER)

    owing.erp.edit(OrderId("1"), paid=True, paid_amount=Decimal("23.00"))
    owing.settle()

    assert owing.stands() == (Outcome.HELD, Reason.PAID_AFTER_CLOSED)
    assert owing.inbox().detail == "handed over with 0.00 paid; the ERP has received 23.00"
    owing.assert_at_rest()
    owing.retail.take_cash(the_sale(owing).id, "23.00")
    owing.settle()
    assert owing.stands() == (Outcome.SYNCED, Reason.HANDED_OVER)
    assert owing.holds() == []


def test_a_debt_that_x_series_collects_is_no_news_after_the_hand_over(owing: World) -> None:
    owing.use_names(debt=Debt.LIGHTSPEED)
    owing.erp.place(an_order("SO1", paid=False))
    owing.settle()
    owing.retail.hand_over(the_sale(owing).id)
    owing.erp.edit(OrderId("1"), paid=True)
    owing.settle()

    assert owing.stands() == (Outcome.SYNCED, Reason.HANDED_OVER)


def test_a_debt_in_part_is_the_rest(owing: World) -> None:
    lines = (a_line(MUG, 2), a_line(CAP, 3, line="2", location=THERE))  # 23.00 and 34.50
    owing.erp.place(an_order("SO1", *lines, paid=False, paid_amount=Decimal("10.00")))

    owing.settle()

    paid = sorted(payment.amount for sale in owing.retail.standing() for payment in sale.payments)
    assert paid == [Decimal("4.00"), Decimal("6.00")]
    assert all(sale.is_on_account for sale in owing.retail.standing())
    owing.assert_at_rest()


def test_a_sale_that_x_series_does_not_keep_on_account_is_taken_back_and_held(owing: World) -> None:
    owing.retail.keeps_accounts = False
    owing.erp.place(an_order("SO1", paid=False))

    owing.settle()

    assert owing.stands() == (Outcome.HELD, Reason.SALE_DIFFERS)
    assert owing.retail.standing() == []
    owing.assert_at_rest()


@pytest.mark.parametrize("amount", ["23.01", "46.00"])
def test_an_order_paid_too_much_waits_for_a_person_and_goes_on_when_it_is_paid_back(world: World, amount: str) -> None:
    world.erp.place(an_order("SO1", paid_amount=Decimal(amount)))
    world.settle()
    assert world.stands() == (Outcome.HELD, Reason.OVERPAID)
    assert world.retail.asked == []

    world.erp.edit(OrderId("1"), paid_amount=Decimal("23.00"))
    world.settle()

    assert [payment.amount for payment in the_sale(world).payments] == [Decimal("23.00")]
    assert world.holds() == []
    world.assert_at_rest()


def test_money_that_comes_in_parts_reaches_the_sale_as_it_comes(world: World) -> None:
    world.use_names(unpaid=Unpaid.AT_TILL)
    world.erp.place(an_order("SO1", paid=False, paid_amount=Decimal("5.00")))
    world.settle()
    assert the_sale(world).paid == Decimal("5.00")

    world.erp.edit(OrderId("1"), paid=True, paid_amount=Decimal("23.00"))
    world.settle()

    assert the_sale(world).paid == Decimal("23.00")
    world.assert_at_rest()


def test_money_that_comes_later_is_of_the_day_on_which_it_is_put_on_the_sale(world: World) -> None:
    """X-Series' payments of a past day are counted and closed; only what came with the order is of the order's day."""
    world.use_names(unpaid=Unpaid.AT_TILL)
    world.erp.place(an_order("SO1", paid=False, paid_amount=Decimal("5.00")))
    world.settle()
    world.clock.advance(timedelta(days=40))
    world.erp.edit(OrderId("1"), paid=True, paid_amount=Decimal("23.00"))
    paid_on = world.clock.now()
    world.settle()

    [created, updated] = (
        entry.command.draft for entry in world.entries() if isinstance(entry.command, CreateSale | UpdateSale)
    )
    assert [payment.paid_at for payment in created.payments] == [NOON]
    assert [payment.paid_at for payment in updated.payments] == [paid_on]
    assert updated.date == NOON
