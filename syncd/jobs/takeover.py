"""Look up what another connector has made of the sales that a plan would make. Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from syncd.domain.ids import SourceId
from syncd.domain.plan_orders import Create, Step
from syncd.domain.takeover import Twin, twin_of
from syncd.jobs.given import Given

LOOK_UPS_MAX = 500  # a search each: half an hour's allowance of a small account is for others


@dataclass(frozen=True, slots=True)
class Compared:
    """Twins by the source id of what we would make; `left` were not looked up."""

    twins: dict[SourceId, Twin]
    left: int


def compare_with_others(given: Given, steps: Iterable[Step]) -> Compared:
    """One search for each sale to make, and the fulfilments of what was found in one request for many."""
    creates = [step for step in steps if isinstance(step, Create)]
    asked = creates[:LOOK_UPS_MAX]
    found = {step.draft.source_id: given.retail.find_sales(invoice_number=step.draft.invoice_number) for step in asked}
    ids = sorted({sale.id for sales in found.values() for sale in sales if sale.is_standing})
    fulfilments = given.retail.read_fulfilments(ids) if ids and given.retail.keeps_client_ids else []
    twins = {step.draft.source_id: twin_of(step.draft, found[step.draft.source_id], fulfilments) for step in asked}
    return Compared(twins, len(creates) - len(asked))
