"""What pydantic found, in our words: one finding a mistake, with a hint, and never with the value itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from syncd.config.document import Block, Node, Scalar
from syncd.config.mistake import MISTAKE, Finding
from syncd.config.shape import find_block, find_key, keys_of, words_of
from syncd.config.suggestion import suggest

UNKNOWN_KEY = "unknown key"
NOT_VALID = "is not written as it must be"
_KEY_OF_MAP = "[key]"
"""pydantic's mark for a mistake in the key of a map, not in what the key holds."""

_PLAIN_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,40}")

Written = Callable[[Sequence[str | int]], Node | None]
"""Finds what was written at a path."""

_MESSAGES = {
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "decimal_max_digits": "has more than {max_digits} digits",
    "decimal_parsing": "must be a number",
    "decimal_type": "must be a number",
    "dict_type": "must be a block of keys",
    "extra_forbidden": UNKNOWN_KEY,
    "finite_number": "must be a number",
    "greater_than_equal": "must be at least {ge}",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "is too large",
    "int_from_float": "must be a whole number",
    "int_type": "must be a whole number",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be {expected}",
    "missing": "is required",
    "model_type": "must be a block of keys",
    "string_pattern_mismatch": NOT_VALID,
    "string_too_long": "is longer than {max_length} letters",
    "string_too_short": "must not be empty",
    "string_type": "must be a text",
    "too_short": "needs at least {min_length}",
    "tuple_type": "must be a list",
}


def explain(error: ValidationError, written: Written) -> Iterator[tuple[tuple[str | int, ...], Finding]]:
    """Given what pydantic raised, yield each mistake with the path it belongs to."""
    for detail in error.errors(include_url=False, include_input=False):
        path = tuple(step for step in detail["loc"] if step != _KEY_OF_MAP)
        if detail["type"] == MISTAKE:
            for finding in detail["ctx"]["findings"]:
                yield (*path, *finding.at), Finding(finding.message, finding.hint)
        elif detail["type"] == "extra_forbidden":
            yield path, Finding(UNKNOWN_KEY, _other_key(path))
        else:
            node = written(path)
            yield path, Finding(_message(detail, node), _hint(detail["type"], path, node))


def show_path(path: Sequence[str | int]) -> str:
    """The path as people write it: `orders.states[1]`."""
    shown = ""
    for step in path:
        if isinstance(step, int):
            shown += f"[{step}]"
        else:
            shown += f".{step}" if shown else step
    return shown


def hide_odd_key(path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Given the path of an unknown key, cut the key if it does not look like one.

    `{token abc}` and `password:abc` make a key of what was meant as a value, and that value may be a secret.
    """
    return path if _PLAIN_KEY.fullmatch(str(path[-1])) else path[:-1]


def _other_key(path: tuple[str | int, ...]) -> str:
    block = find_block(path[:-1])
    return suggest(path[-1], keys_of(block)) if block is not None else ""


def _message(detail: ErrorDetails, node: Node | None) -> str:
    if isinstance(node, Scalar) and node.text is None:
        return "has no value"
    context: dict[str, Any] = detail.get("ctx", {})
    template = _MESSAGES.get(detail["type"])
    # The message of an error we do not know may quote the value.
    return template.format(**context) if template else NOT_VALID


def _hint(kind: str, path: tuple[str | int, ...], node: Node | None) -> str:
    key = find_key(path)
    if key is None:
        return ""
    if isinstance(node, Block) and kind == "string_type":
        if node.entries and node.entries[0].key in ("file", "credential"):
            return "Only secrets may come from a file or a credential."
        return "A text that begins with { must be quoted."
    words = words_of(key)
    if words:
        return suggest(node.text if isinstance(node, Scalar) else None, words) if len(words) > 1 else ""
    if not key.examples:
        return key.description or ""
    example = key.examples[0]
    if isinstance(example, list | dict):
        return key.description or ""
    return f"{key.description} For example: {example}"
