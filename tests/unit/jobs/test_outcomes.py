"""The table of outcomes (DESIGN 7.2): what each answer to a write leads to, for every kind of write in both dialects.

Each row is looked at twice: where the entry stands after the run that met it, and what stands in the world once all
has settled.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from syncd.domain.ids import OrderId
from syncd.domain.journal import EntryState
from syncd.domain.reasons import Outcome, Reason
from syncd.domain.sales import SaleState
from syncd.errors import (
    Conflict,
    Forbidden,
    NotFound,
    NotSent,
    NotUnderstood,
    OutsideError,
    ReadOnly,
    Refused,
    Throttled,
    Unanswered,
    Unauthorized,
)
from tests.fakes.faults import Effect
from tests.fakes.memory_erp import MUG, MemoryErp, a_line, an_order
from tests.fakes.memory_retail import MemoryRetail
from tests.unit.jobs.world import World

FIRST, SECOND = 1, 2


@dataclass(frozen=True)
class Write:
    """A kind of write: what brings it about, by which call, and how the world looks when it was done."""

    call: str
    begin: Callable[[World], None]
    act: Callable[[World], None]
    sent: Callable[[World], int]
    is_done: Callable[[World], bool]
    refusal: Reason = Reason.REFUSED

    def side(self, world: World) -> MemoryErp | MemoryRetail:
        return world.erp if self.call == "complete_shipment" else world.retail

    def run(self, world: World) -> str:
        result = world.sync_fulfilments() if self.call == "complete_shipment" else world.sync_orders()
        return result.outcome


def _nothing(_world: World) -> None:
    """A create needs nothing to be there before."""


def _a_sale_stands(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.settle()


def _quantities(world: World) -> list[int]:
    return [int(line.quantity) for sale in world.retail.standing("1") for line in sale.lines]


def _asked(call: str) -> Callable[[World], int]:
    return lambda world: [asked for asked, _ in world.retail.asked].count(call)


def _hand_over(world: World) -> None:
    world.retail.hand_over(world.retail.standing("1")[0].id)
    world.sync_orders()


CREATE = Write(
    "create_sale",
    begin=_nothing,
    act=lambda world: world.erp.place(an_order("SO1")) and None,
    sent=_asked("create_sale"),
    is_done=lambda world: _quantities(world) == [2],
)
UPDATE = Write(
    "update_sale",
    begin=_a_sale_stands,
    act=lambda world: world.erp.edit(OrderId("1"), a_line(MUG, 7)),
    sent=_asked("update_sale"),
    is_done=lambda world: _quantities(world) == [7],
)
VOID = Write(
    "void_sale",
    begin=_a_sale_stands,
    act=lambda world: world.erp.cancel(OrderId("1")),
    sent=_asked("void_sale"),
    is_done=lambda world: [sale.state for sale in world.retail.sales_of(OrderId("1"))] == [SaleState.VOIDED],
)
COMPLETE = Write(
    "complete_shipment",
    begin=_a_sale_stands,
    act=_hand_over,
    sent=lambda world: len(world.erp.completed),
    is_done=lambda world: len(world.erp.completed) == 1,
    refusal=Reason.COMPLETION_REFUSED,
)
WRITES = [
    pytest.param(CREATE, id="create"),
    pytest.param(UPDATE, id="update"),
    pytest.param(VOID, id="void"),
    pytest.param(COMPLETE, id="completion"),
]


def met_by(*errors: OutsideError) -> pytest.MarkDecorator:
    """Every error meets a create, the first one every other kind of write too: its class decides, not the write."""
    cases = [(CREATE, error) for error in errors] + [(write, errors[0]) for write in (UPDATE, VOID, COMPLETE)]
    return pytest.mark.parametrize(
        ("write", "error"),
        [pytest.param(write, error, id=f"{write.call}-{type(error).__name__}") for write, error in cases],
    )


def prepared(world: World, write: Write) -> None:
    write.begin(world)
    write.act(world)


def reason_of_hold(world: World) -> list[Reason]:
    return [hold.reason for hold in world.holds() if hold.order == "1"]


@met_by(
    NotSent("refused connection"),
    ReadOnly("the switch"),
    Throttled("429", wait=timedelta(seconds=20)),
)
def test_what_was_not_sent_waits_and_is_sent_once_more(world: World, write: Write, error: OutsideError) -> None:
    prepared(world, write)
    write.side(world).fail(write.call, error)

    write.run(world)

    entry = world.entry()
    assert (entry.state, entry.attempts) == (EntryState.WAITING, 1)
    assert entry.not_before is not None
    left = entry.not_before.since(world.clock.boot_time())
    assert left == (error.wait if isinstance(error, Throttled) else timedelta(seconds=2))

    world.settle()
    assert world.entry().attempts == 2
    assert write.is_done(world)
    world.assert_at_rest()


@met_by(Unauthorized("401", status=401), Forbidden("403", status=403))
def test_a_lost_permission_stops_the_job_and_leaves_the_write_waiting(
    world: World, write: Write, error: OutsideError
) -> None:
    prepared(world, write)
    write.side(world).fail(write.call, error)

    assert write.run(world) == "unauthorized"

    assert world.entry().state is EntryState.WAITING
    world.settle()
    assert write.is_done(world)
    world.assert_at_rest()


@met_by(Unanswered("cut, 5xx, 408 or 3xx"), NotUnderstood("a 2xx without json"))
def test_a_write_that_may_have_happened_and_did_not_is_sent_again_after_two_look_ups(
    world: World, write: Write, error: OutsideError
) -> None:
    prepared(world, write)
    before = write.sent(world)
    write.side(world).fail(write.call, error)

    write.run(world)

    assert (world.entry().state, world.entry().attempts) == (EntryState.UNKNOWN, 1)
    for _ in range(2):
        world.clock.advance(100)
        write.run(world)
        assert world.entry().attempts == 1  # not before deadline + settle, and then settle again
    world.settle()
    assert world.entry().attempts == 2
    assert write.sent(world) == before + (1 if write.call == "complete_shipment" else 2)
    assert write.is_done(world)
    world.assert_at_rest()


@met_by(Unanswered("cut, 5xx, 408 or 3xx"), NotUnderstood("a 2xx without json"))
def test_a_write_that_was_done_without_an_answer_is_found_and_not_sent_again(
    world: World, write: Write, error: OutsideError
) -> None:
    prepared(world, write)
    before = write.sent(world)
    write.side(world).fail(write.call, error, effect=Effect.DONE)

    write.run(world)
    write.run(world)

    assert (world.entry().state, world.entry().attempts) == (EntryState.DONE, 1)
    world.settle()
    assert write.sent(world) == before + 1
    assert write.is_done(world)
    world.assert_at_rest()


def held_as(write: Write) -> Reason:
    return Reason.COMPLETION_REFUSED if write.call == "complete_shipment" else Reason.CONFLICT


@pytest.mark.parametrize("write", WRITES)
def test_a_conflict_over_something_that_is_there_is_taken_as_done(world: World, write: Write) -> None:
    prepared(world, write)
    write.side(world).fail(write.call, Conflict("409", status=409), effect=Effect.DONE)

    world.settle()

    assert (world.entry().state, world.entry().attempts) == (EntryState.DONE, 1)
    assert write.is_done(world)
    world.assert_at_rest()


@pytest.mark.parametrize("write", WRITES)
def test_a_conflict_over_nothing_is_held_once_it_is_absent_by_every_route(world: World, write: Write) -> None:
    prepared(world, write)
    before = write.sent(world)
    write.side(world).fail(write.call, Conflict("409", status=409))

    write.run(world)
    assert world.entry().state is EntryState.UNKNOWN
    world.settle()

    assert (world.entry().state, world.entry().attempts) == (EntryState.HELD, 1)
    assert reason_of_hold(world) == [held_as(write)]
    assert write.sent(world) == before + (0 if write.call == "complete_shipment" else 1)
    assert not write.is_done(world)
    world.assert_at_rest()


@met_by(Refused("422", status=422), NotFound("404", status=404))
def test_a_refusal_of_the_first_attempt_is_held_at_once(world: World, write: Write, error: OutsideError) -> None:
    prepared(world, write)
    write.side(world).fail(write.call, error)

    assert write.run(world) == "held"

    assert (world.entry().state, world.entry().attempts) == (EntryState.HELD, 1)
    assert reason_of_hold(world) == [write.refusal]
    assert world.stands()[0] is (Outcome.SYNCED if write.call == "complete_shipment" else Outcome.HELD)
    world.settle()
    assert not write.is_done(world)
    world.assert_at_rest()


@pytest.mark.parametrize("write", WRITES)
def test_a_refusal_of_a_later_attempt_is_looked_up_before_it_is_held(world: World, write: Write) -> None:
    prepared(world, write)
    write.side(world).fail(write.call, NotSent("refused connection"))
    write.side(world).fail(write.call, Refused("422", status=422))

    write.run(world)
    world.clock.advance(3)
    write.run(world)

    assert (world.entry().state, world.entry().attempts) == (EntryState.UNKNOWN, 2)
    world.settle()
    assert world.entry().state is EntryState.HELD
    assert reason_of_hold(world) == [held_as(write)]
    world.assert_at_rest()


@pytest.mark.parametrize("write", WRITES)
def test_a_refusal_of_a_later_attempt_that_is_there_after_all_is_taken_as_done(world: World, write: Write) -> None:
    prepared(world, write)
    write.side(world).fail(write.call, NotSent("refused connection"))
    write.side(world).fail(write.call, Refused("already there", status=422), effect=Effect.DONE)

    world.settle()

    assert (world.entry().state, world.entry().attempts) == (EntryState.DONE, 2)
    assert write.is_done(world)
    world.assert_at_rest()


@pytest.mark.parametrize("write", WRITES)
def test_a_good_answer_is_done_when_the_other_side_shows_it(world: World, write: Write) -> None:
    prepared(world, write)

    assert write.run(world) == "done"

    assert (world.entry().state, world.entry().attempts) == (EntryState.DONE, 1)
    assert write.is_done(world)
    world.assert_at_rest()


@pytest.mark.parametrize("echoes", [True, False], ids=["with-an-echo", "with-the-id-only"])
def test_an_echo_alone_proves_nothing(world: World, echoes: bool) -> None:
    world.retail.echoes = echoes
    world.retail.feed_lags = True
    world.erp.place(an_order("SO1"))
    world.retail.fail("read_sale", Unanswered("down"), times=99)

    world.sync_orders()

    assert world.entry().state is EntryState.ANSWERED


def test_the_wait_before_a_further_attempt_doubles(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.retail.fail("create_sale", NotSent("down"), times=4)
    waits = []

    for _ in range(4):
        world.sync_orders()
        not_before = world.entry().not_before
        assert not_before is not None
        waits.append(not_before.since(world.clock.boot_time()))
        world.clock.advance(60)

    assert waits == [timedelta(seconds=seconds) for seconds in (2, 4, 8, 16)]


def test_a_delay_is_over_after_a_reboot(world: World) -> None:
    world.erp.place(an_order("SO1"))
    world.retail.fail("create_sale", Throttled("429", wait=timedelta(seconds=300)))
    world.sync_orders()

    world.clock.reboot()
    world.start()
    world.sync_orders()

    assert world.entry().state is EntryState.DONE


def test_a_sender_that_slept_before_the_first_byte_sends_nothing(world: World) -> None:
    """Its deadline was promised from before the sleep (DESIGN 7.1)."""

    def sleep(point: str) -> None:
        if point == "apply.sending_committed" and not world.retail.asked and not slept:
            slept.append(point)
            world.clock.advance(6)
            assert world.entry().state is EntryState.SENDING

    slept: list[str] = []
    world.start(at=sleep)
    world.erp.place(an_order("SO1"))

    world.sync_orders()
    world.settle()

    assert slept
    assert world.entry().attempts == 1
    assert len(world.retail.asked) == 1
    world.assert_at_rest()


def test_after_a_lost_permission_no_further_write_is_begun(dated: World) -> None:
    for number in range(1, 6):
        dated.erp.place(an_order(f"SO{number}"))
    dated.retail.fail("create_sale", Unauthorized("401", status=401))

    dated.sync_orders()

    assert len(dated.retail.asked) == 1
    assert {entry.state for entry in dated.entries()} == {EntryState.WAITING}


def test_a_writer_that_was_overtaken_sends_nothing_more(dated: World) -> None:
    """Another host got the lock: each transition says which epoch makes it."""

    def overtake(point: str) -> None:
        if point == "apply.answer_committed" and len(dated.retail.asked) == 1:
            dated.given.locks._raise_epoch("other host")

    dated.start(at=overtake)
    for number in range(1, 4):
        dated.erp.place(an_order(f"SO{number}"))

    result = dated.sync_orders()

    assert result.outcome == "failed"
    assert "another process" in result.message
    assert len(dated.retail.asked) == 1
    dated.start()
    dated.settle()
    dated.assert_one_sale_a_part(parts=3)
    dated.assert_at_rest()
