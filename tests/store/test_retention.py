"""What is forgotten of a finished order, on both databases."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import text

from syncd.domain.ids import EntryId, OrderId, RunId
from syncd.domain.journal import Action, EntryState
from syncd.domain.reasons import Outcome, Reason
from syncd.domain.sales import SaleDraft, SaleState
from syncd.store import attempts, corrections, holds, inbox, journal, parts, retention, runs, seen
from syncd.store.corrections import RowState
from syncd.store.database import Database, Transaction
from syncd.store.holds import Verb
from tests.fakes.memory_erp import an_order
from tests.store.shelf import ACME, NOW, a_correction, a_draft, a_new_customer, a_part, a_pen, a_sale, a_void, an_update

LATER = NOW + timedelta(days=1)
ORDER = OrderId("1")
PERSONAL = ("Ada", "Quay Street", "ada@example.test")
TABLES = ("orders", "revisions", "parts", "journal", "attempts", "seen_sales", "holds")


def finish(tx: Transaction, *, outcome: Outcome = Outcome.SYNCED, reason: Reason = Reason.VOIDED) -> None:
    """An order with everything that it may leave behind, settled just now."""
    inbox.put(tx, ACME, an_order("SO1", comment="for Ada"), ticket=1, now=NOW)
    parts.claim(tx, ACME, a_part(), place=0, generation=1)
    parts.verified(tx, ACME, a_part(), a_sale().id, a_draft(), [], now=NOW)
    seen.keep(tx, ACME, "memory", [a_sale(version=7, state=SaleState.VOIDED, note="for Ada")], ticket=1, now=NOW)
    pen = a_pen(tx)
    for command in (a_new_customer(), an_update(), a_void()):
        entry = journal.put(tx, pen, command, seq=1, watermark=0, now=NOW)
        attempts.note_failed(tx, ACME, entry, said="Ada said", now=NOW)
        journal.hold(tx, pen, entry, reason="refused", detail="Ada said", now=NOW)
    for subject in ("order:1", "shipment:1"):
        holds.open_hold(
            tx,
            ACME,
            subject,
            order=ORDER,
            reason=Reason.REFUSED,
            detail="Ada",
            cause="Ada",
            evidence='"Ada"',
            run=None,
            now=NOW,
        )
    held = holds.find_open(tx, ACME, "shipment:1")
    assert held is not None
    holds.decide(tx, ACME, held.id, Verb.DROP, who="bo", why="", now=NOW)
    for subject in ("order:1", "shipment:1"):
        holds.close(tx, ACME, subject, because="it is over", now=NOW)
    settle(tx, outcome, reason)


def settle(tx: Transaction, outcome: Outcome, reason: Reason) -> None:
    inbox.settle(
        tx, ACME, ORDER, outcome=outcome, reason=reason, detail="", line="", seq=1, planned_with="", planned_version=7,
        now=NOW,
    )  # fmt: skip


def finished(tx: Transaction) -> list[OrderId]:
    return [one.order for one in retention.finished(tx, ACME, before=LATER, limit=9)]


def forget(tx: Transaction) -> None:
    retention.forget(tx, ACME, retention.finished(tx, ACME, before=LATER, limit=9))


def told(tx: Transaction) -> list[str]:
    rows = "".join(repr([tuple(row) for row in tx.execute(text(f"SELECT * FROM {table}"))]) for table in TABLES)
    return [word for word in PERSONAL if word in rows]


def test_nobody_is_named_in_any_table_and_it_is_done_once(database: Database) -> None:
    with database.write() as tx:
        finish(tx)
        assert told(tx) == list(PERSONAL)

        forget(tx)

        assert told(tx) == []
        assert finished(tx) == []
        assert retention.forgotten_among(tx, ACME, [ORDER, OrderId("2")]) == [ORDER]


def test_what_keeps_it_from_happening_twice_stays(database: Database) -> None:
    with database.write() as tx:
        finish(tx)

        forget(tx)

        (record,) = parts.of_order(tx, ACME, ORDER)
        entries = journal.of_order(tx, ACME, ORDER)
        assert isinstance(record.draft, SaleDraft)
        assert record.draft.content == a_draft().content
        assert [(entry.action, entry.k, entry.state) for entry in entries] == [
            (Action.CREATE_CUSTOMER, 1, EntryState.HELD),
            (Action.VOID_SALE, 2, EntryState.HELD),
        ]
        assert holds.was_dropped(tx, ACME, "shipment:1")
        assert [hold.subject for hold in holds.of_order(tx, ACME, ORDER)] == ["shipment:1"]
        assert not inbox.put(tx, ACME, an_order("SO1", comment="for Ada"), ticket=2, now=LATER)


def test_an_order_is_finished_only_when_nothing_can_come_of_it(database: Database) -> None:
    with database.write() as tx:
        finish(tx)
        for outcome, reason in (
            (Outcome.SYNCED, Reason.STANDS),
            (Outcome.WAITING, Reason.NEW),
            (Outcome.HELD, Reason.UNPAID),
        ):
            settle(tx, outcome, reason)
            assert finished(tx) == []
        settle(tx, Outcome.IGNORED, Reason.BEFORE_START)
        assert finished(tx) == [ORDER]

        journal.put(tx, a_pen(tx, epoch=2), a_void(), seq=1, watermark=0, now=NOW)

        assert finished(tx) == []


def test_a_sale_that_is_no_order_of_ours_is_kept_without_its_person(database: Database) -> None:
    theirs = a_sale(source_id=a_sale().source_id.replace("acme/", "other/"), note="for Ada")
    with database.write() as tx:
        seen.keep(tx, ACME, "memory", [theirs], ticket=1, now=NOW)

        assert told(tx) == []
        assert seen.get(tx, ACME, theirs.id) == replace(theirs, note="")


def test_a_sale_whose_order_is_nowhere_is_forgotten_when_nothing_is_held(database: Database) -> None:
    with database.write() as tx:
        seen.keep(tx, ACME, "memory", [a_sale(note="for Ada")], ticket=1, now=NOW)
        holds.open_hold(
            tx, ACME, "sale:sale-1", order=ORDER, reason=Reason.SALE_WITHOUT_ORDER, detail="", run=None, now=NOW
        )  # fmt: skip
        assert retention.orphans(tx, ACME, before=LATER) == []
        holds.close(tx, ACME, "sale:sale-1", because="drop by ada", now=NOW)
        assert retention.orphans(tx, ACME, before=NOW) == []

        retention.forget_sales(tx, ACME, retention.orphans(tx, ACME, before=LATER))

        assert told(tx) == []
        assert [one.sale for one in seen.without_order(tx, ACME)] == ["sale-1"]


def test_a_newer_sale_or_reading_makes_it_due_again(database: Database) -> None:
    with database.write() as tx:
        finish(tx)
        forget(tx)
        seen.keep(tx, ACME, "memory", [a_sale(version=8, state=SaleState.VOIDED)], ticket=2, now=NOW)
        assert finished(tx) == [ORDER]
        forget(tx)

        inbox.put(tx, ACME, an_order("SO1", comment="for Ada", reference="new"), ticket=3, now=NOW)

        assert told(tx) == ["Ada", "Quay Street", "ada@example.test"]
        settle(tx, Outcome.SYNCED, Reason.VOIDED)
        assert finished(tx) == [ORDER]


def test_a_recalled_order_is_an_event_when_it_is_read_again(database: Database) -> None:
    with database.write() as tx:
        finish(tx)
        forget(tx)

        retention.recall(tx, ACME, [ORDER])

        settle(tx, Outcome.WAITING, Reason.NEW)
        assert retention.recalled(tx, ACME) == [ORDER]
        assert inbox.put(tx, ACME, an_order("SO1", comment="for Ada"), ticket=4, now=LATER)
        assert retention.recalled(tx, ACME) == []
        row = inbox.get(tx, ACME, ORDER)
        assert row is not None
        assert row.order is not None
        assert (row.order.customer.name, row.is_forgotten) == ("Ada Lane", False)


def test_the_newest_run_of_each_job_stays_and_the_newest_good_one(database: Database) -> None:
    with database.write() as tx:
        for job, outcome in (("orders", "done"), ("orders", "failed"), ("orders", "failed"), ("stock", "done")):
            run = runs.begin(tx, ACME, job, "live", now=NOW)
            runs.end(tx, run, outcome=outcome, counts={}, message="", now=NOW)
        runs.begin(tx, ACME, "catalogue", "live", now=LATER)

        retention.prune_diary(tx, ACME, before=LATER)

        left = [(run.job, run.outcome) for run in runs.recent(tx, ACME, limit=9)]
        assert left == [("catalogue", "running"), ("stock", "done"), ("orders", "failed"), ("orders", "done")]


def test_what_a_run_has_corrected_goes_with_the_run(database: Database) -> None:
    with database.write() as tx:
        old, newest = (runs.begin(tx, ACME, "stock", "live", now=NOW) for _ in range(2))
        for run, entry in ((old, EntryId(1)), (newest, EntryId(2))):
            runs.end(tx, run, outcome="done", counts={}, message="", now=NOW)
            corrections.put(tx, ACME, run, entry, [a_correction()])
            corrections.settle(tx, entry, [a_correction()], RowState.DONE, now=NOW)

        retention.prune_diary(tx, ACME, before=LATER)

        assert [corrections.of_run(tx, ACME, run) for run in (old, newest)] == [[], [a_correction()]]


def test_what_is_not_settled_of_a_correction_stays(database: Database) -> None:
    with database.write() as tx:
        corrections.put(tx, ACME, RunId(1), EntryId(1), [a_correction()])

        retention.prune_diary(tx, ACME, before=LATER)

        assert corrections.of_entry(tx, EntryId(1)) == [a_correction()]
