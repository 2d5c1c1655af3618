"""A run's counts in words."""

from __future__ import annotations

from collections.abc import Mapping

#: in the order in which they are told; {n} is the count
_WORDS = {
    "references": "{n} names read",
    "references_changed": "names changed",
    "products_changed": "{n} products new or changed",
    "orders_read": "{n} orders read",
    "orders_changed": "{n} of them new or changed",
    "sales_fresh": "{n} sales of ours new or changed",
    "create_sale": "{n} sales created",
    "update_sale": "{n} sales updated",
    "void_sale": "{n} sales voided",
    "complete_shipment": "{n} shipments completed in the ERP",
    "verified": "{n} verified",
    "found_by_look_up": "{n} found by look-up",
    "sent_waiting": "{n} could not be sent yet",
    "sent_unknown": "{n} may have happened",
    "sent_held": "{n} refused",
    "rows_differing": "{n} rows differ",
    "drifts": "{n} drifts",
    "unmatched": "{n} SKUs unmatched",
}


def counts_in_words(counts: Mapping[str, int]) -> str:
    """The counts that are not zero, in a fixed order; `nothing to do` when there is none."""
    known = [words.format(n=counts[name]) for name, words in _WORDS.items() if counts.get(name)]
    others = [
        f"{count} {name.replace('_', ' ')}" for name, count in sorted(counts.items()) if name not in _WORDS and count
    ]
    return ", ".join([*known, *others]) or "nothing to do"
