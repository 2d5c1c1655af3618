"""Which customers X-Series has, as its own feed showed them. Nothing readable of them is kept: digests and ids."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

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
from syncd.store.tables import CustomerRow, OrderRow
from syncd.store.upsert import upsert

_customers, _orders = CustomerRow.__table__, OrderRow.__table__  # type: ignore[attr-defined]
KEYS_PER_STATEMENT = 500


def keep(tx: Connection, account: Account, page: Iterable[RetailCustomer]) -> None:
    """Replace these customers; an older version replaces nothing."""
    rows = [
        {
            "account": account,
            "customer_id": one.id,
            "code": hidden_code(one.code) if one.active else "",
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
    found = {key: Matches(by_code.get(key.code, ()), by_email.get(key.email, ())) for key in keys}
    by_email_alone = {match.candidates for match in found.values() if not match.by_code}
    parties = _parties_among(tx, account, {customer for some in by_email_alone for customer in some})
    return {key: replace(match, is_another_party=match.the_one in parties) for key, match in found.items()}


def _parties_among(tx: Connection, account: Account, customers: Collection[CustomerId]) -> set[CustomerId]:
    """Those of the customers whose code some order of the ERP names as its customer's."""
    is_party = select(_orders.c.order_id).where(_orders.c.account == account, _orders.c.party == _customers.c.code)
    parties: set[CustomerId] = set()
    asked = sorted(customers)
    for start in range(0, len(asked), KEYS_PER_STATEMENT):
        some = _customers.c.customer_id.in_(asked[start : start + KEYS_PER_STATEMENT])
        here = (_customers.c.account == account, _customers.c.code != "", some, is_party.exists())
        parties |= {CustomerId(row.customer_id) for row in tx.execute(select(_customers.c.customer_id).where(*here))}
    return parties


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


def hidden_code(code: str) -> str:
    return _hidden(comparable_code(code))


def _hidden(word: str) -> str:
    """What a word is compared by without being kept."""
    return digest(word) if word else ""
