"""When a plan of corrections is too much to be true: per outlet, and over all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from syncd.domain.ids import OutletId
from syncd.domain.money import ZERO
from syncd.domain.plan_corrections import Correction

ROWS_MIN = 20  # fewer rows tell nothing of shares
OVER_ALL = "over all"


@dataclass(frozen=True, slots=True)
class StockBrakes:
    """How much one plan may change, at each outlet and over all, before a person is asked. Shares are fractions."""

    changed: Decimal = Decimal("0.20")
    to_zero: Decimal = Decimal("0.05")
    matched: Decimal = Decimal("0.80")  # of the ERP's levels that have a product in X-Series; the least
    rows_changed: int = 2_000
    units: Decimal = Decimal(500)


@dataclass(frozen=True, slots=True)
class SideNumbers:
    """How full both sides are at one outlet, or over all."""

    name: str
    rows: int = 0  # levels that both sides have
    erp_full: int = 0  # of them, not zero in the ERP
    retail_full: int = 0  # of them, not zero in X-Series
    erp_rows: int = 0  # levels of the ERP
    erp_matched: int = 0  # of them, of a product that X-Series has

    def plus(self, other: SideNumbers) -> SideNumbers:
        return SideNumbers(
            self.name,
            self.rows + other.rows,
            self.erp_full + other.erp_full,
            self.retail_full + other.retail_full,
            self.erp_rows + other.erp_rows,
            self.erp_matched + other.erp_matched,
        )


def tripped(
    corrections: Iterable[Correction], sides: Mapping[OutletId, SideNumbers], limits: StockBrakes
) -> tuple[str, ...]:
    """By what the corrections are too much, in words; nothing of an outlet with few rows, and nothing of no plan."""
    by_outlet: dict[OutletId, list[Correction]] = defaultdict(list)
    for one in corrections:
        by_outlet[one.outlet].append(one)
    if not by_outlet:
        return ()
    found: list[str] = []
    whole, everything = SideNumbers(OVER_ALL), list[Correction]()
    for outlet, numbers in sides.items():
        whole = whole.plus(numbers)
        here = by_outlet.get(outlet, [])
        everything += here
        if here and numbers.rows >= ROWS_MIN:
            found += _too_much(numbers, here, limits)
    if len(by_outlet) > 1 or not found:
        found += _too_much(whole, everything, limits)
    return tuple(found)


def _too_much(sides: SideNumbers, here: list[Correction], limits: StockBrakes) -> list[str]:
    zeros = sum(one.expected == 0 for one in here)
    units = sum((abs(one.delta) for one in here), ZERO)
    found = []
    if sides.rows >= ROWS_MIN:
        found += _empty(sides)
        found += _share("rows changed", len(here), sides.rows, limits.changed)
        found += _share("rows to zero", zeros, sides.rows, limits.to_zero)
        if sides.erp_matched < sides.erp_rows * limits.matched:
            share = _percent(Decimal(sides.erp_matched) / sides.erp_rows)
            found.append(
                f"only {share} of the ERP's levels have a product in X-Series (least {_percent(limits.matched)})"
            )
    if len(here) > limits.rows_changed:
        found.append(f"{len(here)} rows changed (limit {limits.rows_changed})")
    if units > limits.units:
        found.append(f"{units.normalize():f} units changed (limit {limits.units:f})")
    return [f"{sides.name}: {words}" for words in found]


def _share(what: str, count: int, rows: int, limit: Decimal) -> list[str]:
    if count <= rows * limit:
        return []
    return [f"{count} of {rows} {what}, {_percent(Decimal(count) / rows)} (limit {_percent(limit)})"]


def _empty(sides: SideNumbers) -> list[str]:
    """One side full and the other without a single unit: a wrong place, or a lost right. Two empty ones are quiet."""
    if sides.retail_full and not sides.erp_full:
        return [f"the ERP has nothing of {sides.rows} products, and X-Series has {sides.retail_full}"]
    if sides.erp_full and not sides.retail_full:
        return [f"X-Series has nothing of {sides.rows} products, and the ERP has {sides.erp_full}"]
    return []


def _percent(share: Decimal) -> str:
    """As people read it: `23.8%`."""
    number = f"{share * 100:.1f}"
    return f"{number.removesuffix('.0')}%"
