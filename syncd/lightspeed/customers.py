"""Customers and their addresses. Addresses are of the dated dialect only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
from msgspec import Raw

from syncd.domain.customers import (
    Address,
    AddressDraft,
    AddressId,
    AddressKind,
    CustomerDraft,
    CustomerId,
    RetailCustomer,
)
from syncd.errors import BadRecord, NotFound
from syncd.lightspeed import calls, envelope
from syncd.lightspeed import wire_people as wire
from syncd.lightspeed.asking import Asking
from syncd.lightspeed.echo import to_json
from syncd.lightspeed.envelope import Rows
from syncd.lightspeed.paging import BULK_PAGE_SIZE
from syncd.lightspeed.translate import is_set, to_text
from syncd.lightspeed.wire import Decoder

_customer = Decoder(wire.Customer)
_customers = Rows(wire.Customer)
_address = Decoder(wire.Address)
_addresses = Rows(wire.Address)


class Customers(Asking):
    """Customers in either dialect."""

    def read_customers(self, *, after: int) -> Iterator[list[RetailCustomer]]:
        query = [("deleted", "true")]
        for rows in self._feed(calls.CUSTOMERS, _customers, after=after, size=BULK_PAGE_SIZE, query=query):
            yield self._translated(calls.CUSTOMERS, rows, to_customer)

    def find_customers(self, *, code: str = "", email: str = "") -> list[RetailCustomer]:
        """Customers with this code, else with this e-mail. The search may lag, and may heed case."""
        if bool(code) is bool(email):
            raise ValueError("a customer is found by its code or by its e-mail")
        asked = ("customer_code", code) if code else ("email", email)
        # The error of a search tells what was asked by, never for whom: it is logged.
        rows = self._searched(calls.SEARCH_CUSTOMERS, [("type", "customers"), asked], f"one {asked[0]}")
        wanted = (code or email).casefold()
        return [one for one in self._whole(rows) if (one.code if code else one.email).casefold() == wanted]

    def read_customer(self, customer: CustomerId) -> RetailCustomer | None:
        try:
            answer = self._send(calls.CUSTOMER, path={"customer_id": customer})
        except NotFound:
            return None
        return self._read_one(calls.CUSTOMER, answer, _customer, to_customer)

    def create_customer(self, draft: CustomerDraft) -> RetailCustomer:
        """Write. Not repeatable: X-Series makes a second one; look up by code first."""
        request = wire.CustomerRequest(
            first_name=draft.first_name or None,
            last_name=draft.last_name or None,
            customer_code=draft.code or None,
            company_name=draft.company or None,
            email=draft.email or None,
            phone=draft.phone or None,
            note=draft.note or None,
        )
        answer = self._send(calls.CREATE_CUSTOMER, body=to_json(request))
        return self._written(calls.CREATE_CUSTOMER, answer, _customer, to_customer)

    def read_addresses(self, customer: CustomerId) -> list[Address]:
        """All addresses. Their tokens are told once, when they are made."""
        row = calls.ADDRESSES
        try:
            answer = self._send(row, path={"customer_id": customer})
        except NotFound:
            return []
        rows = self._typed(row, answer, _addresses).rows
        return self._translated(row, rows, lambda one: to_address(one, customer=customer))

    def create_address(self, customer: CustomerId, draft: AddressDraft) -> Address:
        """Write. Raise Refused when X-Series does not take the address: postcodes are checked since 2026-07."""
        request = wire.AddressRequest(
            type=draft.kind.value.upper(),
            address_line_1=draft.line_1,
            city=draft.city,
            postcode=draft.postcode,
            country_code=draft.country,
            address_line_2=draft.line_2 or None,
            suburb=draft.suburb or None,
            state=draft.state or None,
            state_code=draft.state_code or None,
        )
        row = calls.CREATE_ADDRESS
        answer = self._send(row, path={"customer_id": customer}, body=to_json(request))
        return self._written(row, answer, _address, lambda one: to_address(one, customer=customer))

    def _whole(self, rows: Iterable[Raw]) -> Iterable[RetailCustomer]:
        """Rows of search may be bare ids: those are read again."""
        for raw in rows:
            try:
                row = _customer(raw)
                shows_all = row.customer_code is not None and row.email is not None
                found = to_customer(row) if shows_all else self.read_customer(CustomerId(row.id))
            except (msgspec.DecodeError, BadRecord):
                found = self.read_customer(CustomerId(envelope.id_of(raw)))
            if found is not None:
                yield found


def to_customer(row: wire.Customer) -> RetailCustomer:
    return RetailCustomer(
        id=CustomerId(row.id),
        code=to_text(row.customer_code),
        first_name=row.first_name or "",
        last_name=row.last_name or "",
        company=row.company_name or "",
        email=row.email or "",
        phone=to_text(row.phone) or to_text(row.mobile),
        active=not is_set(row.deleted_at),
        version=row.version or 0,
    )


def to_address(row: wire.Address, *, customer: CustomerId) -> Address:
    address_id = to_text(row.id)
    if not address_id:
        raise BadRecord(f"an address of customer {customer} has no id", record=customer, field="id")
    return Address(
        id=AddressId(address_id),
        customer=CustomerId(row.customer_id or customer),
        content=AddressDraft(
            kind=AddressKind.BILLING if (row.type or "").upper() == "BILLING" else AddressKind.SHIPPING,
            line_1=row.address_line_1 or "",
            city=row.city or "",
            postcode=to_text(row.postcode),
            country=row.country_code or "",
            line_2=row.address_line_2 or "",
            suburb=row.suburb or "",
            state=row.state or "",
            state_code=row.state_code or "",
        ),
        token=row.id_token or "",
    )
