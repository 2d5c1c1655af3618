"""Which product of X-Series an item of the ERP is. Derived from both catalogues, and made anew when either changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, and_, case, delete, func, insert, or_, select, text, update

from syncd.domain.catalogue import Match
from syncd.domain.ids import Account, ProductId, Sku
from syncd.store import numbers
from syncd.store.bulk import execute_many
from syncd.store.codec import digest
from syncd.store.stock_tables import ErpItemRow, StockAlikeRow, StockMarkRow, StockMatchRow
from syncd.store.tables import ProductCodeRow, ProductRow

_items, _matches = ErpItemRow.__table__, StockMatchRow.__table__  # type: ignore[attr-defined]
_marks, _alike = StockMarkRow.__table__, StockAlikeRow.__table__  # type: ignore[attr-defined]
_products, _codes = ProductRow.__table__, ProductCodeRow.__table__  # type: ignore[attr-defined]
MATCHES, UNSTOCKED = "matches", "unstocked"


class Verdict(StrEnum):
    MATCHED = "matched"
    UNKNOWN = "unknown"  #: X-Series has no product with this SKU
    INACTIVE = "inactive"  #: it has, deleted or switched off
    AMBIGUOUS = "ambiguous"  #: it has several
    TWICE = "twice"  #: the ERP has several
    UNTRACKED = "untracked"  #: X-Series does not count it
    COMPOSITE = "composite"  #: it has no stock of its own in X-Series


@dataclass(frozen=True, slots=True)
class Unmatched:
    """An item of the ERP that is compared with nothing."""

    item: int
    sku: Sku
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Unstocked:
    """A product that X-Series counts and the ERP does not know."""

    product: ProductId
    sku: Sku
    name: str


def forget(tx: Connection, account: Account) -> None:
    """The ERP's list of items has changed: match again when it is needed."""
    tx.execute(delete(_marks).where(_marks.c.account == account, _marks.c.name == MATCHES))


def refresh(tx: Connection, account: Account, erp: int, aliases: Mapping[str, Sku], match: Match = Match.EXACT) -> bool:
    """Match all items again, unless nothing has changed since; True when it was done.

    `aliases` are by the key of `match`, as the rules of orders have them.
    """
    newest = select(func.count(), func.coalesce(func.max(_products.c.version), 0)).where(_products.c.account == account)
    mark = digest([*tx.execute(newest).one(), match, sorted(aliases.items())])
    here = (_marks.c.account == account, _marks.c.name == MATCHES)
    if tx.execute(select(_marks.c.mark).where(*here)).scalar_one_or_none() == mark:
        return False
    # Products that no level was read of get their number here: the list of what the ERP lacks goes by it.
    numbers.add_catalogue(tx, account)
    tx.execute(delete(_matches).where(_matches.c.erp == erp))
    theirs = _aliased(tx, erp, aliases, match)
    _find_alike(tx, account, erp, theirs, match)
    values: dict[str, Any] = {"account": account, "erp": erp}
    codes = _OF_JUST_THE_CODE if match is Match.EXACT else _OF_CODES_ALIKE
    tx.execute(text(_MATCH.format(aliases=_alias_rows(theirs, values), codes=codes)), values)
    tx.execute(text(_TWO_OF_ONE), {"erp": erp})
    count = text(f"SELECT COUNT(*) {_UNSTOCKED}")
    unstocked = tx.execute(count, {"account": account, "erp": erp}).scalar_one()
    _note(tx, account, MATCHES, mark)
    _note(tx, account, UNSTOCKED, str(unstocked))
    return True


def _aliased(tx: Connection, erp: int, aliases: Mapping[str, Sku], match: Match) -> Mapping[str, Sku]:
    """The aliases by what the ERP calls its items, letter for letter."""
    if match is Match.EXACT or not aliases:
        return aliases
    return {sku: aliases[key] for sku in _skus(tx, erp) if (key := match.key(sku)) in aliases}


