"""The JSON Schema of the config file, for editors. Written from the models; the loader does not use it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from syncd.config.duration import format_duration
from syncd.config.settings import Settings
from syncd.config.timetable import Cron, Every, Off

DRAFT = "http://json-schema.org/draft-07/schema#"  # the newest draft that every YAML plugin reads
VARIABLE = {"type": "string", "pattern": r"\$\{"}
"""A `${VAR}` may stand wherever a value may; what it holds is known at load time only."""


ABOUT = frozenset({"default", "description", "examples"})
"""What a schema says about a value to people; it stays outside of `anyOf`."""


class _Generator(GenerateJsonSchema):
    def encode_default(self, dft: Any) -> Any:
        if isinstance(dft, timedelta):
            return format_duration(dft)
        if isinstance(dft, ZoneInfo | Every | Cron | Off):
            return str(dft)
        return super().encode_default(dft)

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """A block's default is the defaults of its keys: said there, once."""
        found = super().default_schema(schema)
        if isinstance(found.get("default"), dict):
            del found["default"]
        return found


def render_schema() -> str:
    """The schema as the text of `config.schema.json`."""
    schema = Settings.model_json_schema(schema_generator=_Generator, ref_template="#/definitions/{model}")
    definitions = schema.pop("$defs")
    bare = {name for name, block in definitions.items() if not block.get("required")}
    whole = {
        "$schema": DRAFT,
        **_as_written(schema, bare),
        "definitions": {name: _as_written(block, bare) for name, block in sorted(definitions.items())},
    }
    whole["title"] = "syncd configuration"
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _as_written(schema: Any, bare: set[str]) -> Any:
    """Given a schema of values, return the schema of how YAML may write them."""
    if isinstance(schema, list):
        return [_as_written(part, bare) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _reference(schema, bare)
    written = {key: _part(key, value, bare) for key, value in schema.items() if key != "title"}
    return _with_variable(written)


def _part(key: str, value: Any, bare: set[str]) -> Any:
    if key == "properties":
        # Its keys are ours: one of them is called `default` too.
        return {name: _as_written(schema, bare) for name, schema in value.items()}
    return value if key in ("default", "examples", "enum", "const") else _as_written(value, bare)


def _reference(schema: dict[str, Any], bare: set[str]) -> dict[str, Any]:
    """A block with nothing required in it may be left empty: `stock:` and only comments below."""
    name = schema["$ref"].rsplit("/", 1)[1]
    if name not in bare:
        return schema
    rest = {key: value for key, value in schema.items() if key != "$ref"}
    return {**rest, "anyOf": [{"$ref": schema["$ref"]}, {"type": "null"}]}


def _with_variable(schema: dict[str, Any]) -> dict[str, Any]:
    kind = schema.get("type")
    if kind == "string" and not {"enum", "const", "pattern", "format"} & schema.keys():
        # YAML reads an unquoted 0042 as a number; the loader takes it as the text it is.
        return {**schema, "type": ["string", "number"]}
    is_value = kind in ("integer", "boolean", "string") or "enum" in schema or "const" in schema
    if not is_value:
        return schema
    value = {key: part for key, part in schema.items() if key not in ABOUT}
    about = {key: part for key, part in schema.items() if key in ABOUT}
    return {**about, "anyOf": [value, VARIABLE]}
