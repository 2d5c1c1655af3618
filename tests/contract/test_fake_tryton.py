"""The fake Tryton keeps the promises of the real one, so that what is tested against it is true."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pytest

from syncd.domain.ids import LocationId, OrderId, ShipmentId, Sku
from syncd.domain.orders import OrderState
from syncd.domain.shipments import Completion, Shipment, ShipmentLine, ShipmentState
from syncd.erp.tryton import TrytonAccess, TrytonErp
from syncd.errors import (
    Conflict,
    Forbidden,
    NotSent,
    NotUnderstood,
    OutsideError,
    ReadOnly,
    Refused,
    Unanswered,
    Unauthorized,
)
from syncd.transport import Answer, Call, Transport
from tests.contract.erp import ErpContract, some_of
from tests.contract.erp_world import (
    CAP,
    EGG,
    GIFT_SET,
    HERE,
    MUG,
    OF_GIFT_SET,
    TAG_FIELDS,
    THERE,
    ErpWorld,
    MachineClock,
    Wanted,
)
from tests.fakes.tryton_server import FakeTryton
from tests.fakes.tryton_trade import TAX


class FakeWorld(ErpWorld):
    def __init__(self, fake: FakeTryton) -> None:
        self.fake = fake
        self.transports: list[Transport] = []
        for place in (HERE, THERE):
            for sku in (MUG, CAP, EGG):
                fake.set_stock(place, sku, 50)
        self.erp = self.connect()

    def connect(
        self,
        *,
        password: str | None = None,
        read_only: bool = False,
        page_size: int = 200,
        pickup_field: bool = False,
        tag_fields: bool = False,
        paid: Literal["always", "invoice", "never"] = "invoice",
    ) -> TrytonErp:
        clock = MachineClock()
        deadline = timedelta(seconds=40)
        transport = Transport(
            side="erp", base_url=self.fake.url, clock=clock, deadline=deadline, headers={}, read_only=read_only
        )
        self.transports.append(transport)
        access = TrytonAccess(
            "erp",
            "sync",
            password or "sync-pass-1",
            page_size=page_size,
            paid=paid,
            delivery_field="comment" if pickup_field else None,
            tag_fields=TAG_FIELDS if tag_fields else (),
        )
        return TrytonErp(transport, access, clock)

    def place(
        self,
        lines: Wanted = ((MUG, 2, "10.0000"),),
        *,
        reference: str = "",
        location: LocationId = HERE,
        confirmed: bool = True,
    ) -> OrderId:
        order = self.fake.add_order(
            lines=[(sku, quantity, price, (TAX,)) for sku, quantity, price in lines],
            reference=reference,
            location=location,
            state="processing" if confirmed else "draft",
        )
        self.fake.records.row("sale.sale", order)["comment"] = "CLICK-COLLECT"
        return OrderId(str(order))

    def place_over_two(self) -> OrderId:
        lines = [(MUG, 2, "10.0000", (TAX,)), (CAP, 3, "3.3333", (TAX,), THERE)]
        return OrderId(str(self.fake.add_order(lines=lines)))

    def place_dozens(self, dozens: int, price: str) -> OrderId:
        order = self.place([(EGG, dozens, price)])
        self.fake.set_unit(int(order), 0, "Dozen")
        return order

    def place_kits(self, kits: int, price: str) -> OrderId:
        self.fake.add_kit(GIFT_SET, {str(sku): many for sku, many in OF_GIFT_SET.items()})
        return self.place([(GIFT_SET, kits, price), (MUG, 1, "5.0000")])

    def note_on_a_line(self, order: OrderId) -> None:
        self.fake.set_note(int(order), 0, "wrap it")

    def rename_customer(self, order: OrderId, name: str) -> None:
        self.fake.rename_customer(int(order), name)

    def tag_customer(self, order: OrderId, *words: str) -> None:
        self.fake.tag_customer(int(order), *words)

    def amend(self, order: OrderId, quantity: int) -> None:
        self.fake.set_quantity(int(order), 0, quantity)

    def move(self, order: OrderId, location: LocationId) -> None:
        self.fake.move(int(order), location)

    def cancel(self, order: OrderId) -> None:
        self.fake.cancel_shipments(int(order), ignore=True)

    def cancel_shipment_only(self, order: OrderId) -> None:
        self.fake.cancel_shipments(int(order), ignore=False)

    def take_back(self, order: OrderId, sku: Sku, quantity: int) -> OrderId:
        return OrderId(str(self.fake.return_order(int(order), {sku: quantity})))

    def receive_return(self, order: OrderId) -> None:
        self.fake.receive_return(int(order))

    def delete_quote(self, order: OrderId) -> None:
        self.fake.delete(int(order))

    def rename_place(self, location: LocationId, name: str) -> None:
        self.fake.rename_place(location, name)

    def count(self, location: LocationId, sku: Sku, quantity: int) -> None:
        self.fake.set_stock(location, sku, quantity)

    def set_zone(self, zone: str) -> None:
        self.fake.records.zone = ZoneInfo(zone or "UTC")

    def set_tracking(self, shipment: ShipmentId, number: str) -> None:
        self.fake.write_shipment(int(shipment), {"reference": number})

    def tracking(self, shipment: ShipmentId) -> str:
        return self.fake.records.row("stock.shipment.out", int(shipment))["reference"] or ""

    def take_first_step(self, shipment: ShipmentId) -> None:
        self.fake.take_step(int(shipment), "assign_try", None)

    def pick(self, shipment: ShipmentId) -> None:
        self.fake.take_step(int(shipment), "pick", None)

    def end_sessions(self) -> None:
        self.fake.expire_sessions()


@pytest.fixture
def world() -> Iterator[FakeWorld]:
    with FakeTryton() as fake:
        world = FakeWorld(fake)
        yield world
        for transport in world.transports:
            transport.close()


def _copy_of(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("id", "create_date", "write_date")}


class TestFakeTryton(ErpContract):
    """Every promise, against the fake."""


LINES: Wanted = ((MUG, 2, "10.0000"),)
WRITES = ["write", "assign_try", "pick", "pack", "do"]


@pytest.mark.parametrize("step", WRITES)
def test_a_lost_answer_is_told_as_such_and_the_shipment_still_ships_once(world: FakeWorld, step: str) -> None:
    shipment = world.shipment(world.place())
    world.fake.faults.lose_answer(step)

    with pytest.raises(Unanswered):
        world.complete(shipment, mark="lost")
    done = world.complete(shipment, mark="lost")

    assert done.state is ShipmentState.DONE
    assert world.level(HERE, MUG).on_hand == 48
    assert [asked.method.rpartition(".")[2] for asked in world.fake.writes] == WRITES


@pytest.mark.parametrize("step", WRITES)
def test_a_part_whose_answer_is_lost_still_ships_once_and_leaves_the_rest(world: FakeWorld, step: str) -> None:
    order = world.place([(MUG, 5, "10.0000"), (CAP, 1, "1.0000")])
    shipment = world.shipment(order)
    part = some_of(shipment, 2)
    world.fake.faults.lose_answer(step)

    with pytest.raises(Unanswered):
        world.complete(shipment, [part], mark="lost")
    done = world.complete(shipment, [part], mark="lost")

    assert done.lines == (part,)
    assert set(world.shipment(order).lines) == {some_of(shipment, 3), shipment.lines[1]}
    assert world.level(HERE, MUG).on_hand == 48


def test_a_part_leaves_a_shop_without_a_place_for_output(world: FakeWorld) -> None:
    world.fake.leave_from_the_shelf(HERE)
    order = world.place([(MUG, 5, "10.0000"), (CAP, 1, "1.0000")])
    shipment = world.shipment(order)

    world.complete(shipment, [some_of(shipment, 2)], mark="direct")

    assert set(world.shipment(order).lines) == {some_of(shipment, 3), shipment.lines[1]}
    assert [asked.method.rpartition(".")[2] for asked in world.fake.writes] == ["write", "assign_try", "pack", "do"]


def some_kits(shipment: Shipment, kits: int) -> ShipmentLine:
    """So many of the kits that `place_kits` ordered first."""
    return ShipmentLine(max(line.order_line for line in shipment.lines if line.quantity > 1), Decimal(kits))


@pytest.mark.parametrize("step", WRITES)
def test_some_kits_whose_answer_is_lost_still_leave_once(world: FakeWorld, step: str) -> None:
    order = world.place_kits(3, "30.0000")
    shipment = world.shipment(order)
    part = some_kits(shipment, 2)
    world.fake.faults.lose_answer(step)

    with pytest.raises(Unanswered):
        world.complete(shipment, [part], mark="lost")
    done = world.complete(shipment, [part], mark="lost")

    assert done.lines == (part,)
    assert (world.level(HERE, MUG).on_hand, world.level(HERE, CAP).on_hand) == (48, 46)


def test_a_component_that_left_without_the_others_is_no_kit(world: FakeWorld) -> None:
    order = world.place_kits(3, "30.0000")
    caps = world.item(CAP)
    (move,) = [one for one in world.fake.records.rows("stock.move", product=caps) if one["to_location"] == 1]
    move["state"] = "done"

    gift_sets, _ = world.read(order).lines

    assert (gift_sets.quantity, gift_sets.shipped, gift_sets.cancelled) == (Decimal(3), Decimal(0), Decimal(0))
    assert gift_sets.location == HERE


def test_components_in_two_shipments_make_kits_of_the_order_but_of_neither_shipment(world: FakeWorld) -> None:
    order = world.place_kits(3, "30.0000")
    caps = world.item(CAP)
    with world.fake.transaction() as records:
        other = records.add("stock.shipment.out", **_copy_of(records.rows("stock.shipment.out")[-1]))
        (move,) = [one for one in records.rows("stock.move", product=caps) if one["to_location"] == 1]
        move["shipment"] = f"stock.shipment.out,{other}"

    mug = ShipmentLine(world.read(order).lines[1].id, Decimal(1))
    told = [one.lines for one in world.erp.read_shipments([order])]
    for one in world.fake.records.rows("stock.move"):
        one["state"] = "done"

    assert told == [(mug,), ()]
    assert [line.shipped for line in world.read(order).lines] == [Decimal(3), Decimal(1)]


def test_what_there_is_once_for_all_kits_of_a_line_is_not_shipped_in_halves(world: FakeWorld) -> None:
    world.fake.add_kit("HAMPER", {str(MUG): 1}, once={str(CAP): 1})
    order = world.place([(Sku("HAMPER"), 2, "30.0000")])
    shipment = world.shipment(order)

    with pytest.raises(Refused, match="1 of the 2 kits"):
        world.complete(shipment, [some_of(shipment, 1)], mark="half a box")
    done = world.complete(shipment, mark="all")

    assert done.lines == (some_of(shipment, 2),)
    assert (world.level(HERE, MUG).on_hand, world.level(HERE, CAP).on_hand) == (48, 49)


def test_half_a_kit_does_not_leave_though_its_components_could(world: FakeWorld) -> None:
    world.fake.add_kit("PAIR", {str(CAP): 2})
    order = world.place([(Sku("PAIR"), 2, "30.0000")])
    shipment = world.shipment(order)
    half = ShipmentLine(shipment.lines[0].order_line, Decimal("0.5"))

    with pytest.raises(Refused, match=r"0\.5 of the 2 kits"):
        world.complete(shipment, [half], mark="half a pair")

    assert world.level(HERE, CAP).on_hand == 50


def test_a_kit_picked_unevenly_is_left_to_people(world: FakeWorld) -> None:
    order = world.place_kits(3, "30.0000")
    shipment, caps = world.shipment(order), world.item(CAP)
    for pick in world.fake.records.rows("stock.move", product=caps):
        pick["quantity"] = Decimal(4)
    world.take_first_step(shipment.id)
    world.pick(shipment.id)
    there = world.shipment(order)

    with pytest.raises(Refused, match="picked"):
        world.complete(there, mark="two kits and a mug too many")

    assert some_kits(shipment, 2) in there.lines


def test_of_an_erp_without_kits_no_components_are_asked(world: FakeWorld) -> None:
    world.complete(world.shipment(world.place()), mark="plain")

    assert "component" not in repr(world.fake.log)


def test_many_shipments_are_read_in_one_request_and_a_few_take_a_step_in_one(world: FakeWorld) -> None:
    shipments = [world.shipment(world.place()) for _ in range(7)]
    world.fake.log.clear()

    world.erp.complete_shipments([Completion(one.id, one.lines, f"mark {one.id}") for one in shipments])

    reads = [asked for asked in world.fake.log if not asked.write]
    assert (len(reads), len(world.fake.writes)) == (6, 10)
    assert [len(asked.records) for asked in world.fake.writes] == [5, 2] * 5


def test_of_several_in_one_step_only_the_one_that_somebody_changed_goes_no_further(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, changed, last = (world.shipment(world.place()) for _ in range(3))
    steps = world.fake.take_steps

    def somebody_sets_it_back(shipments: Mapping[int, Decimal | None], step: str) -> None:
        if step == "pick" and len(shipments) == 3:
            world.fake.take_step(int(changed.id), "wait", None)
        steps(shipments, step)

    monkeypatch.setattr(world.fake, "take_steps", somebody_sets_it_back)
    ended = world.erp.complete_shipments([Completion(one.id, one.lines, "three") for one in (first, changed, last)])

    assert [getattr(one, "state", type(one)) for one in ended] == [ShipmentState.DONE, Unanswered, ShipmentState.DONE]
    done = [number for asked in world.fake.writes if asked.method.endswith(".do") for number in asked.records]
    assert done == [int(first.id), int(last.id)]


def test_several_whose_answer_is_lost_are_each_in_doubt_and_ship_once(world: FakeWorld) -> None:
    shipments = [world.shipment(world.place()) for _ in range(3)]
    asked = [Completion(one.id, one.lines, f"mark {one.id}") for one in shipments]
    before = world.level(HERE, MUG).on_hand
    world.fake.faults.lose_answer("do")

    first, again = world.erp.complete_shipments(asked), world.erp.complete_shipments(asked)

    assert [type(one) for one in first] == [Unanswered] * 3
    assert {getattr(one, "state", one) for one in again} == {ShipmentState.DONE}
    assert before - world.level(HERE, MUG).on_hand == sum(line.quantity for one in shipments for line in one.lines)


@pytest.mark.parametrize("step", WRITES)
def test_a_locked_database_is_no_refusal_and_the_next_try_finishes(world: FakeWorld, step: str) -> None:
    shipment = world.shipment(world.place())
    world.fake.faults.be_busy(step)

    with pytest.raises(Unanswered):
        world.complete(shipment, mark="busy")

    assert world.complete(shipment, mark="busy").state is ShipmentState.DONE
    assert world.level(HERE, MUG).on_hand == 48


@pytest.mark.parametrize("step", WRITES)
def test_a_session_that_runs_out_between_two_steps_ships_once_all_the_same(world: FakeWorld, step: str) -> None:
    shipment = world.shipment(world.place())
    world.fake.faults.expire_session(step)

    done = world.complete(shipment, mark="renewed")

    assert done.state is ShipmentState.DONE
    assert world.level(HERE, MUG).on_hand == 48


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        pytest.param(["UserError", ["No.", "", None]], Refused, id="a refusal"),
        pytest.param(["UserError", ['You are not allowed to access "Sale".', "", None]], Forbidden, id="no right"),
        pytest.param(["UserWarning", ["79de.late", "Late?", ""]], Refused, id="a warning"),
        pytest.param(["LoginException", ["password", "Password for sync", "password"]], Unauthorized, id="a question"),
        pytest.param(["ConcurrencyException", "Records were modified"], Conflict, id="a change in between"),
        pytest.param(["'nope'", ""], NotUnderstood, id="a crash"),
    ],
)
def test_an_error_of_a_read_is_sorted_by_what_to_do_next(
    world: FakeWorld, error: list[object], kind: type[OutsideError]
) -> None:
    world.fake.faults.fail("search_read", error)

    with pytest.raises(OutsideError) as told:
        world.erp.find_orders("WEB-1")

    assert type(told.value) is kind


def test_a_crash_while_writing_may_have_written(world: FakeWorld) -> None:
    shipment = world.shipment(world.place())
    world.fake.faults.fail("pack", ["database disk image is malformed", ""])

    with pytest.raises(Unanswered):
        world.complete(shipment, mark="crash")


def test_only_the_first_words_of_a_long_error_are_kept(world: FakeWorld) -> None:
    world.fake.faults.fail("search_read", ["UserError", ["w" * 100_000, "", [["field"] * 10_000]]])

    with pytest.raises(Refused) as told:
        world.erp.find_orders("WEB-1")

    assert len(str(told.value)) < 1_000


def test_a_server_that_is_down_was_not_asked(world: FakeWorld) -> None:
    shipment = world.shipment(world.place())

    with world.fake.down(), pytest.raises(NotSent):
        world.complete(shipment, mark="down")

    assert world.fake.writes == []


def test_a_read_whose_answer_is_lost_is_asked_again(world: FakeWorld) -> None:
    order = world.place()
    world.fake.faults.drop("search_read")

    assert world.read(order).id == order


def test_somebody_who_ships_at_the_same_moment_makes_no_second_shipment(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = world.place()
    shipment = world.shipment(order)
    steps = world.fake.take_steps

    def someone_is_faster(shipments: Mapping[int, Decimal | None], step: str) -> None:
        if step == "do":
            steps(dict.fromkeys(shipments), step)
        steps(shipments, step)

    monkeypatch.setattr(world.fake, "take_steps", someone_is_faster)
    done = world.complete(shipment, mark="together")

    assert done.state is ShipmentState.DONE
    assert world.level(HERE, MUG).on_hand == 48


def test_a_read_only_adapter_says_so_for_a_shipment_that_has_a_mark(world: FakeWorld) -> None:
    shipment = world.shipment(world.place())
    world.set_tracking(shipment.id, "1Z-1")

    with pytest.raises(ReadOnly):
        world.complete(shipment, mark="never", by=world.connect(read_only=True))


def test_rows_of_one_stamp_across_a_page_border_lose_nothing(world: FakeWorld) -> None:
    moment = datetime(2026, 11, 21, 12, tzinfo=UTC)
    world.fake.now = moment
    early = [world.place() for _ in range(2)]
    world.fake.now = moment + timedelta(seconds=1)
    late = [world.place() for _ in range(5)]

    pages = list(world.connect(page_size=3).read_changed_orders(moment))

    assert [[order.id for order in page.orders] for page in pages] == [[*early, late[0]], late[1:4], late[4:]]
    assert [page.watermark for page in pages] == [moment, moment, moment + timedelta(seconds=1)]


def test_no_stamp_is_complete_while_all_rows_of_the_first_one_are_not_read(world: FakeWorld) -> None:
    world.fake.now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    for _ in range(3):
        world.place()

    pages = list(world.connect(page_size=2).read_changed_orders(None))

    assert [page.watermark for page in pages] == [None, world.fake.now]


def test_an_order_that_makes_no_sense_is_handed_over_raw_and_holds_up_no_other(world: FakeWorld) -> None:
    bad, good = world.place(), world.place()
    world.fake.records.row("account.tax", 1)["type"] = "fixed"
    for line in world.fake.lines(int(good)):
        world.fake.records.row("sale.line", line)["taxes"] = []

    ((page),) = world.erp.read_changed_orders(None)

    assert [order.id for order in page.orders] == [good]
    assert [order.id for order in page.unreadable] == [bad]
    assert TAX in page.unreadable[0].problem
    assert json.loads(page.unreadable[0].raw)["sale"]["id"] == int(bad)


def test_a_unit_that_cannot_be_converted_is_not_guessed_at(world: FakeWorld) -> None:
    order = world.place_dozens(2, "120.0000")
    weight = world.fake.records.add(
        "product.uom", name="Kilogram", category=2, factor=1, rate=1, rounding=Decimal("0.01")
    )
    world.fake.records.row("sale.line", world.fake.lines(int(order))[0])["unit"] = weight

    _, (unreadable,) = world.erp.read_orders([order])

    assert "Kilogram and Unit cannot be converted" in unreadable.problem


def test_the_state_of_an_address_is_told_as_it_is_called_within_its_country(world: FakeWorld) -> None:
    order = world.place()
    told = world.read(order).address.state_code
    world.fake.records.rows("party.address")[-1]["subdivision"] = None

    assert (told, world.read(order).address.state_code) == ("CA", "")


def test_a_title_is_no_line_of_the_order(world: FakeWorld) -> None:
    order = world.place([*LINES, (CAP, 1, "1.0000")])
    world.fake.records.row("sale.line", world.fake.lines(int(order))[1])["type"] = "title"

    assert [line.sku for line in world.read(order).lines] == [MUG]


def test_goods_between_two_shipments_are_not_taken_for_cancelled(world: FakeWorld) -> None:
    # Tryton makes the remainder in a second transaction: for a moment nothing is open for it.
    order = world.place([(MUG, 5, "10.0000")])
    (move,) = world.fake.records.rows("stock.move", sale_exception_state="")
    move |= {"state": "done", "quantity": Decimal(2)}

    (line,) = world.read(order).lines

    assert (line.quantity, line.shipped, line.cancelled) == (Decimal(5), Decimal(2), Decimal(0))


def test_one_line_served_from_two_places_is_two_lines_with_one_id(world: FakeWorld) -> None:
    order = world.place([(MUG, 3, "3.3333")])
    (move,) = world.fake.records.rows("stock.move", sale_exception_state="")
    there = world.fake.records.rows("stock.location", code="AIRPORT")[0]["output_location"]
    other = {name: value for name, value in move.items() if name not in ("id", "create_date", "write_date")}
    world.fake.records.add("stock.move", **(other | {"from_location": there, "quantity": Decimal(1)}))
    move["quantity"] = Decimal(2)

    first, second = world.read(order).lines

    assert first.id == second.id
    assert (first.location, first.quantity, first.net) == (THERE, Decimal(1), Decimal("3.33"))
    assert (second.location, second.quantity, second.net) == (HERE, Decimal(2), Decimal("6.67"))


def test_the_fake_can_cancel_and_reopen_what_the_real_one_cannot(world: FakeWorld) -> None:
    order = world.place()

    world.fake.cancel(int(order))
    cancelled = world.read(order).state
    world.fake.reopen(int(order))

    assert cancelled is OrderState.CANCELLED
    assert world.read(order).state is OrderState.PROCESSING
    assert world.shipment(order).lines[0].quantity == 2


@pytest.mark.parametrize(("paid", "state", "counts"), [("always", False, True), ("invoice", True, True)])
def test_paid_follows_the_policy(
    world: FakeWorld, paid: Literal["always", "invoice"], state: bool, counts: bool
) -> None:
    order = world.place()
    world.fake.set_paid(int(order), state)

    (read,), _ = world.connect(paid=paid).read_orders([order])
    (never,), _ = world.connect(paid="never").read_orders([order])

    assert (read.paid, never.paid) == (counts, False)


@pytest.mark.parametrize(
    ("invoices", "received"),
    [
        pytest.param([], "0", id="none-yet"),
        pytest.param([("0", "draft")], "0", id="a-draft-of-which-nothing-is-to-be-paid-yet"),
        pytest.param([("0", "posted")], "0", id="unpaid"),
        pytest.param([("5.00", "posted")], "5.00", id="in-part"),
        pytest.param([("22.00", "posted")], "22.00", id="in-full"),
        pytest.param([("22.00", "posted"), ("22.00", "posted")], "44.00", id="invoiced-and-paid-twice"),
        pytest.param([("25.00", "posted")], "25.00", id="too-much"),
    ],
)
def test_what_was_received_is_read_from_the_invoices(
    world: FakeWorld, invoices: list[tuple[str, str]], received: str
) -> None:
    order = world.place()
    for amount, state in invoices:
        world.fake.invoice(int(order), received=amount, state=state)

    assert world.read(order).paid_amount == Decimal(received)


def test_what_was_received_for_what_was_cancelled_is_on_its_way_back(world: FakeWorld) -> None:
    order = world.place([(MUG, 2, "10.0000"), (CAP, 1, "5.0000")])
    world.fake.invoice(int(order), received="27.50")
    world.fake.cancel_shipments(int(order), ignore=True)

    assert world.read(order).paid_amount is None


@pytest.mark.parametrize("paid", ["always", "never"])
def test_invoices_are_not_read_where_they_do_not_say_what_is_paid(
    world: FakeWorld, paid: Literal["always", "never"]
) -> None:
    order = world.place()
    erp = world.connect(paid=paid)
    world.fake.log.clear()

    (read,), _ = erp.read_orders([order])

    assert read.paid_amount is None
    assert "invoices" not in repr(world.fake.log)


def test_many_threads_log_in_once(world: FakeWorld) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: world.erp.read_locations(), range(8)))

    assert [asked.method for asked in world.fake.log].count("common.db.login") == 1


def test_a_quiet_tick_asks_three_questions(world: FakeWorld) -> None:
    world.place()
    since = world.newest_stamp()
    world.fake.log.clear()

    assert list(world.erp.read_changed_orders(since)) == []

    assert [asked.method for asked in world.fake.log] == [
        f"model.{model}.search_read" for model in ("sale.sale", "sale.line", "stock.move")
    ]


def test_do_carries_the_stamp_at_which_the_shipment_was_judged(world: FakeWorld) -> None:
    shipment = world.shipment(world.place())

    world.complete(shipment, mark="guarded")

    (do,) = [asked for asked in world.fake.writes if asked.method.endswith(".do")]
    assert list(do.params[-1]["_timestamp"]) == [f"stock.shipment.out,{shipment.id}"]


def test_a_server_that_goes_down_between_two_steps_leaves_it_open_what_happened(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipment = world.shipment(world.place())
    send = world.transports[0].send

    def without_pick(call: Call, **parts: Any) -> Answer:
        if call.name.endswith(".pick"):
            raise NotSent("nobody listens")
        return send(call, **parts)

    monkeypatch.setattr(world.transports[0], "send", without_pick)
    with pytest.raises(Unanswered, match="half done"):
        world.complete(shipment, mark="half")


def test_goods_moved_inside_the_warehouse_are_not_reserved_twice(world: FakeWorld) -> None:
    world.place()
    (move,) = world.fake.records.rows("stock.move", sale_exception_state="")
    picked = {name: value for name, value in move.items() if name not in ("id", "create_date", "write_date")}
    inside = {
        "from_location": move["from_location"] + 1,
        "to_location": move["from_location"],
        "origin": "stock.move,1",
    }
    world.fake.records.add("stock.move", **(picked | inside))

    assert world.level(HERE, MUG).reserved == 2
