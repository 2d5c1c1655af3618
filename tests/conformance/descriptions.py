"""What the descriptions say of each call: its parameters, its request, its answers, as JSON Schemas.

Dated calls are held against `openapi-2026-07-condensed.yaml`, 2.0 calls against `openapi-2.0.json`, and
`POST /api/register_sales` against `docs/xseries/register_sales.schema.json`. What none of them describes, or describes
otherwise than another source, stands in `EXCEPTIONS` with that source.
"""

from __future__ import annotations

import functools
import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from syncd.transport import Call
from tests.conformance.recording import JSON

FOLDER_VARIABLE = "SYNCD_XSERIES_DESCRIPTIONS"
ROOT = Path(__file__).resolve().parents[2]
DATED_NAME, CLASSIC_NAME = "openapi-2026-07-condensed.yaml", "openapi-2.0.json"
REGISTER_SALES = ROOT / "docs" / "xseries" / "register_sales.schema.json"
FORM = "application/x-www-form-urlencoded"
DATED_URI = "urn:x-series:2026-07"
CLASSIC_URI = "urn:x-series:2.0"
OURS_URI = "urn:syncd:xseries:register_sales"

Schema = dict[str, Any]


class NotThere(Exception):
    """The descriptions are not on this machine."""


@dataclass(frozen=True)
class Operation:
    """What is said of one call. A schema of None means: no body."""

    source: str
    request: Schema | None = None
    answers: Mapping[int, Schema | None] = field(default_factory=dict)
    query: Mapping[str, Schema] = field(default_factory=dict)
    required_query: frozenset[str] = frozenset()
    content_type: str = JSON
    form_field: str = ""  # the field of a form that holds the request as JSON; without it the form is the request


def folder() -> Path:
    """Where the descriptions are; raise NotThere, with the reason, when they are not."""
    found = Path(os.environ.get(FOLDER_VARIABLE) or ROOT.parent / "shared" / "lightspeed")
    missing = [name for name in (DATED_NAME, CLASSIC_NAME) if not (found / name).is_file()]
    if missing:
        raise NotThere(f"{found} has no {' and no '.join(missing)}; {FOLDER_VARIABLE} names the folder that has them")
    return found


@functools.cache
def documents() -> dict[str, Schema]:
    dated: Schema = yaml.safe_load((folder() / DATED_NAME).read_text(encoding="utf-8"))
    classic: Schema = json.loads((folder() / CLASSIC_NAME).read_text(encoding="utf-8"))
    return {
        DATED_URI: dated,
        CLASSIC_URI: _corrected(_modern(classic)),
        OURS_URI: json.loads(REGISTER_SALES.read_text(encoding="utf-8")),
    }


@functools.cache
def registry() -> Registry[Any]:
    made: Registry[Any] = Registry()
    return made.with_resources(
        (uri, Resource.from_contents(document, default_specification=DRAFT202012))
        for uri, document in documents().items()
    )


def operation_of(call: Call) -> Operation | None:
    """What the descriptions say of a call of the table; None when none of them knows it."""
    method, path = call.method.lower(), re.sub(r"\{(?!version\})\w+\}", "{}", call.path)
    exception = EXCEPTIONS.get((method, path))
    if exception is not None:
        return exception()
    if path.endswith("/search"):
        return _search(path, call.name)
    if path.startswith("/api/{version}/"):
        return described(DATED_URI, method, path.removeprefix("/api/{version}"))
    if path.startswith("/api/2.0/"):
        return described(CLASSIC_URI, method, path.removeprefix("/api/2.0"))
    return None


def described(uri: str, method: str, path: str) -> Operation | None:
    document = documents()[uri]
    for written, operations in document["paths"].items():
        if re.sub(r"\{[^}]+\}", "{}", written) == path and method in operations:
            break
    else:
        return None
    operation, place = operations[method], f"{uri}#/paths/{written.replace('~', '~0').replace('/', '~1')}/{method}"
    parameters = [
        _followed(document, one) for one in [*operations.get("parameters", []), *operation.get("parameters", [])]
    ]
    in_query = [one for one in parameters if one["in"] == "query"]
    content = operation.get("requestBody", {}).get("content", {})
    answers: dict[int, Schema | None] = {}
    for status, answer in operation["responses"].items():
        kinds = answer.get("content") or {}
        where = f"{place}/responses/{status}/content/application~1json/schema"
        answers[int(status)] = {"$ref": where} if JSON in kinds else None
    return Operation(
        source=uri,
        request={"$ref": f"{place}/requestBody/content/application~1json/schema"} if content else None,
        answers=answers,
        query={one["name"]: _parameter(one) for one in in_query},
        required_query=frozenset(one["name"] for one in in_query if one.get("required")),
    )


