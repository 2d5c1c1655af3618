"""Holding one exchange against what the descriptions say: each deviation as a sentence."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, parse_qsl

import jsonschema

from tests.conformance.amounts import Drafts, wrong_amounts
from tests.conformance.descriptions import FORM, Operation, Schema, registry
from tests.conformance.recording import JSON, Exchange

# FACTS 8, "Error shapes": of what no description declares.
ERROR: Schema = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}
EXPECTED = frozenset({401, 404})  # a token that ran out, an id that nobody knows: the exercise provokes both

FORMATS = jsonschema.FormatChecker(["uuid", "ipv4", "date"])


@FORMATS.checks("date-time", raises=ValueError)
def _is_rfc_3339(value: object) -> bool:
    return not isinstance(value, str) or ("T" in value and datetime.fromisoformat(value).tzinfo is not None)


def wrong_request(exchange: Exchange, operation: Operation, drafts: Drafts) -> list[str]:
    """What of our request is not as described: path, parameters, body, and amounts that are not the draft's."""
    found = [*_wrong_path(exchange), *_wrong_query(exchange, operation)]
    try:
        body = read_body(exchange, operation)
    except ValueError as error:
        return [*found, f"the body cannot be read: {error}"]
    if operation.request is None:
        return found if body is None else [*found, "a body where none is declared"]
    if body is None:
        return [*found, "no body"]
    found += against(operation.request, body)
    found += [f"undeclared property {where}" for where in undeclared(operation.request, body)]
    if not found:
        found += wrong_amounts(exchange.call.name, body, drafts)
    return found


def wrong_answer(exchange: Exchange, operation: Operation) -> list[str]:
    """What of the sandbox's answer is not as described."""
    if exchange.status >= 400 and exchange.status not in EXPECTED and exchange.fault is None:
        return [f"refused: {exchange.given[:200].decode(errors='replace')}"]
    if exchange.status not in operation.answers and exchange.status < 400:
        return [f"status {exchange.status} is not declared"]
    schema = operation.answers.get(exchange.status)
    if schema is None and exchange.status < 400:
        return [f"a body where none is declared: {exchange.given[:80]!r}"] if exchange.given else []
    try:
        body = _json(exchange.given)
    except ValueError as error:
        return [f"the answer cannot be read: {error}"]
    return list(against(schema or ERROR, body))


def read_body(exchange: Exchange, operation: Operation) -> Any:
    """The body as the thing that its schema describes; None when there is none."""
    if not exchange.sent:
        return None
    if exchange.content_type != operation.content_type:
        raise ValueError(f"it is {exchange.content_type}, not {operation.content_type}")
    if operation.content_type == JSON:
        return _json(exchange.sent)
    assert operation.content_type == FORM
    form = parse_qs(exchange.sent.decode(), keep_blank_values=True, strict_parsing=True)
    if any(len(values) > 1 for values in form.values()):
        raise ValueError("a field comes twice")
    if not operation.form_field:
        return {name: values[0] for name, values in form.items()}
    if set(form) != {operation.form_field}:
        raise ValueError(f"the form has {sorted(form)}, not just {operation.form_field}")
    return _json(form[operation.form_field][0].encode())


def undeclared(schema: Schema, value: Any, where: str = "") -> Iterator[str]:
    """Properties that no branch of the schema declares, though it may allow them."""
    branches = list(_branches(schema, ""))
    if isinstance(value, dict):
        for name, inner in value.items():
            here = f"{where}.{name}" if where else name
            declared = [
                (each["properties"][name], base) for each, base in branches if name in each.get("properties", {})
            ]
            if not declared:
                yield here
            for each, base in declared:
                yield from undeclared(_based(each, base), inner, here)
    elif isinstance(value, list):
        items = [(each["items"], base) for each, base in branches if isinstance(each.get("items"), dict)]
        for each, base in items:
            for index, inner in enumerate(value):
                yield from undeclared(_based(each, base), inner, f"{where}[{index}]")


def _branches(schema: Schema, base: str) -> Iterator[tuple[Schema, str]]:
    """The schema, what it refers to, and what it is made of, each with the document it stands in."""
    base = schema.get("x-base", base)
    yield schema, base
    if "$ref" in schema:
        resolved = registry().resolver(base).lookup(schema["$ref"])
        uri, _, fragment = schema["$ref"].partition("#")
        assert fragment
        yield from _branches(dict(resolved.contents), uri or base)
    for word in ("allOf", "anyOf", "oneOf"):
        for each in schema.get(word, ()):
            yield from _branches(each, base)


def _based(schema: Schema, base: str) -> Schema:
    return schema | {"x-base": base} if isinstance(schema, dict) else {}


def _wrong_path(exchange: Exchange) -> list[str]:
    pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(exchange.call.path))
    return [] if re.fullmatch(pattern, exchange.path) else [f"the path is not {exchange.call.path}"]


def _wrong_query(exchange: Exchange, operation: Operation) -> Iterator[str]:
    given: dict[str, list[str]] = {}
    for name, value in parse_qsl(exchange.query, keep_blank_values=True):
        given.setdefault(name, []).append(value)
    for name in sorted(operation.required_query - given.keys()):
        yield f"parameter {name} is missing"
    for name, values in given.items():
        schema = operation.query.get(name)
        if schema is None:
            yield f"undeclared parameter {name}"
            continue
        schema = _based(schema, operation.source) if "$ref" in schema else schema
        if _is_list(schema, operation.source):
            found: Any = [_plain(value) for value in values]
        elif len(values) > 1:
            yield f"parameter {name} comes {len(values)} times"
            continue
        else:
            found = _plain(values[0])
        if not _takes(schema, found, values, operation.source):
            yield f"parameter {name}={','.join(values)} is not as declared"


def _is_list(schema: Schema, base: str) -> bool:
    return any(each.get("type") == "array" for each, _ in _branches(schema, base))


def _takes(schema: Schema, found: Any, values: list[str], base: str) -> bool:
    """Whether the text fits, read as what it looks like or as text."""
    texts: Any = values if isinstance(found, list) else values[0]
    whole = {"$id": base, **schema} if "$ref" not in schema else _absolute(schema, base)
    return any(not list(against(whole, each)) for each in (found, texts))


def _absolute(schema: Schema, base: str) -> Schema:
    return {"$ref": base + schema["$ref"]} if schema["$ref"].startswith("#") else schema


def _plain(text: str) -> Any:
    if text in ("true", "false"):
        return text == "true"
    return int(text) if re.fullmatch(r"-?\d+", text) else text


def against(schema: Schema, value: Any) -> Iterator[str]:
    validator = jsonschema.Draft202012Validator(schema, registry=registry(), format_checker=FORMATS)
    for error in validator.iter_errors(value):
        yield f"{error.json_path.removeprefix('$').lstrip('.') or 'the whole'}: {error.message[:160]}"


def _json(content: bytes) -> Any:
    return json.loads(content, parse_float=Decimal)
