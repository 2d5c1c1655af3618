"""Copies of a SQLite database: made while a daemon runs, verified, and put back in its place.

Both ways go through SQLite's own backup, page by page in one transaction: a reader sees the old or the new, a process
that has the database open sees what became of it, and a death in the middle leaves it as it was. The tokens lie in a
file of their own and are neither copied nor put back: a refresh token of yesterday is revoked.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert, select, update

from syncd.domain.ids import Account
from syncd.errors import SchemaMismatch, StoreError, UsageError
from syncd.store import beginning
from syncd.store.codec import to_text
from syncd.store.database import Database, Transaction
from syncd.store.tables import SCHEMA_REVISION, TicketRow, WriterRow

MODE = 0o600  # personal data of customers is in it
TRIES_MAX = 120  # of a quarter of a second: as long as any other writer is waited for
TRY_S = 0.25
UNKNOWN_JUMP = 1_000_000  # more than a broken database can have counted since the copy was made
TICKETS_JUMP = 1_000  # readings hold no lock: so many may begin while the copy is put in place
SIDE_FILES = ("-wal", "-shm", "-journal")

_writers, _tickets = WriterRow.__table__, TicketRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Copy:
    """What a verified copy is."""

    path: Path
    size: int  # bytes
    revision: str
    accounts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Restored:
    copy: Copy
    kept: Path | None  # the database that was there before; None when there was none
    upgraded_from: str | None


@dataclass(frozen=True, slots=True)
class _Counters:
    """What must never go back: whoever still holds an older number may move nothing."""

    epochs: Mapping[str, int]
    tickets: Mapping[str, int]


def back_up(source: Path, target: Path, account: Account, *, force: bool) -> Copy:
    """Copy the database as it is at one moment, and verify the copy. Raise UsageError when there is such a file."""
    if not source.exists():
        raise StoreError(f"there is no database {source}", hint="The first sync makes it.")
    if target.exists() and target.samefile(source):
        raise UsageError(f"{target} is the database itself", hint="Name another file.")
    if target.exists() and not force:
        raise UsageError(f"{target} exists", hint="Name another file, or say --force to overwrite it.")
    with _staged(target) as part:
        _copy_pages(source, part)
        verified = verify(part, account)
        _sync(part)
        os.replace(part, target)
    _sync(target.parent)
    return Copy(target, target.stat().st_size, verified.revision, verified.accounts)


def verify(path: Path, account: Account) -> Copy:
    """Say what is in the file. Raise when it is damaged, no store of ours, of another account or of a newer syncd."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            check = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if check != "ok":
                raise StoreError(f"{path} is damaged: {check}", hint="Take another copy.")
            names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if not {"alembic_version", "journal", "writers", "runs"} <= names:
                raise UsageError(f"{path} is no database of syncd", hint="`syncd store backup` makes one.")
            revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            said = connection.execute("SELECT account FROM runs UNION SELECT account FROM writers")
            accounts = tuple(sorted(row[0] for row in said))
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{path} cannot be read as a database: {error}", hint="Is it a copy of a store?") from error
    _must_be_known(path, revision[0] if revision else "")
    if account not in accounts:
        raise UsageError(
            f"{path} holds {', '.join(accounts) or 'no account'}, not {account}", hint="Name another file."
        )
    return Copy(path, path.stat().st_size, revision[0], accounts)


def _must_be_known(path: Path, revision: str) -> None:
    # Imported here: Alembic costs every command half a second.
    from syncd.store.migrations.upgrade import known_revisions

    if revision not in known_revisions():
        raise SchemaMismatch(
            f"the tables of {path} have version {revision or 'none'}, which this syncd does not know",
            hint="It was made by a newer syncd: install that one.",
        )


def check_places(database: Path, file: Path) -> None:
    """Raise when the file cannot be put in the database's place, before any lock is asked for."""
    if not database.parent.is_dir():
        raise StoreError(f"there is no folder {database.parent}", hint="Does the folder exist and is it ours?")
    if not file.is_file():
        raise UsageError(f"there is no file {file}", hint="Name what `syncd store backup` has made.")
    if database.exists() and file.samefile(database):
        raise UsageError(f"{file} is the database itself", hint="Name a copy.")


