"""The store as it stands: reference rows, customers, sales, fulfilments, stock, and the one version counter.

Holds no rule about what a sale may do: see `sales.py`, `fulfilments.py` and `stock.py`.
"""

from __future__ import annotations

import random
import re
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from syncd.sandbox.exchange import Refusal, Row
from syncd.sandbox.levels import Levels
from syncd.sandbox.records import ZERO, Fulfilment, FulfilmentEvent, Level, Line, Sale
from syncd.sandbox.switches import Switches

Clock = Callable[[], datetime]

VERSION_START = 1_000_000  # real ones are large; nobody may think of them as a row count
VERSION_JUMP_MAX = 9  # versions are global and jump (FACTS 22.13)
FULFILMENT_ID_START = 1_947_700_198_720_344_064  # numeric strings, not uuids (FACTS 22.8)
FULFILMENT_ID_STEP = 4_096
SEED = 20_260_701
CODE_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # none that is taken for another

CARD_LIKE = re.compile(r"(?<![\d])(?:\d[ -]?){12,18}\d(?![\d])")
REDACTED = "[REDACTED]"


def utc_now() -> datetime:
    """Return the real time; the only clock used unless one is given."""
    return datetime.now(UTC)


class World:
    """Everything one store knows. Reference rows are kept in the vendor's shape, which both dialects share."""

    def __init__(self, *, clock: Clock = utc_now, switches: Switches | None = None) -> None:
        self.now = clock
        self.switches = switches or Switches()
        self.outlets: dict[str, Row] = {}
        self.registers: dict[str, Row] = {}
        self.users: dict[str, Row] = {}
        self.taxes: dict[str, Row] = {}
        self.payment_types: dict[str, Row] = {}
        self.products: dict[str, Row] = {}
        self.customers: dict[str, Row] = {}
        self.consignments: dict[str, Row] = {}
        self.adjustment_reasons: dict[str, Row] = {}
        self.bulk_taxes: Sequence[Row] = ()
        self.outlet_taxes: list[Row] = []
        self.retailer: Row = {}
        self.addresses: dict[int, Row] = {}
        self.address_tokens: dict[str, int] = {}
        self.stock_adjustments: list[Row] = []
        self.consignment_products: dict[str, list[Row]] = {}
        self.custom_fields: list[Row] = []
        self.custom_values: dict[tuple[str, str], dict[str, Row]] = {}
        self.sales: dict[str, Sale] = {}
        self.fulfilments: dict[str, Fulfilment] = {}
        self.history: dict[str, list[FulfilmentEvent]] = {}
        self.levels = Levels()
        # Pages of the large feed as they were sent, while nothing changed: see `inventory.py`.
        self.written: dict[Any, Any] = {}
        self.written_at = 0
        self._ordered: dict[str, list[Row]] = {}
        self.deleted_products: set[str] = set()
        self._by_code: dict[str, list[Row]] = {}
        self._version = VERSION_START
        self._chance = random.Random(SEED)
        self._fulfilments_made = 0

    def next_version(self) -> int:
        """Step the one counter of the store, with gaps."""
        self._version += self._chance.randint(1, VERSION_JUMP_MAX)
        return self._version

    def reserve_versions(self, width: int) -> int:
        """Take a whole range of versions; return the first."""
        first = self._version + 1
        self._version += width
        return first

    @property
    def version(self) -> int:
        """The version of the last change."""
        return self._version

    def new_id(self) -> str:
        """Make an id as the server would; the same ones in every run."""
        return str(uuid.UUID(int=self._chance.getrandbits(128), version=4))

    def new_fulfilment_id(self) -> str:
        """Make the next numeric-string id."""
        self._fulfilments_made += 1
        return str(FULFILMENT_ID_START + self._fulfilments_made * FULFILMENT_ID_STEP)

    def new_code(self, length: int) -> str:
        """Make a short code of letters and digits as the server would."""
        return "".join(self._chance.choice(CODE_LETTERS) for _ in range(length))

    def table(self, name: str) -> dict[str, Row]:
        """Return a reference table by its wire name."""
        tables = {
            "outlets": self.outlets,
            "registers": self.registers,
            "users": self.users,
            "taxes": self.taxes,
            "payment_types": self.payment_types,
            "products": self.products,
            "customers": self.customers,
            "consignments": self.consignments,
            "adjustment_reasons": self.adjustment_reasons,
        }
        if name not in tables:
            raise Refusal(404, f"There is no table {name}")
        return tables[name]

    def in_order(self, name: str) -> list[Row]:
        """Return the rows of a reference table in the order of their versions."""
        if name not in self._ordered:
            self._ordered[name] = sorted(self.table(name).values(), key=lambda row: int(row["version"]))
        return self._ordered[name]

    def knows(self, name: str, row_id: object) -> bool:
        """Say whether a row can be used in a sale: it exists, and is neither deleted nor switched off."""
        row = self.table(name).get(row_id) if isinstance(row_id, str) else None
        if row is None or row.get("deleted_at"):
            return False
        return not row.get("disabled") and row.get("enabled", True) is not False

    def sale(self, sale_id: str) -> Sale:
        """Return the sale or refuse with 404."""
        if sale_id not in self.sales:
            raise Refusal(404, "Sale not found")
        return self.sales[sale_id]

    def product_of_sku(self, sku: object) -> Row:
        """Return the product with this SKU or refuse with 404."""
        for row in self.products.values():
            if row["sku"] == sku and not row.get("deleted_at"):
                return row
        raise Refusal(404, f"No product has the SKU {sku}")

    def products_with_code(self, code: str) -> list[Row]:
        """Return the standing products that have this SKU or another code of this text (FACTS 13)."""
        if not self._by_code:
            for row in self.products.values():
                for each in {row["sku"], *(code["code"] for code in row["product_codes"])}:
                    self._by_code.setdefault(each, []).append(row)
        return [row for row in self._by_code.get(code, []) if not row.get("deleted_at")]

    def outlet_named(self, name: object) -> Row:
        """Return the outlet with this name or id or refuse with 404."""
        for row in self.outlets.values():
            if name in (row["id"], row["name"]):
                return row
        raise Refusal(404, f"There is no outlet {name}")

    def outlet_of_register(self, register_id: str | None) -> str | None:
        """Return the outlet a register stands in."""
        row = self.registers.get(register_id or "")
        return None if row is None else str(row["outlet_id"])

    def next_invoice_number(self, register_id: str | None) -> str:
        """Take the next number of the register: prefix + sequence + suffix (FACTS 13)."""
        row = self.registers.get(register_id or "")
        if row is None:
            return f"{len(self.sales) + 1}"
        row["invoice_sequence"] += 1
        self.put("registers", row)
        return f"{row['invoice_prefix']}{row['invoice_sequence']}{row['invoice_suffix']}"

    def level(self, outlet_id: str, product_id: str) -> Level:
        """Return the level, starting one at zero where there was none."""
        level = self.levels.find(outlet_id, product_id)
        if level is None:
            row_id = str(uuid.uuid5(uuid.UUID(int=0), f"{outlet_id}/{product_id}"))
            level = Level(row_id, outlet_id, product_id, ZERO, 0)
            self.levels.touch(level, self.next_version())
        return level

    def move(self, outlet_id: str, product_id: str, delta: Decimal) -> None:
        """Change a level; a product without inventory has none (`has_inventory` false)."""
        product = self.products.get(product_id)
        if product is None or not product["has_inventory"] or delta == 0:
            return
        level = self.level(outlet_id, product_id)
        level.balance += delta
        self.levels.touch(level, self.next_version())

    def put(self, name: str, row: Row) -> Row:
        """Store a reference row under a new version."""
        row["version"] = self.next_version()
        self.table(name)[row["id"]] = row
        self._ordered.pop(name, None)
        if name == "products":
            self._by_code.clear()
            (self.deleted_products.add if row["deleted_at"] else self.deleted_products.discard)(row["id"])
        return row

    def tax_shares(self, line: Line) -> list[tuple[str, Decimal]]:
        """Return what of a line's tax falls to each rate of its tax, by their sizes."""
        rates = self.taxes[line.tax_id]["rates"]
        whole = sum((Decimal(each["rate"]) for each in rates), ZERO)
        if whole == 0:
            return [(each["id"], line.tax_total / len(rates)) for each in rates]
        return [(each["id"], line.tax_total * each["rate"] / whole) for each in rates]

    def available(self, level: Level) -> Decimal:
        """Return what the inventory feed shows: nothing below zero unless switched (FACTS 12)."""
        if self.switches.below_zero == "negative":
            return level.balance
        return max(level.balance, ZERO)

    def to_procure(self, level: Level) -> Decimal:
        """Return the shortfall that stands in `quantity_to_procure` (FACTS 4b)."""
        if self.switches.below_zero == "negative":
            return ZERO
        return max(-level.balance, ZERO)


def redact(note: str) -> str:
    """Hide card-like digits: 13 to 19 that pass the Luhn check. The server does so silently (FACTS 8)."""
    return CARD_LIKE.sub(lambda found: REDACTED if _passes_luhn(found.group()) else found.group(), note)


def _passes_luhn(text: str) -> bool:
    digits = [int(each) for each in text if each.isdigit()]
    doubled = [sum(divmod(2 * each, 10)) for each in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def is_uuid(value: Any) -> bool:
    """Say whether a value is an id of the vendor's form."""
    if not isinstance(value, str):
        return False
    try:
        uuid.UUID(value)
    except ValueError:
        return False
    return True