def _find_alike(tx: Connection, account: Account, erp: int, theirs: Mapping[str, Sku], match: Match) -> None:
    """Note which codes count as the same, where others than the very same may.

    All are looked at: databases differ in what they call a capital.
    """
    tx.execute(delete(_alike).where(_alike.c.erp == erp))
    if match is Match.EXACT:
        return
    found = (
        select(_codes.c.code, func.max(case((_products.c.active, 1), else_=0)).label("active"))
        .join(_products, and_(_products.c.account == _codes.c.account, _products.c.product_id == _codes.c.product_id))
        .where(_codes.c.account == account)
        .group_by(_codes.c.code)
    )
    just_so: set[str] = set()
    by_key: dict[str, list[str]] = defaultdict(list)
    for code, active in tx.execute(found):
        by_key[match.key(code)].append(code)
        if active:
            just_so.add(code)
    wanted = {theirs.get(sku, sku) for sku in _skus(tx, erp)}
    rows = [
        (erp, code, other)
        for code in wanted
        for other in ([code] if code in just_so else by_key.get(match.key(code), ()))
    ]
    execute_many(tx, "INSERT INTO stock_alike (erp, code, other) VALUES (?, ?, ?)", sorted(rows))


def _skus(tx: Connection, erp: int) -> list[str]:
    return [row.sku for row in tx.execute(select(_items.c.sku).where(_items.c.erp == erp).distinct())]


def _note(tx: Connection, account: Account, name: str, mark: str) -> None:
    here = (_marks.c.account == account, _marks.c.name == name)
    if tx.execute(update(_marks).where(*here).values(mark=mark)).rowcount == 0:
        tx.execute(insert(_marks).values(account=account, name=name, mark=mark))


# Every join goes by an index of a table: of what it makes by itself SQLite may think that it is a few rows.
_MATCH = """
INSERT INTO stock_matches (erp, item, verdict, product, code)
WITH aliases (theirs, ours) AS ({aliases}),
coded AS MATERIALIZED (
  SELECT i.item, COALESCE(a.ours, i.sku) AS code, COUNT(*) OVER (PARTITION BY COALESCE(a.ours, i.sku)) AS items
  FROM erp_items i LEFT JOIN aliases a ON a.theirs = i.sku
  WHERE i.erp = :erp
),
found AS (
  SELECT n.item, n.code, n.items, COUNT(p.product_id) AS known,
    COUNT(DISTINCT CASE WHEN p.active THEN p.product_id END) AS active,
    MIN(CASE WHEN p.active THEN p.product_id END) AS product_id,
    MAX(CASE WHEN p.active AND p.tracked THEN 1 ELSE 0 END) AS tracked,
    MAX(CASE WHEN p.active AND p.composite THEN 1 ELSE 0 END) AS composite
  FROM coded n
  {codes}
  LEFT JOIN products p ON p.account = :account AND p.product_id = c.product_id
  GROUP BY n.item, n.code, n.items
)
SELECT :erp, found.item,
  CASE
    WHEN found.items > 1 THEN 'twice'
    WHEN found.known = 0 THEN 'unknown'
    WHEN found.active = 0 THEN 'inactive'
    WHEN found.active > 1 THEN 'ambiguous'
    WHEN found.composite = 1 THEN 'composite'
    WHEN found.tracked = 0 THEN 'untracked'
    ELSE 'matched'
  END,
  numbers.number, found.code
FROM found
LEFT JOIN numbers ON numbers.account = :account AND numbers.kind = 'product' AND numbers.id = found.product_id
ORDER BY found.item
"""

_OF_JUST_THE_CODE = "LEFT JOIN product_codes c ON c.account = :account AND c.code = n.code"
_OF_CODES_ALIKE = """
  LEFT JOIN stock_alike a ON a.erp = :erp AND a.code = n.code
  LEFT JOIN product_codes c ON c.account = :account AND c.code = a.other
"""

