"""Journal entries move from one named state to another, by the present writer only, one open entry a subject."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from syncd.domain.clock import BootTime
from syncd.domain.ids import Account, EntryId, OrderId, SaleId
from syncd.domain.journal import OPEN, Absent, Action, EntryState, Settling
from syncd.errors import StoreError, WriterLost
from syncd.store import attempts, journal
from syncd.store.codec import to_text
from syncd.store.database import Database
from syncd.store.journal import Pen
from tests.store.shelf import ACME, BOOT, COMMANDS, NOW, a_create, a_new_customer, a_pen, a_void

W, S, A, U = EntryState.WAITING, EntryState.SENDING, EntryState.ANSWERED, EntryState.UNKNOWN
D, H, X = EntryState.DONE, EntryState.HELD, EntryState.SUPERSEDED
Move = Callable[[Connection, Pen, EntryId], None]


def begin(tx: Connection, pen: Pen, entry: EntryId) -> None:
    journal.begin_sending(tx, pen, entry, deadline=BOOT, watermark=41, now=NOW)


def wait(tx: Connection, pen: Pen, entry: EntryId) -> None:
    journal.wait(tx, pen, entry, until=BOOT, detail="later")


def doubt(tx: Connection, pen: Pen, entry: EntryId) -> None:
    journal.doubt(tx, pen, entry, settling=Settling(BOOT, None), absent=Absent.HOLD, detail="lost")


def answer(tx: Connection, pen: Pen, entry: EntryId) -> None:
    journal.answer(tx, pen, entry, sale=SaleId("sale-9"), text="yes", now=NOW)


def finish(tx: Connection, pen: Pen, entry: EntryId) -> None:
    journal.finish(tx, pen, entry, now=NOW)


def hold(tx: Connection, pen: Pen, entry: EntryId) -> None:
    journal.hold(tx, pen, entry, reason="refused", detail="422", now=NOW)


def supersede(tx: Connection, pen: Pen, entry: EntryId) -> None:
    journal.supersede(tx, pen, entry, detail="newer", now=NOW)


def withdraw(tx: Connection, pen: Pen, entry: EntryId) -> None:
    journal.withdraw(tx, pen, entry, detail="proved absent", now=NOW)


MOVES: dict[str, tuple[Move, EntryState, set[EntryState]]] = {
    "begin_sending": (begin, S, {W}),
    "unsend": (journal.unsend, W, {S}),
    "wait": (wait, W, {S, U}),
    "doubt": (doubt, U, {S, U, A}),
    "answer": (answer, A, {W, S, U}),
    "finish": (finish, D, {A}),
    "hold": (hold, H, set(OPEN)),
    "withdraw": (withdraw, X, {U}),
    "supersede": (supersede, X, {W}),
}
CASES = [
    pytest.param(name, state, id=f"{name}-from-{state}") for name in MOVES for state in EntryState
]  # fmt: skip


def put(tx: Connection, pen: Pen, state: EntryState = W, *, attempts: int = 0) -> EntryId:
    entry = journal.put(tx, pen, a_create(), seq=3, watermark=40, now=NOW)
    tx.execute(
        text("UPDATE journal SET state = :state, attempts = :attempts WHERE id = :id"),
        {"state": state.value, "attempts": attempts, "id": entry},
    )
    return entry


@pytest.mark.parametrize(("name", "state"), CASES)
def test_an_entry_moves_only_from_where_it_may(database: Database, name: str, state: EntryState) -> None:
    move, to, allowed = MOVES[name]
    with database.write() as tx:
        pen = a_pen(tx)
        entry = put(tx, pen, state)

        if state in allowed:
            move(tx, pen, entry)
        else:
            with pytest.raises(WriterLost):
                move(tx, pen, entry)

        assert journal.get(tx, entry).state is (to if state in allowed else state)


@pytest.mark.parametrize("name", MOVES)
def test_a_writer_that_was_overtaken_moves_nothing(database: Database, name: str) -> None:
    move, _, allowed = MOVES[name]
    with database.write() as tx:
        pen = a_pen(tx, epoch=1)
        entry = put(tx, pen, min(allowed))
        before = journal.get(tx, entry)
        a_pen(tx, epoch=2)

        with pytest.raises(WriterLost):
            move(tx, pen, entry)

        assert journal.get(tx, entry) == before


@pytest.mark.parametrize("name", MOVES)
def test_a_move_is_signed_with_the_epoch_of_its_writer(database: Database, name: str) -> None:
    move, _, allowed = MOVES[name]
    with database.write() as tx:
        entry = put(tx, a_pen(tx, epoch=1), min(allowed))

        move(tx, a_pen(tx, epoch=2), entry)

        assert journal.get(tx, entry).epoch == 2


def test_an_entry_of_another_account_is_not_moved(database: Database) -> None:
    with database.write() as tx:
        pen = a_pen(tx)
        entry = put(tx, pen)
        tx.execute(text("INSERT INTO writers VALUES ('other', 1, 'them', 'now')"))

        with pytest.raises(WriterLost):
            begin(tx, Pen(Account("other"), 1, None), entry)


def test_a_decision_without_the_pen_is_not_stored(database: Database) -> None:
    with database.write() as tx:
        pen = a_pen(tx, epoch=1)
        a_pen(tx, epoch=2)

        with pytest.raises(WriterLost):
            journal.put(tx, pen, a_create(), seq=1, watermark=0, now=NOW)

        assert journal.count_by_state(tx, ACME) == {}


@pytest.mark.parametrize("state", EntryState)
def test_a_subject_has_one_open_entry(database: Database, state: EntryState) -> None:
    with database.write() as tx:
        pen = a_pen(tx)
        put(tx, pen, state)

        if state in OPEN:
            with pytest.raises(IntegrityError), tx.begin_nested():
                journal.put(tx, pen, a_void(), seq=1, watermark=0, now=NOW)
        else:
            journal.put(tx, pen, a_void(), seq=1, watermark=0, now=NOW)

        assert len(journal.open_entries(tx, ACME, list(Action))) == 1


def test_a_settled_entry_cannot_be_opened_beside_an_open_one(database: Database) -> None:
    with database.write() as tx:
        pen = a_pen(tx)
        first = put(tx, pen, D)
        put(tx, pen)

        with pytest.raises(IntegrityError), tx.begin_nested():
            tx.execute(text("UPDATE journal SET state = 'unknown' WHERE id = :id"), {"id": first})

        assert journal.get(tx, first).state is D


def test_k_counts_the_entries_of_a_subject(database: Database) -> None:
    with database.write() as tx:
        pen = a_pen(tx)
        ks = []
        for command in (a_create(), a_create("2"), a_void(), a_create()):
            entry = journal.put(tx, pen, command, seq=1, watermark=0, now=NOW)
            hold(tx, pen, entry)
            ks.append(journal.get(tx, entry).k)

    assert ks == [1, 1, 2, 3]


def test_sending_counts_the_attempt_and_waking_too_late_takes_it_back(database: Database) -> None:
    with database.write() as tx:
        pen = a_pen(tx)
        entry = put(tx, pen)
        begin(tx, pen, entry)
        sending = journal.get(tx, entry)
        journal.unsend(tx, pen, entry)

        assert (sending.attempts, sending.watermark, sending.settling) == (1, 41, Settling(BOOT, None))
        assert journal.get(tx, entry).attempts == 0


def test_only_what_was_never_attempted_is_superseded(database: Database) -> None:
    with database.write() as tx:
        pen = a_pen(tx)
        entry = put(tx, pen, W, attempts=1)

        with pytest.raises(WriterLost):
            supersede(tx, pen, entry)

        assert journal.get(tx, entry).state is W


def test_doubt_remembers_how_far_the_look_up_came_and_what_absence_means(database: Database) -> None:
    later = BootTime(BOOT.boot, 9_000)
    with database.write() as tx:
        pen = a_pen(tx)
        entry = put(tx, pen, S)
        doubt(tx, pen, entry)
        journal.doubt(tx, pen, entry, settling=Settling(BOOT, later), absent=None, detail="")

        found = journal.get(tx, entry)

    assert found.settling == Settling(BOOT, later)
    assert found.absent_means is Absent.HOLD


def test_a_new_attempt_begins_its_look_up_anew(database: Database) -> None:
    with database.write() as tx:
        pen = a_pen(tx)
        entry = put(tx, pen, S)
        journal.doubt(tx, pen, entry, settling=Settling(BOOT, BOOT), absent=Absent.HOLD, detail="")
        wait(tx, pen, entry)
        begin(tx, pen, entry)

        assert journal.get(tx, entry).settling == Settling(BOOT, None)


def test_a_waiting_entry_is_due_after_its_delay_or_a_reboot(database: Database) -> None:
    with database.write() as tx:
        pen = a_pen(tx)
        entry = put(tx, pen, S)
        wait(tx, pen, entry)
        found = journal.get(tx, entry)

    assert not journal.is_due(found, BootTime("boot-1", BOOT.ms - 1))
    assert journal.is_due(found, BootTime("boot-1", BOOT.ms))
    assert journal.is_due(found, BootTime("boot-2", 0))


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_read_back_as_it_was_decided(database: Database, name: str) -> None:
    with database.write() as tx:
        entry = journal.put(tx, a_pen(tx), COMMANDS[name], seq=3, watermark=40, now=NOW)

        found = journal.get(tx, entry)

    assert found.command == COMMANDS[name]
    assert (found.seq, found.watermark, found.state, found.attempts) == (3, 40, W, 0)
    assert found.order == ("" if name == "corrections" else "1"), "levels are of no order"


def test_a_corrupted_command_is_an_error_of_the_store(database: Database) -> None:
    with database.write() as tx:
        entry = put(tx, a_pen(tx))
        tx.execute(text("UPDATE journal SET command = '{}'"))

        with pytest.raises(StoreError, match="stored CreateSale cannot be read"):
            journal.get(tx, entry)


def test_only_a_verified_create_proves_that_the_source_is_kept(database: Database) -> None:
    with database.write() as tx:
        pen = a_pen(tx)
        entry = put(tx, pen, A)
        assert not journal.has_done_create(tx, ACME)

        finish(tx, pen, entry)

        assert journal.has_done_create(tx, ACME)


def test_an_attempt_is_told_with_the_time_it_was_sent_and_the_time_it_ended(database: Database) -> None:
    later = NOW + timedelta(seconds=30)
    with database.write() as tx:
        pen = a_pen(tx)
        entry = put(tx, pen)
        begin(tx, pen, entry)
        attempts.note_failed(tx, ACME, entry, said="cut" * 500, now=later)
        doubt(tx, pen, entry)
        attempts.note_concluded(tx, ACME, entry, said="not there", now=later)

        told = attempts.of_order(tx, ACME, OrderId("1"))

        sent = journal.get(tx, entry).sent_at
        assert [(one.sent_at, one.ended_at) for one in told] == [(sent, to_text(later)), (None, to_text(later))]
        assert [len(one.said) for one in told] == [attempts.SAID_CHARS_MAX, len("not there")]
        assert attempts.of_order(tx, Account("other"), OrderId("1")) == []


def test_an_answer_is_kept_with_its_time(database: Database) -> None:
    with database.write() as tx:
        pen = a_pen(tx)
        entry = put(tx, pen, S)

        answer(tx, pen, entry)

        assert (journal.get(tx, entry).answered_at, journal.get(tx, entry).answer) == (to_text(NOW), "yes")


def test_an_error_of_the_database_tells_nothing_that_was_written(database: Database) -> None:
    with database.write() as tx:
        pen = a_pen(tx)
        journal.put(tx, pen, a_new_customer(), seq=1, watermark=0, now=NOW)

        with pytest.raises(IntegrityError) as told, tx.begin_nested():
            journal.put(tx, pen, a_new_customer(), seq=1, watermark=0, now=NOW)

    assert "Ada" not in str(told.value)
