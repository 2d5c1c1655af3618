"""What waits for a person, and what persons have decided. One open hold per subject."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum

from sqlalchemy import Connection, Row, insert, or_, select, update

from syncd.domain.ids import Account, HoldId, OrderId, RunId, SaleId
from syncd.domain.reasons import BRAKES, Reason
from syncd.errors import UsageError
from syncd.store.codec import to_text
from syncd.store.tables import DecisionRow, HoldRow

_holds, _decisions = HoldRow.__table__, DecisionRow.__table__  # type: ignore[attr-defined]


class News(Enum):
    """What is new when something is held."""

    NONE = "none"
    HOLD = "hold"  #: one more, for a cause that others are held for
    CAUSE = "cause"  #: the first of its cause: a person is told


class Verb(StrEnum):
    """What a person can say about a hold."""

    RETRY = "retry"
    DROP = "drop"
    APPROVE = "approve"
    ADOPT = "adopt"


@dataclass(frozen=True, slots=True)
class Hold:
    id: HoldId
    subject: str
    order: OrderId | None
    reason: Reason
    detail: str
    evidence: str
    run: int | None
    opened_at: str
    closed_at: str | None
    closed_because: str
    cause: str


@dataclass(frozen=True, slots=True)
class Decision:
    id: int
    hold: Hold
    verb: Verb
    who: str
    why: str

    def __str__(self) -> str:
        return f"{self.verb} by {self.who}" + (f": {self.why}" if self.why else "")


SOURCE_SUBJECT = "account:source"  # X-Series does not show our source: no sale may be made


def order_subject(order: OrderId) -> str:
    return f"order:{order}"


def open_hold(
    tx: Connection,
    account: Account,
    subject: str,
    *,
    order: OrderId | None,
    reason: Reason,
    detail: str,
    cause: str = "",
    evidence: str = "",
    run: RunId | None,
    now: datetime,
) -> News:
    """Hold the subject, and say whether that is news. The same reason and detail again changes nothing."""
    here = (_holds.c.account == account, _holds.c.subject == subject, _holds.c.closed_at.is_(None))
    row = tx.execute(select(_holds.c.id, _holds.c.reason, _holds.c.detail).where(*here)).one_or_none()
    if row is not None:
        if row.reason == reason.value:
            if row.detail != detail:
                tx.execute(update(_holds).where(_holds.c.id == row.id).values(detail=detail, cause=cause))
            return News.NONE
        close(tx, account, subject, because=f"now {reason.value}", now=now)
    is_known = cause != "" and _is_open(tx, account, cause)
    tx.execute(
        insert(_holds).values(
            account=account,
            subject=subject,
            order_id=order or "",
            reason=reason.value,
            detail=detail,
            cause=cause,
            evidence=evidence,
            run_id=run,
            opened_at=to_text(now),
            closed_because="",
        )
    )
    return News.HOLD if is_known else News.CAUSE


def _is_open(tx: Connection, account: Account, cause: str) -> bool:
    """True while anything is held for this cause."""
    same = (_holds.c.account == account, _holds.c.cause == cause, _holds.c.closed_at.is_(None))
    return tx.execute(select(_holds.c.id).where(*same).limit(1)).first() is not None


def close(tx: Connection, account: Account, subject: str, *, because: str, now: datetime) -> None:
    tx.execute(
        update(_holds)
        .where(_holds.c.account == account, _holds.c.subject == subject, _holds.c.closed_at.is_(None))
        .values(closed_at=to_text(now), closed_because=because)
    )


def open_subjects(tx: Connection, account: Account, subjects: Sequence[str]) -> set[str]:
    """Those of the subjects that are held."""
    here = (_holds.c.account == account, _holds.c.subject.in_(list(subjects)), _holds.c.closed_at.is_(None))
    return {row.subject for row in tx.execute(select(_holds.c.subject).where(*here))}


def open_holds(tx: Connection, account: Account) -> list[Hold]:
    found = select(_holds).where(_holds.c.account == account, _holds.c.closed_at.is_(None)).order_by(_holds.c.id)
    return [_read(row) for row in tx.execute(found)]


def of_order(tx: Connection, account: Account, order: OrderId) -> list[Hold]:
    found = select(_holds).where(_holds.c.account == account, _holds.c.order_id == order).order_by(_holds.c.id)
    return [_read(row) for row in tx.execute(found)]


def find_open(tx: Connection, account: Account, subject: str) -> Hold | None:
    row = tx.execute(
        select(_holds).where(_holds.c.account == account, _holds.c.subject == subject, _holds.c.closed_at.is_(None))
    ).one_or_none()
    return None if row is None else _read(row)


def dropped(tx: Connection, account: Account, beginning: str) -> set[str]:
    """Subjects that begin so and of which a person said that they are settled."""
    found = (
        select(_holds.c.subject)
        .join(_decisions, _holds.c.id == _decisions.c.hold_id)
        .where(_holds.c.account == account, _decisions.c.verb == Verb.DROP.value)
        .where(_holds.c.subject.startswith(beginning, autoescape=True))
    )
    return {row.subject for row in tx.execute(found)}


def was_dropped(tx: Connection, account: Account, subject: str) -> bool:
    """True when a person said that this is settled: it is not held again."""
    dropped = (
        select(_decisions.c.id)
        .join(_holds, _holds.c.id == _decisions.c.hold_id)
        .where(_holds.c.account == account, _holds.c.subject == subject, _decisions.c.verb == Verb.DROP.value)
    )
    return tx.execute(dropped.limit(1)).first() is not None


def told(tx: Connection, account: Account, reason: Reason) -> set[str]:
    """The subjects that are held for this reason, or of which a person said that this is settled."""
    dropped = select(_decisions.c.hold_id).where(_decisions.c.account == account, _decisions.c.verb == Verb.DROP.value)
    is_told = or_(_holds.c.closed_at.is_(None), _holds.c.id.in_(dropped))
    found = select(_holds.c.subject).where(_holds.c.account == account, _holds.c.reason == reason.value, is_told)
    return {row.subject for row in tx.execute(found)}


def get(tx: Connection, account: Account, hold: HoldId) -> Hold:
    row = tx.execute(select(_holds).where(_holds.c.account == account, _holds.c.id == hold)).one_or_none()
    if row is None:
        raise UsageError(f"there is no hold {hold}", hint="`syncd holds` lists them.")
    return _read(row)


def decide(
    tx: Connection,
    account: Account,
    hold: HoldId,
    verb: Verb,
    *,
    who: str,
    why: str,
    now: datetime,
    sale: SaleId | None = None,
) -> Decision:
    """Write down what a person decided. Raise UsageError when the hold is closed or already decided."""
    held = get(tx, account, hold)
    if verb is Verb.APPROVE and held.reason not in BRAKES:
        raise UsageError(f"hold {hold} is no brake", hint="Say `syncd holds retry` or `syncd holds drop`.")
    is_taken_up_again = verb is Verb.RETRY and held.closed_because.startswith(Verb.DROP.value)
    if held.closed_at is not None and not is_taken_up_again:
        raise UsageError(f"hold {hold} is closed: {held.closed_because}", hint="`syncd holds` lists the open ones.")
    waiting = select(_decisions.c.verb).where(_decisions.c.hold_id == hold, _decisions.c.consumed_by.is_(None))
    said = tx.execute(waiting).scalar_one_or_none()
    if said is not None:
        raise UsageError(f"hold {hold} waits for the next run with the decision `{said}`")
    row = {"account": account, "hold_id": hold, "verb": verb.value, "who": who, "why": why, "sale_id": sale}
    made = tx.execute(insert(_decisions).values(**row, decided_at=to_text(now)).returning(_decisions.c.id))
    return Decision(int(made.scalar_one()), held, verb, who, why)


def decisions(tx: Connection, account: Account) -> list[Decision]:
    """What persons decided and no run has consumed yet, oldest first."""
    found = (
        select(_decisions)
        .where(_decisions.c.account == account, _decisions.c.consumed_by.is_(None))
        .order_by(_decisions.c.id)
    )
    return [
        Decision(row.id, get(tx, account, HoldId(row.hold_id)), Verb(row.verb), row.who, row.why)
        for row in tx.execute(found)
    ]


def consume(tx: Connection, account: Account, taken: Sequence[Decision], *, run: RunId, now: datetime) -> None:
    for decision in taken:
        tx.execute(update(_decisions).where(_decisions.c.id == decision.id).values(consumed_by=run))
        close(tx, account, decision.hold.subject, because=str(decision), now=now)


def _read(row: Row[tuple[object, ...]]) -> Hold:
    return Hold(
        id=HoldId(row.id),
        subject=row.subject,
        order=OrderId(row.order_id) if row.order_id else None,
        reason=Reason(row.reason),
        detail=row.detail,
        evidence=row.evidence,
        run=row.run_id,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        closed_because=row.closed_because,
        cause=row.cause,
    )