# ------------------------------------------------------------------ exceptions


def _dated(method: str, path: str) -> Operation:
    found = described(DATED_URI, method, path)
    assert found is not None, path
    return found


def _classic(method: str, path: str) -> Operation:
    found = described(CLASSIC_URI, method, path)
    assert found is not None, path
    return found


def _schema(name: str, uri: str = DATED_URI) -> Schema:
    return {"$ref": f"{uri}#/components/schemas/{name}"}


def _register_sale(*, read: bool) -> Operation:
    """In no description: the tutorials and FACTS 11, written down as a schema. 0.9 reads show the same sale."""
    answers: dict[int, Schema | None] = {200: {"$ref": f"{OURS_URI}#/$defs/answer"}}
    return Operation(OURS_URI, None if read else {"$ref": f"{OURS_URI}#/$defs/request"}, answers)


def _consignments() -> Operation:
    """2.0 calls the list a bare array; the page on pagination wraps every list (FACTS 8), and so does the sandbox."""
    rows = {"type": "array", "items": _schema("Consignment", CLASSIC_URI)}
    wrapped = {"type": "object", "required": ["data"], "properties": {"data": rows}}
    return replace(_classic("get", "/consignments"), answers={200: wrapped})


def _product_of_2_1() -> Operation:
    """2.1 is described nowhere; the dated PUT takes its ProductUpdate21Request unchanged (FACTS 14 and 18)."""
    return _dated("put", "/products/{}")


def _classic_hooks(method: str) -> Operation:
    """FACTS 5 and 17: the same hooks, bare; a create is a form whose field `data` holds the JSON."""
    hook = _schema("Webhook")
    if method == "get":
        return Operation("FACTS 17", None, {200: {"type": "array", "items": hook}})
    return Operation(
        "FACTS 17", _schema("WebhookRequest"), {200: hook, 201: hook}, content_type=FORM, form_field="data"
    )


def _search(path: str, name: str) -> Operation:
    """Both descriptions say no more of a row than that it is an object: it is held to be one of those that it lists.

    Of sales the shape, 2.0 or dated, is not stated (the dated description's note): either will do.
    """
    is_classic = path.startswith("/api/2.0")
    found, own = (_classic, CLASSIC_URI) if is_classic else (_dated, DATED_URI)
    row: Schema = {
        "search sales": {"anyOf": [_schema("Sale"), _schema("Sale", CLASSIC_URI)]},
        "search products": _schema("Product", own),
        "search customers": _schema("Customer", own),
    }[name]
    has_id: Schema = {"required": ["id"], "allOf": [row]}
    rows: Schema = {"type": "array", "items": has_id}
    answer: Schema = {"type": "object", "required": ["data"], "properties": {"data": rows}}
    return replace(found("get", "/search"), answers={200: answer})


def _token() -> Operation:
    """FACTS 8 and 17: a form, never a query."""
    texts = ("grant_type", "client_id", "client_secret", "code", "redirect_uri", "refresh_token")
    request: Schema = {
        "type": "object",
        "additionalProperties": False,
        "required": ["grant_type", "client_id", "client_secret"],
        "properties": {name: {"type": "string", "minLength": 1} for name in texts}
        | {"grant_type": {"enum": ["authorization_code", "refresh_token"]}},
        "if": {"properties": {"grant_type": {"const": "refresh_token"}}},
        "then": {"required": ["refresh_token"]},
        "else": {"required": ["code", "redirect_uri"]},
    }
    answer: Schema = {
        "type": "object",
        "required": ["access_token", "refresh_token"],
        "properties": {
            "access_token": {"type": "string"},
            "refresh_token": {"type": "string"},
            "token_type": {"type": "string"},
            "expires": {"type": "integer"},
            "expires_in": {"type": "integer"},
            "domain_prefix": {"type": "string"},
            "scope": {"type": "string"},
        },
    }
    return Operation("FACTS 8", request, {200: answer}, content_type=FORM)


