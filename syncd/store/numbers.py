"""Small integers for long ids: what comes in hundreds of thousands is kept, sorted and joined by them."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from sqlalchemy import Connection, select

from syncd.domain.ids import Account
from syncd.store.bulk import execute_many
from syncd.store.stock_tables import NumberRow

_numbers = NumberRow.__table__  # type: ignore[attr-defined]
_ADD = "INSERT INTO numbers (account, kind, id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
IDS_A_STATEMENT = 500


class Kind(StrEnum):
    ERP = "erp"
    LOCATION = "location"
    OUTLET = "outlet"
    PRODUCT = "product"


Numbers = dict[str, int]
"""id -> number"""


def known(tx: Connection, account: Account, kind: Kind, *, above: int = 0) -> Numbers:
    found = select(_numbers.c.id, _numbers.c.number).where(
        _numbers.c.account == account, _numbers.c.kind == kind.value, _numbers.c.number > above
    )
    return {row.id: row.number for row in tx.execute(found)}


def add(tx: Connection, account: Account, kind: Kind, ids: Iterable[str], numbers: Numbers) -> None:
    """Number these ids as well; `numbers` has all of them afterwards."""
    missing = sorted(set(ids) - numbers.keys())
    if not missing:
        return
    execute_many(tx, _ADD, [(account, kind.value, one) for one in missing])
    for start in range(0, len(missing), IDS_A_STATEMENT):
        some = missing[start : start + IDS_A_STATEMENT]
        found = select(_numbers.c.id, _numbers.c.number).where(
            _numbers.c.account == account, _numbers.c.kind == kind.value, _numbers.c.id.in_(some)
        )
        numbers.update((row.id, row.number) for row in tx.execute(found))


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
