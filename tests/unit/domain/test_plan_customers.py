"""Whose a sale will be is settled before it is made, and never asked about once it stands."""

from dataclasses import replace
from decimal import Decimal

import pytest

from syncd.domain.customers import CustomerDraft, CustomerId, CustomerKey, CustomerMode, Matches
from syncd.domain.ids import LocationId
from syncd.domain.orders import Customer, OrderState
from syncd.domain.plan_customers import Newcomer, may_ask_for_its_customer
from syncd.domain.plan_orders import Create, OrderFacts, OrderPlan, Update, Void, plan_order
from syncd.domain.reasons import Outcome, Reason
from syncd.domain.rules import Debt, Unpaid
from syncd.domain.sales import SalePayment
from tests.builders import (
    AIRPORT,
    CASH,
    NOW,
    START,
    a_draft,
    a_line,
    a_part,
    a_payment,
    a_record,
    a_sale,
    a_shelf,
    an_order,
    seen,
    the_rules,
)

AROHA, OTHER = CustomerId("customer-aroha"), CustomerId("customer-other")
NOBODY = Matches()
GUEST = Customer("", "A Guest")
KEY = CustomerKey("c1", "aroha@example.nz")
DRAFT = CustomerDraft("C1", "Aroha", "Ngata", email="aroha@example.nz", phone="021 555 0101")


def plan(order=None, *, mode=CustomerMode.MATCH_OR_CREATE, matches=NOBODY, records=(), sales=(), **changes):
    facts = OrderFacts(order or an_order(), tuple(records), tuple(sales), matches=matches)
    return plan_order(facts, the_rules(customers=mode, **changes), a_shelf(), now=NOW)


@pytest.mark.parametrize("mode", [CustomerMode.MATCH, CustomerMode.MATCH_OR_CREATE])
@pytest.mark.parametrize("matches", [Matches((AROHA,), ()), Matches((), (AROHA,)), Matches((AROHA,), (OTHER,))])
def test_a_sale_is_made_for_the_customer_that_x_series_has(mode, matches):
    (step,) = plan(mode=mode, matches=matches).steps

    assert isinstance(step, Create)
    assert step.draft.customer == AROHA


def test_every_part_of_an_order_is_its_customers():
    order = an_order(a_line(), a_line("LAMP", id="2", at="AIRPORT"))

    assert [step.draft.customer for step in plan(order, matches=Matches((AROHA,))).steps] == [AROHA, AROHA]


def test_a_customer_whom_x_series_lacks_is_made_before_the_sale():
    order = an_order(a_line(), a_line("LAMP", "1", "5.00", id="2", at="AIRPORT"))

    made = plan(order)

    assert (made.outcome, made.reason) == (Outcome.WAITING, Reason.CUSTOMER_COMING)
    assert made.newcomer == Newcomer(KEY, DRAFT)
    assert [(type(step), step.part, step.draft.total) for step in made.steps] == [
        (Create, a_part(), Decimal("23.00")),
        (Create, a_part(at=AIRPORT), Decimal("5.75")),
    ]


def test_where_customers_are_only_matched_a_sale_without_one_names_nobody():
    (step,) = plan(mode=CustomerMode.MATCH).steps

    assert isinstance(step, Create)
    assert step.draft.customer is None


def test_a_guest_has_a_sale_that_names_nobody():
    (step,) = plan(an_order(customer=GUEST)).steps

    assert isinstance(step, Create)
    assert step.draft.customer is None


@pytest.mark.parametrize("mode", [CustomerMode.MATCH, CustomerMode.MATCH_OR_CREATE])
@pytest.mark.parametrize(
    ("matches", "detail"),
    [(Matches((AROHA, OTHER), ()), "2 have its code"), (Matches((), (AROHA, OTHER)), "2 have its e-mail")],
)
def test_an_order_whose_customer_may_be_several_is_held(mode, matches, detail):
    assert plan(mode=mode, matches=matches) == OrderPlan(Outcome.HELD, Reason.CUSTOMER_AMBIGUOUS, detail)


@pytest.mark.parametrize("matches", [NOBODY, Matches((AROHA, OTHER)), Matches((AROHA,))])
def test_a_sale_that_stands_is_not_asked_whose_it_is(matches):
    draft = plan(mode=CustomerMode.NONE).steps[0].draft

    made = plan(matches=matches, records=[a_record(draft)], sales=[seen(a_sale(draft))])

    assert made == OrderPlan(Outcome.SYNCED, Reason.STANDS)


def test_an_edit_of_a_sale_that_stands_waits_for_no_customer():
    draft = a_draft()
    order = an_order(a_line(quantity="3"))

    (step,) = plan(order, records=[a_record(draft)], sales=[seen(a_sale(draft))]).steps

    assert isinstance(step, Update)


@pytest.mark.parametrize(
    ("matches", "comes_first"), [(NOBODY, Newcomer(KEY, DRAFT)), (Matches((AROHA,)), None)], ids=["stranger", "known"]
)
def test_a_move_begins_when_the_customer_of_the_new_sale_is_known(matches, comes_first):
    draft = a_draft()
    moved = an_order(replace(a_line(), location=LocationId("AIRPORT")))

    made = plan(moved, matches=matches, records=[a_record(draft)], sales=[seen(a_sale(draft))])

    assert [type(step) for step in made.steps] == [Void]
    assert made.newcomer == comes_first


def test_a_move_whose_customer_may_be_several_voids_nothing():
    draft = a_draft()
    moved = an_order(replace(a_line(), location=LocationId("AIRPORT")))

    made = plan(moved, matches=Matches((AROHA, OTHER)), records=[a_record(draft)], sales=[seen(a_sale(draft))])

    assert (made.outcome, made.reason, made.steps) == (Outcome.HELD, Reason.CUSTOMER_AMBIGUOUS, ())


