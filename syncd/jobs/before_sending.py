"""A look at X-Series just before a write: what others did since is never overwritten."""

from __future__ import annotations

from syncd.domain.ids import SaleId
from syncd.domain.journal import CloseReturn, Command, CreateCustomer, CreateSale, StartReturn, UpdateSale, VoidSale
from syncd.domain.plan_returns import is_as_begun, return_differences
from syncd.domain.reasons import Reason
from syncd.domain.sales import Sale, SaleState
from syncd.domain.verify import differences, is_untouched, update_differences
from syncd.jobs.given import Given

_STOPPED_BY_DELETION = (CreateSale, UpdateSale, StartReturn, CloseReturn, CreateCustomer)  # and some voids


class SomebodysWork(Exception):
    """What is there now is not what we left; it is held, and nothing is sent."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class AlreadySo(Exception):
    """The other side already shows what the entry wants; nothing is sent."""

    def __init__(self, sale: Sale | None) -> None:
        super().__init__(sale.id if sale else "")
        self.sale = sale


def is_stopped_by_deletion(command: Command) -> bool:
    """Whether a command is not sent again for an order that the ERP has deleted meanwhile."""
    return isinstance(command, _STOPPED_BY_DELETION) or (isinstance(command, VoidSale) and command.as_verified)


def still_to_be_returned(given: Given, original: SaleId) -> Sale:
    there = _there(given, original)
    if there.state is not SaleState.CLOSED:
        raise SomebodysWork(Reason.RETURN_WITHOUT_SALE, f"sale {there.invoice_number} is {there.state}")
    return there


def still_as_begun(given: Given, command: CloseReturn) -> Sale:
    there = _there(given, command.sale)
    if not return_differences(command.draft, there):
        raise AlreadySo(there)
    if not is_as_begun(_there(given, command.original), there, command.draft):
        detail = f"the return {there.invoice_number} is {there.state}, and is not as it was begun"
        raise SomebodysWork(Reason.EDITED_AT_TILL, detail)
    return there


def still_ours_to_update(given: Given, command: UpdateSale) -> Sale:
    there = _there(given, command.sale)
    if there.state is SaleState.PENDING and not update_differences(command.before, command.draft, there):
        raise AlreadySo(there)
    if there.state is SaleState.CLOSED:
        raise SomebodysWork(Reason.CHANGED_AFTER_CLOSED, f"sale {there.invoice_number} is closed")
    changed = [*differences(command.before, there), *_handed_over_in_part(given, there)]
    if changed or there.state is not SaleState.PENDING:
        raise SomebodysWork(Reason.EDITED_AT_TILL, "; ".join(changed) or f"it is {there.state}")
    return there


def still_ours_to_void(given: Given, command: VoidSale) -> Sale:
    there = _there(given, command.sale)
    if there.state is SaleState.VOIDED:
        raise AlreadySo(there)
    if there.state is SaleState.CLOSED:
        raise SomebodysWork(Reason.CANCELLED_AFTER_CLOSED, f"sale {there.invoice_number} is closed")
    begun = _handed_over_in_part(given, there)
    changed = [*differences(command.before, there), *begun]
    if not is_untouched(command.before, there):
        raise SomebodysWork(Reason.PAID_BY_OTHERS, "; ".join(changed))
    if changed and (command.as_verified or begun):
        raise SomebodysWork(Reason.EDITED_AT_TILL, "; ".join(changed))
    return there


def _there(given: Given, sale: SaleId) -> Sale:
    found = given.retail.read_sale(sale)
    if found is None:
        raise SomebodysWork(Reason.EDITED_AT_TILL, f"X-Series no longer has the sale {sale}")
    return found


def _handed_over_in_part(given: Given, sale: Sale) -> list[str]:
    """What of an open sale was handed over already; only the dated dialect can hand over in part."""
    if not given.retail.keeps_client_ids or not sale.is_standing:
        return []
    return [
        f"{line.fulfilled:f} of {line.quantity:f} of line {line.sale_line} are handed over"
        for fulfilment in given.retail.read_fulfilments([sale.id])
        for line in fulfilment.lines
        if line.fulfilled > 0
    ]
