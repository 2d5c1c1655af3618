"""What the vendor does not say, as switches: syncd must be right under every position of each.

The comment above each says what is left open and where that was read. `docs/xseries.md` lists them with their tests.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

# The one maximum the vendor documents is 200, for API 0.x (FACTS 17). No default is documented: we use the same.
PAGE_SIZE = 200

ABOVE_ZERO = range(1, 2**63)
NUMBERS = {
    "search_lag_s": range(61),
    "access_token_s": range(1, 366 * 86_400),
    "rate_window_s": range(1, 86_401),
    "answer_ms": range(60_001),
}


@dataclass(slots=True)
class Switches:
    """The positions of every switch; the defaults are our best reading of the documents."""

    # POST of a dated sale whose id exists: undocumented (FACTS 23).
    resent_id: Literal["refused", "updated", "ignored"] = "refused"
    # Whether lines left out of a dated PUT go: not stated (dated description, UpdateSale).
    dated_update_lines: Literal["replace", "merge"] = "replace"
    # What becomes of a `source` the vendor does not know: UNCONFIRMED.
    classic_source: Literal["kept", "upper", "dropped"] = "kept"
    # A classic create with an id nobody knows: it makes a sale of that id, one of a new id, or, since an id means an
    # update, an empty one. UNCONFIRMED (FACTS 21).
    classic_unknown_id: Literal["kept", "ignored", "empty"] = "kept"
    # Whether the empty sale of a bad classic payload keeps id, source and invoice number, or nothing at all.
    empty_sale_keeps: Literal["source", "nothing"] = "source"
    # When a pending pickup or delivery sale lowers what may be sold: sources conflict (FACTS 12).
    open_sale_lowers: Literal["creation", "fulfilment"] = "creation"
    # What a level does below zero: the FAQ says procure, an example shows -10 (FACTS 12, 13).
    below_zero: Literal["procure", "negative"] = "procure"
    # The help article says an unpaid sale cannot be fulfilled (FACTS 22.8); the API does not.
    unpaid_may_be_fulfilled: bool = True
    # Whether a partial fulfilment moves the sale in the feed: undocumented.
    partial_bumps_sale: bool = True
    # Payment on a closed register: UNCONFIRMED (FACTS 19).
    closed_register_refused: bool = False
    # A delivery sale that says not where to: UNCONFIRMED (FACTS 19).
    delivery_without_details_refused: bool = False
    # What a create answered before 2026-07, `{"data": {"id": ...}}` or `{"data": "..."}`: UNCONFIRMED (FACTS 18).
    old_create_answer: Literal["object", "text"] = "object"
    # The shape of the sale that a dated return answers: schema and example disagree (FACTS 24).
    return_answer: Literal["dated", "classic"] = "dated"
    # `GET /user`: one user by the schema, an array of one by the example (dated description).
    user_answer: Literal["one", "array"] = "one"
    # The version object of a list: promised, but absent from some examples (FACTS 13).
    list_version: Literal["present", "missing", "null"] = "present"
    # Seconds until a new sale, product or customer can be found by search: not stated.
    search_lag_s: int = 0
    # Whether one bad row keeps a whole batch of stock adjustments from being booked: not stated.
    adjustments_atomic: bool = True
    # Whether fulfilments have a history: 404 may also mean that the feature is off (FACTS 24).
    fulfilment_history: bool = True
    # Rows a page of a feed holds at most.
    page_size_max: int = PAGE_SIZE
    # Requests a window: the documented formula, a number, or None for no limit (FACTS 8).
    rate_limit: int | Literal["documented"] | None = "documented"
    # Whether the window of the limit starts anew when it is over, or moves along: not stated (FACTS 8).
    rate_window: Literal["fixed", "sliding"] = "fixed"
    # Seconds of that window: 300 by the docs, no header says it (FACTS 17).
    rate_window_s: int = 300
    # Milliseconds that an answer is on its way: not stated. Requests do not wait for each other.
    answer_ms: int = 0

    # Seconds an access token lasts: 86400 by the docs, 604800 by an example (FACTS 8).
    access_token_s: int = 86_400
    # Token requests a window: the endpoint has a limit of its own, its size is not said (FACTS 8).
    token_rate_limit: int = 60
    # What becomes of a webhook: delivery is not guaranteed, repeats happen (FACTS 5, 17). `fails_first`: the first
    # attempt reaches nobody, the retry does.
    webhooks: Literal["once", "twice", "fails_first", "lost", "off"] = "once"
    # Whether webhooks come in order: `mixed` sends every other one late.
    webhook_order: Literal["kept", "mixed"] = "kept"
    # How the signature is written, and over what: UNCONFIRMED (FACTS 5).
    webhook_signature: Literal["hex", "base64"] = "hex"
    webhook_signed: Literal["body", "payload"] = "body"

    def set(self, changes: dict[str, Any]) -> None:
        """Turn several switches at once; raises ValueError, turning none, when one is unknown or badly set."""
        hints = get_type_hints(type(self))
        for name, value in changes.items():
            if name not in hints:
                raise ValueError(f"unknown switch {name}; known: {', '.join(self.as_row())}")
            if not _fits(hints[name], value, NUMBERS.get(name, ABOVE_ZERO)):
                raise ValueError(f"switch {name} cannot be {value!r}")
        for name, value in changes.items():
            setattr(self, name, value)

    def as_row(self) -> dict[str, Any]:
        """Return every switch and its position."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


def _fits(hint: Any, value: object, numbers: range) -> bool:
    if get_origin(hint) is Literal:
        return value in get_args(hint)
    if hint is bool:
        return isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool) and value in numbers
    return any(value is None if each is type(None) else _fits(each, value, numbers) for each in get_args(hint))
