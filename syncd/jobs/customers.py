"""The orders' customers in X-Series: found by its own feed, made where the settings say so, never twice.

The feed is read only when an order asks for a customer whom the store does not know: afterwards all are known, and a
further order of theirs costs nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from syncd.domain.customers import CustomerId, CustomerKey, CustomerMode, RetailCustomer, key_of
from syncd.domain.ids import OrderId
from syncd.domain.journal import CreateCustomer, EntryState
from syncd.domain.plan_customers import may_ask_for_its_customer
from syncd.domain.reasons import Reason
from syncd.domain.rules import OrderRules, Unpaid
from syncd.errors import Forbidden, OutsideError, Unauthorized
from syncd.jobs.apply import CUSTOMER_ACTIONS, Apply
from syncd.jobs.decide import batches, due_orders
from syncd.jobs.given import Given, Mode, Run
from syncd.jobs.lookup import not_found
from syncd.jobs.outcome import hold_entry
from syncd.jobs.verify import not_seen_yet
from syncd.log import logger
from syncd.store import cursors, customers, inbox, journal, parts
from syncd.store.database import Transaction
from syncd.store.holds import Decision
from syncd.store.journal import Entry, Pen


def meet_customers(
    given: Given, rules: OrderRules, *, retries: Mapping[OrderId, Decision], only: Collection[OrderId] | None
) -> None:
    """Read the customers' feed when an order that is due may ask for one whom the store does not know.

    In shadow nobody is made and every order stays due: its customer is looked for once.
    """
    if rules.customers is CustomerMode.NONE:
        return
    with given.database.read() as tx:
        planned_with, due = due_orders(tx, given, retries, only)
        may_ask = [one.id for one in due if given.settings.orders_mode is Mode.LIVE or one.is_unplanned(planned_with)]
        is_asked = any(_asks_for_a_stranger(tx, given, rules, batch) for batch in batches(may_ask))
    if is_asked:
        read_customers(given)


def _asks_for_a_stranger(tx: Transaction, given: Given, rules: OrderRules, batch: Sequence[OrderId]) -> bool:
    linked = {record.part.order for record in parts.of_orders(tx, given.account, batch) if record.sale is not None}
    rows = inbox.get_all(tx, given.account, [order for order in batch if order not in linked])
    orders = (row.order for row in rows if row.order is not None and not row.gone)
    asking = [order for order in orders if may_ask_for_its_customer(order, rules)]
    keys = {key for order in asking if (key := key_of(order.customer)) is not None}
    owing = {key_of(order.customer) for order in asking if rules.unpaid is Unpaid.ON_ACCOUNT and not order.paid}
    matches = customers.find(tx, given.account, keys)
    return any(match.the_one is None or (match.is_another_party and key in owing) for key, match in matches.items())


def read_customers(given: Given, *, not_above: int | None = None) -> None:
    """Read the feed of customers to its end. The last page is read again next time.

    So what becomes visible late, below the newest version, is seen too. `not_above` makes it start no higher: the
    watermark of an entry that is looked up.
    """
    account = given.account
    with given.database.write() as tx:
        ticket = cursors.take_ticket(tx, account)
        start = cursors.version(tx, account, cursors.CUSTOMERS)
    before = start = start if not_above is None else min(start, not_above)
    for page in given.retail.read_customers(after=start):
        with given.database.write() as tx:
            customers.keep(tx, account, page)
            cursors.move(tx, account, cursors.CUSTOMERS, str(before), ticket=ticket, now=given.clock.now())
        before = max((one.version for one in page), default=before)
        given.at("customers.page_kept")


def send_customers(given: Given, pen: Pen, apply: Apply) -> int:
    """Make the customers that wait to be made; return how many came further. Who is there by now is not made."""
    with given.database.read() as tx:
        waiting = journal.open_marks(tx, pen.account, CUSTOMER_ACTIONS, [EntryState.WAITING])
    if not waiting:
        return 0
    read_customers(given)
    return apply.send_waiting(CUSTOMER_ACTIONS, feed=cursors.CUSTOMERS)


def settle_customers(given: Given, run: Run, pen: Pen) -> None:
    """Look up what may have been made, and verify what was answered, both by what X-Series shows."""
    with given.database.read() as tx:
        entries = journal.open_entries(tx, pen.account, CUSTOMER_ACTIONS, [EntryState.UNKNOWN, EntryState.ANSWERED])
    if not entries:
        return
    read_customers(given, not_above=min(entry.watermark for entry in entries))
    given.at("customers.feed_read")
    for entry in entries:
        try:
            _settle(given, run, pen, entry)
        except (Unauthorized, Forbidden):
            raise
        except OutsideError as error:
            logger("customers").warning("a route failed", entry=entry.id, subject=entry.subject, error=str(error))
        given.at("customers.settled_one")


def _settle(given: Given, run: Run, pen: Pen, entry: Entry) -> None:
    command = entry.command
    assert isinstance(command, CreateCustomer), "only customers are settled here"
    if _is_there(given, command.key):
        _found(given, run, pen, entry)
        return
    read = _read_again(given, entry, command)
    _keep(given, read)
    if _is_there(given, command.key):
        _found(given, run, pen, entry)
    elif entry.state is EntryState.UNKNOWN:
        not_found(given, run, pen, entry)
    elif not read:
        not_seen_yet(given, pen, entry)
    else:
        with given.database.write() as tx:
            detail = f"customer {read[0].id} has neither the code nor the e-mail that it was made with"
            hold_entry(tx, given, run, pen, entry, Reason.CUSTOMER_NOT_KEPT, detail)


def _read_again(given: Given, entry: Entry, command: CreateCustomer) -> list[RetailCustomer]:
    """Whom the other routes show: the one whose id was answered, else whoever is found by search."""
    if entry.state is EntryState.ANSWERED:
        there = given.retail.read_customer(CustomerId(entry.answer)) if entry.answer else None
        return [there] if there is not None else []
    found: list[RetailCustomer] = []
    if command.draft.code:
        found += given.retail.find_customers(code=command.draft.code)
    if command.draft.email:
        found += given.retail.find_customers(email=command.draft.email)
    return found


def _is_there(given: Given, key: CustomerKey) -> bool:
    with given.database.read() as tx:
        return bool(customers.find(tx, given.account, [key])[key].candidates)


def _keep(given: Given, read: Sequence[RetailCustomer]) -> None:
    with given.database.write() as tx:
        customers.keep(tx, given.account, read)


def _found(given: Given, run: Run, pen: Pen, entry: Entry) -> None:
    with given.database.write() as tx:
        if entry.state is EntryState.UNKNOWN:
            journal.answer(tx, pen, entry.id, sale=None, text="found by look-up", now=given.clock.now())
        journal.finish(tx, pen, entry.id, now=given.clock.now())
    run.count("verified" if entry.state is EntryState.ANSWERED else "found_by_look_up")
