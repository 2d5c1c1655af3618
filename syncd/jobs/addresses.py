"""Where a dispatch sale goes, as X-Series knows it: an address of its customer, found by its text or else made.

It has no journal entry of its own (decisions/0017-addresses.md): it is made while nothing is sent yet of the sale that
asks for it, looked up before, and one too many does no harm.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace

from syncd.domain.customers import Address, AddressDraft, AddressId, AddressKind, CustomerId
from syncd.domain.journal import CreateSale, UpdateSale
from syncd.domain.ports import Retail
from syncd.domain.sales import SaleDraft
from syncd.errors import Refused
from syncd.log import logger
from syncd.store.journal import Entry


@dataclass(slots=True)
class _OfCustomer:
    """What a customer's addresses are, once somebody has asked. One thread at a time: two would make it twice."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    known: list[Address] | None = None


class Addresses:
    """The addresses of customers, for one run: each customer's are read once."""

    def __init__(self, retail: Retail) -> None:
        self._retail = retail
        self._lock = threading.Lock()
        self._customers: dict[CustomerId, _OfCustomer] = {}

    def addressed(self, entry: Entry) -> Entry:
        """The entry, its sale with the id of the address it goes to where it is to name one.

        Raise what went wrong on the way there: nothing of the sale was sent. An address that X-Series refuses keeps no
        sale back: the sale's note tells it, as it always does.
        """
        command = entry.command
        if not isinstance(command, CreateSale | UpdateSale):
            return entry
        found = self._address_of(command.draft)
        if found is None:
            return entry
        return replace(entry, command=replace(command, draft=replace(command.draft, ship_to_id=found)))

    def _address_of(self, draft: SaleDraft) -> AddressId | None:
        if draft.ship_to is None or draft.customer is None or not self._retail.keeps_client_ids:
            return None  # the classic dialect has no addresses
        with self._lock:
            of_customer = self._customers.setdefault(draft.customer, _OfCustomer())
        with of_customer.lock:
            if of_customer.known is None:
                of_customer.known = self._retail.read_addresses(draft.customer)
            for one in of_customer.known:
                if one.content.kind is AddressKind.SHIPPING and one.content.comparable == draft.ship_to.comparable:
                    return one.id
            known, of_customer.known = of_customer.known, None  # read again if the answer is lost: it may be made
            made = self._make(draft.customer, draft.ship_to)
            of_customer.known = known
            if made is None:
                return None
            known.append(replace(made, content=draft.ship_to))  # X-Series may write it another way
            return made.id

    def _make(self, customer: CustomerId, wanted: AddressDraft) -> Address | None:
        try:
            return self._retail.create_address(customer, wanted)
        except Refused as error:
            # Neither the answer nor the address: they say where somebody lives.
            logger("addresses").warning("refused", customer=customer, status=error.status)
            return None
