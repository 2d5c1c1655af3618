"""What a sale on account still owes: who says that it is paid, and what came too late to be put on it. Pure."""

from __future__ import annotations

from dataclasses import replace

from syncd.domain.money import to_cents
from syncd.domain.rules import Debt, OrderRules
from syncd.domain.sales import Sale, SaleDraft, SaleState


def owed_as_it_stands(wish: SaleDraft, before: SaleDraft | None, sale: Sale, rules: OrderRules) -> SaleDraft:
    """The wish, on account when the sale was made so. Who collects the debt says when it is paid, and nobody else.

    Where that is X-Series the ERP's word of it adds no payment: the customer would have paid twice.
    """
    if not (before.on_account if before is not None else sale.is_on_account):
        return replace(wish, on_account=False)
    if before is None and wish.paid == to_cents(sale.paid):  # found again, as it was made
        return replace(wish, on_account=True)
    made_with = before.payments if before is not None else ()
    return replace(wish, on_account=True, payments=wish.payments if rules.debt is Debt.ERP else made_with)


def paid_too_late(before: SaleDraft, wish: SaleDraft, sale: Sale) -> str:
    """Say that a debt was paid in the ERP after the hand-over, when nothing is put on the sale; empty when not."""
    there = to_cents(sale.paid)
    if not wish.on_account or sale.state is not SaleState.CLOSED or wish.paid <= max(before.paid, there):
        return ""
    return f"handed over with {there} paid; the ERP has received {wish.paid}"
