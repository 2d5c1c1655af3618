"""What moved levels in X-Series and was no sale, for as long as it may matter to a comparison."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, delete, select

from syncd.domain.ids import Account, OutletId, ProductId
from syncd.domain.movements import Movement
from syncd.domain.stock import BadQuantity
from syncd.log import logger
from syncd.store.codec import scale, to_moment, to_text, unscale
from syncd.store.stock_tables import StockMovementRow
from syncd.store.upsert import upsert

_movements = StockMovementRow.__table__  # type: ignore[attr-defined]


def keep(tx: Connection, account: Account, found: Iterable[Movement]) -> int:
    """Keep each once, however often it is read; return how many there were."""
    summed: dict[tuple[str, str, str], Movement] = {}
    for one in found:  # a product may stand on a consignment twice
        key = (one.source, one.outlet, one.product)
        earlier = summed.get(key)
        summed[key] = replace(one, quantity=_sum(one.quantity, earlier.quantity)) if earlier else one
    rows = [row for one in summed.values() if (row := _row(account, one)) is not None]
    if rows:
        put = upsert(tx, _movements)
        fresh = {name: put.excluded[name] for name in ("quantity", "is_known", "words", "moved_at")}
        keys = ["account", "source", "outlet", "product_id"]
        tx.execute(put.on_conflict_do_update(index_elements=keys, set_=fresh), rows)
    return len(rows)


def _sum(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else one + other


def _row(account: Account, one: Movement) -> dict[str, object] | None:
    try:
        quantity = scale(one.quantity or 0)
    except BadQuantity as error:
        logger("stock").warning("a movement makes no sense", source=one.source, problem=str(error))
        return None
    return {
        "account": account,
        "source": one.source,
        "outlet": one.outlet,
        "product_id": one.product,
        "quantity": quantity,
        "is_known": one.quantity is not None,
        "words": one.words,
        "moved_at": to_text(one.moved_at),
    }


def forget_before(tx: Connection, account: Account, moment: datetime) -> None:
    """What is older is booked, or counts no more."""
    tx.execute(delete(_movements).where(_movements.c.account == account, _movements.c.moved_at < to_text(moment)))


def of_product(
    tx: Connection, account: Account, outlet: OutletId, product: ProductId, *, since: datetime
) -> Iterator[Movement]:
    found = select(_movements).where(
        _movements.c.account == account,
        _movements.c.outlet == outlet,
        _movements.c.product_id == product,
        _movements.c.moved_at >= to_text(since),
    )
    for row in tx.execute(found.order_by(_movements.c.moved_at, _movements.c.source)):
        yield Movement(
            row.source,
            OutletId(row.outlet),
            ProductId(row.product_id),
            unscale(row.quantity) if row.is_known else None,
            row.words,
            to_moment(row.moved_at),
        )