# A product has several codes: two items of the ERP may each bear one of them.
_TWO_OF_ONE = """
UPDATE stock_matches SET verdict = 'twice'
WHERE erp = :erp AND verdict = 'matched' AND product IN (
  SELECT product FROM stock_matches WHERE erp = :erp AND verdict = 'matched' GROUP BY product HAVING COUNT(*) > 1
)
"""


def _alias_rows(aliases: Mapping[str, Sku], values: dict[str, Any]) -> str:
    if not aliases:
        return "SELECT CAST(NULL AS TEXT), CAST(NULL AS TEXT) WHERE 1 = 0"
    rows = []
    for place, (theirs, ours) in enumerate(sorted(aliases.items())):
        values |= {f"theirs{place}": theirs, f"ours{place}": ours}
        rows.append(f"(CAST(:theirs{place} AS TEXT), CAST(:ours{place} AS TEXT))")
    return f"VALUES {', '.join(rows)}"


# ------------------------------------------------------------------ what was found


def counts(tx: Connection, erp: int) -> dict[Verdict, int]:
    found = select(_matches.c.verdict, func.count()).where(_matches.c.erp == erp).group_by(_matches.c.verdict)
    return {Verdict(verdict): number for verdict, number in tx.execute(found)}


def of_sku(tx: Connection, erp: int, sku: Sku) -> list[Unmatched]:
    """The items with this SKU, or with this as their alias, whether matched or not."""
    found = (
        select(_matches.c.item, _items.c.sku, _matches.c.verdict)
        .join(_items, (_items.c.erp == _matches.c.erp) & (_items.c.item == _matches.c.item))
        .where(_matches.c.erp == erp, or_(_items.c.sku == sku, _matches.c.code == sku))
        .order_by(_matches.c.item)
    )
    return [Unmatched(row.item, Sku(row.sku), Verdict(row.verdict)) for row in tx.execute(found)]


def unmatched(tx: Connection, erp: int, *, most: int) -> list[Unmatched]:
    """Items that are compared with nothing, those that somebody should look at first."""
    found = (
        select(_matches.c.item, _items.c.sku, _matches.c.verdict)
        .join(_items, (_items.c.erp == _matches.c.erp) & (_items.c.item == _matches.c.item))
        .where(_matches.c.erp == erp, _matches.c.verdict != Verdict.MATCHED.value)
        .order_by(_items.c.sku, _matches.c.item)
        .limit(most)
    )
    return [Unmatched(row.item, Sku(row.sku), Verdict(row.verdict)) for row in tx.execute(found)]


_UNSTOCKED = """
FROM products p
WHERE p.account = :account AND p.active AND p.tracked AND NOT p.composite
  AND NOT EXISTS (
    SELECT 1 FROM product_codes c CROSS JOIN stock_matches m
    WHERE c.account = p.account AND c.product_id = p.product_id AND m.erp = :erp AND m.code = c.code
  )
  AND NOT EXISTS (
    SELECT 1 FROM product_codes c CROSS JOIN stock_alike a
    WHERE c.account = p.account AND c.product_id = p.product_id AND a.erp = :erp AND a.other = c.code
  )
"""


def unstocked(tx: Connection, account: Account, erp: int, *, most: int) -> Iterator[Unstocked]:
    """Products that X-Series counts and that no item of the ERP names, by SKU."""
    found = tx.execute(
        text(f"SELECT p.product_id, p.sku, p.name {_UNSTOCKED} ORDER BY p.sku, p.product_id LIMIT :most"),
        {"account": account, "erp": erp, "most": most},
    )
    return (Unstocked(ProductId(row.product_id), Sku(row.sku), row.name) for row in found)


def count_unstocked(tx: Connection, account: Account) -> int:
    """As counted when all was matched last."""
    found = select(_marks.c.mark).where(_marks.c.account == account, _marks.c.name == UNSTOCKED)
    return int(tx.execute(found).scalar_one_or_none() or 0)
