"""What can be said of a sale of ours whose row makes no sense: enough to know that it stands."""

from __future__ import annotations

from typing import Any

import msgspec

from syncd.domain.ids import SaleId
from syncd.domain.money import ZERO
from syncd.domain.sales import UNREADABLE, Sale, SaleState
from syncd.lightspeed.states import read_status


def unreadable_sale(row: msgspec.Raw, *, version: int) -> Sale | None:
    """Its id, source, state and version; no line. None when it shows no id or no source id: then it is not ours.

    Left out altogether it would look as if it had never been made, and be made again.
    """
    found: Any = msgspec.json.decode(row)
    words: dict[str, Any] = found if isinstance(found, dict) else {}
    source = words.get("source")
    source_type, source_id = (
        (source.get("type"), source.get("id")) if isinstance(source, dict) else (source, words.get("source_id"))
    )
    if not words.get("id") or not source_id:
        return None
    return Sale(
        id=SaleId(str(words["id"])),
        version=_version(words, version),
        state=_state(words),
        method=None,
        attributes=(UNREADABLE,),
        source_type=str(source_type),
        source_id=str(source_id),
        invoice_number=str(words.get("invoice_number") or ""),
        outlet=None,
        register=None,
        user=None,
        created_at=None,
        updated_at=None,
        total=ZERO,
        return_for=_return_for(words),
        lines=(),
        payments=(),
    )


def _return_for(words: dict[str, Any]) -> SaleId | None:
    """Without it a return with our source would look like a second sale of the part."""
    said = words.get("return")
    original = words.get("return_for") or (said.get("original_sale_id") if isinstance(said, dict) else None)
    return SaleId(str(original)) if original else None


def _version(words: dict[str, Any], default: int) -> int:
    metadata = words.get("_metadata")
    for said in (metadata.get("version") if isinstance(metadata, dict) else None, words.get("version")):
        if isinstance(said, int):
            return said
    return default


def _state(words: dict[str, Any]) -> SaleState:
    said = words.get("state")
    if isinstance(said, str) and said in set(SaleState):
        return SaleState(said)
    return read_status(str(words.get("status") or ""))[0]
