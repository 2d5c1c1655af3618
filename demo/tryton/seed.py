"""Fill a fresh Tryton database through proteus, in process; print what a caller needs to know as JSON.

usage: python -m demo.tryton.seed CONFIG_FILE DATABASE
Run by `seeded.py` in a process of its own, so that Tryton is never imported by anybody else.
"""

import datetime as dt
import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from importlib import import_module
from typing import Any

from proteus import Model, Wizard  # type: ignore[import-untyped]
from proteus import config as proteus_config

from demo.tryton.orders import COURIER, DISCOUNT, ORDERS, PICKUP, START_DAYS_AGO, Ending, Order, sku

Record = Any  # proteus makes its classes at run time

PRODUCTS = 50
REDUCED_EVERY = 5  # every fifth product carries the reduced tax
UNTAXED = (48, 49)
WORKSHOP_PRODUCTS = 5
WORKSHOP_STOCK = 10
FISCAL_YEAR_DAYS = 400  # either way of today: a database is used on the day it was made

WAREHOUSES = {"DOWNTOWN": "Downtown shop", "AIRPORT": "Airport shop", "WORKSHOP": "Workshop"}

LOGINS = {
    "admin": "admin-pass-1",
    "sync": "sync-pass-1",
    "clerk": "clerk-pass-1",
    "nobody": "nobody-pass-1",
}
SYNC_GROUPS = ("Sales", "Stock", "Stock Force Assignment")
# The person in the shop: also amends orders.
CLERK_GROUPS = (*SYNC_GROUPS, "Sale Amendment")


@dataclass(frozen=True, slots=True)
class Customer:
    code: str
    name: str
    street: str
    postal_code: str
    city: str
    country: str
    email: str | None
    phone: str | None


SAN_FRANCISCO = ("94107", "San Francisco", "US")
CUSTOMERS = (
    Customer("C-0001", "Jane Moreno", "1 Main Street", *SAN_FRANCISCO, "jane@example.com", "+14155550100"),
    Customer("C-0002", "Omar Haddad", "22 Pier Road\nFlat 4", *SAN_FRANCISCO, "omar@example.com", "+14155550101"),
    Customer(
        *("C-0003", "Zoë Müller-Østergård", "Bahnhofstrasse 7", "8001", "Zürich", "CH"),
        *("zoe@example.com", "+41445550102"),
    ),
    Customer("C-0004", "Lee", "5 Airport Way", *SAN_FRANCISCO, None, None),
    Customer("C-0005", "Priya Raman", "9 Hill Lane", *SAN_FRANCISCO, "priya@example.com", "+15105550104"),
)
# Without a queue worker, confirming also processes at once.
BUTTONS: tuple[tuple[str, tuple[Ending, ...]], ...] = (
    ("quote", ("quotation", "cancelled", "processing")),
    ("confirm", ("processing",)),
    ("cancel", ("cancelled",)),
)
COUNTRIES = (("United States", "US", "USA"), ("Switzerland", "CH", "CHE"))


@dataclass(frozen=True, slots=True)
class Books:
    """What products and sales need from accounting."""

    company: Record
    payment_term: Record
    categories: dict[str, Record]  # "standard", "reduced", "untaxed"


@dataclass(frozen=True, slots=True)
class Things:
    """What products and warehouses are called, and what they are in Tryton."""

    warehouses: dict[str, Record]
    products: dict[str, Record]


def list_price(number: int) -> Decimal:
    return 5 + Decimal(number * 137 % 9000) / 100


def opening_stock(number: int) -> dict[str, int]:
    """On hand by warehouse before any order."""
    stock = {"DOWNTOWN": 20 + number * 7 % 60, "AIRPORT": 10 + number * 11 % 50}
    return stock | ({"WORKSHOP": WORKSHOP_STOCK} if number <= WORKSHOP_PRODUCTS else {})


def make_books(today: dt.date) -> Books:
    # Shipped in the wheels; they can only be imported once proteus has started Tryton.
    accounting = import_module("trytond.modules.account.tests.tools")
    invoicing = import_module("trytond.modules.account_invoice.tests.tools")
    companies = import_module("trytond.modules.company.tests.tools")

    party = Model.get("party.party")(name="Acme Retail")
    party.save()
    companies.create_company(party=party, currency="USD")
    company = companies.get_company()
    accounting.create_chart(company)

    span = dt.timedelta(days=FISCAL_YEAR_DAYS)
    year = invoicing.set_fiscalyear_invoice_sequences(
        accounting.create_fiscalyear(company, (today - span, today + span))
    )
    year.save()
    year.click("create_period")

    accounts = accounting.get_accounts(company)
    categories = {
        "standard": make_category("Goods", accounts, make_tax("GST 10%", Decimal("0.10"), accounts)),
        "reduced": make_category("Goods, reduced", accounts, make_tax("Reduced 5%", Decimal("0.05"), accounts)),
        "untaxed": make_category("Goods, untaxed", accounts, None),
    }
    payment_term = invoicing.create_payment_term()
    payment_term.save()
    return Books(company, payment_term, categories)


