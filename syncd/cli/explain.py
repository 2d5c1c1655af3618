"""`syncd explain`: the whole story of one thing, from what the store knows."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from syncd.bootstrap import open_database
from syncd.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, settings_of
from syncd.cli.screen import print_json, print_line, print_table, quantity
from syncd.domain.ids import Account
from syncd.domain.reasons import in_words, next_step, sentence
from syncd.errors import UsageError
from syncd.store import catalogue, holds, inbox, journal, parts, seen
from syncd.store.database import Transaction
from syncd.store.inbox import InboxOrder

app = typer.Typer(no_args_is_help=True, help="The whole story of one order.")


@app.callback()
def _explain() -> None:
    """The whole story of one order."""


@app.command()
def order(
    reference: Annotated[str, typer.Argument(help="The order's number or the customer's reference.", metavar="REF")],
    as_json: JsonOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Say what the ERP said, what was decided and why, what was sent and seen, and what happens next."""
    settings = settings_of(config)
    account = Account(settings.account)
    with open_database(settings) as database:
        database.prepare()
        with database.read() as tx:
            found = inbox.find(tx, account, reference)
            stories = [_story(tx, account, row) for row in found]
    if not stories:
        raise UsageError(
            f"syncd has read no order {reference}",
            hint=f"`syncd sync orders --order {reference}` asks the ERP for it.",
        )
    if as_json:
        print_json(stories)
        return
    for story in stories:
        _print(story)


def _story(tx: Transaction, account: Account, row: InboxOrder) -> dict[str, Any]:
    outlets = {one.id: one.name for one in catalogue.references(tx, account) if one.kind.value == "outlet"}
    order = row.order
    return {
        "order": row.id,
        "number": row.number,
        "reference": order.reference if order else "",
        "outcome": row.outcome,
        "reason": row.reason,
        "meaning": sentence(row.reason),
        "detail": row.detail,
        "next": next_step(row.reason),
        "erp": {
            "state": order.state if order else "unreadable",
            "confirmed_at": order.confirmed_at if order else None,
            "changed_at": row.changed_at,
            "read_at": row.read_at,
            "is_gone": row.gone,
            "reading": row.seq,
            "customer": order.customer.code if order else "",
            "paid": order.paid if order else None,
            "total": order.total if order else None,
            "currency": order.currency if order else "",
            "problem": row.problem,
            "lines": [
                {
                    "line": line.id,
                    "sku": line.sku,
                    "quantity": line.quantity,
                    "shipped": line.shipped,
                    "location": line.location,
                    "net": line.net,
                    "taxes": [tax.name for tax in line.taxes],
                    "is_the_problem": line.id == row.line,
                }
                for line in (order.lines if order else ())
            ],
        },
        "parts": [
            {
                "outlet": outlets.get(part.part.outlet, part.part.outlet),
                "method": part.part.method,
                "generation": part.generation,
                "sale": part.sale,
                "total": part.draft.total if part.draft else None,
                "state": _state_of(tx, account, part.sale),
            }
            for part in parts.of_order(tx, account, row.id)
        ],
        "journal": [
            {
                "entry": entry.id,
                "do": entry.action,
                "state": entry.state,
                "attempts": entry.attempts,
                "decided_at": entry.decided_at,
                "sent_at": entry.sent_at,
                "settled_at": entry.settled_at,
                "sale": entry.sale,
                "reason": entry.reason,
                "detail": entry.detail,
            }
            for entry in journal.of_order(tx, account, row.id)
        ],
        "holds": [
            {
                "id": hold.id,
                "reason": hold.reason,
                "meaning": sentence(hold.reason),
                "detail": hold.detail,
                "next": next_step(hold.reason),
                "opened_at": hold.opened_at,
                "closed_at": hold.closed_at,
                "closed_because": hold.closed_because,
            }
            for hold in holds.of_order(tx, account, row.id)
        ],
    }


def _state_of(tx: Transaction, account: Account, sale: Any) -> str:
    there = seen.get(tx, account, sale) if sale else None
    return there.state.value if there else ""


def _print(story: dict[str, Any]) -> None:
    erp = story["erp"]
    also = f" ({story['reference']})" if story["reference"] else ""
    print_line(f"order {story['number']}{also}: {story['outcome']}, {story['reason']}")
    print_line(f"  {in_words(story['reason'], story['detail'])}")
    if story["next"]:
        print_line(f"  next: {story['next']}")
    print_line()
    read = f"missed there since {erp['read_at'][:19]}Z" if erp["is_gone"] else f"read {erp['read_at'][:19]}Z"
    print_line(
        f"the ERP said: {erp['state']}, {erp['total']} {erp['currency']}, {'paid' if erp['paid'] else 'not paid'}, "
        f"changed {erp['changed_at'][:19]}Z, {read} (reading {erp['reading']})"
    )
    print_table(
        ("line", "SKU", ">quantity", ">shipped", "location", ">net", "taxes", ""),
        (
            (
                line["line"],
                line["sku"],
                quantity(line["quantity"]),
                quantity(line["shipped"]),
                line["location"],
                line["net"],
                ", ".join(line["taxes"]),
                "<- this line" if line["is_the_problem"] else "",
            )
            for line in erp["lines"]
        ),
    )
    for part in story["parts"]:
        print_line(
            f"sale at {part['outlet']} for {part['method']}: {part['state'] or 'not seen yet'}, {part['total']}, "
            f"id {part['sale']}" + (f", generation {part['generation']}" if part["generation"] > 1 else "")
        )
    for entry in story["journal"]:
        sent = f"sent {entry['sent_at'][:19]}Z" if entry["sent_at"] else "not sent"
        tries = f", {entry['attempts']} attempts" if entry["attempts"] > 1 else ""
        detail = f": {entry['detail']}" if entry["detail"] else ""
        print_line(f"journal {entry['entry']}: {entry['do'].replace('_', ' ')} {entry['state']}, {sent}{tries}{detail}")
    for hold in story["holds"]:
        closed = f", closed {hold['closed_at'][:19]}Z: {hold['closed_because']}" if hold["closed_at"] else ""
        detail = f": {hold['detail']}" if hold["detail"] else ""
        print_line(f"hold {hold['id']}: {hold['reason']} since {hold['opened_at'][:19]}Z{closed}{detail}")
