"""The shape of the settings, as a tree to walk: which block has which keys, and what each key takes."""

from __future__ import annotations

from collections.abc import Sequence
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from syncd.config.settings import Settings

Block = type[BaseModel]


def keys_of(block: Block) -> dict[str, FieldInfo]:
    """The keys of a block as they are written in the file, in order."""
    return {field.alias or name: field for name, field in block.model_fields.items()}


def block_of(field: FieldInfo) -> Block | None:
    """The block that a key holds, if it holds one."""
    kind = _bare(field.annotation)
    return kind if _is_block(kind) else None


def entry_block_of(field: FieldInfo) -> Block | None:
    """The block that each entry of a key holds, where the key's entries are named by the integrator."""
    kind = _bare(field.annotation)
    if get_origin(kind) is not dict:
        return None
    entry = _bare(get_args(kind)[1])
    return entry if _is_block(entry) else None


def find_block(path: Sequence[str | int]) -> Block | None:
    """The block at this path of the file."""
    block: Block | None = Settings
    entries: Block | None = None
    for step in path:
        if entries is not None:
            block, entries = entries, None
            continue
        field = keys_of(block).get(str(step)) if block is not None else None
        if field is None:
            return None
        block, entries = block_of(field), entry_block_of(field)
    return block


def find_key(path: Sequence[str | int]) -> FieldInfo | None:
    """The key that this path leads to, or into (an item of a list, an entry of a map)."""
    for length in range(len(path), 0, -1):
        block = find_block(path[: length - 1])
        if block is not None:
            return keys_of(block).get(str(path[length - 1]))
    return None


def words_of(field: FieldInfo) -> tuple[str, ...]:
    """The words that a key chooses from; empty where any value may stand."""
    kind = _bare(field.annotation)
    if get_origin(kind) is tuple:
        kind = _bare(get_args(kind)[0])
    return tuple(str(word) for word in get_args(kind)) if get_origin(kind) is Literal else ()


def _bare(annotation: Any) -> Any:
    """Given a type, take off Annotated and `| None`."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        others = [kind for kind in get_args(annotation) if kind is not type(None)]
        return _bare(others[0]) if len(others) == 1 else annotation
    return annotation


def _is_block(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
