"""What a plan of orders comes to, and what another connector has made of it already: for people and programs."""

from __future__ import annotations

from collections import Counter
from typing import Any

from syncd.cli.screen import print_line, print_table
from syncd.domain.money import to_cents
from syncd.domain.plan_orders import Create
from syncd.domain.takeover import Likeness, Twin, in_all, sums_of
from syncd.jobs.decide import Planning
from syncd.jobs.takeover import Compared

_LIKENESS = {
    Likeness.NOT_THERE: "nobody has made it: syncd would",
    Likeness.SAME: "the same: once live, `syncd holds adopt` can take it",
    Likeness.DIFFERENT: "different",
    Likeness.SEVERAL: "several sales have this number",
}


def print_sums(planning: Planning, outlets: dict[str, str]) -> None:
    """By outlet, and of all."""
    sums = sums_of(planning.steps())
    if not sums:
        return
    rows = [
        (outlets.get(one.outlet, one.outlet), one.creates, one.value, one.updates, one.voids)
        for one in (*sums, *([in_all(sums)] if len(sums) > 1 else []))
    ]
    print_line()
    print_table(("outlet", ">sales to make", ">worth", ">to change", ">to void"), rows)


def print_takeover(planning: Planning, compared: Compared) -> None:
    """What the other connector has made, one row for each sale that syncd would make."""
    found = [
        (one.inbox.number, step.draft, twin)
        for one in planning.orders
        for step in one.plan.steps
        if isinstance(step, Create) and (twin := compared.twins.get(step.draft.source_id)) is not None
    ]
    if not found:
        return
    print_line()
    print_line("what stands under these numbers and is not ours (`orders.takeover`):")
    print_table(
        ("order", "sale", ">syncd would make", "there is", "compared"),
        ((number, draft.invoice_number, draft.total, _there(twin), _compared(twin)) for number, draft, twin in found),
    )
    counts = Counter(twin.likeness for _, _, twin in found)
    words = ", ".join(f"{counts[likeness]} {likeness.replace('_', ' ')}" for likeness in Likeness if counts[likeness])
    left = f"; {compared.left} more were not looked up" if compared.left else ""
    print_line(f"takeover: {words}{left}")


def _there(twin: Twin) -> str:
    return ", ".join(f"{to_cents(sale.total)} {sale.state}, by {sale.source_type or 'a till'}" for sale in twin.sales)


def _compared(twin: Twin) -> str:
    return _LIKENESS[twin.likeness] + (f": {'; '.join(twin.differs)}" if twin.differs else "")


def twin_as_data(twin: Twin) -> dict[str, Any]:
    return {
        "likeness": twin.likeness,
        "differs": twin.differs,
        "sales": [
            {"sale": sale.id, "made_by": sale.source_type, "state": sale.state, "total": to_cents(sale.total)}
            for sale in twin.sales
        ],
    }
