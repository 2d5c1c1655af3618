"""The stock and the taxes of a large store: half a million rows that exist as numbers until somebody looks.

A row of either is one product at one outlet. Its version follows from its number, so a page is found by arithmetic
and written as text, without a dict or a Decimal for each row.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import overload

from syncd.sandbox.exchange import Row
from syncd.sandbox.records import Level

STEP = 3  # between two versions: they jump (FACTS 22.13)
ID_TAIL = "-57ac-5000-8000-000000000000"
# What is the same in every row. The tests hold written rows against those that `inventory.py` builds.
CLASSIC_REST = '"reorder_point":null,"reorder_amount":null,'
DATED_REST = f'"quantity_to_procure":0,"reorder_method":null,{CLASSIC_REST}"reorder_target":null,'


class BulkRows:
    """The numbering of the rows: product after product, each at every outlet. It never changes, so copies share it."""

    def __init__(self, outlets: list[str], products: list[str], first_version: int) -> None:
        self.outlets = outlets
        self.products = products
        self.first_version = first_version
        self._outlet_at = {outlet_id: n for n, outlet_id in enumerate(outlets)}
        self._product_at = {product_id: n for n, product_id in enumerate(products)}

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.outlets) * len(self.products)

    def __deepcopy__(self, _memo: object) -> BulkRows:
        """Stay one: nothing here can change."""
        return self

    def product_of(self, n: int) -> str:
        """Return the product of a row."""
        return self.products[n // len(self.outlets)]

    def outlet_of(self, n: int) -> str:
        """Return the outlet of a row."""
        return self.outlets[n % len(self.outlets)]

    def version_of(self, n: int) -> int:
        """Return the version of a row."""
        return self.first_version + n * STEP

    def number_of(self, outlet_id: str, product_id: str) -> int | None:
        """Return the number of the row of a product at an outlet, if it is one of these."""
        outlet, product = self._outlet_at.get(outlet_id), self._product_at.get(product_id)
        return None if outlet is None or product is None else product * len(self.outlets) + outlet

    def numbers_of_product(self, product_id: str) -> range:
        """Return the numbers of all rows of a product."""
        product = self._product_at.get(product_id)
        size = len(self.outlets)
        return range(0) if product is None else range(product * size, (product + 1) * size)

    def numbers_between(self, after: int, before: int) -> range:
        """Return the numbers of the rows with a version strictly between two."""
        first = max(0, (after - self.first_version) // STEP + 1)
        last = min(len(self), -((self.first_version - before) // STEP))
        return range(first, max(first, last))


class BulkStock(BulkRows):
    """The levels nobody touched yet: whole numbers of zero or more."""

    def __init__(self, outlets: list[str], products: list[str], first_version: int, amounts: array[int]) -> None:
        super().__init__(outlets, products, first_version)
        self.amounts = amounts

    def id_of(self, n: int) -> str:
        """Return the id of a row."""
        return f"{n:08x}{ID_TAIL}"

    def level(self, n: int) -> Level:
        """Return a row as a level of its own."""
        amount = Decimal(self.amounts[n])
        return Level(self.id_of(n), self.outlet_of(n), self.product_of(n), amount, self.version_of(n))

    def written_dated(self, numbers: Sequence[int]) -> str:
        """Write rows as JSON under the names of the dated dialect."""
        size, outlets, products, amounts = len(self.outlets), self.outlets, self.products, self.amounts
        first = self.first_version
        return ",".join(
            [
                f'{{"id":"{n:08x}{ID_TAIL}","outlet_id":"{outlets[n % size]}","product_id":"{products[n // size]}",'
                f'"current_inventory_level":{amounts[n]},{DATED_REST}"version":{first + n * STEP}}}'
                for n in numbers
            ]
        )

    def written_classic(self, numbers: Sequence[int]) -> str:
        """Write rows as JSON under the names of 2.0."""
        size, outlets, products, amounts = len(self.outlets), self.outlets, self.products, self.amounts
        first = self.first_version
        return ",".join(
            [
                f'{{"id":"{n:08x}{ID_TAIL}","product_id":"{products[n // size]}","outlet_id":"{outlets[n % size]}",'
                f'"inventory_level":{amounts[n]},{CLASSIC_REST}"version":{first + n * STEP}}}'
                for n in numbers
            ]
        )


class BulkTaxes(BulkRows, Sequence[Row]):
    """The tax of each product at each outlet: the same one everywhere."""

    def __init__(self, outlets: list[str], products: list[str], first_version: int, tax_id: str) -> None:
        super().__init__(outlets, products, first_version)
        self.tax_id = tax_id

    @overload
    def __getitem__(self, n: int) -> Row: ...
    @overload
    def __getitem__(self, n: slice) -> list[Row]: ...
    def __getitem__(self, n: int | slice) -> Row | list[Row]:
        """Return a row, or several."""
        if isinstance(n, slice):
            return [self[each] for each in range(len(self))[n]]
        if n >= len(self):
            raise IndexError(n)
        return {
            "outlet_id": self.outlet_of(n),
            "product_id": self.product_of(n),
            "tax_id": self.tax_id,
            "deleted_at": None,
            "version": self.version_of(n),
        }

    def __iter__(self) -> Iterator[Row]:
        """Go through all rows."""
        return (self[n] for n in range(len(self)))


class Chained(Sequence[Row]):
    """Two sequences, one after the other, without copying either."""

    def __init__(self, first: Sequence[Row], second: Sequence[Row]) -> None:
        self._first, self._second = first, second

    def __len__(self) -> int:
        """Count the rows of both."""
        return len(self._first) + len(self._second)

    @overload
    def __getitem__(self, n: int) -> Row: ...
    @overload
    def __getitem__(self, n: slice) -> list[Row]: ...
    def __getitem__(self, n: int | slice) -> Row | list[Row]:
        """Return a row, or several."""
        if isinstance(n, slice):
            return [self[each] for each in range(len(self))[n]]
        return self._first[n] if n < len(self._first) else self._second[n - len(self._first)]
