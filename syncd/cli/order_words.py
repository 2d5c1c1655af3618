"""The story of one order in words that a shop owner understands. Everything in it is in the data of `order_story`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from typing import Any

from syncd.cli.return_words import return_in_words, return_line_in_words
from syncd.cli.screen import local, print_line, print_table, quantity
from syncd.domain.journal import EntryState
from syncd.domain.money import ZERO
from syncd.domain.orders import Method
from syncd.domain.reasons import in_words
from syncd.domain.sales import SaleState

Story = dict[str, Any]

_DO = {
    "create_sale": "make the sale {invoice_number} at {outlet}, {total}",
    "update_sale": "change the sale {invoice_number} at {outlet} to {total}",
    "void_sale": "void the sale {sale}",
    "begin_return": "begin the return of the sale",
    "finish_return": "return goods worth {total}, refund and close it",
    "complete_shipment": "complete the shipment in the ERP",
    "create_customer": "make its customer in X-Series",
    "fulfil_sale": "hand over in the sale {sale} what the ERP has shipped",
}
_NOW = {
    "waiting": "decided, and not sent yet",
    "sending": "being sent",
    "answered": "not yet seen in X-Series as it was meant",
    "unknown": "nobody knows yet whether it arrived",
}
_ENDED = {
    "done": "done: seen as it was meant",
    "held": "held: {reason}",
    "superseded": "never sent: {detail}",
}
_STANDS = {
    SaleState.PENDING.value: "open",
    SaleState.PARKED.value: "parked at the till",
    SaleState.CLOSED.value: "handed over",
    SaleState.VOIDED.value: "voided",
    "": "not seen in X-Series yet",
}
_NOT_MADE = {
    "": "no sale",
    EntryState.WAITING: "not sent yet",
    EntryState.SENDING: "being sent",
    EntryState.ANSWERED: "not seen yet",
    EntryState.UNKNOWN: "nobody knows yet whether it is there",
}
_WAITS = {Method.PICKUP: "waits to be picked up", Method.DISPATCH: "waits to be dispatched"}


def print_story(story: Story, zone: tzinfo) -> None:
    """One order, its sections in the order of events; those with nothing to say are left out."""
    also = f" ({story['reference']})" if story["reference"] else ""
    once = f", once {' and '.join(story['former_numbers'])}" if story["former_numbers"] else ""
    print_line(f"order {story['number']}{also}{once}: {story['outcome']}, {story['reason']}")
    print_line(in_words(story["reason"], story["detail"]))
    if story["next"]:
        print_line(f"next: {story['next']}")
    _print_erp(story["erp"], zone)
    _print_decided(story["decided"])
    if story["money"] is not None:
        _print_money(story["money"], story["erp"]["currency"])
    _print_requests(story["journal"], zone)
    _print_sales(story["parts"], zone)
    _print_hand_over(story["hand_over"], story["parts"])
    _print_returns(story["returns"], zone)
    _print_holds(story["holds"], zone)
    _print_next(story)
    print_line()


def _head(title: str) -> None:
    print_line()
    print_line(title)


def _print_erp(erp: Story, zone: tzinfo) -> None:
    _head(f"What the ERP said (times of {zone})")
    if erp["is_forgotten"]:
        print_line("  whose it was is forgotten: it was finished longer ago than orders.retention")
    if erp["problem"]:
        print_line(f"  it cannot be understood: {erp['problem']}")
    else:
        received = f"{erp['received']} received" if erp["received"] else "not paid"
        paid = "paid" if erp["paid"] else received
        confirmed = local(erp["confirmed_at"].isoformat(), zone)
        print_line(f"  {erp['state']}, {erp['total']} {erp['currency']}, {paid}, confirmed {confirmed}")
    print_table(
        ("  line", "SKU", ">quantity", ">shipped", "leaves from", ">net", "taxes", ""),
        (
            (
                f"  {line['line']}",
                line["sku"] or line["description"],
                quantity(line["quantity"]),
                quantity(line["shipped"]),
                line["location"],
                line["net"],
                " + ".join(line["taxes"]),
                "<- this line" if line["is_the_problem"] else "",
            )
            for line in erp["lines"]
        ),
    )
    last = "missing there since" if erp["is_gone"] else "last"
    print_line(f"  read first {local(erp['first_read_at'], zone)}, {last} {local(erp['read_at'], zone)}")
    for one in erp["revisions"]:
        changed, read = local(one["changed_at"], zone), local(one["read_at"], zone)
        print_line(f"  changed {changed}, read {read}: {'; '.join(one['changes'])}")


def _print_decided(found: Sequence[Story]) -> None:
    if found:
        _head("What was decided, and which setting says so")
        print_table(("", ""), ((f"  {one['what']}", one["setting"]) for one in found), heads=False)


def _print_money(money: Story, currency: str) -> None:
    if not money["sales"]:
        return
    _head("How the money is split")
    rows: list[tuple[object, ...]] = []
    for sale in money["sales"]:
        number = f"  {sale['invoice_number']}"
        rows.extend(_money_line(number, line) for line in money["lines"] if line["invoice_number"] == number.strip())
        paid = f"{sale['paid']} paid, {sale['status']}"
        rows.append((number, "in all", "", sale["net"], sale["tax"], sale["total"], paid))
    if len(money["sales"]) > 1:
        rows.append(("  all sales", "", "", "", "", money["total"], ""))
    print_table(("  sale", "SKU", ">quantity", ">net", ">tax", ">with tax", ""), rows)
    if money["left"] == ZERO:
        print_line(f"  the order is {money['of_the_order']} {currency}: it adds up to the cent")
    else:
        print_line(f"  the order is {money['of_the_order']} {currency}: the sales lack {money['left']}")


def _money_line(number: str, line: Story) -> tuple[object, ...]:
    with_tax = line["net"] + line["tax"]
    return number, line["sku"], quantity(line["quantity"]), line["net"], line["tax"], with_tax, line["remark"]


def _print_requests(entries: Sequence[Story], zone: tzinfo) -> None:
    if not entries:
        return
    _head("What was asked of X-Series and of the ERP")
    for entry in entries:
        print_line(f"  {local(entry['decided_at'], zone)}  {_DO[entry['do']].format(**entry)}")
        for moment, line in _course(entry):
            print_line(f"  {local(moment, zone):19}    {line}")


def _course(entry: Story) -> Iterator[tuple[str | None, str]]:
    """Every attempt with its time and answer, and how it ended, or where it stands."""
    for one in entry["tries"]:
        if one["sent_at"]:
            yield one["sent_at"], "sent"
        yield one["ended_at"], one["said"]
    if entry["sent_at"] and entry["sent_at"] not in [one["sent_at"] for one in entry["tries"]]:
        yield entry["sent_at"], "sent"
    if entry["answered_at"]:
        yield entry["answered_at"], f"answered: {entry['answer'] or 'yes'}"
    if entry["state"] in _NOW:
        yield None, _NOW[entry["state"]]
    else:
        yield entry["settled_at"], _ENDED[entry["state"]].format(**entry)
    if entry["state"] == "held" and entry["detail"] not in [one["said"] for one in entry["tries"]]:
        yield None, entry["detail"]


def _print_sales(parts: Sequence[Story], zone: tzinfo) -> None:
    if not parts:
        return
    _head("The sales in X-Series")
    for part in parts:
        stands = _STANDS[part["state"]] if part["sale"] else _NOT_MADE[part["under_way"]]
        if part["state"] == SaleState.PENDING:
            stands = f"{stands}, {_WAITS[part['method']]}"
        paid = f", {part['paid']} paid" if part["paid"] is not None else ""
        paid += ", on its customer's account" if part["on_account"] else ""
        maker = f", made by {part['made_by']} and adopted" if part["made_by"] else ""
        made = f", made {part['generation']} times" if part["generation"] > 1 else ""
        total = f", {part['total']}{paid}" if part["total"] is not None else ""
        print_line(f"  {part['invoice_number']} at {part['outlet']}: {stands}{total}{made}{maker}")
        if part["sale"]:
            seen = f", last change read {local(part['seen_at'], zone)}" if part["seen_at"] else ""
            print_line(f"    id {part['sale']}{seen}")


def _print_hand_over(lines: Sequence[Story], parts: Sequence[Story]) -> None:
    if not parts:
        return
    _head("The hand-over")
    print_table(
        ("  line", "SKU", ">ordered", ">handed over in X-Series", ">shipped in the ERP"),
        (
            (
                f"  {line['line']}",
                line["sku"],
                quantity(line["ordered"]),
                quantity(line["handed_over"]),
                quantity(line["shipped"]),
            )
            for line in lines
        ),
    )


def _print_returns(found: Sequence[Story], zone: tzinfo) -> None:
    if not found:
        return
    _head("What came back")
    for one in found:
        print_line(f"  {local(one['at'], zone)}  {return_in_words(one)}")
        for line in one["lines"] if one["rung_up"] else ():
            print_line(f"    {return_line_in_words(line)}")
    if any(one["rung_up"] and not one["made_for_order"] for one in found):
        print_line("  The ERP has not been told: as far as syncd knows, it counts these goods as the customer's.")
        print_line("  Enter the return there, if nobody has done so yet.")


def _print_holds(holds: Sequence[Story], zone: tzinfo) -> None:
    if not holds:
        return
    _head("What was held")
    for hold in holds:
        since = f"hold {hold['id']} since {local(hold['opened_at'], zone)}"
        until = f", until {local(hold['closed_at'], zone)} ({hold['closed_because']})" if hold["closed_at"] else ""
        print_line(f"  {since}{until}: {hold['reason']}, {in_words(hold['reason'], hold['detail'])}")


def _print_next(story: Story) -> None:
    _head("What happens next")
    for line in story["would"]:
        print_line(f"  It would {line}.")
    for line in story["happens_next"]:
        print_line(f"  {line}")
