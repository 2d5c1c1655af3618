"""All orders of some days with a digest each of the very rows that an order is read from. A request for 1,000 rows.

An order belongs to the days in which its own record was made or changed. What was edited beside it since, a line or a
move, is in its digest, as is what has no stamp that is asked for: a product, a tax, a warehouse.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime

from syncd.domain.ids import OrderId
from syncd.domain.orders import OrderStamp
from syncd.erp.tryton.changes import company_of
from syncd.erp.tryton.encoding import canonical
from syncd.erp.tryton.rows import STAMPS
from syncd.erp.tryton.session import Domain, Session

ROWS_A_REQUEST = 1_000  # with all that is read of them: about 2 MB of orders
STAMPS_A_PAGE = 1_000
DIGEST_BYTES = 16


def read_stamps(
    session: Session, since: datetime, *, of_sale: list[str], of_line: list[str], of_move: list[str]
) -> Iterator[list[OrderStamp]]:
    """Pages by id. The fields are those that an order is read from.

    Rows come by model and by id, so that the same rows give the same digest.
    """
    company = session.of_company()
    digests = {}
    for page in session.search("sale.sale", [*company, _recent("", since)], of_sale, page_size=ROWS_A_REQUEST):
        for row in page:
            digests[row["id"]] = hashlib.blake2b(canonical(row), digest_size=DIGEST_BYTES)
    beside: list[tuple[str, Domain, list[str]]] = [
        ("sale.line", [company_of("sale", company), _recent("sale.", since)], of_line),
        ("stock.move", [*company, _recent("sale.", since)], of_move),
    ]
    for model, domain, fields in beside:
        for page in session.search(model, domain, fields, page_size=ROWS_A_REQUEST):
            for row in page:
                if row["sale"] in digests:  # else its order was made meanwhile
                    digests[row["sale"]].update(canonical(row))
    stamps = [OrderStamp(OrderId(str(order)), digest.hexdigest()) for order, digest in digests.items()]
    for start in range(0, len(stamps), STAMPS_A_PAGE):
        yield stamps[start : start + STAMPS_A_PAGE]


def _recent(path: str, since: datetime) -> Domain:
    return ["OR", *([f"{path}{stamp}", ">=", since] for stamp in STAMPS)]
