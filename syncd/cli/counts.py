"""A run's counts in words."""

from __future__ import annotations

from collections.abc import Mapping

#: in the order in which they are told; {n} is the count
_WORDS = {
    "references": "{n} names read",
    "references_changed": "names changed",
    "products_changed": "{n} products new or changed",
    "orders_listed": "{n} orders listed",
    "orders_read": "{n} orders read",
    "orders_changed": "{n} of them new or changed",
    "orders_gone": "{n} orders gone from the ERP",
    "orders_replayed": "{n} orders planned again",
    "sales_fresh": "{n} sales of ours new or changed",
    "create_customer": "{n} customers created",
    "create_sale": "{n} sales created",
    "update_sale": "{n} sales updated",
    "void_sale": "{n} sales voided",
    "orders_forgotten": "{n} finished orders without names now",
    "begin_return": "{n} returns begun",
    "finish_return": "{n} returns closed",
    "complete_shipment": "{n} shipments completed in the ERP",
    "fulfil_sale": "{n} sales handed over as the ERP has shipped them",
    "open_sales_asked": "{n} open sales asked whether some of them left",
    "verified": "{n} verified",
    "found_by_look_up": "{n} found by look-up",
    "sent_waiting": "{n} could not be sent yet",
    "sent_unknown": "{n} may have happened",
    "sent_held": "{n} refused",
    "rows_differing": "{n} rows with a difference",
    "drifts": "{n} drifts",
    "unmatched": "{n} SKUs without a match",
    "corrected": "{n} levels corrected",
    "left_alone": "{n} drifts left alone",
    "batches_refused": "{n} batches refused",
}


def counts_in_words(counts: Mapping[str, int]) -> str:
    """The counts that are not zero, in a fixed order; `nothing to do` when there is none."""
    known = [_one_or_many(words, counts[name]) for name, words in _WORDS.items() if counts.get(name)]
    others = [
        f"{count} {name.replace('_', ' ')}" for name, count in sorted(counts.items()) if name not in _WORDS and count
    ]
    return ", ".join([*known, *others]) or "nothing to do"


def _one_or_many(words: str, n: int) -> str:
    """`26 sales created`, and `1 sale created`."""
    said = words.format(n=n)
    number, _, rest = said.partition(" ")
    noun, space, more = rest.partition(" ")
    is_one = n == 1 and number == "1" and noun.endswith("s")
    return f"{number} {noun.removesuffix('s')}{space}{more}" if is_one else said
