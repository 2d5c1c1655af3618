"""Custom fields: definitions, and values written after the thing they belong to exists (FACTS 18)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syncd.sandbox.exchange import Answer, Call, Refusal, Row, zulu_time
from syncd.sandbox.fields import each_in, flag_in, text_in, uuid_in, word_in
from syncd.sandbox.world import World

ENTITIES = ("sale", "line_item", "customer", "product")
TYPES = ("string", "integer", "boolean", "date", "product_id", "qrcode", "string_array")
FIRST_ID = 1_239_349_157_873_029_120  # numeric strings
ID_STEP = 4_096


def list_fields(world: World, call: Call) -> Answer:
    """List the definitions of one kind of entity."""
    entity = _entity(call)
    return Answer({"data": [row for row in world.custom_fields if row["entity"] == entity]})


def post_field(world: World, call: Call) -> Answer:
    """Define a field; success is 200. What a name that is taken gets is not declared: 409 here."""
    fields = call.fields()
    row = {
        "id": str(FIRST_ID + len(world.custom_fields) * ID_STEP),
        "entity": word_in(fields, "entity", ENTITIES),
        "name": text_in(fields, "name", required=True),
        "title": text_in(fields, "title", required=True),
        "type": word_in(fields, "type", TYPES),
        "visible_in_ui": flag_in(fields, "visible_in_ui", default=False),
        "editable_in_ui": flag_in(fields, "editable_in_ui", default=False),
        "created_at": zulu_time(world.now()),
    }
    if any((each["entity"], each["name"]) == (row["entity"], row["name"]) for each in world.custom_fields):
        raise Refusal(409, f"There is a field {row['name']}")
    world.custom_fields.append(row)
    return Answer({"data": row})


def get_values(world: World, call: Call) -> Answer:
    """Answer the values of one entity."""
    key = _entity(call), call.text("entity_id") or ""
    if not key[1]:
        raise Refusal(400, "entity_id is required")
    return Answer({"data": list(world.custom_values.get(key, {}).values())})


def post_values(world: World, call: Call) -> Answer:
    """Set values, all or none; the other values of the entity stay. Answers all it has."""
    fields = call.fields()
    entity = word_in(fields, "entity", ENTITIES)
    entity_id = uuid_in(fields, "entity_id", required=True) or ""
    posted = each_in(fields, "values", _value)
    if posted is None:
        raise Refusal(400, "values is required")
    if not _exists(world, entity, entity_id):
        raise Refusal(404, f"There is no {entity} {entity_id}")
    definitions = {row["name"]: row for row in world.custom_fields if row["entity"] == entity}
    rows = [_of_definition(definitions, each) for each in posted]
    kept = world.custom_values.setdefault((entity, entity_id), {})
    kept.update({row["name"]: row for row in rows})
    return Answer({"data": list(kept.values())})


def _entity(call: Call) -> str:
    return word_in({"entity": call.text("entity")}, "entity", ENTITIES)


def _value(fields: Row) -> Row:
    """Read a value: `string_value` must be there even for integers and booleans (dated description)."""
    if not isinstance(fields.get("string_value"), str):
        raise Refusal(400, "string_value is required")
    row: Row = {"name": text_in(fields, "name", required=True), "string_value": fields["string_value"]}
    for name, kind in (("integer_value", int), ("boolean_value", bool)):
        found: Any = fields.get(name)
        if found is None:
            continue
        if not isinstance(found, kind) or isinstance(found, bool) != (kind is bool):
            raise Refusal(400, f"{name} has the wrong type")
        row[name] = found
    return row


def _of_definition(definitions: Mapping[str, Row], value: Row) -> Row:
    definition = definitions.get(value["name"])
    if definition is None:
        raise Refusal(422, f"There is no field {value['name']}")
    named = {"definition_id": definition["id"], "title": definition["title"], "type": definition["type"]}
    return value | named


def _exists(world: World, entity: str, entity_id: str) -> bool:
    if entity == "sale":
        return entity_id in world.sales
    if entity == "line_item":
        return any(line.id == entity_id for sale in world.sales.values() for line in sale.lines)
    return entity_id in world.table(f"{entity}s")
