"""Which orders are not for X-Series, and by which rule: every order that is ignored names it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from syncd.domain.orders import Order, OrderState
from syncd.domain.reasons import Reason
from syncd.domain.rules import IgnoreRules, OrderRules, Returns


@dataclass(frozen=True, slots=True)
class Ignored:
    """Why an order never becomes a sale; `detail` names the rule and what it met."""

    reason: Reason
    detail: str = ""


def ignored(order: Order, rules: OrderRules) -> Ignored | None:
    """Return the first rule by which the order is none of ours, or None."""
    if order.state is OrderState.CANCELLED:
        return Ignored(Reason.CANCELLED)
    if order.state not in rules.states:
        return Ignored(Reason.STATE_NOT_LISTED, order.state)
    if order.confirmed_at < rules.start:
        return Ignored(Reason.BEFORE_START, f"{order.confirmed_at.isoformat()} is before {rules.start.isoformat()}")
    by_rule = next(rules_met(order, rules.ignore), None)
    if by_rule is not None:
        return Ignored(Reason.IGNORED_BY_RULE, ": ".join(by_rule))
    if not order.goods:
        return Ignored(Reason.NOTHING_TO_HAND_OVER)
    if all(line.quantity == 0 and line.cancelled > 0 for line in order.goods):
        return Ignored(Reason.CANCELLED)
    if order.is_return and rules.returns is Returns.IGNORE:
        return Ignored(Reason.RETURN_IGNORED, goods_back(order))
    if order.is_shipped_in_full:
        return Ignored(Reason.DONE_BEFORE_START)
    return None


def goods_back(order: Order) -> str:
    """`2 x MUG, -22.00`: what a return takes back, and what is given for it."""
    lines = [line for line in order.goods if line.quantity.is_finite() and line.quantity < 0]
    return ", ".join([*(f"{-line.quantity:f} x {line.sku}" for line in lines), f"{order.total:f}"])


def rules_met(order: Order, ignore: IgnoreRules) -> Iterator[tuple[str, str]]:
    """Each rule of `orders.ignore` that the order meets: its key, and what it met.

    People type them: letters' case is no matter.
    """
    for word in _same(ignore.tags, order.tags):
        yield "orders.ignore.tags", word
    for word in _same(ignore.customers, (order.customer.code,)):
        yield "orders.ignore.customers", word
    for key, patterns, text in (
        ("numbers", ignore.numbers, order.number),
        ("references", ignore.references, order.reference),
    ):
        for pattern in patterns:
            if fnmatchcase(text.casefold(), pattern.casefold()):
                yield f"orders.ignore.{key}", f"{pattern} fits {text}"


def _same(listed: Iterable[str], said: Iterable[str]) -> Iterator[str]:
    there = {word.strip().casefold() for word in said}
    return (word for word in listed if word.strip().casefold() in there)
