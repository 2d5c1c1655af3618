"""Small integers for long ids: what comes in hundreds of thousands is kept, sorted and joined by them."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from sqlalchemy import Connection, select, text

from syncd.domain.ids import Account
from syncd.store.bulk import execute_many, fetch
from syncd.store.stock_tables import NumberRow

_numbers = NumberRow.__table__  # type: ignore[attr-defined]
_ADD = "INSERT INTO numbers (account, kind, id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
_KNOWN = "SELECT id, number FROM numbers WHERE account = ? AND kind = ? AND number > ?"
_OF_IDS = "SELECT id, number FROM numbers WHERE account = ? AND kind = ? AND id IN"
# Those without a number only: a conflict would use up a number of PostgreSQL's sequence.
_ADD_CATALOGUE = text(
    "INSERT INTO numbers (account, kind, id) SELECT p.account, 'product', p.product_id FROM products p"
    " WHERE p.account = :account AND NOT EXISTS ("
    "SELECT 1 FROM numbers n WHERE n.account = p.account AND n.kind = 'product' AND n.id = p.product_id)"
    " ORDER BY p.product_id ON CONFLICT DO NOTHING"
)
IDS_A_STATEMENT = 500


class Kind(StrEnum):
    ERP = "erp"
    LOCATION = "location"
    OUTLET = "outlet"
    PRODUCT = "product"


Numbers = dict[str, int]
"""id -> number"""


def known(tx: Connection, account: Account, kind: Kind, *, above: int = 0) -> Numbers:
    return dict(fetch(tx, _KNOWN, (account, kind.value, above)))


def add(tx: Connection, account: Account, kind: Kind, ids: Iterable[str], numbers: Numbers) -> None:
    """Number these ids as well; `numbers` has all of them afterwards."""
    missing = sorted(set(ids) - numbers.keys())
    for start in range(0, len(missing), IDS_A_STATEMENT):
        some = missing[start : start + IDS_A_STATEMENT]
        execute_many(tx, _ADD, [(account, kind.value, one) for one in some])
        places = ", ".join("?" * len(some))
        numbers.update(fetch(tx, f"{_OF_IDS} ({places})", (account, kind.value, *some)))


def add_catalogue(tx: Connection, account: Account) -> None:
    """Number every product that X-Series is known to sell, in one statement."""
    tx.execute(_ADD_CATALOGUE, {"account": account})


def number_of(tx: Connection, account: Account, kind: Kind, id_: str = "") -> int:
    """The number of one id; the ERP itself has no id."""
    numbers = Numbers()
    add(tx, account, kind, [id_], numbers)
    return numbers[id_]


def number_of_known(tx: Connection, account: Account, kind: Kind, id_: str = "") -> int | None:
    """The number of an id that was numbered before; None when it was not."""
    found = select(_numbers.c.number).where(
        _numbers.c.account == account, _numbers.c.kind == kind.value, _numbers.c.id == id_
    )
    number = tx.execute(found).scalar_one_or_none()
    return None if number is None else int(number)
