from datetime import timedelta
from decimal import Decimal

import pytest

from syncd.domain.clock import BootTime
from syncd.domain.identity import Part
from syncd.domain.ids import OrderId, OrderLineId, SaleId, ShipmentId
from syncd.domain.journal import (
    OPEN,
    RESEND_WAIT_FIRST,
    RESEND_WAIT_MAX,
    SENDING_AGE_MAX,
    Absence,
    Absent,
    Action,
    CompleteShipment,
    CreateSale,
    EntryState,
    Settling,
    UpdateSale,
    Verdict,
    VoidSale,
    action_of,
    judge_absence,
    order_of,
    resend_wait,
    subject_of,
    verdict_on,
)
from syncd.domain.shipments import ShipmentLine
from syncd.errors import (
    Conflict,
    Forbidden,
    NotEnoughStock,
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
from tests.builders import AIRPORT, a_draft, a_part

SETTLE = timedelta(seconds=180)
BOOT = "4f3c"
FIRST, SECOND = 1, 2

WAIT_A_LITTLE = Verdict(EntryState.WAITING, resend_after=timedelta(seconds=2))
STOP = Verdict(EntryState.WAITING, stops_job=True)
LOOK_UP = Verdict(EntryState.UNKNOWN, absent=Absent.RESEND)
LOOK_UP_OR_HOLD = Verdict(EntryState.UNKNOWN, absent=Absent.HOLD)
LOOK_UP_OR_NO_STOCK = Verdict(EntryState.UNKNOWN, absent=Absent.NO_STOCK)
HOLD = Verdict(EntryState.HELD)

# DESIGN 7.2, row by row.
OUTCOMES = [
    pytest.param(NotSent("connection refused"), FIRST, WAIT_A_LITTLE, id="not sent: refused connection"),
    pytest.param(NotSent("pool"), FIRST, WAIT_A_LITTLE, id="not sent: connect or pool time-out"),
    pytest.param(ReadOnly(), FIRST, WAIT_A_LITTLE, id="not sent: read-only switch"),
    pytest.param(NotSent("no budget"), FIRST, WAIT_A_LITTLE, id="not sent: no budget"),
    pytest.param(
        NotSent(), 3, Verdict(EntryState.WAITING, resend_after=timedelta(seconds=8)), id="not sent for the third time"
    ),
    pytest.param(
        Throttled(wait=timedelta(seconds=37)),
        FIRST,
        Verdict(EntryState.WAITING, resend_after=timedelta(seconds=37)),
        id="429: as long as it asks",
    ),
    pytest.param(
        Throttled(wait=timedelta(seconds=37)),
        9,
        Verdict(EntryState.WAITING, resend_after=timedelta(seconds=37)),
        id="429 for the ninth time",
    ),
    pytest.param(Unauthorized(status=401), FIRST, STOP, id="401 after a fresh log-in"),
    pytest.param(Forbidden(status=403), FIRST, STOP, id="403"),
    pytest.param(Forbidden("wrong host"), SECOND, STOP, id="wrong host"),
    pytest.param(Unanswered("write"), FIRST, LOOK_UP, id="cut while writing"),
    pytest.param(Unanswered("read time-out"), FIRST, LOOK_UP, id="time-out"),
    pytest.param(Unanswered(status=408), FIRST, LOOK_UP, id="408"),
    pytest.param(Unanswered(status=302), FIRST, LOOK_UP, id="3xx"),
    pytest.param(Unanswered(status=502), SECOND, LOOK_UP, id="5xx"),
    pytest.param(NotUnderstood("not JSON"), FIRST, LOOK_UP, id="unreadable 2xx"),
    pytest.param(OutsideError("a new kind"), FIRST, LOOK_UP, id="a failure that nobody thought of"),
    pytest.param(Conflict(status=409), FIRST, LOOK_UP_OR_HOLD, id="409 on the first attempt"),
    pytest.param(Conflict(status=409), SECOND, LOOK_UP_OR_HOLD, id="409 on the second attempt"),
    pytest.param(Refused(status=422), SECOND, LOOK_UP_OR_HOLD, id="another 4xx on the second attempt"),
    pytest.param(NotFound(status=404), 7, LOOK_UP_OR_HOLD, id="404 on the seventh attempt"),
    pytest.param(Refused(status=422), FIRST, HOLD, id="another 4xx on the first attempt"),
    pytest.param(NotFound(status=404), FIRST, HOLD, id="404 on the first attempt"),
    pytest.param(NotEnoughStock(), FIRST, HOLD, id="an empty shelf on the first attempt"),
    pytest.param(NotEnoughStock(), SECOND, LOOK_UP_OR_NO_STOCK, id="an empty shelf on the second attempt"),
]


@pytest.mark.parametrize(("error", "attempts", "verdict"), OUTCOMES)
def test_the_outcome_of_a_send_decides_what_comes_next(error, attempts, verdict):
    assert verdict_on(error, attempts=attempts) == verdict


def test_every_way_to_fail_outside_has_a_row_in_the_table():
    def kinds(kind):
        return {kind}.union(*map(kinds, kind.__subclasses__()))

    tested = {type(row.values[0]) for row in OUTCOMES}

    assert {kind.__name__ for kind in kinds(OutsideError) - tested} == set()


def test_the_wait_before_sending_again_doubles_up_to_ten_minutes():
    waits = [resend_wait(attempts).total_seconds() for attempts in range(1, 12)]

    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600]


