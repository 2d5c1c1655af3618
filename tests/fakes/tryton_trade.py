"""What happens inside the fake Tryton: people place, edit, move and cancel orders, and shipments take their steps.

Some of it the real one refuses, on purpose: `cancel`, `reopen` and `renumber` of an order in processing, and lines
added to one or taken from it (there a person amends a line to another product, or to nothing).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.fakes.tryton_records import FIELDS, Record, Records, timestamp

COMPANY, CUSTOMER_PLACE, UNIT = 1, 1, 1
UNITS = {"Unit": Decimal(1), "Dozen": Decimal(12)}  # name -> pieces; the first is `UNIT`
OPEN_STATES = ("draft", "waiting", "assigned", "picked", "packed")
# Which state a step of a shipment needs, and which it leads to.
STEPS = {
    "wait": (("draft", "waiting", "assigned"), "waiting"),
    "assign_try": (("waiting",), "assigned"),
    "pick": (("assigned",), "picked"),
    "pack": (("picked",), "packed"),
    "do": (("packed",), "done"),
}
TAX, REDUCED_TAX = "GST 10%", "Reduced 5%"
TAXES = {TAX: Decimal("0.10"), REDUCED_TAX: Decimal("0.05")}
SERVICES = ("CLICK-COLLECT", "COURIER", "DISCOUNT")

#: SKU, quantity, unit price, names of its taxes; a fifth item is the warehouse it leaves from.
OrderedLine = Sequence[Any]


class UserError(Exception):
    """What Tryton tells a person: 200 with `["UserError", [...]]`."""


class Concurrency(Exception):
    """The record changed since the stamp that the caller gave."""


class Trade:
    """The state of the fake, and everything people can do to it. Ids are Tryton's own integers."""

    def __init__(
        self,
        locations: Sequence[str] = ("DOWNTOWN", "AIRPORT", "WORKSHOP"),
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._clock = clock
        self.records = Records()
        self.kits: dict[int, Sequence[tuple[int, Decimal, bool]]] = {}  # product -> component, quantity, fixed
        self.lock = threading.RLock()
        self._frozen_at: datetime | None = None
        self._last_stamp = datetime.min.replace(tzinfo=UTC)
        with self.transaction():
            self._currency = self.records.add("currency.currency", code="USD", name="US Dollar")
            self._country = self.records.add("country.country", code="US", name="United States")
            self._state = self.records.add("country.subdivision", code="US-CA", name="California")
            self.records.add("stock.location", name="Customer", type="customer", code="CUS")
            self._warehouses = {code: self._add_warehouse(code) for code in locations}
            self._taxes = {
                name: self.records.add("account.tax", name=name, type="percentage", rate=rate)
                for name, rate in TAXES.items()
            }
            for name, factor in UNITS.items():
                rate = round(1 / factor, 12)
                self.records.add("product.uom", name=name, category=1, factor=factor, rate=rate, rounding=Decimal(1))
            for code in SERVICES:
                self.records.add("product.product", code=code, name=code.title(), type="service", default_uom=UNIT)

    # -- time

    @property
    def now(self) -> datetime:
        """The server's clock: ever later by at least a microsecond, unless it was set to stand still."""
        if self._frozen_at is not None:
            return self._frozen_at
        self._last_stamp = max(self._clock(), self._last_stamp + timedelta(microseconds=1))
        return self._last_stamp

    @now.setter
    def now(self, moment: datetime | None) -> None:
        self._frozen_at = moment

    @contextmanager
    def transaction(self) -> Iterator[Records]:
        """One stamp for every row it writes."""
        with self.lock:
            self.records.stamp = self.now
            yield self.records

    # -- what people do

    def add_product(self, sku: str, *, kind: str = "goods", name: str = "") -> int:
        with self.transaction() as records:
            found = records.rows("product.product", code=sku)
            if found:
                return int(found[0]["id"])
            return records.add("product.product", code=sku, name=name or sku.title(), type=kind, default_uom=UNIT)

    def add_kit(self, sku: str, of: Mapping[str, int], *, once: Mapping[str, int] | None = None) -> int:
        """A product sold as one line and moved as its components; of those in `once` as many for any number of kits."""
        wanted = [(of, False), (once or {}, True)]
        parts = [(self.add_product(one), Decimal(many), fixed) for some, fixed in wanted for one, many in some.items()]
        product = self.add_product(sku, kind="kit")
        self.kits[product] = parts
        return product

    def add_customer(self, code: str, name: str, email: str = "", phone: str = "") -> int:
        with self.transaction() as records:
            if found := records.rows("party.party", code=code):
                return int(found[0]["id"])
            party = records.add("party.party", code=code, name=name, email=email or None, phone=phone or None)
            for kind, value in (("email", email), ("phone", phone)):
                if value:
                    records.add("party.contact_mechanism", party=party, type=kind, value=value)
            return party

    def add_order(
        self,
        number: str = "",
        lines: Sequence[OrderedLine] = (("SKU-00001", 1, "10.00", (TAX,)),),
        *,
        reference: str = "",
        delivery: str = "",
        location: str = "DOWNTOWN",
        sale_date: date | None = None,
        currency: str = "USD",
        state: str = "processing",
        paid: bool = True,
        customer: tuple[str, str, str, str] = ("C-0001", "Jane Moreno", "jane@example.com", "+14155550100"),
    ) -> int:
        """Place an order and, unless `state` says another, confirm it: its shipments are waiting. Return its id."""
        party = self.add_customer(*customer)
        for line in lines:
            self.add_product(line[0])
        with self.transaction() as records:
            address = records.add(
                "party.address",
                street="1 Main Street",
                city="San Francisco",
                postal_code="94107",
                country=self._country,
                subdivision=self._state,
            )
            order = records.add(
                "sale.sale",
                reference=reference or None,
                state=state,
                shipment_state="none",
                invoice_state="paid" if paid else "none",
                sale_date=sale_date or (None if state == "draft" else self.records.stamp.date()),
                currency=self._currency_of(currency),
                party=party,
                shipment_address=address,
                warehouse=self._warehouses[location],
                company=COMPANY,
            )
            records.row("sale.sale", order)["number"] = None if state == "draft" else number or f"S{order:05d}"
            for sku, quantity, price, taxes, *_ in [*lines, *([(delivery, 1, "0.00", ())] if delivery else [])]:
                self._add_line(order, sku, quantity, price, taxes)
            if state == "processing":
                places = [line[4] if len(line) > 4 else location for line in lines]
                self._make_shipments(order, places)
            return order

    def lines(self, order: int) -> list[int]:
        return [row["id"] for row in self.records.rows("sale.line", sale=order)]

    def shipments(self, order: int) -> list[int]:
        """Every shipment that has or had goods of this order."""
        moves = [move for line in self.lines(order) for move in self._moves_for(line)]
        return sorted({int(move["shipment"].partition(",")[2]) for move in moves})

    def set_quantity(self, order: int, line: int, quantity: Decimal | int) -> None:
        """Amend a line, by its place in the order; the waiting shipment is replaced by a new one."""
        self._amend_line(order, line, quantity=Decimal(quantity))

    def set_price(self, order: int, line: int, price: str) -> None:
        """Amend a line: the waiting shipment is replaced as well."""
        self._amend_line(order, line, unit_price=_unit_price(price))

    def set_product(self, order: int, line: int, sku: str) -> None:
        """Amend a line to another product: goods, or the service that says how the order is delivered."""
        self._amend_line(order, line, product=self.add_product(sku))

    def add_line(self, order: int, sku: str, quantity: Decimal | int, price: str, location: str = "") -> None:
        self.add_product(sku)
        with self.transaction() as records:
            places = self._drop_open_shipments(order)
            self._add_line(order, sku, quantity, price, (TAX,))
            records.change("sale.sale", order)
            self._make_shipments(order, [*places, location or self._home(order)])

    def remove_line(self, order: int, line: int) -> None:
        """Delete the row of a line with goods: nothing of it can be read any more but the order's own stamp."""
        with self.transaction() as records:
            number = self.lines(order)[line]
            places = dict(zip((row["id"] for row in self._goods(order)), self._drop_open_shipments(order), strict=True))
            del records.tables["sale.line"][number], places[number]
            records.change("sale.sale", order)
            self._make_shipments(order, list(places.values()))

    def set_address(self, order: int, street: str) -> None:
        """Amend the order to another address of its party: the waiting shipment is replaced, no line is written."""
        with self.transaction() as records:
            places = self._drop_open_shipments(order)
            there = records.row("party.address", records.row("sale.sale", order)["shipment_address"])
            same = {name: there[name] for name in ("city", "postal_code", "country", "subdivision")}
            new = records.add("party.address", street=street, **same)
            records.change("sale.sale", order, shipment_address=new)
            self._make_shipments(order, places)

    def set_unit(self, order: int, line: int, name: str) -> None:
        """Amend a line to the same number of another unit, at the same price of one."""
        with self.transaction() as records:
            number = self.lines(order)[line]
            places = self._drop_open_shipments(order)
            records.change("sale.line", number, unit=records.rows("product.uom", name=name)[0]["id"])
            records.change("sale.sale", order)
            self._make_shipments(order, places)

    def set_note(self, order: int, line: int, note: str) -> None:
        """Only the line's own stamp moves."""
        with self.transaction() as records:
            records.change("sale.line", self.lines(order)[line], note=note)

    def tag_customer(self, order: int, *words: str) -> None:
        with self.transaction() as records:
            categories = [records.add("party.category", name=word) for word in words]
            records.change("party.party", records.row("sale.sale", order)["party"], categories=categories)

    def rename_customer(self, order: int, name: str) -> None:
        with self.transaction() as records:
            records.change("party.party", records.row("sale.sale", order)["party"], name=name)

    def set_reference(self, order: int, reference: str) -> None:
        with self.transaction() as records:
            records.change("sale.sale", order, reference=reference)

    def renumber(self, order: int, number: str) -> None:
        with self.transaction() as records:
            records.change("sale.sale", order, number=number)

    def rename_place(self, location: str, name: str) -> None:
        """No stamp of any order moves, nor of what hangs on it."""
        with self.transaction() as records:
            records.change("stock.location", self._warehouses[location], name=name)

    def delete(self, order: int) -> list[tuple[str, Record]]:
        """The order and all that hangs on it vanish; what was there is returned, for `bring_back`."""
        with self.lock:
            lines, shipments = self.lines(order), self.shipments(order)
            moves = [
                move["id"] for one in shipments for move in self.records.rows("stock.move", shipment=_shipment(one))
            ]
            components = [one["id"] for line in lines for one in self._components(line)]
            gone = {
                "sale.line.component": components,
                "sale.line": lines,
                "stock.shipment.out": shipments,
                "stock.move": moves,
                "sale.sale": [order],
            }
            tables = self.records.tables
            return [(model, tables[model].pop(number)) for model, numbers in gone.items() for number in numbers]

    def bring_back(self, deleted: Sequence[tuple[str, Record]]) -> None:
        """From a backup: as it was, stamps and all."""
        with self.lock:
            for model, row in deleted:
                self.records.tables[model][row["id"]] = row

    def set_comment(self, order: int, comment: str) -> None:
        with self.transaction() as records:
            records.change("sale.sale", order, comment=comment)

    def return_order(self, order: int, quantities: Mapping[str, Decimal | int] | None = None) -> int:
        """Tryton's return, confirmed: a new order of negative quantities, whose goods are expected and not there yet.

        Of all that the order has, services too, or of these goods by SKU. The order itself is not touched.
        """
        with self.transaction() as records:
            sold = records.row("sale.sale", order)
            same = ("currency", "party", "shipment_address", "warehouse", "company", "invoice_state")
            back = records.add(
                "sale.sale",
                **{name: sold[name] for name in same},
                origin=f"sale.sale,{order}",
                state="processing",
                shipment_state="waiting",
                sale_date=records.stamp.date(),
            )
            records.row("sale.sale", back)["number"] = f"S{back:05d}"
            for line in records.rows("sale.line", sale=order):
                sku = records.row("product.product", line["product"])["code"]
                quantity = line["quantity"] if quantities is None else Decimal(quantities.get(sku, 0))
                if quantity:
                    kept = {name: value for name, value in line.items() if name in FIELDS["sale.line"]}
                    self._unfold(records.add("sale.line", **kept | {"sale": back, "quantity": -quantity}))
            self._expect_back(back)
            return back

    def receive_return(self, order: int) -> None:
        """What a return takes back is on the shelf."""
        with self.transaction() as records:
            place = records.row("sale.sale", order)["warehouse"]
            for line in self.lines(order):
                for move in self._moves_for(line):
                    records.put(place, move["product"], self._pieces(move))
                    records.change("stock.move", move["id"], state="done")
                    number = int(move["shipment"].partition(",")[2])
                    records.change("stock.shipment.out.return", number, state="received")
            records.change("sale.sale", order, shipment_state="sent")

    def cancel(self, order: int) -> None:
        """Make the whole order `cancelled`, whatever it was: more than the real one can."""
        with self.transaction() as records:
            self._cancel_shipments(order, "")
            records.change("sale.sale", order, state="cancelled", shipment_state="none")

    def reopen(self, order: int) -> None:
        """Undo `cancel`: new shipments."""
        with self.transaction() as records:
            records.change("sale.sale", order, state="processing")
            self._make_shipments(order, [self._home(order)] * len(self._goods(order)))

    def cancel_shipments(self, order: int, *, ignore: bool) -> None:
        """The real way: cancel what is open, then decide that it will not be sent, or do not decide yet."""
        with self.transaction() as records:
            self._cancel_shipments(order, "ignored" if ignore else "")
            records.change("sale.sale", order, shipment_state="none" if ignore else "exception")

    def move(self, order: int, location: str) -> None:
        """Let the order leave from another warehouse: its open shipments are replaced."""
        with self.transaction() as records:
            self._drop_open_shipments(order)
            records.change("sale.sale", order, warehouse=self._warehouses[location])
            self._make_shipments(order, [location] * len(self._goods(order)))

    def ship(self, order: int) -> None:
        """Somebody hands over everything that is open."""
        for shipment in self.shipments(order):
            for step, (needed, _) in STEPS.items():
                if self.records.row("stock.shipment.out", shipment)["state"] in needed and step != "wait":
                    self.take_step(shipment, step, None)

    def ship_some(self, order: int, *quantities: Decimal | int) -> None:
        """Somebody ships so much of each line with goods; the rest stays open in a shipment of its own."""
        (shipment,) = [one for one in self.shipments(order) if self._state_of(one) in OPEN_STATES]
        share = dict(zip((_origin(line["id"]) for line in self._goods(order)), quantities, strict=True))
        writes = [
            ["write", [pick["id"]], {"quantity": share[self.records.row("stock.move", int(number))["origin"]]}]
            for pick in self._picks(shipment)
            for number in [pick["origin"].partition(",")[2]]
        ]
        self.write_shipment(shipment, {"inventory_moves": writes})
        for step in ("assign_try", "pick", "pack", "do"):
            self.take_step(shipment, step, None)

    def _state_of(self, shipment: int) -> str:
        return str(self.records.row("stock.shipment.out", shipment)["state"])

    def set_stock(self, location: str, sku: str, quantity: Decimal | int) -> None:
        """Somebody counts the shelf: what is there more or less is moved from or to nowhere."""
        product = self.add_product(sku)
        with self.transaction() as records:
            place = self._warehouses[location]
            change = Decimal(quantity) - records.on_hand.get((place, product), Decimal(0))
            records.put(place, product, change)
            records.add(
                "stock.move",
                state="done",
                product=product,
                quantity=abs(change),
                unit=UNIT,
                from_location=place,
                to_location=place,
                company=COMPANY,
            )

    def set_paid(self, order: int, paid: bool) -> None:
        with self.transaction() as records:
            records.change("sale.sale", order, invoice_state="paid" if paid else "awaiting payment")

    def invoice(self, order: int, *, received: str = "0", state: str = "posted") -> int:
        """An invoice over the whole order, of which so much was received. A second one is none too many for Tryton."""
        with self.transaction() as records:
            total = records.value("sale.sale", records.row("sale.sale", order), "total_amount")
            left = Decimal("0.00") if state == "draft" else total - Decimal(received)
            is_paid = state != "draft" and left <= 0
            number = records.add(
                "account.invoice",
                sale=order,
                state="paid" if is_paid else state,
                total_amount=total,
                amount_to_pay=left,
            )
            all_paid = all(one["state"] == "paid" for one in records.rows("account.invoice", sale=order))
            records.change("sale.sale", order, invoice_state="paid" if all_paid else "awaiting payment")
            return number

    def leave_from_the_shelf(self, location: str) -> None:
        """Set the warehouse up without a place for output."""
        with self.transaction() as records:
            place = self._warehouses[location]
            records.change(
                "stock.location", place, storage_location=records.row("stock.location", place)["output_location"]
            )

    # -- what the server does for a client

    def take_step(self, shipment: int, step: str, seen_at: Decimal | None) -> None:
        self.take_steps({shipment: seen_at}, step)

    def take_steps(self, shipments: Mapping[int, Decimal | None], step: str) -> None:
        """Of all of them, or of none: each with the stamp at which it was seen."""
        with self.transaction() as records:
            for shipment, seen_at in shipments.items():
                self._refuse_step(records.row("stock.shipment.out", shipment), step, seen_at)
            for shipment in shipments:
                self._take_step(shipment, step)

    def _refuse_step(self, row: Record, step: str, seen_at: Decimal | None) -> None:
        self._refuse_stale(row, seen_at)
        if row["state"] in self._needed(row, step) or (step == "assign_try" and row["state"] == "done"):
            return
        raise UserError(f'You can not call "{step}" on "{row["number"]}" of "Stock Shipment Out".')

    def _needed(self, row: Record, step: str) -> Sequence[str]:
        return ("assigned",) if step == "pack" and self._is_direct(row) else STEPS[step][0]

    def _take_step(self, shipment: int, step: str) -> None:
        row = self.records.row("stock.shipment.out", shipment)
        if row["state"] not in self._needed(row, step):
            return  # silently nothing, as the real one
        if step == "assign_try" and not self._assign(shipment):
            return  # stays waiting, without an error
        self.records.change("stock.shipment.out", shipment, state=STEPS[step][1])
        match step:
            case "wait":
                self._list_picks(shipment)
            case "pick":
                self._pick(shipment)
            case "pack":
                self._pack(shipment)
            case "do":
                moves = self._outgoing(shipment)
                for move in moves:
                    self._leave(move)
                self._tell_orders(moves)
                self._make_remainders(moves)

    def write_shipment(self, shipment: int, values: Record, seen_at: Decimal | None = None) -> None:
        """Its own fields, and the quantities of its moves: `{"inventory_moves": [["write", [7], {"quantity": 2}]]}`."""
        self.write_shipments({shipment: values}, {shipment: seen_at})

    def write_shipments(self, shipments: Mapping[int, Record], seen_at: Mapping[int, Decimal | None]) -> None:
        """All of them, or none."""
        with self.transaction() as records:
            for shipment, values in shipments.items():
                self._refuse_stale(records.row("stock.shipment.out", shipment), seen_at[shipment])
                for _, (number,), _ in _writes_of_moves(values):
                    if records.row("stock.move", number)["state"] != "draft":
                        raise UserError(f'You are not allowed to modify the field "Quantity" in record "{number}".')
            for shipment, values in shipments.items():
                for _, (number,), changes in _writes_of_moves(values):
                    records.change("stock.move", number, quantity=Decimal(changes["quantity"]))
                own = {name: value for name, value in values.items() if not name.endswith("_moves")}
                records.change("stock.shipment.out", shipment, **own)

    # -- inside

    def _add_warehouse(self, code: str) -> int:
        name = code.title()
        places = {
            f"{use}_location": self.records.add(
                "stock.location", code=f"{code}-{use.upper()}", name=name, type="storage"
            )
            for use in ("input", "output", "storage")
        }
        return self.records.add("stock.location", code=code, name=f"{name} shop", type="warehouse", **places)

    def _currency_of(self, code: str) -> int:
        found = self.records.rows("currency.currency", code=code)
        return int(found[0]["id"]) if found else self.records.add("currency.currency", code=code, name=code)

    def _add_line(self, order: int, sku: str, quantity: Decimal | int, price: str, taxes: Sequence[str]) -> None:
        sale = self.records.row("sale.sale", order)
        line = self.records.add(
            "sale.line",
            sale=order,
            type="line",
            quantity=Decimal(quantity),
            unit=UNIT,
            unit_price=_unit_price(price),
            product=self.records.rows("product.product", code=sku)[0]["id"],
            taxes=[self._taxes[name] for name in taxes],
            warehouse=sale["warehouse"],
        )
        self._unfold(line)

    def _unfold(self, line: int) -> None:
        """Make the components of a kit, or bring their quantities up to the line's."""
        row, there = self.records.row("sale.line", line), self._components(line)
        for product, quantity, fixed in self.kits.get(row["product"], ()):
            wanted = quantity if fixed else quantity * row["quantity"]
            if found := [one for one in there if one["product"] == product]:
                self.records.change("sale.line.component", found[0]["id"], quantity=wanted)
            else:
                self.records.add(
                    "sale.line.component", line=line, product=product, quantity=wanted, unit=UNIT, fixed=fixed
                )

    def _components(self, line: int) -> list[Record]:
        return self.records.rows("sale.line.component", line=line)

    def _served(self, line: Record) -> list[tuple[str, Record]]:
        """What moves are made for, and the record that says of what and how many: the line, or a kit's components."""
        if parts := self._components(line["id"]):
            return [(f"sale.line.component,{one['id']}", one) for one in parts]
        return [(_origin(line["id"]), line)]

    def _moves_for(self, line: int) -> list[Record]:
        served = self._served(self.records.row("sale.line", line))
        return [move for origin, _ in served for move in self.records.rows("stock.move", origin=origin)]

    def _amend_line(self, order: int, line: int, **changes: Any) -> None:
        with self.transaction() as records:
            number = self.lines(order)[line]
            places = self._drop_open_shipments(order)
            records.change("sale.line", number, **changes)
            self._unfold(number)
            records.change("sale.sale", order)
            self._make_shipments(order, places)

    def _goods(self, order: int) -> list[Record]:
        lines = self.records.rows("sale.line", sale=order)
        products = self.records.tables["product.product"]
        return [line for line in lines if products[line["product"]]["type"] in ("goods", "kit")]

    def _home(self, order: int) -> str:
        return str(self.records.row("stock.location", self.records.row("sale.sale", order)["warehouse"])["code"])

    def _make_shipments(self, order: int, places: Sequence[str], *, is_remainder: bool = False) -> None:
        """One waiting shipment per warehouse for what is neither shipped nor under way."""
        made: dict[str, int] = {}
        places = [*places, *([self._home(order)] * len(self._goods(order)))]
        for line, place in zip(self._goods(order), places, strict=False):
            for origin, served in self._served(line):
                moves = self.records.rows("stock.move", origin=origin)
                left = served["quantity"] - sum(
                    move["quantity"] for move in moves if move["state"] != "cancelled" or is_remainder
                )
                if left <= 0:
                    continue
                if place not in made:
                    made[place] = self._add_shipment(place)
                self._add_move(origin, served, left, made[place], place)
        for shipment in made.values():
            self._list_picks(shipment)
        if made and not is_remainder:
            self.records.row("sale.sale", order)["shipment_state"] = "waiting"

    def _add_shipment(self, place: str) -> int:
        made = self.records.add("stock.shipment.out", state="waiting", warehouse=self._warehouses[place])
        self.records.row("stock.shipment.out", made)["number"] = f"OUT{made:05d}"
        return made

    def _add_move(self, origin: str, served: Record, quantity: Decimal, shipment: int, place: str) -> None:
        """To the customer."""
        self.records.add(
            "stock.move",
            origin=origin,
            state="draft",
            quantity=quantity,
            unit=served["unit"],
            product=served["product"],
            from_location=self.records.row("stock.location", self._warehouses[place])["output_location"],
            to_location=CUSTOMER_PLACE,
            shipment=_shipment(shipment),
            company=COMPANY,
            sale_exception_state="",
        )

    def _expect_back(self, order: int) -> None:
        """A shipment of the return's goods, from the customer to where goods arrive."""
        sale = self.records.row("sale.sale", order)
        shipment = self.records.add("stock.shipment.out.return", state="draft", warehouse=sale["warehouse"])
        for origin, served in [one for line in self._goods(order) for one in self._served(line)]:
            self.records.add(
                "stock.move",
                origin=origin,
                state="draft",
                quantity=-served["quantity"],
                unit=served["unit"],
                product=served["product"],
                from_location=CUSTOMER_PLACE,
                to_location=self.records.row("stock.location", sale["warehouse"])["input_location"],
                shipment=f"stock.shipment.out.return,{shipment}",
                company=COMPANY,
                sale_exception_state="",
            )

    def _drop_open_shipments(self, order: int) -> list[str]:
        """Delete them, as an amendment does; return where each goods line would have left from."""
        places = []
        for line in self._goods(order):
            place = self._home(order)
            for move in self._moves_for(line["id"]):
                shipment = int(move["shipment"].partition(",")[2])
                place = self._place_of(move["from_location"])
                if move["state"] == "draft":
                    del self.records.tables["stock.move"][move["id"]]
                    self._drop_picks(shipment)
                    self.records.tables["stock.shipment.out"].pop(shipment, None)
            places.append(place)
        return places

    def _place_of(self, output: int) -> str:
        return str(self.records.rows("stock.location", output_location=output)[0]["code"])

    def _cancel_shipments(self, order: int, decision: str) -> None:
        for shipment in self.shipments(order):
            if self.records.row("stock.shipment.out", shipment)["state"] in OPEN_STATES:
                self.records.change("stock.shipment.out", shipment, state="cancelled")
                for move in self._outgoing(shipment):
                    self.records.change("stock.move", move["id"], state="cancelled", sale_exception_state=decision)
                for pick in self._picks(shipment):
                    self.records.change("stock.move", pick["id"], state="cancelled")

    # A shipment is picked from storage to output by inventory moves; `pick` sets the outgoing ones to what was picked.

    def _outgoing(self, shipment: int) -> list[Record]:
        return [move for move in self._moves(shipment) if move["to_location"] == CUSTOMER_PLACE]

    def _picks(self, shipment: int) -> list[Record]:
        return [move for move in self._moves(shipment) if move["to_location"] != CUSTOMER_PLACE]

    def _moves(self, shipment: int) -> list[Record]:
        return self.records.rows("stock.move", shipment=_shipment(shipment))

    def _is_direct(self, shipment: Record) -> bool:
        """Goods leave from where they stand."""
        place = self.records.row("stock.location", shipment["warehouse"])
        return bool(place["storage_location"] == place["output_location"])

    def _drop_picks(self, shipment: int) -> None:
        for pick in self._picks(shipment):
            del self.records.tables["stock.move"][pick["id"]]

    def _list_picks(self, shipment: int) -> None:
        """Make the inventory moves anew, with new ids; a shop without a place for output has none."""
        self._drop_picks(shipment)
        row = self.records.row("stock.shipment.out", shipment)
        if self._is_direct(row):
            return
        place = self.records.row("stock.location", row["warehouse"])
        for move in self._outgoing(shipment):
            self.records.add(
                "stock.move",
                origin=f"stock.move,{move['id']}",
                state="draft",
                quantity=move["quantity"],
                unit=move["unit"],
                product=move["product"],
                from_location=place["storage_location"],
                to_location=place["output_location"],
                shipment=_shipment(shipment),
                company=COMPANY,
            )

    def _assign(self, shipment: int) -> bool:
        """Take what is there; of a line with too little a move of the rest is split off, as the real one does."""
        moves = self._picks(shipment) or self._outgoing(shipment)
        for move in [move for move in moves if move["state"] == "draft"]:
            free = max(self._free(move), Decimal(0)) * move["quantity"] // max(self._pieces(move), Decimal(1))
            if free >= move["quantity"]:
                self.records.change("stock.move", move["id"], state="assigned")
            elif free > 0:
                rest = {name: value for name, value in move.items() if name not in ("id", "create_date", "write_date")}
                self.records.add("stock.move", **(rest | {"quantity": move["quantity"] - free}))
                self.records.change("stock.move", move["id"], state="assigned", quantity=free)
        return all(move["state"] == "assigned" for move in (self._picks(shipment) or self._outgoing(shipment)))

    def _pick(self, shipment: int) -> None:
        picked: dict[str, Decimal] = {}
        for pick in self._picks(shipment):
            picked[pick["origin"]] = picked.get(pick["origin"], Decimal(0)) + pick["quantity"]
            if pick["quantity"]:
                self.records.change("stock.move", pick["id"], state="done")
            else:
                del self.records.tables["stock.move"][pick["id"]]
        for move in self._outgoing(shipment):
            self.records.change("stock.move", move["id"], quantity=picked.get(f"stock.move,{move['id']}", Decimal(0)))

    def _pack(self, shipment: int) -> None:
        """What was not picked at all leaves the shipment here already, and a shipment of the rest appears."""
        moves = self._outgoing(shipment)
        for move in moves:
            if move["quantity"]:
                self.records.change("stock.move", move["id"], state="assigned")
            else:
                del self.records.tables["stock.move"][move["id"]]
        if not all(move["quantity"] for move in moves):
            self._make_remainders(moves)

    def _make_remainders(self, moves: list[Record]) -> None:
        """What of these orders is neither shipped nor under way nor cancelled gets a shipment, where this one was."""
        for order in sorted({self.records.value("stock.move", move, "sale") for move in moves}):
            place = self._place_of(moves[0]["from_location"])
            self._make_shipments(order, [place] * len(self._goods(order)), is_remainder=True)

    def _refuse_stale(self, row: Record, seen_at: Decimal | None) -> None:
        if seen_at is not None and timestamp(row) > seen_at:
            raise Concurrency("Records were modified in the meanwhile")

    def _pieces(self, move: Record) -> Decimal:
        return Decimal(self.records.value("stock.move", move, "internal_quantity"))

    def _free(self, move: Record) -> Decimal:
        """On hand less what shipments that have not left already took from the shelf."""
        shipment = self.records.row("stock.shipment.out", int(move["shipment"].partition(",")[2]))
        taken = Decimal(0)
        for other in self.records.rows("stock.move", product=move["product"], from_location=move["from_location"]):
            its = self.records.row("stock.shipment.out", int(other["shipment"].partition(",")[2]))
            if other["state"] in ("assigned", "done") and its["state"] in OPEN_STATES:
                taken += self._pieces(other)
        return self.records.on_hand.get((shipment["warehouse"], move["product"]), Decimal(0)) - taken

    def _leave(self, move: Record) -> None:
        place = self._warehouses[self._place_of(move["from_location"])]
        self.records.put(place, move["product"], -self._pieces(move))
        self.records.change("stock.move", move["id"], state="done")

    def _tell_orders(self, moves: list[Record]) -> None:
        for order in {self.records.value("stock.move", move, "sale") for move in moves}:
            states = {move["state"] for line in self.lines(order) for move in self._moves_for(line)}
            done = states <= {"done", "cancelled"}
            self.records.change("sale.sale", order, shipment_state="sent" if done else "partially shipped")


def _unit_price(price: str) -> Decimal:
    return Decimal(price).quantize(Decimal("0.0001"))


def _origin(line: int) -> str:
    return f"sale.line,{line}"


def _shipment(shipment: int) -> str:
    return f"stock.shipment.out,{shipment}"


def _writes_of_moves(values: Record) -> list[Any]:
    return [one for name, value in values.items() if name.endswith("_moves") for one in value]
