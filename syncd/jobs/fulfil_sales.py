"""What the ERP has shipped is handed over in X-Series: read before, written by totals, and read again after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from syncd.domain.ids import SaleId, SaleLineId
from syncd.domain.journal import FulfilSale
from syncd.domain.money import ZERO, to_cents
from syncd.domain.part_story import fulfilled_lines
from syncd.domain.ports import Retail
from syncd.domain.reasons import Reason
from syncd.domain.sales import Fulfilment, FulfilmentState, FulfilmentStep, Sale, SaleState
from syncd.domain.verify import goods_differences
from syncd.errors import Conflict, NotSent, Unanswered
from syncd.jobs.before_sending import AlreadySo, SomebodysWork
from syncd.jobs.feed import keep_read_sales
from syncd.jobs.given import Given
from syncd.jobs.read_fulfilments import read_and_keep
from syncd.store import parts, seen
from syncd.store.database import Transaction

ON_ACCOUNT = "onaccount"


@dataclass(frozen=True, slots=True)
class Ready:
    """A sale as it was just read, and what is to be handed over of it now: steps per fulfilment, or all of it."""

    sale: Sale
    steps: tuple[tuple[Fulfilment, tuple[FulfilmentStep, ...]], ...] = ()


def look_before(given: Given, command: FulfilSale) -> Ready:
    """Raise AlreadySo when nothing is left to hand over, SomebodysWork when the sale is not what we left."""
    there = given.retail.read_sale(command.sale)
    if there is None:
        raise SomebodysWork(Reason.NOT_SEEN, f"X-Series no longer has the sale {command.sale}")
    if there.state is SaleState.CLOSED:
        raise AlreadySo(there)
    if there.state is not SaleState.PENDING:
        raise SomebodysWork(Reason.VOIDED_BY_HAND, f"sale {there.invoice_number} is {there.state}")
    if changed := _changed(given, command, there):
        raise SomebodysWork(Reason.EDITED_AT_TILL, "; ".join(changed))
    if command.whole:
        return Ready(there)
    fulfilments = read_and_keep(given, command.sale)
    missing = _missing(command, fulfilments)
    if not missing:
        raise AlreadySo(there)
    steps = _steps(missing, fulfilments)
    if not steps:
        said = ", ".join(f"{quantity:f} of its line {line}" for line, quantity in sorted(missing.items()))
        raise SomebodysWork(Reason.FULFIL_REFUSED, f"no fulfilment of sale {there.invoice_number} has open {said}")
    return Ready(there, steps)


def hand_over(retail: Retail, ready: Ready) -> None:
    """Write: all of the sale, or of each fulfilment its steps, each at the version at which it was read."""
    if not ready.steps:
        retail.fulfil_sale(ready.sale)
        return
    for number, (fulfilment, steps) in enumerate(ready.steps):
        try:
            _step(retail, fulfilment, steps)
        except NotSent as error:
            if number == 0:
                raise
            # This request did nothing, but the one before it did.
            raise Unanswered(f"sale {ready.sale.id} is handed over in part: {error.message}") from error


def _step(retail: Retail, fulfilment: Fulfilment, steps: Sequence[FulfilmentStep]) -> None:
    """Raise NotSent when a shop was quicker: with its version gone nothing was done, and the rest is asked for anew."""
    try:
        retail.fulfil(fulfilment, steps)
    except Conflict as error:
        now = {one.id: one.version for one in retail.read_fulfilments([fulfilment.sale])}
        if now.get(fulfilment.id) == fulfilment.version:
            raise  # refused for another reason, which a conflict can be as well
        raise NotSent(f"fulfilment {fulfilment.id} has changed since it was read: {error.message}") from error


def is_fulfilled(given: Given, command: FulfilSale, sale: Sale | None, fulfilments: Sequence[Fulfilment]) -> bool:
    """True when X-Series shows as much handed over as was asked for, be it of a sale that stays open."""
    if sale is not None and sale.state is SaleState.CLOSED:
        return True
    return given.retail.fulfils_in_part and not _missing(command, fulfilments)


def read_sale_and_fulfilments(given: Given, command: FulfilSale) -> tuple[Sale | None, Sequence[Fulfilment]]:
    """Both routes by which it shows what was handed over."""
    sale = given.retail.read_sale(command.sale)
    if sale is not None:
        keep_read_sales(given, [sale])
    if not given.retail.fulfils_in_part or (sale is not None and sale.state is SaleState.CLOSED):
        return sale, []
    return sale, read_and_keep(given, command.sale)


def reason_of_refusal(tx: Transaction, given: Given, sale: SaleId) -> Reason:
    """Why X-Series did not hand it over, as far as can be told: no refusal of the vendor's has a code."""
    known = seen.get(tx, given.account, sale)
    if known is not None and ON_ACCOUNT not in known.attributes and to_cents(known.paid) < to_cents(known.total):
        return Reason.SALE_UNPAID
    return Reason.FULFIL_REFUSED


def _changed(given: Given, command: FulfilSale, there: Sale) -> list[str]:
    """What of its goods is not as we verified it: what the ERP has shipped is then not what the sale says."""
    with given.database.read() as tx:
        records = parts.of_order(tx, given.account, command.part.order)
    made = next((one.draft for one in records if one.part == command.part and one.sale == command.sale), None)
    return goods_differences(made, there) if made is not None else []


def _missing(command: FulfilSale, fulfilments: Sequence[Fulfilment]) -> dict[SaleLineId, Decimal]:
    done = fulfilled_lines(fulfilments)
    missing = {line: total - done.get(line, ZERO) for line, total in command.lines}
    return {line: quantity for line, quantity in missing.items() if quantity > 0}


def _steps(
    missing: Mapping[SaleLineId, Decimal], fulfilments: Sequence[Fulfilment]
) -> tuple[tuple[Fulfilment, tuple[FulfilmentStep, ...]], ...]:
    """What each open fulfilment gives of it."""
    left = dict(missing)
    found = []
    for fulfilment in sorted(fulfilments, key=lambda one: (len(one.id), one.id)):
        if fulfilment.state is not FulfilmentState.OPEN:
            continue
        steps = []
        for line in fulfilment.lines:
            quantity = min(left.get(line.sale_line, ZERO), line.quantity - line.fulfilled)
            if quantity > 0:
                steps.append(FulfilmentStep(line.sale_line, quantity))
                left[line.sale_line] -= quantity
        if steps:
            found.append((fulfilment, tuple(steps)))
    return tuple(found)
