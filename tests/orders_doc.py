"""The parts of docs/orders.md that nobody writes: the reason codes, and what `syncd explain order` says of some orders.

`make docs` writes them again; tests/repo/test_orders_doc.py fails when they are not what the code says.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import structlog

from syncd.domain.ids import OrderId, Sku
from syncd.domain.next_steps import looked_at_again
from syncd.domain.orders import LineKind
from syncd.domain.reasons import Outcome, Reason, next_step, outcome_of, sentence
from syncd.errors import Unanswered
from tests.fakes.memory_erp import CAP, MUG, NOON, THERE, a_line, an_order
from tests.fakes.memory_retail import a_product
from tests.unit.jobs.told import explained
from tests.unit.jobs.world import WIDGET, World, a_world, make_template

DOCUMENT = Path(__file__).parents[1] / "docs" / "orders.md"
DISCOUNT = Sku("DISCOUNT")
_PART = re.compile(r"(<!-- (?P<name>[a-z-]+): written by tests/orders_doc.py -->\n).*?(<!-- end -->)", re.DOTALL)


def synced(world: World) -> str:
    """Split over two outlets with a discount, and edited once."""
    world.retail.products[DISCOUNT] = a_product(DISCOUNT, version=2)
    world.sync_catalogue()
    world.use_names(discount_sku=DISCOUNT)
    off = a_line(Sku("SPRING"), 1, line="3", price="-3.00", location=None, kind=LineKind.SERVICE)
    world.erp.place(an_order("SO1", a_line(MUG, 2), a_line(CAP, 1, line="2", price="9.99", location=THERE), off))
    world.settle()
    world.clock.advance(timedelta(hours=2))
    world.erp.edit(
        OrderId("1"), a_line(MUG, 3, price="3.3333"), a_line(CAP, 1, line="2", price="9.99", location=THERE), off
    )
    world.settle()
    return explained(world)


def waiting(world: World) -> str:
    """Sent, and the answer lost."""
    world.erp.place(an_order("SO1"))
    world.retail.fail(
        "create_sale", Unanswered("X-Series did not answer POST /api/2026-07/sales: the connection broke")
    )
    world.sync_orders()
    return explained(world)


def held(world: World) -> str:
    """Of two lines, one names what X-Series does not have."""
    world.erp.place(an_order("SO1", a_line(MUG, 1), a_line(WIDGET, 2, line="2", price="4.50")))
    world.settle()
    return explained(world)


def ignored(world: World) -> str:
    """Confirmed before the start."""
    world.erp.place(an_order("SO1", at=NOON - timedelta(days=9)))
    world.settle()
    return explained(world)


def returned(world: World) -> str:
    """Handed over, and one of its pieces brought back and changed for another."""
    world.erp.place(an_order("SO1"))
    world.settle()
    world.retail.hand_over(world.retail.standing("1")[0].id)
    world.settle()
    world.clock.advance(timedelta(hours=2))
    world.retail.take_back(world.retail.standing("1")[0].id, "17", {MUG: 1}, instead={CAP: 2})
    world.settle()
    return explained(world)


SCENES: dict[str, Callable[[World], str]] = {"synced": synced, "waiting": waiting, "held": held, "ignored": ignored}
#: beside the outcomes
MORE_SCENES: dict[str, Callable[[World], str]] = {"returned": returned}


def reasons_table() -> str:
    """Every reason code, in the order of the outcomes."""
    rows = ["| outcome | reason | means | next | when it is looked at again |", "| --- | --- | --- | --- | --- |"]
    for outcome in Outcome:
        for reason in (one for one in Reason if outcome_of(one) is outcome):
            again = looked_at_again(reason, outcome)
            rows.append(f"| {outcome} | `{reason}` | {sentence(reason)} | {next_step(reason)} | {again} |")
    return "\n".join(rows) + "\n"


def scene(name: str, folder: Path) -> str:
    """What `explain` says, as a block."""
    folder.mkdir()
    world = a_world(make_template(folder), folder, keeps_client_ids=True)
    try:
        return f"```text\n$ syncd explain order SO1\n{(SCENES | MORE_SCENES)[name](world).rstrip()}\n```\n"
    finally:
        world.close()


def written(text: str, folder: Path) -> str:
    """The document with its parts as the code says them today."""

    def part(found: re.Match[str]) -> str:
        name = found["name"]
        return found[1] + (reasons_table() if name == "reasons" else scene(name, folder / name)) + found[3]

    return _PART.sub(part, text)


def parts(text: str) -> list[str]:
    return [found["name"] for found in _PART.finditer(text)]


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    with tempfile.TemporaryDirectory() as folder:
        DOCUMENT.write_text(written(DOCUMENT.read_text(encoding="utf-8"), Path(folder)), encoding="utf-8")
