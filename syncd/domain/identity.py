"""Which sale belongs to which part of which order. Fixed for ever: a change here would double live sales.

A part is (order, outlet, method). Its sale of generation n carries a `source.id` that names account, ERP, order, part
and n, so that every link can be rebuilt from X-Series alone. The dated dialect also takes the sale's id from us.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, unquote
from uuid import UUID, uuid5

from syncd.domain.ids import Account, OrderId, OutletId, SaleId, ShipmentId, SourceId, Subject
from syncd.domain.orders import Method

NAMESPACE = UUID("6f1d8c1e-53b3-5c0b-9a53-0d6d3d1f7a42")
_GENERATION = re.compile("[1-9][0-9]{0,8}")
PART_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_METHODS = frozenset(Method)
_WORDS_KEPT_MAX = 1_024  # accounts, ERPs, outlets and methods are few; an order's number is asked for in a row


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """The lines of one order that one outlet hands over in one way."""

    order: OrderId
    outlet: OutletId
    method: Method

    @property
    def subject(self) -> Subject:
        return Subject(f"part:{quote(self.order, safe='')}:{self.outlet}:{self.method}")


@dataclass(frozen=True, slots=True)
class SaleIdentity:
    """What a source id of ours says."""

    account: Account
    erp: str
    part: Part
    generation: int

    @property
    def source_id(self) -> SourceId:
        words = (self.account, self.erp, self.part.order, self.part.outlet, self.part.method.value)
        return SourceId("/".join(map(_quoted, words)) + f"/{self.generation}")

    @property
    def sale_id(self) -> SaleId:
        return SaleId(str(uuid5(NAMESPACE, self.source_id)))


def read_source_id(text: str) -> SaleIdentity | None:
    """Take a source id apart; None when it is not letter for letter one that we write."""
    words = text.split("/")
    if len(words) != 6 or words[4] not in _METHODS or not _GENERATION.fullmatch(words[5]):
        return None
    account, erp, order, outlet = (unquote(word) for word in words[:4])
    part = Part(OrderId(order), OutletId(outlet), Method(words[4]))
    identity = SaleIdentity(Account(account), erp, part, int(words[5]))
    return identity if identity.source_id == text else None


@lru_cache(_WORDS_KEPT_MAX)
def _quoted(word: str) -> str:
    return quote(word, safe="")


def part_suffix(place: int, generation: int) -> str:
    """What is put behind the order's number: the part's letter from the second part on, `-v2` from generation 2 on."""
    letter = f"-{PART_LETTERS[place]}" if 0 < place < len(PART_LETTERS) else "" if place == 0 else f"-{place + 1}"
    return letter + (f"-v{generation}" if generation > 1 else "")


def shipment_subject(shipment: ShipmentId) -> Subject:
    return Subject(f"shipment:{quote(shipment, safe='')}")