def _dated_before(method: str, path: str) -> Operation:
    """Removed in 2026-07, which is the only dated description there is; as in 2.0 before (FACTS 7 and 22.3)."""
    return _classic(method, path)


_SALES = "/api/{version}/sales/{}"
EXCEPTIONS: dict[tuple[str, str], Callable[[], Operation]] = {
    ("post", "/api/register_sales"): functools.partial(_register_sale, read=False),
    ("get", "/api/register_sales/{}"): functools.partial(_register_sale, read=True),
    ("get", "/api/2.0/consignments"): _consignments,
    # Left out of the condensed description; by the vendor's dated one, as mirrored, they are those of 2.0.
    ("get", "/api/{version}/consignments"): _consignments,
    ("get", "/api/{version}/consignments/{}/products"): functools.partial(_classic, "get", "/consignments/{}/products"),
    ("put", "/api/2.1/products/{}"): _product_of_2_1,
    ("get", "/api/webhooks"): functools.partial(_classic_hooks, "get"),
    ("post", "/api/webhooks"): functools.partial(_classic_hooks, "post"),
    ("post", "/api/1.0/token"): _token,
    ("get", f"{_SALES}/fulfillments"): functools.partial(_dated_before, "get", "/sales/{}/fulfillments"),
    ("get", f"{_SALES}/pick_lists"): functools.partial(_dated_before, "get", "/sales/{}/pick_lists"),
    ("post", f"{_SALES}/fulfill"): functools.partial(_dated_before, "post", "/sales/{}/fulfill"),
}


TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
NUMBER_OR_NULL: Schema = {"type": ["integer", "null"]}
# What the 2.0 description types too narrowly: schema, property, and what is right. All of them in answers only.
CORRECTIONS: dict[tuple[str, str], Schema] = {
    # An `object` there; its text says "e.g. Pacific/Auckland", and the dated description types it as text.
    ("Retailer", "timezone"): {"type": "string"},
    # Optional, and not said to be null; "treat absent and null alike", says the dated description of all such.
    ("Sale", "customer_id"): TEXT_OR_NULL,
    ("Sale", "short_code"): TEXT_OR_NULL,
    ("Sale", "source_id"): TEXT_OR_NULL,
    # Null when there are no rows (FACTS 22.13).
    ("Version", "min"): NUMBER_OR_NULL,
    ("Version", "max"): NUMBER_OR_NULL,
}
# Of parameters that 2.0 types as one text, while their text says so; the dated description has them as lists (FACTS 9).
REPEATABLE = "Can be used multiple times"


# ------------------------------------------------------------------ the rest


def _parameter(parameter: Schema) -> Schema:
    schema: Schema = parameter["schema"]
    return {"type": "array", "items": schema} if REPEATABLE in parameter.get("description", "") else schema


def _corrected(document: Schema) -> Schema:
    schemas = document["components"]["schemas"]
    for (name, word), right in CORRECTIONS.items():
        assert word in schemas[name]["properties"], f"{name}.{word} is gone: drop its correction"
        schemas[name]["properties"][word] = right
    return document


def _followed(document: Schema, thing: Schema) -> Schema:
    if "$ref" not in thing:
        return thing
    found: Any = document
    for step in thing["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return dict(found)


def _modern(schema: Any) -> Any:
    """OpenAPI 3.0's `nullable` in the words of JSON Schema 2020-12."""
    if isinstance(schema, list):
        return [_modern(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: _modern(each) for name, each in schema.items()}
    return _or_null(made) if schema.get("nullable") is True else made


def _or_null(schema: Schema) -> Schema:
    if isinstance(schema.get("type"), str):
        schema = schema | {"type": [schema["type"], "null"]}
        if isinstance(schema.get("enum"), list):
            schema["enum"] = [*schema["enum"], None]
    return schema
