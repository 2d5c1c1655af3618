"""What X-Series has to sell and to sell it with, as last read, and which id each name of the config is pinned to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from operator import attrgetter

from sqlalchemy import Connection, delete, func, insert, select

from syncd.domain.catalogue import Match, Product, Reference
from syncd.domain.ids import Account, ProductId, Sku
from syncd.domain.rules import Shelf
from syncd.store.bulk import execute_many, fetch, insert_many
from syncd.store.codec import decode, digest, encode, to_text
from syncd.store.tables import PinRow, ProductCodeRow, ProductRow, ReferenceRow

_products, _codes = ProductRow.__table__, ProductCodeRow.__table__  # type: ignore[attr-defined]
_references, _pins = ReferenceRow.__table__, PinRow.__table__  # type: ignore[attr-defined]
IDS_PER_STATEMENT = 500
LOOSEST = Match.IGNORE_CASE  # every match calls the same no more than this one; its key is ours, not the database's


def keep_products(tx: Connection, account: Account, page: Iterable[Product]) -> None:
    """Replace these products and all their codes; an older version replaces nothing."""
    products = {product.id: product for product in page}
    known = _versions(tx, account, list(products))
    for id_, version in known.items():
        if version > products[id_].version:
            del products[id_]
    replaced = [(account, id_) for id_ in known if id_ in products]
    execute_many(tx, "DELETE FROM products WHERE account = ? AND product_id = ?", replaced)
    execute_many(tx, "DELETE FROM product_codes WHERE account = ? AND product_id = ?", replaced)
    fresh = [
        (account, one.id, one.sku, one.name, one.active, one.tracked, one.composite, one.version)
        for one in sorted(products.values(), key=attrgetter("id"))
    ]
    insert_many(tx, _PUT_PRODUCT, fresh)
    named = {(code, one.id) for one in products.values() for code in (one.sku, *one.codes) if code}
    codes = [(account, code, id_, LOOSEST.key(code)) for code, id_ in sorted(named)]
    insert_many(tx, "INSERT INTO product_codes (account, code, product_id, key)", codes)


_PUT_PRODUCT = "INSERT INTO products (account, product_id, sku, name, active, tracked, composite, version)"
_VERSIONS = "SELECT product_id, version FROM products WHERE account = ? AND product_id IN"


def _versions(tx: Connection, account: Account, ids: Sequence[ProductId]) -> dict[ProductId, int]:
    found: dict[ProductId, int] = {}
    for start in range(0, len(ids), IDS_PER_STATEMENT):
        some = ids[start : start + IDS_PER_STATEMENT]
        places = ", ".join("?" * len(some))
        found.update(fetch(tx, f"{_VERSIONS} ({places})", (account, *some)))
    return found


def keep_references(tx: Connection, account: Account, references: Iterable[Reference]) -> bool:
    """Replace all reference data; True when anything differs from what was there."""
    rows = {(one.kind.value, one.id, one.name): one for one in references}
    fresh = [
        {"account": account, "kind": kind, "id": f"{id_}|{name}", "payload": encode(one)}
        for (kind, id_, name), one in sorted(rows.items())
    ]
    here = _references.c.account == account
    before = {(row.kind, row.id): row.payload for row in tx.execute(select(_references).where(here))}
    if before == {(row["kind"], row["id"]): row["payload"] for row in fresh}:
        return False
    tx.execute(delete(_references).where(here))
    if fresh:
        tx.execute(insert(_references), fresh)
    return True


def references(tx: Connection, account: Account) -> list[Reference]:
    rows = tx.execute(select(_references.c.payload).where(_references.c.account == account))
    return [decode(row.payload, Reference) for row in rows]


def shelf(tx: Connection, account: Account, skus: Collection[Sku], match: Match = Match.EXACT) -> Shelf:
    """The products that these SKUs name, by one set-based read; those like them only where none is just the same."""
    same = _by_code(tx, account, skus)
    missing = {match.key(sku) for sku in skus if not any(product.active for product in same.get(sku, ()))}
    if match is Match.EXACT or not missing:
        return Shelf(same, match)
    alike: dict[str, dict[ProductId, Product]] = {}
    for code, products in _by_code(tx, account, _codes_like(tx, account, missing, match)).items():
        alike.setdefault(match.key(code), {}).update((product.id, product) for product in products)
    return Shelf(same, match, {key: tuple(products.values()) for key, products in alike.items()})


def _codes_like(tx: Connection, account: Account, keys: Collection[str], match: Match) -> list[Sku]:
    """The codes whose key is one of these, among those that are the same to the loosest match, whose key is kept."""
    found: set[Sku] = set()
    wanted = sorted({LOOSEST.key(key) for key in keys})
    for start in range(0, len(wanted), IDS_PER_STATEMENT):
        some = wanted[start : start + IDS_PER_STATEMENT]
        rows = tx.execute(select(_codes.c.code).where(_codes.c.account == account, _codes.c.key.in_(some)))
        found.update(Sku(row.code) for row in rows if match.key(row.code) in keys)
    return sorted(found)


def _by_code(tx: Connection, account: Account, codes: Collection[Sku]) -> dict[Sku, tuple[Product, ...]]:
    wanted = sorted(codes)
    found: dict[Sku, list[Product]] = {}
    for start in range(0, len(wanted), IDS_PER_STATEMENT):
        rows = tx.execute(
            select(_codes.c.code, _products)
            .join(
                _products,
                (_products.c.account == _codes.c.account) & (_products.c.product_id == _codes.c.product_id),
            )
            .where(_codes.c.account == account, _codes.c.code.in_(wanted[start : start + IDS_PER_STATEMENT]))
            .order_by(_codes.c.code, _products.c.product_id)
        )
        for row in rows:
            product = Product(
                id=ProductId(row.product_id),
                sku=Sku(row.sku),
                codes=(),
                name=row.name,
                active=row.active,
                tracked=row.tracked,
                composite=row.composite,
                version=row.version,
            )
            found.setdefault(Sku(row.code), []).append(product)
    return {code: tuple(products) for code, products in found.items()}


def fingerprint(tx: Connection, account: Account) -> str:
    """Changes whenever a product or reference changed: what was held because of the catalogue is then tried again."""
    products = tx.execute(
        select(func.count(), func.max(_products.c.version)).where(_products.c.account == account)
    ).one()
    payloads = tx.execute(
        select(_references.c.payload)
        .where(_references.c.account == account)
        .order_by(_references.c.kind, _references.c.id)
    )
    return digest([products[0], products[1], [row.payload for row in payloads]])


def is_filled(tx: Connection, account: Account) -> bool:
    return tx.execute(select(_references.c.id).where(_references.c.account == account).limit(1)).first() is not None


def skus_of(tx: Connection, account: Account, products: Iterable[ProductId]) -> dict[ProductId, Sku]:
    """What these products are called; those that are not known are left out."""
    of_them = (_products.c.account == account, _products.c.product_id.in_(list(products)))
    rows = tx.execute(select(_products.c.product_id, _products.c.sku).where(*of_them))
    return {ProductId(row.product_id): Sku(row.sku) for row in rows}


def pins(tx: Connection, account: Account) -> dict[tuple[str, str], str]:
    """(kind, name) -> the id that the name is tied to."""
    rows = tx.execute(select(_pins.c.kind, _pins.c.name, _pins.c.id).where(_pins.c.account == account))
    return {(row.kind, row.name): row.id for row in rows}


def pin(tx: Connection, account: Account, kind: str, name: str, id_: str, *, now: datetime) -> str:
    """Tie a name of the config to the id it means at its first use; return the id that it is tied to."""
    here = (_pins.c.account == account, _pins.c.kind == kind, _pins.c.name == name)
    pinned = tx.execute(select(_pins.c.id).where(*here)).scalar_one_or_none()
    if pinned is not None:
        return str(pinned)
    tx.execute(insert(_pins).values(account=account, kind=kind, name=name, id=id_, pinned_at=to_text(now)))
    return id_


def forget_pins(tx: Connection, account: Account) -> None:
    """Let every name be pinned anew: a person accepted what the names mean now."""
    tx.execute(delete(_pins).where(_pins.c.account == account))
