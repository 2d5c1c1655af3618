"""The protocol by which nothing is sent twice: the states of an entry, and what each outcome of a send leads to.

A journal entry is a write to either side, decided and stored before it is sent. See DESIGN part 7 and docs/journal.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

from syncd.domain.clock import BootTime
from syncd.domain.customers import CustomerDraft, CustomerKey
from syncd.domain.identity import Part, shipment_subject
from syncd.domain.ids import OrderId, SaleId, SaleLineId, ShipmentId, Subject
from syncd.domain.plan_corrections import Way
from syncd.domain.sales import SaleDraft
from syncd.domain.shipments import ShipmentLine
from syncd.errors import Conflict, Forbidden, NotEnoughStock, NotSent, OutsideError, Refused, Throttled, Unauthorized

RESEND_WAIT_FIRST = timedelta(seconds=2)
RESEND_WAIT_MAX = timedelta(minutes=10)
SENDING_AGE_MAX = timedelta(seconds=5)  # older than this just before the first byte: not sent, decided anew


class EntryState(StrEnum):
    WAITING = "waiting"  #: decided; nothing has left this machine in this attempt
    SENDING = "sending"  #: about to be sent, or sent: a death here makes it `unknown`
    ANSWERED = "answered"  #: answered well; not yet seen in the other side's own reads
    UNKNOWN = "unknown"  #: it may have happened: looked up by every route before anything is sent again
    DONE = "done"  #: seen as it was meant
    HELD = "held"  #: a person decides
    SUPERSEDED = "superseded"  #: decided anew: nothing of it was ever sent, or it is proved that nothing happened


OPEN = (EntryState.WAITING, EntryState.SENDING, EntryState.ANSWERED, EntryState.UNKNOWN)


class Action(StrEnum):
    CREATE_SALE = "create_sale"
    UPDATE_SALE = "update_sale"
    VOID_SALE = "void_sale"
    COMPLETE_SHIPMENT = "complete_shipment"
    CREATE_CUSTOMER = "create_customer"
    FULFIL_SALE = "fulfil_sale"
    BEGIN_RETURN = "begin_return"
    FINISH_RETURN = "finish_return"
    CORRECT_STOCK = "correct_stock"


@dataclass(frozen=True, slots=True)
class CreateSale:
    part: Part
    generation: int
    draft: SaleDraft


@dataclass(frozen=True, slots=True)
class UpdateSale:
    part: Part
    generation: int
    sale: SaleId
    before: SaleDraft  # as last verified: anything else there now is somebody's work
    draft: SaleDraft


@dataclass(frozen=True, slots=True)
class VoidSale:
    part: Part
    generation: int
    sale: SaleId
    before: SaleDraft
    as_verified: bool  # it must be exactly `before`; else nothing may be on it that is not in `before`
    why: str


@dataclass(frozen=True, slots=True)
class StartReturn:
    """Begin the return of a closed sale: a parked sale of all its goods."""

    part: Part  # of the order that takes goods back
    original: SaleId


@dataclass(frozen=True, slots=True)
class CloseReturn:
    """Reduce the parked return to what comes back, refund and close it."""

    part: Part
    original: SaleId
    sale: SaleId
    draft: SaleDraft


@dataclass(frozen=True, slots=True)
class CompleteShipment:
    order: OrderId
    shipment: ShipmentId
    lines: tuple[ShipmentLine, ...]
    sale: SaleId


@dataclass(frozen=True, slots=True)
class FulfilSale:
    """Let X-Series hand over what the ERP has shipped: so much of each line in all, whatever was handed over before."""

    part: Part
    generation: int
    sale: SaleId
    lines: tuple[tuple[SaleLineId, Decimal], ...]  # of goods; totals, not steps
    whole: bool  # the sale is finished by it, fees and all


@dataclass(frozen=True, slots=True)
class CreateCustomer:
    order: OrderId  # the first that needs it
    key: CustomerKey  # by which it is found, before and after
    draft: CustomerDraft


@dataclass(frozen=True, slots=True)
class CorrectStock:
    """Bring a batch of levels to what is expected. Its rows are a table of their own: they come in thousands."""

    way: Way
    rows: int
    units: Decimal  # of all rows, whatever their sign


#: All corrections of an account are about one thing: no two batches may be in flight, for nothing tells them apart.
CORRECTIONS_SUBJECT = Subject("stock:corrections")

Command = (
    CreateSale
    | UpdateSale
    | VoidSale
    | StartReturn
    | CloseReturn
    | CompleteShipment
    | FulfilSale
    | CreateCustomer
    | CorrectStock
)

COMMANDS: dict[Action, type[Command]] = {
    Action.CREATE_SALE: CreateSale,
    Action.UPDATE_SALE: UpdateSale,
    Action.VOID_SALE: VoidSale,
    Action.COMPLETE_SHIPMENT: CompleteShipment,
    Action.CREATE_CUSTOMER: CreateCustomer,
    Action.FULFIL_SALE: FulfilSale,
    Action.BEGIN_RETURN: StartReturn,
    Action.FINISH_RETURN: CloseReturn,
    Action.CORRECT_STOCK: CorrectStock,
}


def action_of(command: Command) -> Action:
    return next(action for action, kind in COMMANDS.items() if isinstance(command, kind))


def subject_of(command: Command) -> Subject:
    match command:
        case CompleteShipment(shipment=shipment):
            return shipment_subject(shipment)
        case CreateCustomer(key=key):
            return key.subject
        case CorrectStock():
            return CORRECTIONS_SUBJECT
    return command.part.subject


def order_of(command: Command) -> OrderId:
    """The order that the command is for; empty for what is of no order."""
    match command:
        case CompleteShipment() | CreateCustomer():
            return command.order
        case CorrectStock():
            return OrderId("")
    return command.part.order


class Absent(StrEnum):
    """What it means when an entry is looked up by every route and not found."""

    RESEND = "resend"
    HOLD = "hold"
    NO_STOCK = "no_stock"  #: held too, for want of goods that may be there in an hour


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an outcome leads to. `resend_after` for `waiting`, `absent` for `unknown`."""

    state: EntryState
    resend_after: timedelta = timedelta(0)
    absent: Absent = Absent.RESEND
    stops_job: bool = False