@pytest.mark.parametrize("attempts", [-1, 0, 1, 50, 10**9])
def test_no_number_of_attempts_makes_the_wait_longer_or_shorter_than_its_limits(attempts):
    assert RESEND_WAIT_FIRST <= resend_wait(attempts) <= RESEND_WAIT_MAX


def test_a_send_that_slept_longer_than_five_seconds_is_decided_anew():
    assert timedelta(seconds=5) == SENDING_AGE_MAX


def test_the_states_in_which_a_subject_is_taken():
    assert set(OPEN) == {EntryState.WAITING, EntryState.SENDING, EntryState.ANSWERED, EntryState.UNKNOWN}


# -- absent by all routes, twice


def at(seconds, boot=BOOT):
    return BootTime(boot, int(seconds * 1000))


def settling(deadline=30, absent_at=None):
    return Settling(at(deadline), None if absent_at is None else at(absent_at))


@pytest.mark.parametrize(
    ("before", "now", "absence"),
    [
        pytest.param(settling(), at(29), Absence(False, settling()), id="before the call's deadline: too early"),
        pytest.param(settling(), at(209.999), Absence(False, settling()), id="before deadline + settle: too early"),
        pytest.param(settling(), at(210), Absence(False, settling(absent_at=210)), id="absent for the first time"),
        pytest.param(settling(absent_at=210), at(211), Absence(False, settling(absent_at=210)), id="again too soon"),
        pytest.param(
            settling(absent_at=210), at(389.999), Absence(False, settling(absent_at=210)), id="just before settle"
        ),
        pytest.param(settling(absent_at=210), at(390), Absence(True, settling(absent_at=210)), id="twice: proved"),
        pytest.param(
            settling(absent_at=210), at(9000), Absence(True, settling(absent_at=210)), id="twice, long after: proved"
        ),
        pytest.param(
            settling(absent_at=210),
            at(9000, boot="another"),
            Absence(False, Settling(at(9000, boot="another"), None)),
            id="after a reboot: the waiting starts again",
        ),
        pytest.param(
            settling(),
            at(5, boot="another"),
            Absence(False, Settling(at(5, boot="another"), None)),
            id="on another host whose clock is younger",
        ),
    ],
)
def test_absent_means_absent_twice_a_settle_apart_and_not_before_the_deadline(before, now, absence):
    assert judge_absence(before, now=now, settle=SETTLE) == absence


def test_after_a_reboot_absence_takes_the_whole_time_again():
    state, proved_at = settling(absent_at=210), None
    for second in range(0, 1000, 10):
        absence = judge_absence(state, now=at(second, boot="after"), settle=SETTLE)
        state = absence.settling
        if absence.is_proved:
            proved_at = second
            break

    assert proved_at == 2 * SETTLE.total_seconds()


# -- what an entry is about

CREATE = CreateSale(a_part(), 1, a_draft())
UPDATE = UpdateSale(a_part(), 1, SaleId("sale-1"), a_draft(), a_draft())
VOID = VoidSale(a_part(), 1, SaleId("sale-1"), a_draft(), as_verified=True, why="cancelled")
COMPLETE = CompleteShipment(
    OrderId("42"), ShipmentId("77"), (ShipmentLine(OrderLineId("1"), Decimal(2)),), SaleId("sale-1")
)


@pytest.mark.parametrize(
    ("command", "action"),
    [
        pytest.param(CREATE, Action.CREATE_SALE, id="create"),
        pytest.param(UPDATE, Action.UPDATE_SALE, id="update"),
        pytest.param(VOID, Action.VOID_SALE, id="void"),
        pytest.param(COMPLETE, Action.COMPLETE_SHIPMENT, id="complete"),
    ],
)
def test_every_command_is_one_action_of_one_order(command, action):
    assert (action_of(command), order_of(command)) == (action, "42")


def test_all_that_writes_a_sale_has_its_part_as_subject_and_a_completion_its_shipment():
    elsewhere: Part = a_part(at=AIRPORT)

    assert {subject_of(command) for command in (CREATE, UPDATE, VOID)} == {a_part().subject}
    assert subject_of(COMPLETE) == "shipment:77"
    assert elsewhere.subject != a_part().subject