def make_tax(name: str, rate: Decimal, accounts: dict[str, Record]) -> Record:
    tax = Model.get("account.tax")(name=name, description=name, type="percentage", rate=rate)
    tax.invoice_account = tax.credit_note_account = accounts["tax"]
    tax.save()
    return tax


def make_category(name: str, accounts: dict[str, Record], tax: Record | None) -> Record:
    category = Model.get("product.category")(name=name, accounting=True)
    category.account_expense = accounts["expense"]
    category.account_revenue = accounts["revenue"]
    if tax is not None:
        category.customer_taxes.append(tax)
    category.save()
    return category


def make_warehouses() -> dict[str, Record]:
    location = Model.get("stock.location")
    # Without a lost-and-found location an inventory of the warehouse cannot be confirmed.
    (lost_found,) = location.find([("type", "=", "lost_found")])
    warehouses = {}
    for code, name in WAREHOUSES.items():
        places = {
            use: location(name=f"{name} {use}", type="storage", code=f"{code}-{use.upper()}")
            for use in ("input", "output", "storage")
        }
        location.save(list(places.values()))
        warehouse = location(name=name, type="warehouse", code=code, lost_found_location=lost_found)
        warehouse.input_location = places["input"]
        warehouse.output_location = places["output"]
        warehouse.storage_location = places["storage"]
        warehouse.save()
        warehouses[code] = warehouse
    return warehouses


def make_products(books: Books) -> dict[str, Record]:
    (unit,) = Model.get("product.uom").find([("name", "=", "Unit")])

    def template(code: str, name: str, kind: str, price: Decimal, category: str) -> Record:
        made = Model.get("product.template")(name=name, code=code, default_uom=unit, type=kind, salable=True)
        made.list_price = price
        made.account_category = books.categories[category]
        return made

    templates = [
        template(sku(number), f"Product {number:05d}", "goods", list_price(number), tax_category(number))
        for number in range(1, PRODUCTS + 1)
    ]
    templates += [
        template(PICKUP, "Click & collect", "service", Decimal(0), "standard"),
        template(COURIER, "Courier", "service", Decimal("6.00"), "standard"),
        template(DISCOUNT, "Discount", "service", Decimal(0), "standard"),
    ]
    Model.get("product.template").save(templates)
    return {made.code: made.products[0] for made in templates}


def tax_category(number: int) -> str:
    if number in UNTAXED:
        return "untaxed"
    return "reduced" if number % REDUCED_EVERY == 0 else "standard"


def count_stock(warehouses: dict[str, Record], products: dict[str, Record], day: dt.date) -> None:
    """One inventory a warehouse, confirmed before there is any order."""
    for code, warehouse in warehouses.items():
        inventory = Model.get("stock.inventory")(location=warehouse.storage_location, date=day)
        for number in range(1, PRODUCTS + 1):
            if quantity := opening_stock(number).get(code):
                inventory.lines.new(product=products[sku(number)], quantity=float(quantity))
        inventory.click("confirm")


def make_customers() -> list[Record]:
    country = Model.get("country.country")
    countries = {code: country(name=name, code=code, code3=code3) for name, code, code3 in COUNTRIES}
    country.save(list(countries.values()))
    return [make_customer(customer, countries[customer.country]) for customer in CUSTOMERS]


def make_customer(customer: Customer, country: Record) -> Record:
    party = Model.get("party.party")(name=customer.name, code=customer.code)
    (address,) = party.addresses
    address.street_unstructured = customer.street
    address.postal_code = customer.postal_code
    address.city = customer.city
    address.country = country
    for kind, value in (("email", customer.email), ("phone", customer.phone)):
        if value:
            party.contact_mechanisms.new(type=kind, value=value)
    party.save()
    return party


def make_sales(today: dt.date, books: Books, things: Things, customers: list[Record]) -> list[Record]:
    sales = [
        make_sale(order, today, customers[nth % len(customers)], books, things) for nth, order in enumerate(ORDERS)
    ]
    made = list(zip(ORDERS, sales, strict=True))
    # A button at a time for all: a second each instead of a second a sale. They share one time of change,
    # which a reader of changes has to live with anyway.
    for button, endings in BUTTONS:
        Model.get("sale.sale").click([sale for order, sale in made if order.ending in endings], button)
    for order, sale in made:
        if order.moved_to:
            ship_last_goods_from(things.warehouses[order.moved_to], sale)
    for order, sale in made:
        if sale.state != order.ending:
            raise RuntimeError(f"{order.reference} is {sale.state}, not {order.ending}")
    return sales


