"""What another connector has made, beside what we would make: for going live where one ran before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from syncd.domain.adoption import differences_of_others
from syncd.domain.ids import OutletId
from syncd.domain.money import ZERO
from syncd.domain.plan_orders import Create, Step, Update, Void
from syncd.domain.sales import Fulfilment, Sale, SaleDraft


class Likeness(StrEnum):
    NOT_THERE = "not_there"  #: nobody has made it: we would
    SAME = "same"  #: its goods, amounts, total, outlet and way are what we would make
    DIFFERENT = "different"
    SEVERAL = "several"  #: more than one sale has the number


@dataclass(frozen=True, slots=True)
class Twin:
    """What stands under the number of a sale that we would make, and is not ours."""

    likeness: Likeness
    sales: tuple[Sale, ...]
    differs: tuple[str, ...]


def twin_of(draft: SaleDraft, found: Sequence[Sale], fulfilments: Sequence[Fulfilment]) -> Twin:
    """Compare with what the search by number has found; `fulfilments` are those of all of them."""
    theirs = tuple(sale for sale in found if sale.is_standing and sale.source_id != draft.source_id)
    if not theirs:
        return Twin(Likeness.NOT_THERE, (), ())
    if len(theirs) > 1:
        return Twin(Likeness.SEVERAL, theirs, tuple(sale.id for sale in theirs))
    its = [one for one in fulfilments if one.sale == theirs[0].id]
    differs = tuple(differences_of_others(draft, theirs[0], its))
    return Twin(Likeness.DIFFERENT if differs else Likeness.SAME, theirs, differs)


@dataclass(frozen=True, slots=True)
class OutletSum:
    """What a plan comes to at one outlet. `value` is of the sales to make, with tax."""

    outlet: OutletId  # "all" in the sum of all
    creates: int
    value: Decimal
    updates: int
    voids: int


def sums_of(steps: Iterable[Step]) -> list[OutletSum]:
    """By outlet, those with the most value first."""
    sums: dict[OutletId, OutletSum] = {}
    for step in steps:
        outlet = step.part.outlet
        so_far = sums.get(outlet, OutletSum(outlet, 0, ZERO, 0, 0))
        sums[outlet] = OutletSum(
            outlet,
            so_far.creates + isinstance(step, Create),
            so_far.value + (step.draft.total if isinstance(step, Create) else ZERO),
            so_far.updates + isinstance(step, Update),
            so_far.voids + isinstance(step, Void),
        )
    return sorted(sums.values(), key=lambda one: (-one.value, one.outlet))


def in_all(sums: Iterable[OutletSum]) -> OutletSum:
    whole = OutletSum(OutletId("all"), 0, ZERO, 0, 0)
    for one in sums:
        whole = OutletSum(
            whole.outlet,
            whole.creates + one.creates,
            whole.value + one.value,
            whole.updates + one.updates,
            whole.voids + one.voids,
        )
    return whole
