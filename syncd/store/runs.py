"""The diary: every pass of every job, with its outcome and counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, func, insert, select, update

from syncd.domain.ids import Account, RunId
from syncd.store.codec import decode, encode, to_text
from syncd.store.tables import RunRow

_runs = RunRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class RunRecord:
    id: RunId
    job: str
    mode: str
    started_at: str
    ended_at: str | None
    outcome: str
    counts: Mapping[str, int]
    message: str


def begin(tx: Connection, account: Account, job: str, mode: str, *, now: datetime) -> RunId:
    made = tx.execute(
        insert(_runs)
        .values(
            account=account, job=job, mode=mode, started_at=to_text(now), outcome="running", counts="{}", message=""
        )
        .returning(_runs.c.id)
    )
    return RunId(int(made.scalar_one()))


def end(tx: Connection, run: RunId, *, outcome: str, counts: Mapping[str, int], message: str, now: datetime) -> None:
    tx.execute(
        update(_runs)
        .where(_runs.c.id == run)
        .values(ended_at=to_text(now), outcome=outcome, counts=encode(dict(counts)), message=message)
    )


def recent(tx: Connection, account: Account, *, limit: int) -> list[RunRecord]:
    rows = tx.execute(select(_runs).where(_runs.c.account == account).order_by(_runs.c.id.desc()).limit(limit))
    return [_read(row) for row in rows]


def newest(tx: Connection, account: Account, job: str) -> RunRecord | None:
    """The last run of this job that has ended."""
    ended = select(_runs).where(_runs.c.account == account, _runs.c.job == job, _runs.c.ended_at.is_not(None))
    row = tx.execute(ended.order_by(_runs.c.id.desc()).limit(1)).one_or_none()
    return None if row is None else _read(row)


def newest_per_job(tx: Connection, account: Account) -> dict[str, RunRecord]:
    newest = select(func.max(_runs.c.id)).where(_runs.c.account == account).group_by(_runs.c.job)
    return {row.job: _read(row) for row in tx.execute(select(_runs).where(_runs.c.id.in_(newest)))}


def last_good(tx: Connection, account: Account) -> dict[str, str]:
    """When each job last came to its end without a failure."""
    rows = tx.execute(
        select(_runs.c.job, func.max(_runs.c.ended_at).label("ended_at"))
        .where(_runs.c.account == account, _runs.c.outcome.in_(("done", "held")))
        .group_by(_runs.c.job)
    )
    return {row.job: row.ended_at for row in rows}


def first_begun(tx: Connection, account: Account) -> str | None:
    """When anything of this account was run for the first time."""
    begun = tx.execute(select(func.min(_runs.c.started_at)).where(_runs.c.account == account)).scalar_one()
    return None if begun is None else str(begun)


def _read(row: Row[tuple[object, ...]]) -> RunRecord:
    return RunRecord(
        id=RunId(row.id),
        job=row.job,
        mode=row.mode,
        started_at=row.started_at,
        ended_at=row.ended_at,
        outcome=row.outcome,
        counts=decode(row.counts, dict[str, int]),
        message=row.message,
    )
