"""What is left of an order that was finished long ago: all that keeps it from happening twice, and nobody's name.

Ids, numbers, lines, amounts, states and links stay. Whose it was and where it went is gone.
"""

from __future__ import annotations

from dataclasses import replace

from syncd.domain.customers import CustomerDraft, CustomerKey
from syncd.domain.journal import CloseReturn, Command, CreateCustomer, CreateSale, UpdateSale, VoidSale
from syncd.domain.orders import Address, Customer, Order, UnreadableOrder
from syncd.domain.sales import Sale, SaleDraft

NO_CUSTOMER = Customer(code="", name="")
NOWHERE = Address()


def forget_order(reading: Order | UnreadableOrder) -> Order | UnreadableOrder:
    if isinstance(reading, UnreadableOrder):
        return replace(reading, raw="")
    return replace(reading, customer=NO_CUSTOMER, address=NOWHERE, comment="")


def forget_draft(draft: SaleDraft) -> SaleDraft:
    return replace(draft, note="", customer=None, ship_to=None)


def forget_sale(sale: Sale) -> Sale:
    return replace(sale, note="", customer=None)


def forget_command(command: Command) -> Command:
    match command:
        case CreateSale(draft=draft) | CloseReturn(draft=draft):
            return replace(command, draft=forget_draft(draft))
        case UpdateSale(before=before, draft=draft):
            return replace(command, before=forget_draft(before), draft=forget_draft(draft))
        case VoidSale(before=before):
            return replace(command, before=forget_draft(before))
        case CreateCustomer():
            return replace(command, key=CustomerKey("", ""), draft=CustomerDraft("", "", ""))
    return command
