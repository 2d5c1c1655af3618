"""What is known of an order that takes goods back: the sales whose goods they were, and what came back of them."""

from __future__ import annotations

from syncd.domain.ids import Account
from syncd.domain.journal import OPEN, Action, CloseReturn, EntryState, StartReturn
from syncd.domain.orders import Order
from syncd.domain.plan_returns import ReturnFacts
from syncd.domain.returns import SaleReturn
from syncd.store import journal, parts, returns, seen
from syncd.store.database import Transaction
from syncd.store.journal import Entry

RETURN_ACTIONS = (Action.BEGIN_RETURN, Action.FINISH_RETURN)
_HAS_LEFT = tuple(state for state in OPEN if state is not EntryState.WAITING)


def facts_of(tx: Transaction, account: Account, order: Order, *, retry: bool) -> ReturnFacts:
    assert order.return_of is not None, "it takes goods of an order back"
    begun = [
        entry.sale
        for entry in journal.of_order(tx, account, order.id)
        if isinstance(entry.command, StartReturn) and entry.state is EntryState.DONE and entry.sale is not None
    ]
    found = returns.of_order(tx, account, order.return_of)
    standing = {one.sale for one in found}
    last = begun[-1] if begun else None
    is_begun = last in standing
    # The journal may be of another store, or pruned: what we have closed bears our source, also when it is voided.
    gone = [] if is_begun or retry else [*returns.voided_for(tx, account, order.id), *begun]
    return ReturnFacts(
        order=order,
        records=tuple(parts.of_order(tx, account, order.return_of)),
        seen=tuple(seen.of_orders(tx, account, [order.return_of])),
        returns=tuple(found),
        begun=last if is_begun else None,
        voided=gone[-1] if gone else None,
    )


def under_way(tx: Transaction, account: Account, command: StartReturn | CloseReturn) -> list[str]:
    """What else takes goods of the same sale back at this moment: a till, or another order of the ERP."""
    begun = command.sale if isinstance(command, CloseReturn) else None
    others = [
        f"order {entry.order} is being returned"
        for entry in journal.open_entries(tx, account, RETURN_ACTIONS, _HAS_LEFT)
        if isinstance(entry.command, StartReturn | CloseReturn)
        and entry.command.original == command.original
        and entry.command.part != command.part
    ]
    standing = returns.of_sale(tx, account, command.original)
    return [*others, *(_said(one) for one in standing if not one.source_id and one.sale != begun)]


def begun_since(tx: Transaction, account: Account, command: StartReturn, entry: Entry) -> list[SaleReturn]:
    """Returns of the sale that nobody knew of when the call was sent."""
    found = returns.of_sale(tx, account, command.original)
    return [one for one in found if one.version > entry.watermark and not one.source_id]


def _said(one: SaleReturn) -> str:
    return f"{one.invoice_number} is {one.state}"
