"""The example config file. Written from the models, so that it cannot say what is not so."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from syncd.config.settings import Settings
from syncd.config.shape import block_of, entry_block_of, keys_of

HEAD = """\
# yaml-language-server: $schema=./config.schema.json
#
# The configuration of syncd. Written by `syncd config example`: change the models, not this file.
# A key in a comment shows its default, or an example where there is none; what is not commented is required.
# ${VAR}, ${VAR:-default} and ${VAR:?message} may stand in every value. A secret may also be
# {file: path} or {credential: name}. Durations: 500ms, 30s, 10m, 26h, 30d.
"""
WIDTH_MAX = 110
INDENT = "  "
CHOSEN = frozenset({"domain_prefix", "token", "user", "password"})
"""One of several keys is needed here, and no key by itself is: the example takes these."""

_PLAIN = re.compile(r"[A-Za-z0-9/.][A-Za-z0-9_/.:+@%-]*( [A-Za-z0-9_/.+@%-]+)*")
_VARIABLE = re.compile(r"\$\{[A-Z_]+\}")
_LOOKS_LIKE_MONTH = re.compile(r"\d{4}-\d{2}")


def render_example() -> str:
    """The whole text of `config.example.yaml`."""
    return HEAD + "\n".join(_block(Settings, "")) + "\n"


def _block(block: type[BaseModel], indent: str) -> Iterator[str]:
    for key, field in keys_of(block).items():
        inner = block_of(field)
        is_section = inner is not None or entry_block_of(field) is not None
        if not indent and (is_section or key == "version"):
            yield ""
        yield from _comment(field.description or "", indent)
        if inner is not None and _is_choice(field):
            yield f"{indent}# {key}: {_value(field)}"
        elif inner is not None:
            yield f"{indent}{key}:"
            yield from _block(inner, indent + INDENT)
        elif entry_block_of(field) is not None:
            yield from _entries(key, field, indent)
        else:
            sign = "" if field.is_required() or key in CHOSEN else "# "
            yield f"{indent}{sign}{key}: {_value(field)}"


def _is_choice(field: FieldInfo) -> bool:
    """Whether a block is one that may be left out altogether, and is not there unless it is written."""
    return not field.is_required() and field.get_default() is None


def _entries(key: str, field: FieldInfo, indent: str) -> Iterator[str]:
    """A map whose entries are named by the integrator: what an entry holds, then the examples."""
    entry_block = entry_block_of(field)
    assert entry_block is not None, "the caller looked"
    for name, inner in keys_of(entry_block).items():
        default = None if inner.is_required() else inner.get_default()
        need = "" if default is None else f" Default {_flow(default)}."
        yield from _comment(f"- {name}: {inner.description}{need}", indent)
    yield f"{indent}{key}:"
    for name, entry in (field.examples or [{}])[0].items():
        yield f"{indent}{INDENT}{_flow(name)}: {_flow(entry)}"


def _value(field: FieldInfo) -> str:
    """What stands behind the key: its first example, which is the default where there is one (a test says so)."""
    assert field.examples, "every key has an example"
    example = field.examples[0]
    return str(example) if _is_variable(example) else _flow(example)


def _is_variable(value: object) -> bool:
    return isinstance(value, str) and _VARIABLE.fullmatch(value) is not None


def _flow(value: Any) -> str:
    """A value on one line of YAML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_flow(key)}: {_flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(inner) for inner in value) + "]"
    text = str(value)
    is_plain = _PLAIN.fullmatch(text) and not _LOOKS_LIKE_MONTH.fullmatch(text)
    return text if is_plain else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _comment(text: str, indent: str) -> Iterator[str]:
    sign = f"{indent}# "
    hanging = sign + INDENT if text.startswith("- ") else sign
    yield from textwrap.wrap(text, WIDTH_MAX, initial_indent=sign, subsequent_indent=hanging)
