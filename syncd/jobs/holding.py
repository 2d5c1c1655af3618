"""Hold something for a person, and note it for the one alert that its cause is worth."""

from __future__ import annotations

from syncd.domain.causes import cause_of
from syncd.domain.ids import OrderId
from syncd.domain.reasons import Reason
from syncd.jobs.given import Given, Run
from syncd.store import holds, inbox
from syncd.store.database import Transaction
from syncd.store.holds import News


def hold(
    tx: Transaction,
    given: Given,
    run: Run,
    subject: str,
    *,
    order: OrderId | None,
    reason: Reason,
    detail: str,
    line: str = "",
    evidence: str = "",
) -> None:
    """Hold the subject. The run tells of it when it ends: once for a cause, however many are held for it."""
    row = inbox.get(tx, given.account, order) if order is not None else None
    cause = cause_of(reason, subject, detail, order=row.order if row else None, line=line)
    news = holds.open_hold(
        tx,
        given.account,
        subject,
        order=order,
        reason=reason,
        detail=detail,
        cause=cause,
        evidence=evidence,
        run=run.id,
        now=given.clock.now(),
    )
    if news is not News.NONE:
        run.held(reason, cause, row.number if row else subject, is_first=news is News.CAUSE)