def restore(database: Path, file: Path, account: Account, *, holder: str, now: datetime) -> Restored:
    """Put a copy in the database's place and keep what was there beside it. The caller holds the locks.

    The store that comes of it has to read the sales feed from `orders.start` before anything is written, and nobody
    who had the one before may move a journal entry or keep a reading.
    """
    verified = verify(file, account)
    with _staged(database) as part:
        _copy_pages(file, part)
        upgraded_from = _make_ready(part, _counters(database), holder=holder, now=now)
        _sync(part)
        kept = _keep(database, stamp=now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ"))
        _put(part, database)
    _sync(database.parent)
    return Restored(verified, kept, upgraded_from)


def _make_ready(part: Path, before: _Counters | None, *, holder: str, now: datetime) -> str | None:
    """Bring its tables to this version, its counters above those of before, and the feed's reading to its beginning."""
    opened = Database(f"sqlite:///{part}")
    try:
        revision = opened.revision()
        if revision != SCHEMA_REVISION:
            opened.upgrade()
        with opened.write() as tx:
            _raise_counters(tx, before, holder=holder, now=now)
            beginning.forget(tx)
    finally:
        opened.close()
    _as_one_file(part)
    return revision if revision != SCHEMA_REVISION else None


def _raise_counters(tx: Transaction, before: _Counters | None, *, holder: str, now: datetime) -> None:
    known = before or _Counters({}, {})
    jump = 1 if before else UNKNOWN_JUMP
    epochs = {row.account: int(row.epoch) for row in tx.execute(select(_writers))}
    tickets = {row.account: int(row.last) for row in tx.execute(select(_tickets))}
    for account in sorted({*epochs, *known.epochs}):
        epoch = max(epochs.get(account, 0), known.epochs.get(account, 0)) + jump
        values = {"epoch": epoch, "holder": holder, "since": to_text(now)}
        if account in epochs:
            tx.execute(update(_writers).where(_writers.c.account == account).values(**values))
        else:
            tx.execute(insert(_writers).values(account=account, **values))
    for account in sorted({*tickets, *known.tickets}):
        last = max(tickets.get(account, 0), known.tickets.get(account, 0)) + max(jump, TICKETS_JUMP)
        if account in tickets:
            tx.execute(update(_tickets).where(_tickets.c.account == account).values(last=last))
        else:
            tx.execute(insert(_tickets).values(account=account, last=last))


def _counters(database: Path) -> _Counters | None:
    """The numbers of the present database; none when there is no database, None when it cannot be read."""
    if not database.exists():
        return _Counters({}, {})
    try:
        with closing(sqlite3.connect(database)) as connection:
            epochs = dict(connection.execute("SELECT account, epoch FROM writers").fetchall())
            tickets = dict(connection.execute("SELECT account, last FROM tickets").fetchall())
    except sqlite3.DatabaseError:
        return None
    return _Counters(epochs, tickets)


def _keep(database: Path, *, stamp: str) -> Path | None:
    """Copy the present database beside itself; one that cannot be read is kept as its bytes are."""
    if not database.exists():
        return None
    kept = database.with_name(f"{database.name}.before-restore-{stamp}")
    number = 1
    while kept.exists():
        number += 1
        kept = database.with_name(f"{database.name}.before-restore-{stamp}-{number}")
    os.close(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE))
    try:
        _copy_pages(database, kept)
    except sqlite3.OperationalError as error:
        kept.unlink()
        raise StoreError(f"{database} could not be kept beside itself: {error}", hint="Is the disk full?") from error
    except sqlite3.DatabaseError:
        for ending in ("", *SIDE_FILES):
            side = database.with_name(database.name + ending)
            if side.exists():
                shutil.copyfile(side, kept.with_name(kept.name + ending))
    _sync(kept)
    return kept


def _put(part: Path, database: Path) -> None:
    """Make the database what the part is: in place, so that whoever has it open sees it; a broken one is replaced."""
    if database.exists():
        try:
            _copy_pages(part, database)
        except sqlite3.OperationalError as error:
            raise StoreError(
                f"the database {database} could not be replaced: {error}",
                hint="It is as it was. Does another process use it? Is the disk full?",
            ) from error
        except sqlite3.DatabaseError:
            pass
        else:
            return
    for ending in SIDE_FILES:
        database.with_name(database.name + ending).unlink(missing_ok=True)
    os.replace(part, database)


def _copy_pages(source: Path, target: Path) -> None:
    """SQLite's online backup in one step; a writer at either end is waited for, and not for ever."""
    tries = 0

    def count(_status: int, _remaining: int, _total: int) -> None:
        nonlocal tries
        tries += 1
        if tries > TRIES_MAX:
            raise sqlite3.OperationalError("it is in use")

    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other, pages=-1, progress=count, sleep=TRY_S)


def _as_one_file(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")


@contextmanager
def _staged(target: Path) -> Iterator[Path]:
    """An empty file beside the target, readable by its owner alone; gone at the end, with what SQLite put beside it."""
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, MODE))
    except OSError as error:
        raise StoreError(f"{target} cannot be written: {error.strerror}", hint="Does its folder exist?") from error
    try:
        yield part
    finally:
        for ending in ("", *SIDE_FILES, ".tables.lock"):
            part.with_name(part.name + ending).unlink(missing_ok=True)


def _sync(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
