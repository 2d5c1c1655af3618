"""What the adapter has to be told about one Tryton: who we are there, and how to read its orders."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal
from zoneinfo import ZoneInfo

ORDERS_A_PAGE = 200  # 100 orders with their lines and moves are read in about 0.2 s (Tryton 8.2, verified)
ORDERS_A_PAGE_MAX = 500  # their ids stand in one clause of a question

Paid = Literal["always", "invoice", "never"]


@dataclass(frozen=True, slots=True)
class TrytonAccess:
    """Either `user` and `password` (JSON-RPC), or `rest_key` (REST).

    `paid`: whether an order counts as paid always, never, or when every invoice of it is paid.
    """

    database: str
    user: str = ""
    password: str = field(default="", repr=False)
    rest_key: str = field(default="", repr=False)
    company: int | None = None  # None: the one in the user's preferences
    language: str = "en"  # an access error is told from others by its text, so the texts must be English
    paid: Paid = "invoice"
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))  # in which an order's day is a day
    delivery_field: str | None = None  # a path from the sale, as `carrier.carrier_product.code`
    tag_fields: tuple[str, ...] = ()  # paths from the sale to words that are tags, as `party.categories.name`
    page_size: int = ORDERS_A_PAGE

    @property
    def own_fields(self) -> list[str]:
        """What the settings let us read of an order beside what every order has."""
        return [*([self.delivery_field] if self.delivery_field else []), *self.tag_fields]

    def __post_init__(self) -> None:
        if bool(self.user) != bool(self.password) or bool(self.user) == bool(self.rest_key):
            raise ValueError("either user and password, or rest_key")
        if not 1 <= self.page_size <= ORDERS_A_PAGE_MAX:
            raise ValueError(f"page_size must be from 1 to {ORDERS_A_PAGE_MAX}, not {self.page_size}")
