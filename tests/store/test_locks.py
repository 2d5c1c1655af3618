"""Two locks an account, held by the kernel: seen from real second processes."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta

import pytest

from syncd.errors import LockHeld, StoreError
from syncd.store.database import Database
from syncd.store.locks import Locks
from tests.fakes.memory_erp import FakeClock
from tests.store.shelf import ACME
from tests.stores import ServerStores

TRIES = 400
HOLDER = textwrap.dedent(
    """
    import sys
    from datetime import timedelta
    from syncd.bootstrap import SystemClock
    from syncd.store.database import Database
    from syncd.store.locks import Locks

    database = Database(sys.argv[1], frozen_after=timedelta(seconds=1))
    with getattr(Locks(database, "acme", SystemClock()), sys.argv[2])("syncd holding"):
        print("held", flush=True)
        sys.stdin.read()
    database.close()
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
        assert f"`syncd holding` (process {holder.pid}" in str(told.value)
        assert ", since 20" in str(told.value)
        holder.send_signal(signal.SIGKILL)
        holder.wait()

        got_it = until_free(lambda: getattr(locks, lock)("syncd sync"))

    assert got_it


def until_free(ask: Callable[[], AbstractContextManager[object]]) -> bool:
    """True when the lock was to be had soon: a server notices a dead process a moment later."""
    for _ in range(TRIES):
        try:
            with ask():
                return True
        except LockHeld:
            time.sleep(0.05)
    return False


def test_the_file_of_a_lock_says_who_has_it(file_database: Database) -> None:
    with Locks(file_database, ACME, FakeClock()).writer("syncd sync"):
        said = json.loads(file_database.path.with_name("acme.db.acme.writer.lock").read_text())

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


@pytest.mark.parametrize("lock", ["writer", "daemon"])
def test_a_frozen_holder_keeps_a_file(file_database: Database, lock: str) -> None:
    with another_process(file_database, lock) as holder:
        holder.send_signal(signal.SIGSTOP)
        time.sleep(1.5)  # longer than a server would bear
        with pytest.raises(LockHeld, match=f"process {holder.pid}"):
            getattr(Locks(file_database, ACME, FakeClock()), lock)("syncd sync").__enter__()
        holder.send_signal(signal.SIGCONT)


def test_a_frozen_writer_is_relieved_by_the_server_and_ends_in_peace_when_it_wakes(server_database: Database) -> None:
    locks = Locks(server_database, ACME, FakeClock())
    with another_process(server_database, "writer") as holder:
        holder.send_signal(signal.SIGSTOP)
        got_it = until_free(lambda: locks.writer("syncd sync"))
        holder.send_signal(signal.SIGCONT)
        holder.communicate("")

    assert got_it
    assert holder.returncode == 0


def test_a_frozen_daemon_is_relieved_and_ends_with_an_error_when_it_wakes(server_database: Database) -> None:
    locks = Locks(server_database, ACME, FakeClock())
    with another_process(server_database, "daemon") as holder:
        holder.send_signal(signal.SIGSTOP)
        got_it = until_free(lambda: locks.daemon("syncd run"))
        holder.send_signal(signal.SIGCONT)
        holder.communicate("")

    assert got_it
    assert holder.returncode == 1


def test_a_holder_that_lives_is_not_taken_for_a_frozen_one(server_database: Database) -> None:
    with another_process(server_database, "daemon"):
        time.sleep(2)  # twice what the server bears of silence
        with pytest.raises(LockHeld):
            Locks(server_database, ACME, FakeClock()).daemon("syncd run").__enter__()


def test_a_daemon_is_told_at_once_that_its_lock_is_lost(server: ServerStores, server_database: Database) -> None:
    lost = threading.Event()
    quick = Database(server_database.url, frozen_after=timedelta(milliseconds=600))

    def live() -> None:
        with Locks(quick, ACME, FakeClock()).daemon("syncd run", on_lost=lost.set):
            server.end_sessions(quick.url)
            assert lost.wait(5)

    with pytest.raises(StoreError, match="the daemon lock of acme was lost"):
        live()
    quick.close()


def test_a_writer_whose_session_was_ended_frees_what_it_no_longer_has(
    server: ServerStores, server_database: Database
) -> None:
    locks = Locks(server_database, ACME, FakeClock())

    with locks.writer("syncd sync") as epoch:
        server.end_sessions(server_database.url)
    with locks.writer("syncd sync") as next_epoch:
        assert (epoch, next_epoch) == (1, 2)


def test_a_long_command_on_a_host_with_a_long_name_is_cut_not_refused(server_database: Database) -> None:
    command = "sync ördérs --order " + "S" * 100
    locks = Locks(server_database, ACME, FakeClock())

    with locks.writer(command), pytest.raises(LockHeld) as told:
        locks.writer("syncd sync").__enter__()

    assert f"process {os.getpid()} on " in str(told.value)
    assert "`sync ?rd?rs --order SSS" in str(told.value)
