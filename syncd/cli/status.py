"""`syncd status`: where everything stands, without asking either system."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from syncd.bootstrap import SystemClock, last_budget, open_database
from syncd.cli.hold_words import causes_as_data, print_causes, told_of
from syncd.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, settings_of
from syncd.cli.return_words import count_returns, print_returns
from syncd.cli.screen import print_json, print_line, print_table
from syncd.domain.ids import Account
from syncd.domain.reasons import Outcome, Reason, sentence
from syncd.store import holds, inbox, journal, runs
from syncd.store.codec import to_moment


def status(as_json: JsonOption = False, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Say where every order stands, what is on its way, what waits for a person, and how fresh each job is."""
    settings = settings_of(config)
    account = Account(settings.account)
    with open_database(settings) as database:
        database.prepare()
        with database.read() as tx:
            orders = inbox.count_by_outcome(tx, account)
            entries = journal.count_by_state(tx, account)
            held = told_of(tx, account, holds.open_holds(tx, account))
            returned = count_returns(tx, account)
            shadow = inbox.worth_of(tx, account, Reason.SHADOW)
            newest = runs.newest_per_job(tx, account)
            good = runs.last_good(tx, account)
            numbers = [
                {"order": row.id, "number": row.number, "outcome": row.outcome, "reason": row.reason}
                for row in (inbox.all_orders(tx, account) if as_json else [])
            ]
    total = sum(orders.values())
    by_outcome = {
        outcome.value: sum(count for (name, _), count in orders.items() if name == outcome.value) for outcome in Outcome
    }
    if as_json:
        print_json(
            {
                "account": account,
                "orders": {
                    "total": total,
                    **by_outcome,
                    "by_reason": {f"{outcome}/{reason}": count for (outcome, reason), count in orders.items()},
                    "all": numbers,
                },
                "journal": entries,
                "holds": len(held),
                "causes": causes_as_data(held),
                "returns": returned,
                "shadow": shadow,
                "rate_budget": last_budget(settings),
                "jobs": {
                    job: {"outcome": run.outcome, "ended_at": run.ended_at, "last_good": good.get(job)}
                    for job, run in sorted(newest.items())
                },
            }
        )
        return
    _print(account, orders, by_outcome, total, entries, len(held))
    print_returns(returned)
    _print_shadow(shadow)
    print_causes(causes_as_data(held), settings.timezone)
    _print_jobs(newest, good)
    _print_budget(last_budget(settings))


def _print(
    account: str,
    orders: dict[tuple[str, str], int],
    by_outcome: dict[str, int],
    total: int,
    entries: dict[str, int],
    held: int,
) -> None:
    print_line(f"{account}: {total} orders, each in exactly one state")
    rows: list[tuple[Any, ...]] = []
    for outcome in Outcome:
        count = by_outcome[outcome.value]
        share = f"{100 * count / total:.1f} %" if total else ""
        rows.append((outcome.value, count, share, "", ""))
        rows.extend(
            ("", number, "", reason, sentence(Reason(reason)))
            for (name, reason), number in orders.items()
            if name == outcome.value
        )
    rows.append(("total", total, "100.0 %" if total else "", "", ""))
    print_table(("state", ">orders", ">share", "reason", "meaning"), rows)
    words = ", ".join(f"{count} {state}" for state, count in sorted(entries.items())) or "empty"
    print_line(f"journal: {words}")
    print_line(f"holds:   {held} wait for a person" + (" (`syncd holds`)" if held else ""))


def _print_shadow(worth: Mapping[str, Decimal]) -> None:
    if worth:
        sums = " and ".join(f"{total} {currency}" for currency, total in sorted(worth.items()))
        print_line(f"shadow:  orders worth {sums} wait for `orders.mode: live` (`syncd plan orders`)")


def _print_jobs(newest: dict[str, runs.RunRecord], good: dict[str, str]) -> None:
    now = SystemClock().now()
    rows = []
    for job, run in sorted(newest.items()):
        ended = good.get(job)
        age = f"{int((now - to_moment(ended)).total_seconds())} s ago" if ended else "never"
        rows.append((job, "done, and held something" if run.outcome == "held" else run.outcome, age, run.message))
    if rows:
        print_line()
        print_table(("job", "last run", "last good", "message"), rows)


def _print_budget(numbers: Mapping[str, str | int | None] | None) -> None:
    if numbers is None or numbers.get("limit") is None:
        return
    said = f"{numbers['used']} of {numbers['limit']} requests in {numbers['window_s']} s, {numbers['others']} by others"
    print_line(f"rate budget: {said}, {numbers['reserve']} in reserve; as of {numbers['at']}")
