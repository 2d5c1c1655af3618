"""Outlets, registers, users, taxes, payment types, the retailer and webhooks, in the vendor's words."""

from __future__ import annotations

from msgspec import Struct

from syncd.lightspeed.wire import Number


class Outlet(Struct):
    id: str
    name: str
    time_zone: str | None = None
    currency: str | None = None
    deleted_at: str | None = None
    version: int | None = None


class Register(Struct):
    id: str
    name: str
    outlet_id: str | None = None
    is_open: bool | None = None
    deleted_at: str | None = None
    version: int | None = None


class User(Struct):
    id: str
    username: str | None = None
    display_name: str | None = None
    enabled: bool | None = None
    deleted_at: str | None = None
    version: int | None = None


class TaxRule(Struct):
    type: str | None = None


class TaxRate(Struct):
    id: str | None = None
    name: str | None = None
    rate: Number = None
    rules: list[TaxRule] | None = None


class Tax(Struct):
    id: str
    name: str | None = None
    display_name: str | None = None
    is_default: bool | None = None
    rates: list[TaxRate] | None = None
    deleted_at: str | None = None
    version: int | None = None


class OutletTax(Struct):
    outlet_id: str
    product_id: str
    tax_id: str
    deleted_at: str | None = None
    version: int | None = None


class PaymentType(Struct):
    id: str
    name: str
    disabled: bool | None = None
    internal: bool | None = None
    deleted_at: str | None = None
    version: int | None = None


class Currency(Struct):
    code: str | None = None


class Retailer(Struct):
    id: str
    name: str | None = None
    domain_prefix: str | None = None
    currency: Currency | str | None = None
    timezone: str | None = None
    time_zone: str | None = None
    tax_exclusive: bool | None = None
    no_tax_group_id: str | None = None
    discount_product_id: str | None = None


class Webhook(Struct):
    id: str
    type: str | None = None
    url: str | None = None
    active: bool | None = None


class WebhookRequest(Struct):
    active: bool
    type: str
    url: str
