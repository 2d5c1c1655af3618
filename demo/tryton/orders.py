"""The orders in the seed, and what each is there to show. Plain data: also read by those who judge a run."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Ending = Literal["processing", "cancelled", "quotation", "draft"]

DAYS_BEFORE_START = 40
START_DAYS_AGO = 30

PICKUP = "CLICK-COLLECT"
COURIER = "COURIER"
DISCOUNT = "DISCOUNT"


@dataclass(frozen=True, slots=True)
class Line:
    code: str
    quantity: int = 1
    unit_price: Decimal | None = None  # None: the product's list price


@dataclass(frozen=True, slots=True)
class Order:
    reference: str
    purpose: str
    warehouse: str
    lines: tuple[Line, ...]
    ending: Ending = "processing"
    days_ago: int = 0
    moved_to: str | None = None  # the warehouse the last goods line is shipped from instead
    good: bool = True  # a mapped, known, confirmed order: it should become a sale


def sku(number: int) -> str:
    return f"SKU-{number:05d}"


def _goods(number: int, quantity: int = 1, unit_price: str | None = None) -> Line:
    return Line(sku(number), quantity, Decimal(unit_price) if unit_price else None)


def _before_start() -> Iterator[Order]:
    for reference, warehouse, method, number in (
        ("WEB-1001", "DOWNTOWN", PICKUP, 11),
        ("WEB-1002", "AIRPORT", COURIER, 12),
    ):
        yield Order(
            reference,
            "confirmed before start: syncd must leave it alone",
            warehouse,
            (_goods(number, 2), Line(method)),
            days_ago=DAYS_BEFORE_START,
            good=False,
        )


def _plain() -> Iterator[Order]:
    """WEB-1003 to WEB-1020: both warehouses, both methods, one to three lines, one to four pieces."""
    for offset in range(18):
        method = PICKUP if offset % 3 == 0 else COURIER
        goods = tuple(_goods(1 + (offset * 5 + nth * 13) % 47, 1 + (offset + nth) % 4) for nth in range(1 + offset % 3))
        yield Order(
            f"WEB-{1003 + offset}",
            f"plain: {'pickup' if method == PICKUP else 'dispatch'}, {len(goods)} line(s)",
            "DOWNTOWN" if offset % 2 == 0 else "AIRPORT",
            (*goods, Line(method)),
        )


def _special() -> Iterator[Order]:
    yield Order("WEB-1021", "no method line", "DOWNTOWN", (_goods(3, 2),))
    yield Order("WEB-1022", "two taxes in one order", "AIRPORT", (_goods(1, 3), _goods(5, 2), Line(COURIER)))
    yield Order(
        "WEB-1023",
        "a discount line",
        "DOWNTOWN",
        (_goods(40, 2), Line(DISCOUNT, 1, Decimal("-7.5000")), Line(COURIER)),
    )
    yield Order(
        "WEB-1024",
        "unit prices of 4 decimals: lines and taxes round",
        "AIRPORT",
        (
            _goods(6, 7, "3.3333"),
            _goods(7, 3, "0.1250"),
            _goods(8, 1, "0.1350"),
            _goods(10, 7, "0.3333"),
            Line(PICKUP),
        ),
    )
    yield Order(
        "WEB-1025",
        "the same product on two lines, at two prices",
        "DOWNTOWN",
        (_goods(9, 2), _goods(9, 1, "4.9900"), Line(PICKUP)),
    )
    yield Order(
        "WEB-1026",
        "one order shipped from two warehouses",
        "DOWNTOWN",
        (_goods(13, 2), _goods(14, 3), Line(COURIER)),
        moved_to="AIRPORT",
    )
    yield Order("WEB-1027", "goods without any tax", "DOWNTOWN", (_goods(48, 2), _goods(49, 1), Line(PICKUP)))
    yield Order(
        "WEB-1028",
        "a product Lightspeed lacks, in one line of two",
        "DOWNTOWN",
        (_goods(15, 1), _goods(50, 1), Line(COURIER)),
        good=False,
    )
    yield Order(
        "WEB-1029",
        "from a warehouse mapped to no outlet",
        "WORKSHOP",
        (_goods(1, 1), Line(PICKUP)),
        good=False,
    )
    yield Order(
        "WEB-1030",
        "cancelled from quotation",
        "AIRPORT",
        (_goods(16, 1), Line(COURIER)),
        ending="cancelled",
        good=False,
    )
    yield Order(
        "WEB-1031",
        "still a draft",
        "AIRPORT",
        (_goods(17, 2), Line(PICKUP)),
        ending="draft",
        good=False,
    )
    yield Order(
        "WEB-1032",
        "still a quotation",
        "DOWNTOWN",
        (_goods(18, 2), Line(COURIER)),
        ending="quotation",
        good=False,
    )


ORDERS: tuple[Order, ...] = (*_before_start(), *_plain(), *_special())
