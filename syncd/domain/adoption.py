"""May a sale that a person names be taken for a part of an order? It must hold what the part asks for.

A sale is ours by its source alone, and no number ever links one (DESIGN 4). What other software or a till has made
becomes a part's sale only because a person says so, and only where it is the same goods, at the same outlet, in the
same way and for the same money. See docs/decisions/0010-adopt-by-hand.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from syncd.domain.ids import OutletId
from syncd.domain.money import to_cents
from syncd.domain.plan_orders import Create
from syncd.domain.sales import Fulfilment, Sale, SaleDraft, SaleState
from syncd.domain.verify import fulfilment_differences, goods_differences


@dataclass(frozen=True, slots=True)
class Match:
    """`part` is what the sale may be taken for; else `against` says, part by part, what speaks against it."""

    part: Create | None
    against: tuple[str, ...]


def match(sale: Sale, fulfilments: Sequence[Fulfilment], wanted: Sequence[Create], names: dict[OutletId, str]) -> Match:
    """Find the part without a sale that this sale of somebody else is. Its payments and its number are not asked."""
    if sale.is_ours:
        return Match(None, (f"the sale is ours and names another order or part: {sale.source_id}",))
    if sale.state not in (SaleState.PENDING, SaleState.CLOSED):
        return Match(None, (f"the sale is {sale.state}",))
    if not sale.is_readable or sale.return_for is not None:
        return Match(None, ("the sale cannot be read whole" if sale.return_for is None else "the sale is a return",))
    against = []
    for step in wanted:
        found = differences_of_others(step.draft, sale, fulfilments)
        if not found:
            return Match(step, ())
        outlet = names.get(step.part.outlet, step.part.outlet)
        against.append(f"{step.part.method} at {outlet}: {'; '.join(found)}")
    return Match(None, tuple(against) or ("no part of the order is without a sale",))


def differences_of_others(draft: SaleDraft, sale: Sale, fulfilments: Sequence[Fulfilment]) -> list[str]:
    """By what a sale that others have made is not what we would make: goods, amounts, total, outlet, way."""
    found = []
    if sale.method is not None and sale.method is not draft.method:
        found.append(f"it is for {sale.method}")
    if sale.outlet is not None and sale.outlet != draft.outlet and not fulfilments:
        found.append(f"it is at outlet {sale.outlet}")
    found.extend(fulfilment_differences(draft, fulfilments))
    found.extend(goods_differences(draft, sale))
    if to_cents(sale.total) != draft.total:
        found.append(f"its total is {to_cents(sale.total)}, not {draft.total}")
    return found
