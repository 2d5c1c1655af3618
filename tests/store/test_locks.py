"""Two locks an account, held by the kernel: seen from real second processes."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from syncd.errors import LockHeld
from syncd.store.database import Database
from syncd.store.locks import Locks
from tests.fakes.memory_erp import FakeClock
from tests.store.shelf import ACME

HOLDER = textwrap.dedent(
    """
    import sys
    from syncd.bootstrap import SystemClock
    from syncd.store.database import Database
    from syncd.store.locks import Locks

    locks = Locks(Database(sys.argv[1]), "acme", SystemClock())
    with getattr(locks, sys.argv[2])("syncd holding"):
        print("held", flush=True)
        sys.stdin.read()
    """
)


@contextmanager
def another_process(database: Database, lock: str) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the lock until its input ends."""
    command = [sys.executable, "-c", HOLDER, database.url, lock]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        if process.poll() is None:
            process.communicate("")


@pytest.fixture
def locks(database: Database) -> Locks:
    return Locks(database, ACME, FakeClock())


@pytest.mark.parametrize("lock", ["writer", "daemon"])
def test_a_second_process_is_told_who_holds_the_lock_and_gets_it_when_the_holder_is_killed(
    database: Database, locks: Locks, lock: str
) -> None:
    with another_process(database, lock) as holder:
        with pytest.raises(LockHeld) as told, getattr(locks, lock)("syncd sync"):
            pass
        assert f"the {lock} lock of acme" in str(told.value)
        assert f"`syncd holding` (process {holder.pid}, since 20" in str(told.value)
        holder.send_signal(signal.SIGKILL)
        holder.wait()

        with getattr(locks, lock)("syncd sync"):
            said = json.loads(database.path.with_name(f"acme.db.acme.{lock}.lock").read_text())

    assert (said["pid"], said["command"]) == (os.getpid(), "syncd sync")


def test_the_two_locks_do_not_keep_each_other_out(database: Database, locks: Locks) -> None:
    with locks.daemon("syncd run"), locks.writer("syncd run") as epoch:
        assert epoch == 1


def test_each_acquisition_raises_the_epoch(locks: Locks) -> None:
    epochs = []
    for _ in range(3):
        with locks.writer("syncd sync") as epoch:
            epochs.append(epoch)

    assert epochs == [1, 2, 3]


def test_a_run_that_raises_frees_its_lock(locks: Locks) -> None:
    with pytest.raises(KeyError), locks.writer("syncd sync"):
        raise KeyError

    with locks.writer("syncd sync") as epoch:
        assert epoch == 2


def test_one_that_may_wait_gives_up_when_its_time_is_over(locks: Locks, database: Database) -> None:
    clock = FakeClock()
    patient = Locks(database, ACME, clock)
    begun = clock.now()

    with locks.writer("syncd run"), pytest.raises(LockHeld), patient.writer("syncd sync", wait=timedelta(seconds=3)):
        pass

    assert clock.now() - begun == timedelta(seconds=3)


def test_one_that_waits_gets_the_lock_when_it_is_free(locks: Locks, database: Database) -> None:
    held = locks.writer("syncd run")

    class ClockThatFrees(FakeClock):
        def sleep(self, wait: timedelta) -> None:
            super().sleep(wait)
            held.__exit__(None, None, None)

    held.__enter__()
    with Locks(database, ACME, ClockThatFrees()).writer("syncd sync", wait=timedelta(seconds=3)) as epoch:
        assert epoch == 2


def test_another_account_has_locks_of_its_own(database: Database, locks: Locks) -> None:
    with locks.writer("syncd run"), Locks(database, "other", FakeClock()).writer("syncd run") as epoch:
        assert epoch == 1
