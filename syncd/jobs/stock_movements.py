"""Read what moved levels in X-Series beside sales: completed consignments and adjustments (term M)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from syncd.domain.movements import Movement, moved_levels, movement_of, movements_of
from syncd.domain.stock_changes import AdjustmentReason, Consignment, StockAdjustment
from syncd.errors import Forbidden, Refused
from syncd.jobs.given import Given
from syncd.log import logger
from syncd.store import cursors, movements

LINES_READ_MAX = 200  # consignments of which a run reads the products: the others' turn comes with the next run


def read_movements(given: Given, *, since: datetime) -> str:
    """Keep what moved at or after `since`; return why it is not fully known, or an empty text.

    A token without the scopes is no failure: M is then unknown, and says so.
    """
    unknown = [
        _unless_forbidden("consignments", lambda: _read_consignments(given, since)),
        _unless_forbidden("stock adjustments", lambda: _read_adjustments(given, since)),
    ]
    with given.database.write() as tx:
        movements.forget_before(tx, given.account, since)
    return "; ".join(why for why in unknown if why)


def _unless_forbidden(what: str, read: Callable[[], str]) -> str:
    try:
        return read()
    except Forbidden as error:
        logger("stock").info("term M is unknown", of=what, error=str(error))
        return f"the token may not read {what}"


def _read_consignments(given: Given, since: datetime) -> str:
    account, read = given.account, 0
    with given.database.write() as tx:
        ticket = cursors.take_ticket(tx, account)
        after = cursors.version(tx, account, cursors.CONSIGNMENTS)
    for page in given.retail.read_consignments(after=after):
        for one in sorted(page, key=lambda one: one.version):
            found: list[Movement] = []
            if _matters(one, since):
                if read == LINES_READ_MAX:
                    return f"more than {LINES_READ_MAX} consignments at once: the next run reads on"
                read += 1
                lines = given.retail.read_consignment_lines(one.id)
                found = list(movements_of(one, lines, seen_at=given.clock.now()))
            with given.database.write() as tx:
                movements.keep(tx, account, found)
                version = str(one.version)
                cursors.move(tx, account, cursors.CONSIGNMENTS, version, ticket=ticket, now=given.clock.now())
    return ""


def _matters(one: Consignment, since: datetime) -> bool:
    return moved_levels(one) and (one.received_at is None or one.received_at >= since)


def _read_adjustments(given: Given, since: datetime) -> str:
    account = given.account
    with given.database.write() as tx:
        ticket = cursors.take_ticket(tx, account)
        after = cursors.version(tx, account, cursors.ADJUSTMENTS)
    reasons: dict[str, AdjustmentReason] = {}
    try:
        for page in given.retail.read_adjustments(after=after):
            if not reasons and any(one.custom_reason for one in page):
                reasons = {one.id: one for one in given.retail.read_adjustment_reasons()}
            with given.database.write() as tx:
                movements.keep(tx, account, _moved(given, page, reasons, since))
                newest = str(max(one.version for one in page))
                cursors.move(tx, account, cursors.ADJUSTMENTS, newest, ticket=ticket, now=given.clock.now())
    except Refused as error:
        if error.status is not None:
            raise
        # Nothing was sent: the classic dialect has no adjustments at all.
    return ""


def _moved(
    given: Given, page: list[StockAdjustment], reasons: dict[str, AdjustmentReason], since: datetime
) -> list[Movement]:
    found = (movement_of(one, reasons, seen_at=given.clock.now()) for one in page)
    return [one for one in found if one is not None and one.moved_at >= since]
