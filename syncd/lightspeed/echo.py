"""What of a sale has to be said again when it is written: an update replaces the whole sale (FACTS 22.2).

Holds what both dialects share: which line of a draft is which line of the sale, which payment is missing, and how
numbers and dates are written.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

import msgspec

from syncd.domain.money import ZERO, to_cents
from syncd.domain.sales import DraftLine, DraftPayment, SaleDraft, SaleLine, SalePayment
from syncd.errors import Refused
from syncd.lightspeed import wire

LINE_NOTE = "line_note"
CONFIRMED = "CONFIRMED"  # the only line status that means something when sent (tutorial "Sales 101")

_encode = msgspec.json.Encoder(decimal_format="number").encode

LineMatch = tuple[DraftLine, tuple[wire.Line, SaleLine] | None]


def to_json(request: msgspec.Struct) -> bytes:
    """The body; every Decimal becomes a JSON number with exactly its digits."""
    return _encode(request)


def plain(value: Decimal) -> Decimal:
    """The number as people write it: no exponent, no trailing zeros, no minus before zero."""
    short = value.normalize() + ZERO
    return short.quantize(Decimal(1)) if short == short.to_integral_value() else short


def plain_or_none(value: wire.Number) -> wire.Number:
    """A number that says something: zero is what stands there anyway."""
    return None if value is None or not value.is_finite() or value == 0 else plain(value)


def dated_time(moment: datetime) -> str:
    """RFC 3339 with Z, as dated requests want it (FACTS 8 and 10)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def classic_time(moment: datetime) -> str:
    """`YYYY-MM-DD HH:MM:SS` in UTC, as 0.9 wants it (FACTS 8)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def match_lines(lines: Sequence[tuple[wire.Line, SaleLine]], draft: SaleDraft) -> list[LineMatch]:
    """Each line of the draft with the line of the sale that it is: by product, in order, same quantity first.

    A line of the sale that no draft line claims is not said again, and so taken off.
    """
    left = list(lines)
    claimed: dict[int, tuple[wire.Line, SaleLine]] = {}
    for same_quantity in (True, False):
        for index, wanted in enumerate(draft.lines):
            if index in claimed:
                continue
            for found in left:
                line = found[1]
                if line.product == wanted.product and (not same_quantity or line.quantity == wanted.quantity):
                    claimed[index] = found
                    left.remove(found)
                    break
    return [(wanted, claimed.get(index)) for index, wanted in enumerate(draft.lines)]


def lines_coming_back(
    lines: Sequence[tuple[wire.Line, SaleLine]], draft: SaleDraft, record: str
) -> list[tuple[DraftLine, tuple[wire.Line, SaleLine]]]:
    """Each line of the draft with the line of the begun return that it is: one of its own, of its product and amounts.

    Raise Refused, before anything is sent, when there is none: the refund would be of more than what comes back.
    """
    left, found = list(lines), []
    for wanted in draft.lines:
        fit = [one for one in left if _is_of(wanted, one[1])]
        if not fit:
            raise Refused(
                f"{record} has no line of {wanted.quantity:f} x {wanted.sku} for {wanted.net}; nothing was sent",
                hint="Finish the parked return in X-Series by hand, then `syncd holds drop`.",
            )
        nearest = min(fit, key=lambda one: abs(one[1].quantity))
        left.remove(nearest)
        found.append((wanted, nearest))
    return found


def _is_of(wanted: DraftLine, begun: SaleLine) -> bool:
    amounts = (to_cents(begun.price * wanted.quantity), to_cents(begun.tax * wanted.quantity))
    has_enough = begun.quantity <= wanted.quantity  # both negative
    return begun.product == wanted.product and has_enough and amounts == (wanted.net, wanted.tax_total)


def missing_payments(paid: Decimal, draft: SaleDraft) -> list[DraftPayment]:
    """What of the draft's payments the sale has not got yet; nothing when it has more."""
    missing = []
    for payment in draft.payments:
        covered = min(max(paid, ZERO), payment.amount)
        paid -= covered
        if payment.amount > covered:
            missing.append(DraftPayment(payment.payment_type, payment.amount - covered, payment.paid_at))
    return missing


def own_amounts(payments: Sequence[SalePayment], draft: SaleDraft) -> list[Decimal]:
    """The amounts of the sale's payments when the draft asks for less: ours are lowered, the largest first.

    Only payments of the draft's types are ours. None is left out: whether an omitted payment is dropped by the dated
    dialect is not stated, so a payment that is not needed any more is said with 0.
    """
    amounts = [payment.amount for payment in payments]
    types = {payment.payment_type for payment in draft.payments}
    surplus = sum(amounts, ZERO) - sum((payment.amount for payment in draft.payments), ZERO)
    for index in sorted(range(len(amounts)), key=lambda index: -amounts[index]):
        if surplus > 0 and payments[index].payment_type in types:
            taken = min(surplus, max(amounts[index], ZERO))
            amounts[index] -= taken
            surplus -= taken
    return amounts


def line_note(row: wire.Line) -> str:
    """The note: an attribute in requests, a field in answers (FACTS 24)."""
    named = (word for word in row.attributes or () if isinstance(word, wire.Named))
    attribute = next((str(word.value) for word in named if word.name == LINE_NOTE and word.value), "")
    return row.note or attribute


def must_say(value: str | None, field: str, record: str) -> str:
    """A field that the request requires. Raise Refused, before anything is sent, when the sale was read without it."""
    if not value:
        raise Refused(
            f"{record} was read without {field}, so it cannot be written back; nothing was sent",
            hint="Look at the sale in X-Series and change it there.",
        )
    return value
