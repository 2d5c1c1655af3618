"""What X-Series has booked of our corrections, and our two reasons, by which they are known again."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from syncd.domain.journal import CorrectStock
from syncd.domain.plan_corrections import Correction, Key, Way, matched_as_booked
from syncd.domain.stock import BadQuantity, scaled, unscaled
from syncd.domain.stock_changes import OUR_REASONS, AdjustmentReason
from syncd.errors import Conflict, Refused
from syncd.jobs.given import Given
from syncd.log import logger
from syncd.store import cursors
from syncd.store.journal import Entry

RAISES, LOWERS = OUR_REASONS


def our_reasons(given: Given) -> dict[bool, AdjustmentReason]:
    """The two reasons by whether they raise a level, found by name or made. Raise Refused when one cannot be used."""
    found = _known(given)
    for raises, name in ((True, RAISES), (False, LOWERS)):
        if raises in found:
            continue
        try:
            found[raises] = given.retail.create_adjustment_reason(name, raises=raises)
        except Conflict:  # somebody else has just made it
            found = {**found, **_known(given)}
    unfit = [name for raises, name in ((True, RAISES), (False, LOWERS)) if not _is_fit(found.get(raises))]
    if unfit:
        raise Refused(
            f"the adjustment reason {' and '.join(unfit)} cannot be used: it is switched off, or has the wrong sign",
            hint="Mend it in X-Series, or rename it: syncd makes its own.",
        )
    return found


def _known(given: Given) -> dict[bool, AdjustmentReason]:
    by_name = {one.name: one for one in given.retail.read_adjustment_reasons()}
    return {raises: by_name[name] for raises, name in ((True, RAISES), (False, LOWERS)) if name in by_name}


def _is_fit(reason: AdjustmentReason | None) -> bool:
    return reason is not None and reason.enabled and reason.raises is (reason.name == RAISES)


def newest_adjustment(given: Given) -> int:
    """The version that the adjustments have reached: whatever is booked later has a higher one."""
    with given.database.read() as tx:
        newest = cursors.version(tx, given.account, cursors.ADJUSTMENTS)
    for page in given.retail.read_adjustments(after=newest):
        newest = max([newest, *(one.version for one in page)])
    return newest


def booked_of(given: Given, entry: Entry, rows: Sequence[Correction]) -> tuple[list[Correction], list[Correction]]:
    """Which of the entry's rows X-Series shows, and which not."""
    assert isinstance(entry.command, CorrectStock), "only corrections have rows"
    if entry.command.way is Way.LEVELS:
        levels = kept_levels(given, rows)
        there = [row for row in rows if levels.get(row.key) == row.expected]
        return there, [row for row in rows if levels.get(row.key) != row.expected]
    ours = {one.id for one in _known(given).values()}
    booked = [
        ((one.outlet, one.product), one.quantity)
        for page in given.retail.read_adjustments(after=entry.watermark)
        for one in page
        if one.custom_reason in ours
    ]
    return matched_as_booked(rows, booked)


def kept_levels(given: Given, rows: Sequence[Correction]) -> dict[Key, Decimal]:
    """The levels of these rows as they are now, less what is to be procured; of many products in few requests."""
    if not rows:
        return {}
    wanted = {row.key for row in rows}
    products = sorted({row.product for row in rows})
    found = given.retail.read_available(products, sorted({row.outlet for row in rows}))
    levels: dict[Key, Decimal] = {}
    for one in found:
        if (one.outlet, one.product) in wanted and one.level is not None:
            try:
                levels[one.outlet, one.product] = unscaled(scaled(one.level) - scaled(one.to_procure))
            except BadQuantity as error:
                logger("corrections").warning("a level makes no sense", product=one.product, said=str(error))
    return levels
