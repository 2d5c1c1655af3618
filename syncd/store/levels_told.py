"""What X-Series says of many products at once, beside what its feed has said of them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from syncd.domain.ids import OutletId, ProductId
from syncd.domain.stock import BadQuantity, RetailLevel
from syncd.store.bulk import fetch
from syncd.store.levels import RetailNumbers, Scaler
from syncd.store.numbers import IDS_A_STATEMENT

Told = dict[tuple[OutletId, ProductId], tuple[int, int] | None]
"""(level, to be procured), scaled; None when it makes no sense."""


def told_otherwise(
    tx: Connection,
    known: RetailNumbers,
    outlets: Sequence[OutletId],
    asked: Sequence[ProductId],
    told: Sequence[RetailLevel],
) -> list[ProductId]:
    """The products, of those asked for, of which something else was told than stands here at these outlets."""
    scale, found = Scaler(), Told()
    for one in told:
        try:
            found[one.outlet, one.product] = (scale[one.level], scale[one.to_procure])
        except BadQuantity:
            found[one.outlet, one.product] = None
    here = _levels_of(tx, known, outlets, asked)
    differing = {product for (_, product), _ in found.items() ^ here.items()}
    return [product for product in asked if product in differing]


def _levels_of(
    tx: Connection, known: RetailNumbers, outlets: Sequence[OutletId], products: Sequence[ProductId]
) -> Told:
    """As they were read last."""
    found = Told()
    id_of = {known.products[product]: product for product in products if product in known.products}
    numbered = list(id_of)
    for start in range(0, len(numbered), IDS_A_STATEMENT):
        some = numbered[start : start + IDS_A_STATEMENT]
        among = f"product IN ({', '.join('?' * len(some))})"
        for outlet in outlets:
            sql = f"SELECT product, level, to_procure FROM retail_levels WHERE outlet = ? AND {among}"
            rows = fetch(tx, sql, (known.outlets[outlet], *some))
            found.update({(outlet, id_of[product]): (level, to_procure) for product, level, to_procure in rows})
    return found
