"""The small world in which an ERP adapter is tried: an ERP, its people, and adapters that look at it."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from syncd.domain.clock import BootTime
from syncd.domain.ids import LocationId, OrderId, ShipmentId, Sku
from syncd.domain.orders import Order
from syncd.domain.ports import Erp
from syncd.domain.shipments import Completion, Shipment, ShipmentLine, ShipmentState
from syncd.errors import OutsideError

HERE, THERE = LocationId("DOWNTOWN"), LocationId("AIRPORT")
MUG, CAP = Sku("SKU-00001"), Sku("SKU-00002")  # both in stock at both places
EGG = Sku("SKU-00003")  # so many of them HERE that some dozens can be sold
COURIER = Sku("COURIER")
GIFT_SET = Sku("GIFT-SET")  # a kit of
OF_GIFT_SET = {MUG: 1, CAP: 2}
TAG_FIELDS = ("party.categories.name", "comment")  # of a sale in Tryton

Wanted = Sequence[tuple[Sku, int, str]]  # product, quantity, unit price


@dataclass(frozen=True, slots=True)
class Level:
    """What stands somewhere, and how much of it is promised."""

    on_hand: Decimal
    reserved: Decimal


class MachineClock:
    """The clock of the machine; it never sleeps longer than it must for a read to be repeated."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def boot_time(self) -> BootTime:
        return BootTime("here", time.monotonic_ns() // 1_000_000)

    def sleep(self, wait: timedelta) -> None:
        time.sleep(wait.total_seconds())


class ErpWorld(ABC):
    """An ERP with two places and two products in stock at both, and people who work with it."""

    erp: Erp
    secret_word = "password"  # what the adapter proves with that it is who it says

    @abstractmethod
    def connect(
        self,
        *,
        password: str | None = None,
        read_only: bool = False,
        page_size: int = 200,
        pickup_field: bool = False,
        tag_fields: bool = False,
    ) -> Erp:
        """Another adapter on the same ERP.

        `password`: another than the right one. `pickup_field`: it reads the delivery from the order's comment.
        `tag_fields`: it reads tags from there too, and from what sorts the customer.
        """

    @abstractmethod
    def place(
        self,
        lines: Wanted = ((MUG, 2, "10.0000"),),
        *,
        reference: str = "",
        location: LocationId = HERE,
        confirmed: bool = True,
    ) -> OrderId: ...

    @abstractmethod
    def place_over_two(self) -> OrderId:
        """An order of two goods lines of which the second is served from THERE."""

    @abstractmethod
    def place_dozens(self, dozens: int, price: str) -> OrderId:
        """An order of EGG by the dozen at this price of one, while its stock counts pieces."""

    @abstractmethod
    def place_kits(self, kits: int, price: str) -> OrderId:
        """An order of so many GIFT_SET and one MUG beside them."""

    @abstractmethod
    def note_on_a_line(self, order: OrderId) -> None:
        """An edit that moves no stamp but the line's."""

    @abstractmethod
    def rename_customer(self, order: OrderId, name: str) -> None: ...

    @abstractmethod
    def tag_customer(self, order: OrderId, *words: str) -> None:
        """Sort the customer of the order under these words, and no others."""

    @abstractmethod
    def amend(self, order: OrderId, quantity: int) -> None:
        """Set the quantity of the first line."""

    @abstractmethod
    def move(self, order: OrderId, location: LocationId) -> None: ...

    @abstractmethod
    def cancel(self, order: OrderId) -> None:
        """In the way that this ERP has for an order in processing."""

    @abstractmethod
    def cancel_shipment_only(self, order: OrderId) -> None:
        """And leave it open what shall become of the goods."""

    @abstractmethod
    def take_back(self, order: OrderId, sku: Sku, quantity: int) -> OrderId:
        """An order, confirmed, that takes so much of the other one's goods back."""

    @abstractmethod
    def receive_return(self, order: OrderId) -> None:
        """What it takes back has arrived."""

    @abstractmethod
    def delete_quote(self, order: OrderId) -> None:
        """In the way that this ERP has for an order that was never confirmed: nothing of it is left."""

    @abstractmethod
    def rename_place(self, location: LocationId, name: str) -> None:
        """A change that no stamp of an order shows, nor of what hangs on it."""

    @abstractmethod
    def count(self, location: LocationId, sku: Sku, quantity: int) -> None:
        """So much is found on the shelf, beside what was picked already."""

    @abstractmethod
    def set_zone(self, zone: str) -> None:
        """Where the company's clocks are: by them a day of the stock begins. Empty: where it was."""

    @abstractmethod
    def set_tracking(self, shipment: ShipmentId, number: str) -> None: ...

    @abstractmethod
    def tracking(self, shipment: ShipmentId) -> str: ...

    @abstractmethod
    def take_first_step(self, shipment: ShipmentId) -> None:
        """Somebody has begun to pick it."""

    @abstractmethod
    def pick(self, shipment: ShipmentId) -> None:
        """Somebody takes the goods off the shelf; the first step was taken before."""

    @abstractmethod
    def end_sessions(self) -> None:
        """The log-in of `erp` is not valid any more."""

    # -- short ways to say what is asked often

    def read(self, order: OrderId) -> Order:
        found, unreadable = self.erp.read_orders([order])
        assert not unreadable
        return found[0]

    def changed(self, since: datetime | None) -> list[OrderId]:
        return [order.id for page in self.erp.read_changed_orders(since) for order in page.orders]

    def stamps(self, since: datetime) -> dict[OrderId, str]:
        listed = [stamp for page in self.erp.read_stamps(since) for stamp in page]
        found = {stamp.id: stamp.digest for stamp in listed}
        assert len(found) == len(listed), "an order is listed twice"
        return found

    def newest_stamp(self) -> datetime:
        """Just after everything that happened so far."""
        stamps = [order.changed_at for page in self.erp.read_changed_orders(None) for order in page.orders]
        return max(stamps, default=datetime(2020, 1, 1, tzinfo=UTC)) + timedelta(microseconds=1)

    def shipment(self, order: OrderId) -> Shipment:
        (found,) = [one for one in self.erp.read_shipments([order]) if one.state is ShipmentState.OPEN]
        return found

    def complete(
        self, shipment: Shipment, lines: Sequence[ShipmentLine] = (), *, mark: str, by: Erp | None = None
    ) -> Shipment:
        """Complete this one shipment, whole unless lines are given; raise what went wrong."""
        wanted = Completion(shipment.id, tuple(lines or shipment.lines), mark)
        (ended,) = (by or self.erp).complete_shipments([wanted])
        if isinstance(ended, OutsideError):
            raise ended
        return ended

    def item(self, sku: Sku) -> int:
        (number,) = [item.number for page in self.erp.read_items() for item in page if item.sku == sku]
        return number

    def level(self, location: LocationId, sku: Sku) -> Level:
        item = self.item(sku)
        ((_, on_hand),) = self.erp.read_on_hand(location, [item]).levels
        reserved = sum((one.quantity for one in self.erp.read_reserved([location], [item])), Decimal(0))
        return Level(Decimal(on_hand), reserved)
