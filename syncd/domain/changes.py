"""What a newer reading of an order says that the one before it had not, in words. It names no person and no address."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from syncd.domain.orders import Order, OrderLine, UnreadableOrder

Reading = Order | UnreadableOrder


def changes(before: Reading, after: Reading) -> list[str]:
    """In the order in which a person would ask: the state, the lines, the money, the rest. May be none."""
    if isinstance(after, UnreadableOrder):
        return [f"it cannot be understood: {after.problem}"]
    if isinstance(before, UnreadableOrder):
        return ["it can be understood again"]
    return [*_of_the_state(before, after), *_of_the_lines(before.lines, after.lines), *_of_the_rest(before, after)]


def _of_the_state(before: Order, after: Order) -> Iterator[str]:
    if before.state is not after.state:
        yield f"state {before.state} -> {after.state}"
    if before.undecided != after.undecided:
        yield "a person has to decide it in the ERP" if after.undecided else "it was decided in the ERP"
    if before.paid != after.paid:
        yield "paid" if after.paid else "no longer paid"
    elif before.paid_amount != after.paid_amount and not after.paid:
        yield f"received {_amount(before)} -> {_amount(after)}"


def _of_the_lines(before: Sequence[OrderLine], after: Sequence[OrderLine]) -> Iterator[str]:
    there, now = _by_place(before), _by_place(after)
    for key, line in now.items():
        if key in there:
            yield from _of_a_line(there[key], line)
        else:
            yield f"{_named(line)} added{_leaving_from(line)}"
    for key, line in there.items():
        if key not in now:
            yield f"{_named(line)} taken away{_leaving_from(line)}"


def _by_place(lines: Sequence[OrderLine]) -> dict[tuple[object, ...], OrderLine]:
    """A line that is served from two locations is two; one that moved whole is the same line."""
    ids = [line.id for line in lines]
    return {(line.id, line.location if ids.count(line.id) > 1 else None): line for line in lines}


def _named(line: OrderLine) -> str:
    return f"{_short(line.quantity)} x {line.sku or line.description or 'a line without SKU'}"


def _leaving_from(line: OrderLine) -> str:
    return f" (leaves from {line.location})" if line.location else ""


def _of_a_line(before: OrderLine, after: OrderLine) -> Iterator[str]:
    name = after.sku or after.description or f"line {after.id}"
    if before.sku != after.sku:
        yield f"{before.sku} is now {after.sku}"
    for word, was, is_ in (
        ("quantity", before.quantity, after.quantity),
        ("shipped", before.shipped, after.shipped),
        ("cancelled", before.cancelled, after.cancelled),
        ("unit price", before.unit_price, after.unit_price),
    ):
        if was != is_:
            yield f"{name}: {word} {_short(was)} -> {_short(is_)}"
    if before.location != after.location:
        yield f"{name}: leaves from {before.location or 'nowhere'} -> {after.location or 'nowhere'}"
    if before.taxes != after.taxes:
        yield f"{name}: taxes {_taxes(before)} -> {_taxes(after)}"


def _taxes(line: OrderLine) -> str:
    return " + ".join(tax.name for tax in line.taxes) or "none"


def _of_the_rest(before: Order, after: Order) -> Iterator[str]:
    for word, was, is_ in (
        ("total", f"{before.total:f}", f"{after.total:f}"),
        ("currency", before.currency, after.currency),
        ("number", before.number, after.number),
        ("delivery", before.delivery or "none", after.delivery or "none"),
    ):
        if was != is_:
            yield f"{word} {was} -> {is_}"
    for word, is_the_same in (
        ("the customer's reference", before.reference == after.reference),
        ("the customer", before.customer == after.customer),
        ("the address", before.address == after.address),
        ("the confirmation", before.confirmed_at == after.confirmed_at),
    ):
        if not is_the_same:
            yield f"{word} changed"


def _amount(order: Order) -> str:
    return "unknown" if order.paid_amount is None else f"{order.paid_amount:f}"


def _short(number: Decimal) -> str:
    """Without needless zeros; what is no number as it is."""
    return f"{number.normalize():f}" if number.is_finite() else str(number)
