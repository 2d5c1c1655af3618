"""The levels of both sides as last read, compared by one statement; and the newest stock report."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import Connection, Row, Select, and_, delete, func, insert, literal, select, tuple_, union_all

from syncd.domain.ids import Account, LocationId, OutletId, ProductId, RunId, Sku
from syncd.domain.stock import ErpLevel, RetailLevel
from syncd.domain.stock_terms import PairOfLevels, Start, StockRow
from syncd.store.codec import decode, encode, scale, unscale
from syncd.store.tables import DriftRow, ErpLevelRow, ProductCodeRow, RetailLevelRow
from syncd.store.upsert import upsert

_erp, _retail = ErpLevelRow.__table__, RetailLevelRow.__table__  # type: ignore[attr-defined]
_codes, _drifts = ProductCodeRow.__table__, DriftRow.__table__  # type: ignore[attr-defined]
KEYS_PER_STATEMENT = 400


def replace_erp(tx: Connection, account: Account, pages: Iterable[Sequence[ErpLevel]]) -> int:
    """Replace the ERP's picture by a complete reading, in one transaction; return its rows."""
    tx.execute(delete(_erp).where(_erp.c.account == account))
    return sum(_put_erp(tx, account, page) for page in pages)


def keep_erp(tx: Connection, account: Account, levels: Sequence[ErpLevel]) -> None:
    """Replace only these rows."""
    _put_erp(tx, account, levels)


def _put_erp(tx: Connection, account: Account, page: Sequence[ErpLevel]) -> int:
    rows = [
        {
            "account": account,
            "location": one.location,
            "sku": one.sku,
            "on_hand": scale(one.on_hand),
            "reserved": scale(one.reserved),
        }
        for one in sorted(page, key=lambda one: (one.location, one.sku))
        if one.sku
    ]
    if rows:
        put = upsert(tx, _erp)
        fresh = {"on_hand": put.excluded.on_hand, "reserved": put.excluded.reserved}
        tx.execute(put.on_conflict_do_update(index_elements=["account", "location", "sku"], set_=fresh), rows)
    return len(rows)


def keep_retail(tx: Connection, account: Account, page: Iterable[RetailLevel]) -> None:
    """Replace the rows of one page of the inventory feed; an older version replaces nothing."""
    rows = [
        {
            "account": account,
            "outlet": one.outlet,
            "product_id": one.product,
            "level": scale(one.level),
            "to_procure": scale(one.to_procure),
            "version": one.version,
        }
        for one in sorted(page, key=lambda one: (one.outlet, one.product))
    ]
    if rows:
        put = upsert(tx, _retail)
        fresh = {name: put.excluded[name] for name in ("level", "to_procure", "version")}
        newer = put.excluded.version >= _retail.c.version
        keys = ["account", "outlet", "product_id"]
        tx.execute(put.on_conflict_do_update(index_elements=keys, set_=fresh, where=newer), rows)


def differing(
    tx: Connection, account: Account, outlets: Mapping[LocationId, tuple[OutletId, str]], start: Start
) -> list[PairOfLevels]:
    """All pairs in which the sides' numbers differ, whatever explains it."""
    erp_quantity = _erp.c.on_hand if start is Start.ON_HAND else _erp.c.on_hand - _erp.c.reserved
    found = _pairs(account, outlets).where(erp_quantity != _retail.c.level - _retail.c.to_procure)
    return [_pair(row) for row in tx.execute(found.order_by(_erp.c.location, _erp.c.sku))]


def pairs_of(
    tx: Connection,
    account: Account,
    outlets: Mapping[LocationId, tuple[OutletId, str]],
    keys: Collection[tuple[OutletId, ProductId]],
) -> list[PairOfLevels]:
    """The pairs of these outlets and products."""
    wanted = sorted(keys)
    pairs: list[PairOfLevels] = []
    for begin in range(0, len(wanted), KEYS_PER_STATEMENT):
        some = wanted[begin : begin + KEYS_PER_STATEMENT]
        found = _pairs(account, outlets).where(tuple_(_retail.c.outlet, _retail.c.product_id).in_(some))
        pairs.extend(_pair(row) for row in tx.execute(found))
    return pairs


def _pairs(account: Account, outlets: Mapping[LocationId, tuple[OutletId, str]]) -> Select[tuple[object, ...]]:
    """Both sides joined over the location map and the product codes; an ambiguous code joins nothing."""
    routes = union_all(
        *(
            select(literal(location).label("location"), literal(outlet).label("outlet"), literal(name).label("name"))
            for location, (outlet, name) in outlets.items()
        )
    ).subquery("routes")
    named = (
        select(_codes.c.code, func.min(_codes.c.product_id).label("product_id"))
        .where(_codes.c.account == account)
        .group_by(_codes.c.code)
        .having(func.count() == 1)
        .subquery("named")
    )
    return (
        select(
            routes.c.outlet,
            routes.c.name,
            _erp.c.location,
            _erp.c.sku,
            named.c.product_id,
            _erp.c.on_hand,
            _erp.c.reserved,
            (_retail.c.level - _retail.c.to_procure).label("level"),
        )
        .select_from(_erp)
        .join(routes, routes.c.location == _erp.c.location)
        .join(named, named.c.code == _erp.c.sku)
        .join(
            _retail,
            and_(
                _retail.c.account == account,
                _retail.c.outlet == routes.c.outlet,
                _retail.c.product_id == named.c.product_id,
            ),
        )
        .where(_erp.c.account == account)
    )


def unmatched_skus(tx: Connection, account: Account) -> list[Sku]:
    """SKUs that the ERP stocks and X-Series has not, or has more than once."""
    once = select(_codes.c.code).where(_codes.c.account == account).group_by(_codes.c.code).having(func.count() == 1)
    found = select(_erp.c.sku).where(_erp.c.account == account, _erp.c.sku.not_in(once)).distinct()
    return [Sku(row.sku) for row in tx.execute(found.order_by(_erp.c.sku))]


def _pair(row: Row[tuple[object, ...]]) -> PairOfLevels:
    return PairOfLevels(
        outlet=OutletId(row.outlet),
        outlet_name=row.name,
        location=LocationId(row.location),
        sku=Sku(row.sku),
        product=ProductId(row.product_id),
        on_hand=unscale(row.on_hand),
        reserved=unscale(row.reserved),
        level=unscale(row.level),
    )


def keep_report(tx: Connection, account: Account, rows: Iterable[StockRow], *, run: RunId) -> None:
    tx.execute(delete(_drifts).where(_drifts.c.account == account))
    fresh = [
        {"account": account, "outlet": one.outlet, "sku": one.sku, "payload": encode(one), "run_id": run}
        for one in rows
    ]
    if fresh:
        tx.execute(insert(_drifts), fresh)


def report(tx: Connection, account: Account) -> list[StockRow]:
    found = select(_drifts.c.payload).where(_drifts.c.account == account).order_by(_drifts.c.outlet, _drifts.c.sku)
    return [decode(row.payload, StockRow) for row in tx.execute(found)]
