"""Ask about open sales in turn: only so is it seen that some of one was handed over, for no feed tells of it."""

from __future__ import annotations

from syncd.domain.rotation import SMALLEST, requests_now
from syncd.jobs.given import Given, Run
from syncd.jobs.read_fulfilments import read_and_keep_what_can_be
from syncd.store import hand_overs

# One less than a page of fulfilments: one for each sale, and a page that is not full is the last.
SALES_A_REQUEST = 99


def ask_in_turn(given: Given, run: Run) -> None:
    """Read the fulfilments of those open sales whose turn it is, as many as their share of the allowance lets."""
    if not (given.retail.fulfils_in_part and given.settings.fulfilments_to_erp):
        return
    now = given.clock.now()
    with given.database.read() as tx:
        last = hand_overs.asked_at(tx, given.account)
        requests = requests_now(
            given.settings.rotation_share, given.allowance() or SMALLEST, None if last is None else now - last
        )
        sales = hand_overs.open_sales_in_turn(tx, given.account, requests * SALES_A_REQUEST)
    if not sales:
        return
    with given.database.write() as tx:
        hand_overs.note_asking(tx, given.account, now=now)  # before it is asked: a death must not make it ask twice
    for begin in range(0, len(sales), SALES_A_REQUEST):
        if given.stopping():
            return
        read_and_keep_what_can_be(given, sales[begin : begin + SALES_A_REQUEST])
        given.at("rotation.batch_kept")
    run.count("open_sales_asked", len(sales))