def test_an_order_held_for_its_lines_asks_for_no_customer():
    assert plan(an_order(a_line("NOWHERE"))).reason is Reason.UNKNOWN_SKU


@pytest.mark.parametrize(
    ("order", "mode", "asks"),
    [
        pytest.param(an_order(), CustomerMode.MATCH, True, id="match"),
        pytest.param(an_order(), CustomerMode.MATCH_OR_CREATE, True, id="match-or-create"),
        pytest.param(an_order(), CustomerMode.NONE, False, id="switched-off"),
        pytest.param(an_order(customer=GUEST), CustomerMode.MATCH, False, id="guest"),
        pytest.param(an_order(state=OrderState.CANCELLED), CustomerMode.MATCH, False, id="not-a-sale"),
        pytest.param(an_order(confirmed_at=START.replace(year=2025)), CustomerMode.MATCH, False, id="too-old"),
        pytest.param(an_order(undecided=True), CustomerMode.MATCH, False, id="undecided"),
    ],
)
def test_only_what_may_become_a_sale_asks_for_a_customer(order, mode, asks):
    assert may_ask_for_its_customer(order, the_rules(customers=mode)) is asks


# ---- on account


OWED = an_order(paid=False)


@pytest.mark.parametrize(
    ("mode", "matches", "order", "detail"),
    [
        pytest.param(CustomerMode.MATCH_OR_CREATE, NOBODY, replace(OWED, customer=GUEST), "a guest", id="guest"),
        pytest.param(CustomerMode.MATCH, NOBODY, OWED, "X-Series has no such customer", id="stranger"),
    ],
)
def test_nobody_owes_nothing(mode, matches, order, detail):
    made = plan(order, mode=mode, matches=matches, unpaid=Unpaid.ON_ACCOUNT, debt=Debt.ERP)

    assert made == OrderPlan(Outcome.HELD, Reason.NO_CUSTOMER, detail)


def test_a_guest_who_has_paid_owes_nothing():
    (step,) = plan(an_order(customer=GUEST), unpaid=Unpaid.ON_ACCOUNT, debt=Debt.ERP).steps

    assert isinstance(step, Create)
    assert not step.draft.on_account


def test_an_unpaid_order_goes_on_the_account_of_its_customer():
    (step,) = plan(OWED, matches=Matches((AROHA,)), unpaid=Unpaid.ON_ACCOUNT, debt=Debt.ERP).steps

    assert (step.draft.on_account, step.draft.customer, step.draft.payments) == (True, AROHA, ())


def test_a_new_customer_is_made_before_they_owe_anything():
    made = plan(OWED, unpaid=Unpaid.ON_ACCOUNT, debt=Debt.ERP)

    assert (made.outcome, made.reason, made.newcomer) == (
        Outcome.WAITING,
        Reason.CUSTOMER_COMING,
        Newcomer(KEY, DRAFT),
    )


def paid_later(debt, **of_sale):
    """What is planned when the ERP says that an order, of which a sale on account stands, is paid."""
    (made,) = plan(OWED, matches=Matches((AROHA,)), unpaid=Unpaid.ON_ACCOUNT, debt=debt).steps
    draft = a_draft(payments=(), on_account=True, customer=AROHA, note=made.draft.note)
    sale = a_sale(draft, attributes=("onaccount", "delivery"), **of_sale)
    return plan(
        matches=Matches((AROHA,)), unpaid=Unpaid.ON_ACCOUNT, debt=debt, records=[a_record(draft)], sales=[seen(sale)]
    )


def test_a_debt_of_the_erp_is_settled_on_the_sale_when_the_erp_has_the_money():
    (step,) = paid_later(Debt.ERP).steps

    assert isinstance(step, Update)
    assert step.draft.payments == (replace(a_payment("23.00"), paid_at=NOW),)
    assert step.draft.on_account


def test_a_debt_collected_in_x_series_is_not_settled_by_the_erps_word():
    assert paid_later(Debt.LIGHTSPEED) == OrderPlan(Outcome.SYNCED, Reason.STANDS)


def test_a_debt_that_was_paid_at_the_till_is_not_paid_once_more():
    paid = (SalePayment("cash-1", CASH, Decimal("23.00")),)

    assert paid_later(Debt.ERP, payments=paid) == OrderPlan(Outcome.SYNCED, Reason.STANDS)


@pytest.mark.parametrize("debt", Debt)
def test_an_empty_store_adopts_a_sale_on_account_as_what_it_is(debt):
    draft = a_draft(payments=(), on_account=True, customer=AROHA)
    sale = a_sale(draft, attributes=("onaccount", "delivery"))

    made = plan(OWED, matches=Matches((AROHA,)), unpaid=Unpaid.ON_ACCOUNT, debt=debt, sales=[seen(sale)])

    (step,) = made.steps
    assert (made.outcome, step.differs, step.draft.on_account) == (Outcome.SYNCED, (), True)


def test_other_settings_do_not_put_a_sale_that_stands_on_account():
    draft = a_draft(payments=())
    changed = replace(
        OWED, lines=an_order(a_line(quantity="3")).lines, total=Decimal("34.50"), total_tax=Decimal("4.50")
    )

    (step,) = plan(
        changed, unpaid=Unpaid.ON_ACCOUNT, debt=Debt.ERP, records=[a_record(draft)], sales=[seen(a_sale(draft))]
    ).steps

    assert isinstance(step, Update)
    assert not step.draft.on_account
