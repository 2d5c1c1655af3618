"""One part broken on purpose, here and nowhere else: the proof that each of the three numbers can be other than 0."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from syncd.domain.ids import SaleId
from syncd.domain.orders import Order, OrderPage, OrderStamp
from syncd.domain.sales import SaleDraft, SaleReceipt
from syncd.errors import NotSent, OutsideError, Unanswered
from tests.simulation.world import SimWorld

Sabotage = Callable[[SimWorld], None]


def retry_creates(world: SimWorld) -> None:
    """duplicates: a transport sends a create again when its answer is lost, without its id and source."""
    create = world.retail.create_sale

    def once_more(draft: SaleDraft) -> SaleReceipt:
        try:
            return create(draft)
        except Unanswered:
            world.retail.drops_source = True
            with suppress(OutsideError):
                create(replace(draft, sale_id=SaleId(f"{draft.sale_id}-again")))
            world.retail.drops_source = False
            raise

    world.retail.create_sale = once_more  # type: ignore[method-assign]


def forget_orders(world: SimWorld) -> None:
    """lost: the ERP's feed never shows every tenth order, and no sweep comes through."""
    _keep_back(world, lambda order: int(order.id) % 10 == 3)


def forget_changes(world: SimWorld) -> None:
    """unexplained: the ERP's feed does not show that an order was changed or cancelled, nor does a sweep."""
    _keep_back(world, lambda order: bool(world.causes[order.id] & {"changed", "cancelled"}))


def _keep_back(world: SimWorld, is_kept_back: Callable[[Order], bool]) -> None:
    read = world.erp.read_changed_orders

    def with_gaps(since: datetime | None) -> Iterator[OrderPage]:
        for page in read(since):
            yield replace(page, orders=tuple(order for order in page.orders if not is_kept_back(order)))

    def not_listed(since: datetime) -> Iterator[list[OrderStamp]]:
        raise NotSent("no route to the list")  # or a sweep would find them

    world.erp.read_changed_orders = with_gaps  # type: ignore[method-assign]
    world.erp.read_stamps = not_listed  # type: ignore[method-assign]


SABOTAGE: dict[str, Sabotage] = {one.__name__: one for one in (retry_creates, forget_orders, forget_changes)}
