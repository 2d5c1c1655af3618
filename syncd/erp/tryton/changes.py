"""Which orders changed. Three questions for a quiet tick; only ids and stamps are read.

The sale's own stamp does not move when a line, the party or an address is edited, nor when a shipment is picked
(Tryton 8.2, verified). So every model an order is read from is asked for its own stamps.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import msgspec

from syncd.erp.tryton.rows import STAMPS, AddressRow, PartyRow, Stamped, typed_rows
from syncd.erp.tryton.session import Domain, Session

_OF_SALE = ("", "party.", "party.contact_mechanisms.", "shipment_address.")
_LINE_FIELDS = ["sale", *STAMPS]
_MOVE_FIELDS = ["sale", *STAMPS, *(f"shipment.{stamp}" for stamp in STAMPS)]


@dataclass(frozen=True, slots=True)
class Change:
    """An order, and the first and the last stamp at or after `since` of anything it is read from."""

    order: int
    first: datetime
    last: datetime


class _ChangedSale(Stamped, kw_only=True):
    party: PartyRow | None = msgspec.field(default=None, name="party.")
    shipment_address: AddressRow | None = msgspec.field(default=None, name="shipment_address.")

    def stamps(self) -> Iterator[datetime]:
        yield from Stamped.stamps(self)
        for other in (self.party, self.shipment_address):
            if other is not None:
                yield from other.stamps()


class _ChangedLine(Stamped, kw_only=True):
    sale: int


class _ChangedMove(Stamped, kw_only=True):
    sale: int | None = None
    shipment: Stamped | None = msgspec.field(default=None, name="shipment.")

    def stamps(self) -> Iterator[datetime]:
        yield from Stamped.stamps(self)
        if self.shipment is not None:
            yield from self.shipment.stamps()


def find_changes(session: Session, since: datetime | None) -> list[Change]:
    """Every order with a change at or after `since`, by first stamp, then id; all orders when `since` is None."""
    spans: dict[int, tuple[datetime, datetime]] = {}
    for order, stamp in _stamps(session, since):
        if since is None or stamp >= since:
            first, last = spans.get(order, (stamp, stamp))
            spans[order] = (min(first, stamp), max(last, stamp))
    changes = (Change(order, first, last) for order, (first, last) in spans.items())
    return sorted(changes, key=lambda change: (change.first, change.order))


def watermark_after(changes: list[Change], done: int) -> datetime | None:
    """The stamp up to which everything is read once the first `done` changes are, or None.

    Orders come by their first stamp. So what is left changed at the next order's first stamp or later; that very
    stamp is not complete yet, the one before it is. After the last order it is the newest stamp of all.
    """
    if done >= len(changes):
        return max((change.last for change in changes), default=None)
    border = changes[done].first
    return max((change.first for change in changes[:done] if change.first < border), default=None)


def _stamps(session: Session, since: datetime | None) -> Iterator[tuple[int, datetime]]:
    company = session.of_company()
    if since is None:
        # Every sale is listed anyway: its own stamps are enough to put them into an order.
        yield from _sales(session, company, list(STAMPS))
        return
    yield from _sales(session, [*company, _since(since, *_OF_SALE)], [f"{of}{at}" for of in _OF_SALE for at in STAMPS])
    for page in session.search("sale.line", [company_of("sale", company), _since(since, "")], _LINE_FIELDS):
        for line in typed_rows(page, list[_ChangedLine], "changes"):
            for stamp in line.stamps():
                yield line.sale, stamp
    moved = _since(since, "")
    moved += [[f"shipment.{stamp}", ">=", since, "stock.shipment.out"] for stamp in STAMPS]
    for page in session.search("stock.move", [*company, ["sale", "!=", None], moved], _MOVE_FIELDS):
        for move in typed_rows(page, list[_ChangedMove], "changes"):
            for stamp in move.stamps():
                if move.sale is not None:
                    yield move.sale, stamp


def _sales(session: Session, domain: Domain, fields: list[str]) -> Iterator[tuple[int, datetime]]:
    for page in session.search("sale.sale", domain, fields):
        for sale in typed_rows(page, list[_ChangedSale], "changes"):
            for stamp in sale.stamps():
                # A customer older than the order changed nothing about it before it was there.
                yield sale.id, max(stamp, sale.create_date or stamp)


def _since(since: datetime, *paths: str) -> Domain:
    # write_date is empty until the first update, so create_date is asked as well.
    return ["OR", *([f"{path}{stamp}", ">=", since] for path in paths for stamp in STAMPS)]


def company_of(path: str, company: Domain) -> Domain:
    """The clause of our company for records that lead to it by a path."""
    return [[f"{path}.{name}", *rest] for name, *rest in company]
