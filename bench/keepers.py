"""The same entries kept twice: by the shipped engine, and by hand in bare sqlite3."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Protocol, cast

from bench.entries import ACCOUNT, ERP, NOON, RetailAtOnce, Spent, Work, timed
from syncd.bootstrap import SystemClock, job_settings
from syncd.config import load
from syncd.domain.ids import RunId
from syncd.domain.ports import Erp, Retail
from syncd.jobs.apply import SALE_ACTIONS, Apply
from syncd.jobs.given import Given, Run
from syncd.jobs.verify import verify_answered
from syncd.store import cursors, journal, parts, seen
from syncd.store.codec import encode, to_text
from syncd.store.database import Database
from syncd.store.journal import DETAIL_CHARS_MAX, Pen
from syncd.store.locks import Locks

CONFIG = Path(__file__).resolve().parents[1] / "config.example.yaml"
NO_SECRETS = {"TRYTON_PASSWORD": "unused", "LIGHTSPEED_TOKEN": "unused"}
SEQ, WATERMARK, TICKET, RUN = 1, 4_711, 1, RunId(1)
BOOT = "6f1d8c1e-53b3-4c0b-9a53-0d6d3d1f7a42"
DEADLINE_MS = 123_456_789
TIME = to_text(NOON)


class Keeper(Protocol):
    def keep(self, work: Sequence[Work]) -> Spent:
        """Bring the entries from nothing to `answered`, in three commits each."""
        ...

    def verify(self) -> Spent:
        """Bring them on to `done`, in one commit more each."""
        ...


class Shipped:
    """What a run of the orders job does with its entries."""

    def __init__(self, database: Database, pen: Pen, given: Given, run: Run, retail: RetailAtOnce) -> None:
        self._database = database
        self._pen = pen
        self._given = given
        self._run = run
        self._retail = retail
        self._apply = Apply(given, run, pen)
        self._work: Sequence[Work] = ()

    def keep(self, work: Sequence[Work]) -> Spent:
        self._work = work
        self._claim()
        self._retail.will_make(work)
        return timed(self._decide) + timed(self._send)

    def verify(self) -> Spent:
        self._show()
        return timed(lambda: verify_answered(self._given, self._run, self._pen, SALE_ACTIONS))

    def _claim(self) -> None:
        with self._database.write() as tx:
            for one in self._work:
                parts.claim(tx, ACCOUNT, one.part, place=0, generation=1)

    def _decide(self) -> None:
        for one in self._work:
            with self._database.write() as tx:
                journal.put(tx, self._pen, one.command, seq=SEQ, watermark=WATERMARK, now=self._given.clock.now())

    def _send(self) -> None:
        self._apply.send_waiting(SALE_ACTIONS)

    def _show(self) -> None:
        """Keep a page of the feed with all the sales."""
        with self._database.write() as tx:
            seen.keep(tx, ACCOUNT, ERP, [one.sale for one in self._work], ticket=TICKET, now=NOON)


@contextmanager
def shipped(path: Path, *, senders: int) -> Iterator[Shipped]:
    """The engine on a new file, with that many senders."""
    clock, retail = SystemClock(), RetailAtOnce()
    database = Database(f"sqlite:///{path}")
    locks = Locks(database, ACCOUNT, clock)
    run = Run(RUN, "orders", "bench", timedelta(0))
    given = Given(
        account=ACCOUNT,
        erp=cast(Erp, None),  # no entry here is the ERP's
        retail=cast(Retail, retail),
        database=database,
        locks=locks,
        clock=clock,
        settings=replace(job_settings(load(CONFIG, NO_SECRETS)), threads=senders),
    )
    try:
        database.prepare()
        with database.write() as tx:
            cursors.move(tx, ACCOUNT, cursors.SALES, str(WATERMARK), ticket=TICKET, now=NOON)
        with locks.writer(run.command) as epoch:
            yield Shipped(database, Pen(ACCOUNT, epoch, RUN), given, run, retail)
    finally:
        database.close()


class Bare:
    """The same rows by hand: one connection, one thread, texts that are ready made, and no question asked."""

    INSERT = """
        INSERT INTO journal (account, subject, k, action, order_id, seq, generation, command, state, attempts, epoch,
            decided_at, absent_means, watermark, reason, detail, run_id)
        VALUES (?, ?, 1, 'create_sale', ?, 1, 1, ?, 'waiting', 0, 1, ?, 'resend', ?, '', '', 1)"""
    SENDING = """
        UPDATE journal SET state = 'sending', attempts = attempts + 1, sent_at = ?, boot = ?, deadline_ms = ?,
            watermark = ? WHERE id = ?"""
    ANSWERED = "UPDATE journal SET state = 'answered', answer = ?, detail = '', sale_id = ? WHERE id = ?"
    DONE = "UPDATE journal SET state = 'done', settled_at = ?, detail = '' WHERE id = ?"

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._ids: list[int] = []

    def keep(self, work: Sequence[Work]) -> Spent:
        rows = [
            (one.part.subject, one.part.order, encode(one.command), encode(one.sale)[:DETAIL_CHARS_MAX], one.sale.id)
            for one in work
        ]
        self._ids.clear()
        return timed(lambda: self._keep(rows))

    def verify(self) -> Spent:
        return timed(self._verify)

    def _keep(self, rows: Sequence[tuple[str, str, str, str, str]]) -> None:
        for subject, order, command, answer, sale in rows:
            made = self._commit(self.INSERT, (ACCOUNT, subject, order, command, TIME, WATERMARK)).lastrowid
            assert made is not None
            self._commit(self.SENDING, (TIME, BOOT, DEADLINE_MS, WATERMARK, made))
            self._commit(self.ANSWERED, (answer, sale, made))
            self._ids.append(made)

    def _verify(self) -> None:
        for made in self._ids:
            self._commit(self.DONE, (TIME, made))

    def _commit(self, sql: str, values: tuple[object, ...]) -> sqlite3.Cursor:
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        cursor = execute(sql, values)
        execute("COMMIT")
        return cursor


@contextmanager
def bare(path: Path) -> Iterator[Bare]:
    """A new file with the very same tables, opened as the store opens its own."""
    database = Database(f"sqlite:///{path}")
    database.prepare()
    database.close()
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        yield Bare(connection)
    finally:
        connection.close()
