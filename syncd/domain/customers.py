"""Customers as X-Series knows them, their addresses, and by what a customer of the ERP is found among them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType
from uuid import UUID, uuid5

from syncd.domain import orders
from syncd.domain.ids import Subject
from syncd.domain.orders import Customer

CustomerId = NewType("CustomerId", str)
AddressId = NewType("AddressId", str)
LINE_CHARS_MAX, CITY_CHARS_MAX = 50, 28  # of an address (FACTS 19)
COUNTRY_LETTERS = 2
WITH_STATE = ("US", "CA")  # countries whose addresses must name one
NAMESPACE = UUID("0f6d5a8e-8a3c-5d0e-9a41-0c6a7b1d2e35")


class CustomerMode(StrEnum):
    """Whether sales name their customer."""

    NONE = "none"
    MATCH = "match"  #: one that X-Series has; else the sale names nobody
    MATCH_OR_CREATE = "match_or_create"


@dataclass(frozen=True, slots=True, order=True)
class CustomerKey:
    """By what a customer is found: the code, then the e-mail, both as they compare. Never the name."""

    code: str
    email: str

    @property
    def subject(self) -> Subject:
        """What journal entries about this customer are about; it tells nobody who it is."""
        told = f"{self.code}\n{self.email}"
        return Subject(f"customer:{uuid5(NAMESPACE, told)}")


class Expected:
    """Customers who are on their way into X-Series: whoever may be one of them is not made as well."""

    def __init__(self, keys: Iterable[CustomerKey]) -> None:
        self._words = {word for key in keys for word in (key.code, key.email)}
        self._words.discard("")

    def meet(self, key: CustomerKey) -> bool:
        """True for one who is not expected yet, and is from now on."""
        words = {word for word in (key.code, key.email) if word}
        is_new = not words & self._words
        if is_new:
            self._words |= words
        return is_new


def comparable_code(code: str) -> str:
    return code.strip().casefold()


def comparable_email(email: str) -> str:
    """The e-mail as it compares; empty for what is none, so that two who wrote "-" are not one person."""
    text = email.strip().casefold()
    return text if "@" in text else ""


def key_of(customer: Customer) -> CustomerKey | None:
    """By what the ERP's customer is found; None for a guest, who has neither code nor e-mail."""
    key = CustomerKey(comparable_code(customer.code), comparable_email(customer.email))
    return key if key.code or key.email else None


@dataclass(frozen=True, slots=True)
class Matches:
    """The customers of X-Series that have the code, and those that have the e-mail."""

    by_code: tuple[CustomerId, ...] = ()
    by_email: tuple[CustomerId, ...] = ()
    is_another_party: bool = False  # the one with the e-mail has the code of another customer of the ERP

    @property
    def candidates(self) -> tuple[CustomerId, ...]:
        """Who it may be: the code says more than the e-mail, which a household may share."""
        return self.by_code or self.by_email

    @property
    def the_one(self) -> CustomerId | None:
        return self.candidates[0] if len(self.candidates) == 1 else None


NO_MATCHES = Matches()


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


def new_customer(customer: Customer) -> CustomerDraft:
    """The ERP's customer as X-Series is told of it. The last word of the name is shown as the last name."""
    first, _, last = " ".join(customer.name.split()).rpartition(" ")
    return CustomerDraft(
        code=customer.code.strip(),
        first_name=first,
        last_name=last,
        email=customer.email.strip() if comparable_email(customer.email) else "",
        phone=customer.phone.strip(),
    )


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

    @property
    def comparable(self) -> str:
        """Where it is, whatever the case, the spaces and the points: X-Series may write an address another way."""
        words = (self.line_1, self.line_2, self.city, self.postcode, self.country, self.state_code)
        return "/".join("".join(sign for sign in word.casefold() if sign.isalnum()) for word in words)


def shipping_address(address: orders.Address) -> AddressDraft | None:
    """The ERP's address as X-Series takes one; None where something of it is missing or too long to be told whole."""
    line_1, *further = [" ".join(line.split()) for line in address.street.splitlines() if line.strip()] or [""]
    wanted = AddressDraft(
        AddressKind.SHIPPING,
        line_1=line_1,
        line_2=", ".join(further),
        city=" ".join(address.city.split()),
        postcode=address.postcode.strip(),
        country=address.country.strip().upper(),
        state_code=address.state_code.strip().upper(),
    )
    is_whole = wanted.line_1 and wanted.city and wanted.postcode and len(wanted.country) == COUNTRY_LETTERS
    fits = max(len(wanted.line_1), len(wanted.line_2)) <= LINE_CHARS_MAX and len(wanted.city) <= CITY_CHARS_MAX
    lacks_state = wanted.country in WITH_STATE and not wanted.state_code
    return wanted if is_whole and fits and not lacks_state else None


@dataclass(frozen=True, slots=True)
class Address:
    """An address of a customer; `token` is told once, by the answer that makes it."""

    id: AddressId
    customer: CustomerId
    content: AddressDraft
    token: str = ""
