"""X-Series' outlets, registers, users, taxes, payment types, products, levels and retailer -> ours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from syncd.domain.catalogue import Product, Reference, ReferenceKind
from syncd.domain.ids import OutletId, ProductId, Sku, TaxId
from syncd.domain.retailer import OutletTax, Retailer, Tax, TaxRate, Webhook
from syncd.domain.stock import NO_NUMBER, Quantity, RetailLevel
from syncd.errors import BadRecord
from syncd.lightspeed import wire_goods, wire_reference
from syncd.lightspeed.translate import is_set, number, to_text


def to_outlet(row: wire_reference.Outlet) -> Reference:
    return Reference(
        ReferenceKind.OUTLET,
        row.id,
        row.name,
        active=not is_set(row.deleted_at),
        zone=row.time_zone or "",
        currency=row.currency or "",
    )


def to_register(row: wire_reference.Register) -> Reference:
    """A closed register is not active: whether it takes a payment is UNCONFIRMED (FACTS 19)."""
    return Reference(
        ReferenceKind.REGISTER,
        row.id,
        row.name,
        active=not is_set(row.deleted_at) and row.is_open is not False,
        outlet=OutletId(row.outlet_id) if row.outlet_id else None,
    )


def to_users(rows: Sequence[wire_reference.User]) -> list[Reference]:
    """Each user by user name, and by display name too where that names nobody else."""
    names = Counter(name for row in rows for name in {row.username, row.display_name} if name)
    found = []
    for row in rows:
        active = not is_set(row.deleted_at) and row.enabled is not False
        shown = row.display_name if names[row.display_name or ""] == 1 and row.display_name != row.username else None
        said = [row.username, shown] if row.username else [row.display_name]
        found += [Reference(ReferenceKind.USER, row.id, name, active) for name in said if name]
    return found


def to_tax(row: wire_reference.Tax) -> Reference:
    """A tax may be made of several rates; its rate is their sum (FACTS 13)."""
    tax = to_whole_tax(row)
    rate = tax.rate if row.rates is not None else None
    return Reference(ReferenceKind.TAX, row.id, tax.name, active=tax.active, rate=rate)


def to_whole_tax(row: wire_reference.Tax) -> Tax:
    name = row.name or row.display_name
    if not name:
        raise BadRecord(f"tax {row.id} has no name", record=row.id, field="name")
    rates = tuple(
        TaxRate(
            one.id or "",
            one.name or "",
            number(one.rate, record=f"tax {row.id}", field="rate"),
            by_threshold=any(rule.type == "threshold" for rule in one.rules or ()),
        )
        for one in row.rates or ()
    )
    return Tax(TaxId(row.id), name, not is_set(row.deleted_at), row.is_default is True, rates)


def to_outlet_tax(row: wire_reference.OutletTax) -> OutletTax:
    return OutletTax(
        OutletId(row.outlet_id),
        ProductId(row.product_id),
        TaxId(row.tax_id),
        not is_set(row.deleted_at),
        row.version or 0,
    )


def to_retailer(row: wire_reference.Retailer) -> Retailer:
    currency = row.currency.code if isinstance(row.currency, wire_reference.Currency) else row.currency
    return Retailer(
        id=row.id,
        name=row.name or "",
        domain_prefix=row.domain_prefix or "",
        currency=currency or "",
        zone=row.timezone or row.time_zone or "",
        tax_exclusive=row.tax_exclusive,
        no_tax=TaxId(row.no_tax_group_id) if row.no_tax_group_id else None,
        discount_product=ProductId(row.discount_product_id) if row.discount_product_id else None,
    )


def to_webhook(row: wire_reference.Webhook) -> Webhook:
    if not row.url:
        raise BadRecord(f"webhook {row.id} has no url", record=row.id, field="url")
    return Webhook(row.id, row.type or "", row.url, row.active is not False)


def to_payment_type(row: wire_reference.PaymentType) -> Reference:
    """By its own id, never by `type_id`, which many share (FACTS 22.20)."""
    return Reference(
        ReferenceKind.PAYMENT_TYPE,
        row.id,
        row.name,
        active=not is_set(row.deleted_at) and row.disabled is not True,
        internal=row.internal is True,
    )


def to_product(row: wire_goods.Product) -> Product:
    codes = [Sku(code) for code in [to_text(one.code) for one in row.product_codes or ()] if code]
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


def to_level(row: wire_goods.Level) -> RetailLevel:
    """The level. A deleted row tells that there is none; what is to be procured is said by the dated dialect only."""
    level: Quantity | None = row.current_inventory_level
    if level is None:
        level = row.inventory_level
    if level is None:
        level = NO_NUMBER
    if row.deleted_at is not None and is_set(row.deleted_at):
        level = None
    return RetailLevel(row.outlet_id, row.product_id, level, row.quantity_to_procure or 0, row.version or 0)


def to_levels(rows: Iterable[wire_goods.Level]) -> list[RetailLevel]:
    """All levels of a page. What is said in full is put together right here: a call a row would cost a third more."""
    new = tuple.__new__
    return [
        new(RetailLevel, (row.outlet_id, row.product_id, level, to_procure, version))
        if (level := row.current_inventory_level) is not None
        and (to_procure := row.quantity_to_procure) is not None
        and (version := row.version) is not None
        and row.deleted_at is None
        else to_level(row)
        for row in rows
    ]