def make_sale(order: Order, today: dt.date, party: Record, books: Books, things: Things) -> Record:
    sale = Model.get("sale.sale")(party=party, reference=order.reference)
    sale.sale_date = today - dt.timedelta(days=order.days_ago)
    sale.payment_term = books.payment_term
    sale.invoice_method = sale.shipment_method = "order"
    sale.warehouse = things.warehouses[order.warehouse]
    for wanted in order.lines:
        line = sale.lines.new()
        line.product = things.products[wanted.code]  # once inside the sale: Tryton then fills in price and taxes
        line.quantity = float(wanted.quantity)
        if wanted.unit_price is not None:
            line.unit_price = wanted.unit_price
    sale.save()
    return sale


def ship_last_goods_from(warehouse: Record, sale: Record) -> None:
    """Split the order's shipment in two, and let the last goods leave from `warehouse`.

    A sale has one warehouse. Its people split the shipment (module stock_split) and give the new one another
    warehouse, together with its moves: one without the other breaks the rule that both agree, and is refused.
    """
    (shipment,) = sale.shipments
    shipment.click("draft")
    split = Wizard("stock.shipment.split", [shipment])
    moved = max(shipment.outgoing_moves, key=lambda move: move.id)
    split.form.moves.append(Model.get("stock.move")(moved.id))
    split.execute("split")
    sale.reload()
    (other,) = [candidate for candidate in sale.shipments if candidate.id != shipment.id]
    other.warehouse = warehouse
    for move in other.outgoing_moves:
        move.from_location = warehouse.output_location
    other.save()
    for each in (shipment, other):
        each.click("wait")
    sale.reload()


def make_users(company: Record) -> str:
    """Make the logins; return the REST key of `sync`."""
    people = {
        "sync": ("Sync daemon", SYNC_GROUPS),
        "clerk": ("Shop clerk", CLERK_GROUPS),
        "nobody": ("No groups", ()),
    }
    users = {login: make_user(login, name, groups, company) for login, (name, groups) in people.items()}
    application = Model.get("res.user.application")(user=users["sync"], application="rest")
    application.save()
    if application.state != "validated":
        application.click("validate_")
    return str(application.key)


def make_user(login: str, name: str, groups: Iterable[str], company: Record) -> Record:
    # Fresh records each time: proteus lets a record belong to one parent only.
    user = Model.get("res.user")(name=name, login=login, password=LOGINS[login])
    user.companies.append(Model.get("company.company")(company.id))
    user.company = company
    for group in Model.get("res.group").find([("name", "in", list(groups))]):
        user.groups.append(group)
    user.save()
    return user


def describe(order: Order, sale: Record) -> dict[str, Any]:
    return {
        "id": sale.id,
        "number": sale.number,
        "reference": order.reference,
        "purpose": order.purpose,
        "good": order.good,
        "state": sale.state,
        "party": sale.party.id,
        "warehouse": order.warehouse,
        "shipments": [shipment.id for shipment in sale.shipments],
        "total": str(sale.total_amount),
    }


def main() -> None:
    config_file, database = sys.argv[1:]
    proteus_config.set_trytond(f"sqlite:///{database}", user="admin", config_file=config_file)
    today = dt.datetime.now(dt.UTC).date()

    books = make_books(today)
    things = Things(make_warehouses(), make_products(books))
    count_stock(things.warehouses, things.products, today)
    customers = make_customers()
    sales = make_sales(today, books, things, customers)
    rest_key = make_users(books.company)

    summary = {
        "company": books.company.id,
        "made_on": today.isoformat(),
        "start": (today - dt.timedelta(days=START_DAYS_AGO)).isoformat(),
        "warehouses": {code: warehouse.id for code, warehouse in things.warehouses.items()},
        "products": {code: product.id for code, product in things.products.items()},
        "parties": {customer.code: customer.id for customer in customers},
        "opening_stock": {sku(number): opening_stock(number) for number in range(1, PRODUCTS + 1)},
        "orders": [describe(order, sale) for order, sale in zip(ORDERS, sales, strict=True)],
        "logins": LOGINS,
        "rest_key": rest_key,
    }
    print(json.dumps(summary, indent=1))


if __name__ == "__main__":
    main()
