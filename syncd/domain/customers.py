"""Customers as X-Series knows them, and their addresses."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

CustomerId = NewType("CustomerId", str)
AddressId = NewType("AddressId", str)


class AddressKind(StrEnum):
    BILLING = "billing"
    SHIPPING = "shipping"


@dataclass(frozen=True, slots=True)
class RetailCustomer:
    id: CustomerId
    code: str  # given by X-Series where none was sent; may name several after a change by hand
    first_name: str
    last_name: str
    company: str
    email: str
    phone: str
    active: bool
    version: int


@dataclass(frozen=True, slots=True)
class CustomerDraft:
    """A customer as we want it. `code` is how it is found again when the answer is lost."""

    code: str
    first_name: str
    last_name: str
    company: str = ""
    email: str = ""
    phone: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class AddressDraft:
    kind: AddressKind
    line_1: str
    city: str
    postcode: str
    country: str  # ISO 3166-1 alpha-2
    line_2: str = ""
    suburb: str = ""
    state: str = ""
    state_code: str = ""  # must be said for US and CA


@dataclass(frozen=True, slots=True)
class Address:
    """An address of a customer; `token` is told once, by the answer that makes it."""

    id: AddressId
    customer: CustomerId
    content: AddressDraft
    token: str = ""
