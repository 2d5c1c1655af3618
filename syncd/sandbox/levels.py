"""Stock levels by outlet and product, and in the order of their versions, so that a page costs what it holds."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Container, Iterator, Sequence
from itertools import islice

from syncd.sandbox.bulk import BulkStock
from syncd.sandbox.records import Level

STALE_ENTRIES_MIN = 1_000  # below this, sorting out what moved on is not worth it

Keep = Callable[[str], bool]


class Levels:
    """The levels that were touched, one by one, and beneath them those of a large store that nobody touched yet.

    Every change gives a level the highest version there is. So the order of versions is the order of changes: an
    entry is appended for each, and the one it replaces, known by its older version, is passed over when read.
    """

    def __init__(self) -> None:
        self.bulk: BulkStock | None = None
        self._own: dict[tuple[str, str], Level] = {}
        self._order: list[tuple[int, Level]] = []
        self._touched: set[int] = set()  # rows of the bulk that live in `_own` now

    def find(self, outlet_id: str, product_id: str) -> Level | None:
        """Return the level, if there is one. To change it, call `touch` first."""
        own = self._own.get((outlet_id, product_id))
        if own is not None or self.bulk is None:
            return own
        n = self.bulk.number_of(outlet_id, product_id)
        return None if n is None else self.bulk.level(n)

    def touch(self, level: Level, version: int) -> None:
        """Keep a level under a new version: the highest of the store."""
        level.version = version
        if self.bulk is not None:
            n = self.bulk.number_of(level.outlet_id, level.product_id)
            if n is not None:
                self._touched.add(n)
        self._own[level.outlet_id, level.product_id] = level
        self._order.append((version, level))
        if len(self._order) > max(STALE_ENTRIES_MIN, 2 * len(self._own)):
            self._order = [each for each in self._order if each[0] == each[1].version]

    def of_product(self, product_id: str) -> list[Level]:
        """Return the levels of one product, in the order of their versions."""
        bulk = [] if self.bulk is None else self.bulk.numbers_of_product(product_id)
        found = [self.bulk.level(n) for n in bulk if n not in self._touched] if self.bulk else []
        own = [level for (_, of), level in self._own.items() if of == product_id]
        return found + sorted(own, key=lambda each: each.version)

    def __iter__(self) -> Iterator[Level]:
        """Go through all levels; those of the bulk are made as they are asked for."""
        if self.bulk is not None:
            for n in range(len(self.bulk)):
                if n not in self._touched:
                    yield self.bulk.level(n)
        yield from self._own.values()

    def bulk_page(
        self, after: int, before: int, size: int, *, descending: bool, hidden: Container[str]
    ) -> Sequence[int]:
        """Return the numbers of the untouched bulk rows strictly between two versions, without hidden products."""
        if self.bulk is None or size == 0:
            return []
        numbers = self.bulk.numbers_between(after, before)
        numbers = numbers[::-1] if descending else numbers
        if not self._touched and not hidden:
            return numbers[:size]
        touched, products, outlets = self._touched, self.bulk.products, len(self.bulk.outlets)
        wanted = (n for n in numbers if n not in touched and products[n // outlets] not in hidden)
        return list(islice(wanted, size))

    def own_page(self, after: int, before: int, size: int, *, descending: bool, keep: Keep) -> list[Level]:
        """Return the other levels strictly between two versions."""
        first = bisect_right(self._order, after, key=lambda each: each[0])
        last = bisect_left(self._order, before, key=lambda each: each[0])
        found: list[Level] = []
        for n in range(last - 1, first - 1, -1) if descending else range(first, last):
            if len(found) == size:
                break
            version, level = self._order[n]
            if version == level.version and keep(level.product_id):
                found.append(level)
        return found
