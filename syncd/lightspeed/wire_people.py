"""Customers and their addresses, in the vendor's words; and what we say to make them."""

from __future__ import annotations

from msgspec import Struct

from syncd.lightspeed.wire import Text


class Customer(Struct):
    id: str
    customer_code: Text = None
    first_name: str | None = None
    last_name: str | None = None
    company_name: str | None = None
    email: str | None = None
    phone: Text = None
    mobile: Text = None
    deleted_at: str | None = None
    version: int | None = None


class Address(Struct):
    id: Text = None  # an int64
    id_token: str | None = None
    customer_id: str | None = None
    type: str | None = None
    address_line_1: str | None = None
    address_line_2: str | None = None
    suburb: str | None = None
    city: str | None = None
    state: str | None = None
    state_code: str | None = None
    postcode: Text = None
    country_code: str | None = None


class CustomerRequest(Struct, omit_defaults=True, kw_only=True):
    first_name: str | None  # must be said, may be null
    last_name: str | None
    customer_code: str | None = None
    company_name: str | None = None
    email: str | None = None
    phone: str | None = None
    note: str | None = None


class AddressRequest(Struct, omit_defaults=True, kw_only=True):
    type: str
    address_line_1: str
    city: str
    postcode: str
    country_code: str
    address_line_2: str | None = None
    suburb: str | None = None
    state: str | None = None
    state_code: str | None = None
