"""What a look at the other side, just before a write, may find: then nothing is sent."""

from __future__ import annotations

from syncd.domain.journal import CloseReturn, Command, CreateCustomer, CreateSale, StartReturn, UpdateSale, VoidSale
from syncd.domain.reasons import Reason
from syncd.domain.sales import Sale

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
