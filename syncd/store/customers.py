"""Which customers X-Series has, as its own feed showed them. Nothing readable of them is kept: digests and ids."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import ColumnElement, Connection, select

from syncd.domain.customers import (
    CustomerId,
    CustomerKey,
    Matches,
    RetailCustomer,
    comparable_code,
    comparable_email,
)
from syncd.domain.ids import Account
from syncd.store.codec import digest
from syncd.store.tables import CustomerRow
from syncd.store.upsert import upsert

_customers = CustomerRow.__table__  # type: ignore[attr-defined]
KEYS_PER_STATEMENT = 500


def keep(tx: Connection, account: Account, page: Iterable[RetailCustomer]) -> None:
    """Replace these customers; an older version replaces nothing."""
    rows = [
        {
            "account": account,
            "customer_id": one.id,
            "code": _hidden(comparable_code(one.code)) if one.active else "",
            "email": _hidden(comparable_email(one.email)) if one.active else "",
            "version": one.version,
        }
        for one in sorted(page, key=lambda one: one.id)
    ]
    if rows:
        put = upsert(tx, _customers)
        fresh = {name: put.excluded[name] for name in ("code", "email", "version")}
        newer = put.excluded.version >= _customers.c.version
        tx.execute(put.on_conflict_do_update(index_elements=["account", "customer_id"], set_=fresh, where=newer), rows)


def find(tx: Connection, account: Account, keys: Collection[CustomerKey]) -> dict[CustomerKey, Matches]:
    """Who each key may be, by set-based reads; every key is in the answer."""
    by_code = _ids_by(tx, account, _customers.c.code, {key.code for key in keys})
    by_email = _ids_by(tx, account, _customers.c.email, {key.email for key in keys})
    return {key: Matches(by_code.get(key.code, ()), by_email.get(key.email, ())) for key in keys}


def _ids_by(
    tx: Connection, account: Account, column: ColumnElement[str], words: Collection[str]
) -> Mapping[str, tuple[CustomerId, ...]]:
    word_of = {_hidden(word): word for word in words if word}
    asked = sorted(word_of)
    found: dict[str, tuple[CustomerId, ...]] = {}
    for start in range(0, len(asked), KEYS_PER_STATEMENT):
        some = asked[start : start + KEYS_PER_STATEMENT]
        rows = tx.execute(
            select(column.label("hidden"), _customers.c.customer_id)
            .where(_customers.c.account == account, column.in_(some))
            .order_by(_customers.c.customer_id)
        )
        for row in rows:
            word = word_of[row.hidden]
            found[word] = (*found.get(word, ()), CustomerId(row.customer_id))
    return found


def _hidden(word: str) -> str:
    """What a word is compared by without being kept."""
    return digest(word) if word else ""
