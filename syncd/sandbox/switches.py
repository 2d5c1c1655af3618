"""What the vendor does not say, as switches: syncd must be right under every position of each."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

# The one maximum the vendor documents is 200, for API 0.x (FACTS 17). No default is documented: we use the same.
PAGE_SIZE = 200


@dataclass(slots=True)
class Switches:
    """The positions of every switch; the defaults are our best reading of the documents."""

    # POST of a dated sale whose id exists: undocumented (FACTS 23).
    resent_id: Literal["refused", "updated", "ignored"] = "refused"
    # Whether lines left out of a dated PUT go: not stated (dated description, UpdateSale).
    dated_update_lines: Literal["replace", "merge"] = "replace"
    # What becomes of a `source` the vendor does not know: UNCONFIRMED.
    classic_source: Literal["kept", "upper", "dropped"] = "kept"
    # A classic create with an id nobody knows: UNCONFIRMED (FACTS 21).
    classic_unknown_id: Literal["kept", "ignored"] = "kept"
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
    # Rows a page of a feed holds at most.
    page_size_max: int = PAGE_SIZE
    # Requests a window: the documented formula, a number, or None for no limit (FACTS 8).
    rate_limit: int | Literal["documented"] | None = "documented"

    def set(self, changes: dict[str, Any]) -> None:
        """Turn several switches at once; raises ValueError, turning none, when one is unknown or badly set."""
        hints = get_type_hints(type(self))
        for name, value in changes.items():
            if name not in hints:
                raise ValueError(f"unknown switch {name}; known: {', '.join(self.as_row())}")
            if not _fits(hints[name], value):
                raise ValueError(f"switch {name} cannot be {value!r}")
        for name, value in changes.items():
            setattr(self, name, value)

    def as_row(self) -> dict[str, Any]:
        """Return every switch and its position."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


def _fits(hint: Any, value: object) -> bool:
    if get_origin(hint) is Literal:
        return value in get_args(hint)
    if hint is bool:
        return isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool) and value > 0
    return any(value is None if each is type(None) else _fits(each, value) for each in get_args(hint))
