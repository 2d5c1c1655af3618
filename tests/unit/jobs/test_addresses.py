"""A dispatch sale of the dated dialect names where it goes: an address of its customer, made once, never in its way."""

from dataclasses import replace

import pytest

from syncd.domain.customers import CustomerMode
from syncd.domain.ids import OrderId
from syncd.domain.journal import Action
from syncd.domain.orders import Address, Order
from syncd.domain.reasons import Outcome, Reason
from syncd.errors import NotSent, Refused, Unanswered
from tests.fakes.faults import Effect
from tests.fakes.memory_erp import MUG, a_line, an_order
from tests.unit.jobs.world import World

QUAY = Address("Ada Lane", "1 Quay Street", "Auckland", "1010", "NZ")
HILL = Address("Ada Lane", "9 Hill Road", "Auckland", "1021", "NZ")
STANDS = (Outcome.SYNCED, Reason.STANDS)


@pytest.fixture
def making(dated: World) -> World:
    dated.use_names(customers=CustomerMode.MATCH_OR_CREATE)
    return dated


def a_dispatch(number: str = "SO1", address: Address = QUAY) -> Order:
    return an_order(number, delivery="COURIER", address=address)


def streets(world: World) -> list[str]:
    return [one.content.line_1 for one in world.retail.addresses]


def shipped_to(world: World) -> list[str | None]:
    """The street that each standing sale names."""
    street = {one.id: one.content.line_1 for one in world.retail.addresses}
    named = [world.retail.shipped_to[sale.id] for sale in world.retail.standing()]
    return [None if one is None else street[one] for one in named]


def test_dispatch_sales_name_the_address_of_their_customer_which_is_made_once(making: World) -> None:
    making.erp.place(a_dispatch("SO1"))
    making.erp.place(a_dispatch("SO2"))
    making.settle()
    making.erp.place(a_dispatch("SO3", replace(QUAY, street=" 1  QUAY Street\n")))

    making.settle()

    assert streets(making) == ["1 Quay Street"]
    assert shipped_to(making) == ["1 Quay Street"] * 3
    making.assert_at_rest()


def test_each_address_of_a_customer_is_made(making: World) -> None:
    making.erp.place(a_dispatch("SO1", QUAY))
    making.erp.place(a_dispatch("SO2", HILL))

    making.settle()

    assert sorted(streets(making)) == sorted(filter(None, shipped_to(making))) == ["1 Quay Street", "9 Hill Road"]


def test_many_senders_at_once_make_the_address_of_one_customer_once(making: World) -> None:
    making.use(threads=4)
    for number in range(1, 13):
        making.erp.place(a_dispatch(f"SO{number}"))

    making.settle()

    assert streets(making) == ["1 Quay Street"]
    assert shipped_to(making) == ["1 Quay Street"] * 12


def test_an_edit_names_the_address_again_and_makes_none(making: World) -> None:
    making.erp.place(a_dispatch())
    making.settle()

    making.erp.edit(OrderId("1"), a_line(MUG, 3))
    making.settle()

    assert [action for action, _ in making.retail.writes].count("update_sale") == 1
    assert (streets(making), shipped_to(making)) == (["1 Quay Street"], ["1 Quay Street"])


def test_an_order_that_goes_elsewhere_names_the_new_address(making: World) -> None:
    making.erp.place(a_dispatch())
    making.settle()

    making.erp.edit(OrderId("1"), address=HILL)
    making.settle()

    assert shipped_to(making) == ["9 Hill Road"]
    assert making.stands() == STANDS


@pytest.mark.parametrize("mode", [CustomerMode.NONE, CustomerMode.MATCH])
def test_where_no_customers_are_made_no_address_is(dated: World, mode: CustomerMode) -> None:
    dated.use_names(customers=mode)
    dated.retail.enrol("C1")
    dated.erp.place(a_dispatch())

    dated.settle()

    assert (streets(dated), shipped_to(dated)) == ([], [None])
    assert "1 Quay Street" in dated.retail.standing()[0].note


def test_a_pickup_goes_nowhere(making: World) -> None:
    making.erp.place(an_order("SO1", address=QUAY))

    making.settle()

    assert (streets(making), shipped_to(making)) == ([], [None])


def test_the_classic_dialect_has_no_addresses(classic: World) -> None:
    classic.use_names(customers=CustomerMode.MATCH_OR_CREATE)
    classic.erp.place(a_dispatch())

    classic.settle()

    assert (streets(classic), shipped_to(classic)) == ([], [None])
    assert classic.stands() == STANDS


@pytest.mark.parametrize(
    "address",
    [
        pytest.param(replace(QUAY, postcode=""), id="no postcode"),
        pytest.param(replace(QUAY, country="US"), id="no state where one must be named"),
        pytest.param(replace(QUAY, street="1 " + "Very " * 20 + "Long Street"), id="longer than X-Series takes"),
    ],
)
def test_an_address_that_cannot_be_told_whole_stands_in_the_note_alone(making: World, address: Address) -> None:
    making.erp.place(a_dispatch(address=address))

    making.settle()

    assert (streets(making), shipped_to(making), making.stands()) == ([], [None], STANDS)


def test_an_address_that_x_series_refuses_keeps_no_sale_back(making: World) -> None:
    making.retail.fail("create_address", Refused("1010 is no postcode of NZ", status=400), times=9)
    making.erp.place(a_dispatch())

    making.settle()

    assert (shipped_to(making), making.stands()) == ([None], STANDS)


@pytest.mark.parametrize("effect", [Effect.NONE, Effect.DONE])
def test_an_address_whose_answer_is_lost_is_looked_up_before_it_is_made_again(making: World, effect: Effect) -> None:
    making.retail.fail("create_address", Unanswered("cut"), effect=effect)
    making.erp.place(a_dispatch())

    making.settle()

    assert (streets(making), shipped_to(making)) == (["1 Quay Street"], ["1 Quay Street"])
    (create,) = [entry for entry in making.entries() if entry.action is Action.CREATE_SALE]
    assert create.attempts == 1, "nothing of the sale was sent before"


def test_addresses_that_cannot_be_read_leave_the_sale_waiting(making: World) -> None:
    making.retail.fail("read_addresses", NotSent("down"))
    making.erp.place(a_dispatch())
    making.sync_orders()

    making.settle()

    assert (streets(making), shipped_to(making), making.stands()) == (["1 Quay Street"], ["1 Quay Street"], STANDS)