def verdict_on(error: OutsideError, *, attempts: int) -> Verdict:
    """The outcome table of DESIGN 7.2. `attempts` counts this one: 1 is the first."""
    match error:
        case Throttled():
            return Verdict(EntryState.WAITING, resend_after=error.wait)
        case NotSent():
            return Verdict(EntryState.WAITING, resend_after=resend_wait(attempts))
        case Unauthorized():
            return Verdict(EntryState.WAITING, stops_job=True)
        case Forbidden():
            return Verdict(EntryState.WAITING, stops_job=True)
        case Conflict():
            return Verdict(EntryState.UNKNOWN, absent=Absent.HOLD)
        case NotEnoughStock() if attempts > 1:
            return Verdict(EntryState.UNKNOWN, absent=Absent.NO_STOCK)
        case Refused() if attempts > 1:
            return Verdict(EntryState.UNKNOWN, absent=Absent.HOLD)
        case Refused():
            return Verdict(EntryState.HELD)
    return Verdict(EntryState.UNKNOWN)


def resend_wait(attempts: int) -> timedelta:
    """Doubling from two seconds to ten minutes."""
    doublings = min(max(attempts - 1, 0), 10)
    return min(RESEND_WAIT_FIRST * (1 << doublings), RESEND_WAIT_MAX)


@dataclass(frozen=True, slots=True)
class Settling:
    """How far the look-up of an unknown entry has come. All on the boot clock."""

    deadline: BootTime  # when the call must have ended on the other side
    absent_at: BootTime | None  # of the first look-up that found nothing by any route


@dataclass(frozen=True, slots=True)
class Absence:
    """After a look-up found nothing: conclude, or look again."""

    is_proved: bool
    settling: Settling


def judge_absence(settling: Settling, *, now: BootTime, settle: timedelta) -> Absence:
    """Absent means: absent by all routes twice, `settle` apart, the first not before the deadline + settle.

    Another boot or another machine cannot know how long ago the call was: it starts the waiting again.
    """
    since_deadline = now.since(settling.deadline)
    if since_deadline is None:
        return Absence(False, Settling(now, None))
    if since_deadline < settle:
        return Absence(False, Settling(settling.deadline, None))
    since_first = now.since(settling.absent_at) if settling.absent_at else None
    if since_first is None:
        return Absence(False, Settling(settling.deadline, now))
    return Absence(since_first >= settle, settling)
