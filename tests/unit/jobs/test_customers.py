"""Customers of the ERP are found in X-Series, made once where the settings say so, and cost nothing once known."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from syncd.domain.customers import CustomerMode
from syncd.domain.ids import OrderId
from syncd.domain.journal import Action, EntryState
from syncd.domain.orders import Customer, OrderState
from syncd.domain.reasons import Outcome, Reason
from syncd.domain.rules import Debt, Unpaid
from syncd.errors import Conflict, NotSent, Refused, Unanswered
from syncd.jobs.given import Brakes, Mode
from syncd.jobs.orders import plan_orders
from syncd.jobs.run import run_job
from syncd.store import cursors
from syncd.store.holds import Verb
from tests.fakes.faults import Effect
from tests.fakes.memory_erp import MUG, NOON, THERE, a_line, an_order
from tests.unit.jobs.world import ACME, DEADLINE, SETTLE, WIDGET, World

ADA = Customer("C1", "Ada Lane", "ada@example.test")
STANDS = (Outcome.SYNCED, Reason.STANDS)


@pytest.fixture
def making(world: World) -> World:
    world.use_names(customers=CustomerMode.MATCH_OR_CREATE)
    return world


@pytest.fixture
def matching(world: World) -> World:
    world.use_names(customers=CustomerMode.MATCH)
    return world


def an_order_of(customer: Customer, number: str = "SO1", **changes: object):
    return an_order(number, customer=customer, **changes)


def customers_of_sales(world: World) -> list[str | None]:
    return [sale.customer for sale in world.retail.standing()]


# ---- found


@pytest.mark.parametrize(
    ("code", "email"),
    [("C1", ""), ("c1", "other@example.test"), ("", "ada@example.test"), ("X-9", " ADA@Example.test")],
)
def test_a_customer_is_found_by_code_then_by_e_mail(making: World, code: str, email: str) -> None:
    there = making.retail.enrol(code, email)
    making.erp.place(an_order_of(ADA))

    making.settle()

    assert customers_of_sales(making) == [there]
    assert list(making.retail.customers) == [there]
    making.assert_at_rest()


def test_a_customer_is_never_found_by_the_name(matching: World) -> None:
    matching.retail.enrol("X-9", name="Ada Lane")
    matching.erp.place(an_order_of(ADA))

    matching.settle()

    assert customers_of_sales(matching) == [None]
    assert matching.stands() == STANDS


def test_a_customer_who_was_deleted_is_not_found(matching: World) -> None:
    there = matching.retail.enrol("C1")
    matching.retail.change_customer(there, active=False)
    matching.erp.place(an_order_of(ADA))

    matching.settle()

    assert customers_of_sales(matching) == [None]


def test_where_customers_are_not_asked_for_nothing_is_read(world: World) -> None:
    world.retail.enrol("C1")
    world.erp.place(an_order_of(ADA))

    world.settle()

    assert customers_of_sales(world) == [None]
    assert world.retail.customers_read_from == []


def test_a_guest_has_a_sale_without_a_customer_and_costs_no_question(making: World) -> None:
    making.erp.place(an_order_of(Customer("", "A Guest")))

    making.settle()

    assert customers_of_sales(making) == [None]
    assert making.retail.customers_read_from == []
    making.assert_at_rest()


def test_several_who_may_be_the_customer_hold_the_order_until_somebody_merges_them(making: World) -> None:
    making.retail.enrol("X-1", "ada@example.test")
    second = making.retail.enrol("X-2", "ada@example.test")
    making.erp.place(an_order_of(ADA))
    making.settle()
    assert making.stands() == (Outcome.HELD, Reason.CUSTOMER_AMBIGUOUS)
    assert making.retail.asked == []

    making.retail.change_customer(second, active=False)
    making.say(Verb.RETRY)
    making.settle()

    assert making.stands() == STANDS
    assert customers_of_sales(making) == ["customer-1"]


def test_a_second_order_of_a_known_customer_costs_nothing(making: World) -> None:
    making.retail.enrol("C1")
    making.erp.place(an_order_of(ADA))
    making.settle()
    readings = len(making.retail.customers_read_from)

    making.erp.place(an_order_of(ADA, "SO2"))
    making.settle()

    assert customers_of_sales(making) == ["customer-1", "customer-1"]
    assert len(making.retail.customers_read_from) == readings
    making.assert_at_rest()


def test_a_run_with_nothing_to_look_up_asks_nothing(making: World) -> None:
    making.erp.place(an_order_of(ADA))
    making.erp.place(an_order_of(Customer("C2", "Bo"), "SO2", undecided=True))
    making.erp.place(an_order_of(Customer("C3", "Cy"), "SO3", state=OrderState.DONE))
    making.settle()
    readings = len(making.retail.customers_read_from)

    for _ in range(3):
        making.clock.advance(60)
        making.sync_orders()

    assert len(making.retail.customers_read_from) == readings


def test_many_strangers_are_looked_up_by_one_reading(matching: World) -> None:
    for number in range(1, 8):
        matching.retail.enrol(f"C{number}")
        matching.erp.place(an_order_of(Customer(f"C{number}", "Somebody"), f"SO{number}"))

    matching.sync_orders()

    assert None not in customers_of_sales(matching)
    assert len(matching.retail.customers_read_from) == 1


def test_the_customers_feed_is_read_on_from_its_last_page(matching: World) -> None:
    for number in range(1, 11):
        matching.retail.enrol(f"K{number}")
    matching.erp.place(an_order_of(Customer("K1", "One"), "SO1"))
    matching.sync_orders()
    late = matching.retail.enrol("C1")
    matching.erp.place(an_order_of(ADA, "SO2"))

    matching.sync_orders()

    assert late in customers_of_sales(matching)
    first, second = matching.retail.customers_read_from
    assert (first, second) == (0, sorted(one.version for one in matching.retail.customers.values())[7])


def test_a_customer_whom_the_feed_shows_late_below_its_newest_version_is_seen_next_time(matching: World) -> None:
    late = matching.retail.enrol("C1")
    matching.retail.hidden_customers = {late}
    matching.retail.enrol("C2")
    matching.erp.place(an_order_of(Customer("C2", "Bo"), "SO1"))
    matching.sync_orders()

    matching.retail.catch_up()
    matching.erp.place(an_order_of(ADA, "SO2"))
    matching.sync_orders()

    assert late in customers_of_sales(matching)


def test_planning_alone_finds_the_customer_too(making: World) -> None:
    there = making.retail.enrol("C1")
    making.erp.place(an_order_of(ADA))

    result = run_job(making.given, "orders", plan_orders, command="plan", mode="plan")

    assert result.value is not None
    assert [step.draft.customer for step in result.value.steps()] == [there]
    assert making.entries() == []


# ---- made


def test_a_customer_whom_x_series_lacks_is_made_and_then_the_sale(making: World) -> None:
    making.erp.place(an_order_of(ADA))

    result = making.sync_orders()

    assert result.outcome == "done", result.message
    assert making.stands() == STANDS
    assert [call for call, _ in making.retail.writes] == ["create_customer", "create_sale"]
    (made,) = making.retail.customers.values()
    assert (made.code, made.first_name, made.last_name, made.email) == ("C1", "Ada", "Lane", "ada@example.test")
    assert customers_of_sales(making) == [made.id]
    assert [(entry.action, entry.state) for entry in making.entries()] == [
        (Action.CREATE_CUSTOMER, EntryState.DONE),
        (Action.CREATE_SALE, EntryState.DONE),
    ]
    making.assert_at_rest()


@pytest.mark.parametrize(
    "others",
    [
        pytest.param([ADA, ADA], id="the-same"),
        pytest.param([Customer("", "Ada", "ADA@example.test"), ADA], id="one-without-code"),
        pytest.param([ADA, Customer("C7", "Lane family", "ada@example.test")], id="one-e-mail"),
        pytest.param([ADA, replace(ADA, email="new@example.test")], id="one-code"),
    ],
)
def test_orders_of_one_new_customer_in_one_run_make_one_customer(making: World, others: list[Customer]) -> None:
    for number, customer in enumerate(others, start=1):
        making.erp.place(an_order_of(customer, f"SO{number}"))

    making.settle()

    assert customers_of_sales(making) == ["customer-1", "customer-1"]
    making.assert_one_sale_a_part(parts=2)
    making.assert_at_rest()


def test_two_strangers_are_two_customers(making: World) -> None:
    making.erp.place(an_order_of(ADA))
    making.erp.place(an_order_of(Customer("C2", "Bo", "bo@example.test"), "SO2"))

    making.settle()

    assert customers_of_sales(making) == ["customer-1", "customer-2"]


def test_somebody_made_the_customer_meanwhile_and_they_are_not_made_again(making: World) -> None:
    making.retail.fail("create_customer", NotSent("down"))
    making.erp.place(an_order_of(ADA))
    making.sync_orders()
    there = making.retail.enrol("C1")

    making.settle()

    assert customers_of_sales(making) == [there]
    assert len(making.retail.customers) == 1
    making.assert_at_rest()


@pytest.mark.parametrize("effect", [Effect.NONE, Effect.DONE], ids=["not-done", "done"])
def test_a_customer_whose_answer_is_lost_is_looked_up_before_anything_is_sent_again(
    making: World, effect: Effect
) -> None:
    making.retail.fail("create_customer", Unanswered("cut"), effect=effect)
    making.erp.place(an_order_of(ADA))

    making.settle()

    assert len(making.retail.customers) == 1
    assert making.stands() == STANDS
    assert len([call for call, _ in making.retail.asked if call == "create_customer"]) == (
        1 if effect.value == "done" else 2
    )
    making.assert_at_rest()


def test_an_unknown_customer_waits_for_two_looks_settle_apart(making: World) -> None:
    making.retail.fail("create_customer", Unanswered("cut"))
    making.erp.place(an_order_of(ADA))
    making.sync_orders()

    for wait in (timedelta(0), DEADLINE + SETTLE - timedelta(seconds=1), timedelta(seconds=2), SETTLE / 2):
        making.clock.advance(wait)
        making.sync_orders()
        assert making.entry().state is EntryState.UNKNOWN

    making.clock.advance(SETTLE)
    making.settle()
    assert len(making.retail.customers) == 1
    assert making.stands() == STANDS


def test_a_customer_made_late_after_a_lost_answer_is_found(making: World) -> None:
    making.retail.fail("create_customer", Unanswered("cut"), effect=Effect.LATE)
    making.erp.place(an_order_of(ADA))
    making.sync_orders()
    making.clock.advance(60)
    making.retail.commit_late()

    making.settle()

    assert len(making.retail.customers) == 1
    assert customers_of_sales(making) == ["customer-1"]


def test_a_customer_whom_only_search_shows_is_found(making: World) -> None:
    """The feed may hide what search has; one route that shows it is enough."""
    making.retail.fail("create_customer", Unanswered("cut"), effect=Effect.DONE)
    making.retail.hides_new_customers = True
    making.erp.place(an_order_of(ADA))

    making.settle()

    assert len(making.retail.customers) == 1
    assert making.stands() == STANDS


def test_a_route_that_fails_leaves_the_customer_unknown(making: World) -> None:
    making.retail.fail("create_customer", Unanswered("cut"))
    making.retail.fail("find_customers", Unanswered("cut"), times=100)
    making.erp.place(an_order_of(ADA))

    for _ in range(4):
        making.sync_orders()
        making.clock.advance(SETTLE + DEADLINE)

    assert making.entry().state is EntryState.UNKNOWN
    assert len(making.retail.asked) == 1


def test_a_customer_answered_but_not_shown_yet_is_read_by_id(making: World) -> None:
    making.erp.place(an_order_of(ADA))
    making.retail.hides_new_customers = True

    making.settle()

    assert len(making.retail.customers) == 1
    assert making.stands() == STANDS


def test_a_refused_customer_holds_the_order_and_is_not_asked_for_in_a_loop(making: World) -> None:
    making.retail.fail("create_customer", Refused("422", status=422, body="no such e-mail"))
    making.erp.place(an_order_of(ADA))
    making.erp.place(an_order_of(Customer("C2", "Bo"), "SO2"))

    for _ in range(3):
        making.settle()

    assert making.stands("1") == (Outcome.HELD, Reason.CUSTOMER_REFUSED)
    assert "no such e-mail" in making.holds()[0].detail
    assert making.stands("2") == STANDS
    assert len([call for call, of in making.retail.asked if of == "C1"]) == 1


def test_a_refused_customer_is_tried_again_when_the_erp_has_mended_them(making: World) -> None:
    making.retail.fail("create_customer", Refused("422", status=422))
    making.erp.place(an_order_of(ADA))
    making.settle()

    making.erp.edit(OrderId("1"), customer=replace(ADA, email="lane@example.test"))
    making.settle()

    assert making.stands() == STANDS
    assert making.holds() == []
    assert [one.email for one in making.retail.customers.values()] == ["lane@example.test"]


def test_a_conflict_that_no_route_shows_is_held(making: World) -> None:
    making.retail.fail("create_customer", Conflict("409", status=409))
    making.erp.place(an_order_of(ADA))

    making.settle()

    assert making.stands() == (Outcome.HELD, Reason.CUSTOMER_REFUSED)
    assert making.retail.customers == {}


def test_a_customer_kept_without_code_and_e_mail_holds_the_order(making: World) -> None:
    making.retail.keeps_codes_and_emails = False
    making.erp.place(an_order_of(ADA))
    making.settle()
    assert making.stands() == (Outcome.HELD, Reason.CUSTOMER_NOT_KEPT)

    (made,) = making.retail.customers
    making.retail.change_customer(made, code="C1")
    making.say(Verb.RETRY)
    making.settle()

    assert customers_of_sales(making) == [made]


def test_an_order_changed_before_its_customer_was_sent_is_decided_anew(making: World) -> None:
    making.retail.fail("read_customers", NotSent("down"), times=1)
    making.erp.place(an_order_of(ADA))
    making.sync_orders()
    making.erp.edit(OrderId("1"), customer=Customer("C9", "Nine", "nine@example.test"))

    making.settle()

    assert [one.code for one in making.retail.customers.values()] == ["C9"]


def test_an_empty_store_finds_its_customers_again_and_makes_none(making: World) -> None:
    making.erp.place(an_order_of(ADA))
    making.settle()
    with making.given.database.write() as tx:
        tx.exec_driver_sql("DELETE FROM customers")
        tx.exec_driver_sql(f"DELETE FROM cursors WHERE name = '{cursors.CUSTOMERS}'")

    making.erp.place(an_order_of(ADA, "SO2"))
    making.settle()

    assert customers_of_sales(making) == ["customer-1", "customer-1"]


def test_brakes_count_a_sale_that_waits_for_its_customer(making: World) -> None:
    making.use(brakes=Brakes(creates=2, voids=9, value=Decimal(9999), deleted=9))
    for number in range(1, 4):
        making.erp.place(an_order_of(Customer(f"C{number}", "Somebody"), f"SO{number}"))

    assert making.sync_orders().outcome == "braked"

    assert making.retail.asked == []


def test_brakes_count_a_sale_and_its_customer_once(making: World) -> None:
    making.use(brakes=Brakes(creates=2, voids=9, value=Decimal("46.00"), deleted=9))
    for number in range(1, 3):
        making.erp.place(an_order_of(Customer(f"C{number}", "Somebody"), f"SO{number}"))

    assert making.sync_orders().outcome == "done"

    making.assert_one_sale_a_part(parts=2)


def test_shadow_mode_makes_no_customer(making: World) -> None:
    making.use(orders_mode=Mode.SHADOW)
    making.erp.place(an_order_of(ADA))

    making.sync_orders()

    assert making.stands() == (Outcome.WAITING, Reason.SHADOW)
    assert making.retail.asked == []
    assert making.entries() == []


def test_a_move_makes_the_new_sale_for_the_same_customer(making: World) -> None:
    making.erp.place(an_order_of(ADA))
    making.settle()

    making.erp.move(OrderId("1"), THERE)
    making.settle()

    assert customers_of_sales(making) == ["customer-1"]
    making.assert_at_rest()


def test_an_order_that_cannot_be_sold_makes_no_customer(making: World) -> None:
    making.erp.place(an_order_of(ADA, "SO1"))
    making.erp.edit(OrderId("1"), a_line(WIDGET))

    making.settle()

    assert making.retail.customers == {}


def test_switching_customers_on_leaves_the_sales_that_stand_alone(world: World) -> None:
    world.erp.place(an_order_of(ADA))
    world.settle()

    world.use_names(customers=CustomerMode.MATCH_OR_CREATE, fingerprint="settings-2")
    world.settle()
    world.erp.edit(OrderId("1"), a_line(MUG, 3))
    world.settle()

    assert world.retail.customers == {}
    assert world.stands() == STANDS
    world.assert_at_rest()


def test_the_store_keeps_nothing_readable_of_customers(making: World) -> None:
    making.retail.enrol("K7", "somebody.else@example.test", name="Some Person")
    making.erp.place(an_order_of(ADA, at=NOON))
    making.settle()

    with making.given.database.read() as tx:
        rows = [tuple(row) for row in tx.exec_driver_sql("SELECT * FROM customers")]
    text = repr(rows)
    assert len(rows) == 2
    assert all(ACME in row for row in rows)
    assert not [word for word in ("K7", "somebody", "Some Person", "C1", "ada@") if word in text]


# ---- a household with one e-mail


CARL = Customer("C2", "Carl Lane", ADA.email)


@pytest.fixture
def owing(making: World) -> World:
    """Ada is known in X-Series by her own order; her household shares her e-mail."""
    making.use_names(unpaid=Unpaid.ON_ACCOUNT, debt=Debt.LIGHTSPEED)
    making.erp.place(an_order_of(ADA))
    making.settle()
    return making


def test_a_debt_is_not_put_on_the_account_of_another_who_shares_the_e_mail(owing: World) -> None:
    owing.erp.place(an_order_of(CARL, "SO2", paid=False))
    owing.settle()
    assert owing.stands("2") == (Outcome.HELD, Reason.CUSTOMER_AMBIGUOUS)
    assert owing.retail.standing("2") == []

    carl = owing.retail.enrol("C2")
    owing.say(Verb.RETRY)
    owing.settle()

    assert [(sale.customer, sale.is_on_account) for sale in owing.retail.standing("2")] == [(carl, True)]
    owing.assert_at_rest()


def test_a_debt_is_owed_by_whom_x_series_knows_by_e_mail_alone(making: World) -> None:
    """With a code that X-Series gave, and that no customer of the ERP has."""
    making.use_names(unpaid=Unpaid.ON_ACCOUNT, debt=Debt.LIGHTSPEED)
    there = making.retail.enrol("Ada-7Q2", "ada@example.test")
    making.erp.place(an_order_of(ADA, paid=False))
    making.settle()

    assert customers_of_sales(making) == [there]


def test_what_is_paid_may_be_of_whoever_shares_the_e_mail(owing: World) -> None:
    owing.erp.place(an_order_of(CARL, "SO2"))
    owing.settle()

    assert customers_of_sales(owing) == ["customer-1", "customer-1"]
