"""Exact money: rounding to cents, and splitting so that the pieces sum to the whole. Amounts are `Decimal`."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
UNIT_DIGITS = Decimal("0.00001")  # digits that X-Series shows for a unit price (FACTS 17)
ZERO = Decimal(0)


class DoesNotAddUp(ValueError):
    """The pieces cannot be rounded so that they sum to the whole."""


def to_cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def to_cents_half_even(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_HALF_EVEN)


def to_unit(amount: Decimal, quantity: Decimal) -> Decimal:
    """The amount of one piece, with the digits that X-Series keeps."""
    return (amount / quantity).quantize(UNIT_DIGITS, rounding=ROUND_HALF_EVEN).normalize() + ZERO


def round_to_sum(exact: Sequence[Decimal], total: Decimal) -> list[Decimal]:
    """Round each amount to cents so that they sum to `total`, each less than two cents from its exact value.

    The cents that rounding down leaves go to the largest remainders, first come first served.
    Raise DoesNotAddUp when `total` is not within one cent a piece of the exact sum.
    """
    if abs(total - sum(exact, ZERO)) > CENT * len(exact):
        raise DoesNotAddUp(f"{sum(exact, ZERO)} cannot be rounded to {total}")
    floors = [amount.quantize(CENT, rounding=ROUND_FLOOR) for amount in exact]
    left = int((total - sum(floors, ZERO)) / CENT)
    order = sorted(range(len(exact)), key=lambda i: (floors[i] - exact[i], i))
    step = CENT if left >= 0 else -CENT
    if step < 0:
        order.reverse()
    for turn in range(abs(left)):
        floors[order[turn % len(order)]] += step
    return floors


def split_by_weight(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Split an amount in cents over weights by largest remainder; the pieces sum to the amount.

    With no weight at all, everything goes to the first.
    """
    whole = sum(weights, ZERO)
    if whole == 0:
        return [total, *([ZERO] * (len(weights) - 1))]
    return round_to_sum([total * weight / whole for weight in weights], total)
