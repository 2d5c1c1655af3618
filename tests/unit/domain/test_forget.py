"""Of an order finished long ago nobody's name is left, and everything that keeps it from happening twice is."""

from dataclasses import replace

import pytest

from syncd.domain.customers import CustomerDraft, CustomerId, CustomerKey
from syncd.domain.forget import forget_command, forget_draft, forget_order, forget_sale
from syncd.domain.ids import OrderId, OrderLineId, SaleId, ShipmentId
from syncd.domain.journal import CompleteShipment, CreateCustomer, CreateSale, UpdateSale, VoidSale, action_of, order_of
from syncd.domain.orders import UnreadableOrder
from syncd.domain.shipments import ShipmentLine
from tests.builders import CONFIRMED, a_draft, a_part, a_sale, an_order

AROHA = CustomerId("customer-aroha")
PERSONAL = ("Aroha", "Ngata", "aroha@example.nz", "021 555 0101", "Queen St", "'C1'", "'c1'", AROHA)
DRAFT = a_draft(note="Aroha Ngata · 1 Queen St", customer=AROHA, on_account=True)
NEW = CreateCustomer(
    OrderId("42"), CustomerKey("c1", "aroha@example.nz"), CustomerDraft("C1", "Aroha", "Ngata", phone="021 555 0101")
)
SHIPPED = CompleteShipment(OrderId("42"), ShipmentId("7"), (ShipmentLine(OrderLineId("1"), 2),), SaleId("sale"))
COMMANDS = [
    CreateSale(a_part(), 1, DRAFT),
    UpdateSale(a_part(), 1, SaleId("sale"), DRAFT, replace(DRAFT, note="Aroha Ngata · 2 Queen St")),
    VoidSale(a_part(), 1, SaleId("sale"), DRAFT, as_verified=True, why="cancelled"),
    NEW,
    SHIPPED,
]


def told_of(value):
    return [word for word in PERSONAL if word in repr(value)]


def test_an_order_says_no_more_whose_it_was():
    order = an_order(comment="Aroha Ngata fetches it herself")

    forgotten = forget_order(order)

    assert told_of(order)
    assert told_of(forgotten) == []
    assert replace(forgotten, customer=order.customer, address=order.address, comment=order.comment) == order


def test_an_order_that_could_not_be_read_keeps_its_problem_and_nothing_of_its_rows():
    raw = UnreadableOrder(OrderId("42"), "1001", CONFIRMED, '{"name": "Aroha Ngata"}', "state is empty")

    assert forget_order(raw) == replace(raw, raw="")


def test_a_draft_keeps_what_it_is_compared_by():
    forgotten = forget_draft(DRAFT)

    assert told_of(forgotten) == []
    assert (forgotten.content, forgotten.source_id, forgotten.sale_id) == (
        DRAFT.content,
        DRAFT.source_id,
        DRAFT.sale_id,
    )
    assert replace(forgotten, note=DRAFT.note, customer=AROHA) == DRAFT


def test_a_sale_keeps_everything_but_its_customer_and_its_note():
    sale = a_sale(DRAFT, customer=AROHA, note="Aroha Ngata · 1 Queen St")

    assert forget_sale(sale) == replace(sale, customer=None, note="")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: action_of(command).value)
def test_a_command_is_still_the_same_command_about_the_same_order(command):
    forgotten = forget_command(command)

    assert told_of(forgotten) == []
    assert (action_of(forgotten), order_of(forgotten)) == (action_of(command), order_of(command))
