"""X-Series' outlets, registers, users, taxes, payment types, products and levels -> ours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from syncd.domain.catalogue import Product, Reference, ReferenceKind
from syncd.domain.ids import OutletId, ProductId, Sku
from syncd.domain.money import ZERO
from syncd.domain.stock import RetailLevel
from syncd.errors import BadRecord
from syncd.lightspeed import wire
from syncd.lightspeed.translate import first, is_set, number, to_text


def to_outlet(row: wire.Outlet) -> Reference:
    return Reference(
        ReferenceKind.OUTLET,
        row.id,
        row.name,
        active=not is_set(row.deleted_at),
        zone=row.time_zone or "",
        currency=row.currency or "",
    )


def to_register(row: wire.Register) -> Reference:
    """A closed register is not active: whether it takes a payment is UNCONFIRMED (FACTS 19)."""
    return Reference(
        ReferenceKind.REGISTER,
        row.id,
        row.name,
        active=not is_set(row.deleted_at) and row.is_open is not False,
        outlet=OutletId(row.outlet_id) if row.outlet_id else None,
    )


def to_users(rows: Sequence[wire.User]) -> list[Reference]:
    """Each user by user name, and by display name too where that names nobody else."""
    names = Counter(name for row in rows for name in {row.username, row.display_name} if name)
    found = []
    for row in rows:
        active = not is_set(row.deleted_at) and row.enabled is not False
        shown = row.display_name if names[row.display_name or ""] == 1 and row.display_name != row.username else None
        said = [row.username, shown] if row.username else [row.display_name]
        found += [Reference(ReferenceKind.USER, row.id, name, active) for name in said if name]
    return found


def to_tax(row: wire.Tax) -> Reference:
    """A tax may be made of several rates; its rate is their sum (FACTS 13)."""
    name = row.name or row.display_name
    if not name:
        raise BadRecord(f"tax {row.id} has no name", record=row.id, field="name")
    rates = [number(rate.rate, record=f"tax {row.id}", field="rate") for rate in row.rates or ()]
    rate = sum(rates, ZERO) if row.rates is not None else None
    return Reference(ReferenceKind.TAX, row.id, name, active=not is_set(row.deleted_at), rate=rate)


def to_payment_type(row: wire.PaymentType) -> Reference:
    """By its own id, never by `type_id`, which many share (FACTS 22.20)."""
    return Reference(
        ReferenceKind.PAYMENT_TYPE,
        row.id,
        row.name,
        active=not is_set(row.deleted_at) and row.disabled is not True,
        internal=row.internal is True,
    )


def to_product(row: wire.Product) -> Product:
    codes = [Sku(to_text(code.code)) for code in row.product_codes or () if to_text(code.code)]
    sku = Sku(to_text(row.sku)) or (codes[0] if codes else Sku(""))
    if not sku:
        raise BadRecord(f"product {row.id} has no SKU", record=row.id, field="sku")
    return Product(
        id=ProductId(row.id),
        sku=sku,
        codes=tuple(dict.fromkeys(code for code in codes if code != sku)),
        name=row.variant_name or row.name or "",
        active=row.active is not False and row.is_active is not False and not is_set(row.deleted_at),
        tracked=row.has_inventory is True or row.track_inventory is True,
        composite=row.is_composite is True,
        version=row.version or 0,
    )


def to_level(row: wire.Level) -> RetailLevel | None:
    """The level, or None of a deleted row. What is to be procured is said by the dated dialect only."""
    if is_set(row.deleted_at):
        return None
    record = f"level of product {row.product_id} at outlet {row.outlet_id}"
    said = first(row.current_inventory_level, row.inventory_level)
    return RetailLevel(
        outlet=OutletId(row.outlet_id),
        product=ProductId(row.product_id),
        level=number(said, record=record, field="inventory_level"),
        to_procure=number(first(row.quantity_to_procure, ZERO), record=record, field="quantity_to_procure"),
        version=row.version or 0,
    )
