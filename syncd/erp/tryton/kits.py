"""Kits of Tryton's module product_kit: one line of the order, moved as its components.

A kit is told as the ERP sells it: the line, with its SKU and its price. It has left when every component of it has, so
of what was moved the scarcest component counts, and whole kits only. Where the module unfolds a product into lines of
the order instead, these are lines like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from syncd.domain.money import ZERO
from syncd.erp.tryton.quantity import tidy
from syncd.errors import Refused

COMPONENT_ORIGIN = "sale.line.component,"
Amounts = Mapping[str, Decimal]
"""By what moves serve, `sale.line.component,7`: in the unit in which the component's stock is counted."""


@dataclass(frozen=True, slots=True)
class Component:
    """What all the kits of a line together take of one thing."""

    amount: Decimal  # in the unit of its stock
    unit: int
    smallest: Decimal  # that can be said in this unit


@dataclass(frozen=True, slots=True, eq=False)
class Kit:
    """All the kits of one order line. The same line read once more is another object."""

    line: int
    quantity: Decimal  # of the line, in the unit of the kit itself
    components: Mapping[str, Component]  # by what their moves serve

    def made_of(self, amounts: Amounts) -> Decimal:
        """How many whole kits these are enough for."""
        of_each = [amounts.get(one, ZERO) * self.quantity / all_.amount for one, all_ in self.components.items()]
        scarcest = tidy(min(of_each, default=ZERO))
        # All of 2.5 kits is all of them; of less, what is no whole kit is none.
        return scarcest if scarcest == self.quantity else scarcest.to_integral_value(ROUND_FLOOR)

    def taken_by(self, kits: Decimal) -> dict[str, Decimal]:
        """What so many kits take along. Raise Refused where that cannot be counted: half a box, or half a kit.

        Half a kit would leave, and `made_of` would not see it: it would leave once more.
        """
        if not kits:
            return {}
        found = {one: tidy(all_.amount * kits / self.quantity) for one, all_ in self.components.items()}
        is_whole = kits in (self.quantity, kits.to_integral_value())
        if not is_whole or any(amount % self.components[one].smallest for one, amount in found.items()):
            raise Refused(
                f"{kits:f} of the {self.quantity:f} kits of line {self.line} cannot be said in tryton as components",
                hint="Ship it in Tryton with what really left.",
                side="erp",
            )
        return found
