"""The calls about webhooks, in both dialects (FACTS 5, 17). Errors of the dated ones are `{"error": "..."}`."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs

from syncd.sandbox.emulator import Emulator
from syncd.sandbox.exchange import Answer, Call, Refusal, decode
from syncd.sandbox.webhooks import Hook, read_hook

NOT_FOUND = Answer({"error": "Webhook not found"}, 404)
EXISTS = Answer({"error": "A webhook with this type and URL exists"}, 409)


def list_hooks(emulator: Emulator, call: Call) -> Answer:
    """List the hooks of the application that asks, unpaged."""
    return Answer({"data": _rows(emulator, call)})


def create_hook(emulator: Emulator, call: Call) -> Answer:
    """Add a hook."""
    fields = read_hook(call.fields())
    app_id = call.caller.app_id
    if emulator.webhooks.twin_of(app_id, fields) is not None:
        return EXISTS
    hook = emulator.webhooks.add(emulator.world, app_id, fields)
    return Answer({"data": hook.as_row(emulator.world)}, 201)


def get_hook(emulator: Emulator, call: Call) -> Answer:
    """Show one hook."""
    return _with_hook(emulator, call, lambda hook: Answer({"data": hook.as_row(emulator.world)}))


def update_hook(emulator: Emulator, call: Call) -> Answer:
    """Change a hook: all three fields are required."""

    def change(hook: Hook) -> Answer:
        fields = read_hook(call.fields())
        if emulator.webhooks.twin_of(call.caller.app_id, fields) not in (None, hook):
            return EXISTS
        _change(emulator, hook, fields)
        return Answer({"data": hook.as_row(emulator.world)})

    return _with_hook(emulator, call, change)


def delete_hook(emulator: Emulator, call: Call) -> Answer:
    """Remove a hook, and with it what was still on its way. No body is declared."""

    def delete(hook: Hook) -> Answer:
        del emulator.webhooks.hooks[hook.id]
        return Answer(None)

    return _with_hook(emulator, call, delete)


def list_classic(emulator: Emulator, call: Call) -> Answer:
    """List the hooks as a bare array."""
    return Answer(_rows(emulator, call))


def create_classic(emulator: Emulator, call: Call) -> Answer:
    """Add a hook given as JSON in the form field `data`; the answer is the bare hook. That it is 200 is our choice."""
    fields = read_hook(_form_data(call))
    app_id = call.caller.app_id
    if emulator.webhooks.twin_of(app_id, fields) is not None:
        return EXISTS
    return Answer(emulator.webhooks.add(emulator.world, app_id, fields).as_row(emulator.world))


def get_classic(emulator: Emulator, call: Call) -> Answer:
    """Show one hook, bare."""
    return _with_hook(emulator, call, lambda hook: Answer(hook.as_row(emulator.world)))


def update_classic(emulator: Emulator, call: Call) -> Answer:
    """Change a hook; fields left out stay. The old documents are gone: our choice."""

    def change(hook: Hook) -> Answer:
        given = _form_data(call)
        fields = read_hook({"type": hook.type, "url": hook.url, "active": hook.active} | given)
        if emulator.webhooks.twin_of(call.caller.app_id, fields) not in (None, hook):
            return EXISTS
        _change(emulator, hook, fields)
        return Answer(hook.as_row(emulator.world))

    return _with_hook(emulator, call, change)


def delete_classic(emulator: Emulator, call: Call) -> Answer:
    """Remove a hook."""

    def delete(hook: Hook) -> Answer:
        del emulator.webhooks.hooks[hook.id]
        return Answer({"status": "success"})

    return _with_hook(emulator, call, delete)


def _rows(emulator: Emulator, call: Call) -> list[dict[str, object]]:
    return [each.as_row(emulator.world) for each in emulator.webhooks.of_app(call.caller.app_id)]


def _with_hook(emulator: Emulator, call: Call, act: Callable[[Hook], Answer]) -> Answer:
    hook = emulator.webhooks.find(call.caller.app_id, call.path["id"])
    return NOT_FOUND if hook is None else act(hook)


def _change(emulator: Emulator, hook: Hook, fields: dict[str, object]) -> None:
    if fields["type"] != hook.type:
        hook.since = emulator.world.version  # another table: what changed there before was not asked for
    hook.type, hook.url, hook.active = str(fields["type"]), str(fields["url"]), fields["active"] is True


def _form_data(call: Call) -> dict[str, object]:
    """Read the form field `data=<json>`; a JSON body is refused, as one sent to the vendor by mistake would be."""
    try:
        given = parse_qs(call.raw.decode(), strict_parsing=True, max_num_fields=10)
        fields = decode(given["data"][0].encode())
    except (KeyError, ValueError) as error:
        raise Refusal(400, "The body must be a form with the field data=<json>") from error
    if not isinstance(fields, dict):
        raise Refusal(400, "data must be a JSON object")
    return fields


DATED_ROUTES = (
    ("GET", "/webhooks", list_hooks),
    ("POST", "/webhooks", create_hook),
    ("GET", "/webhooks/{id}", get_hook),
    ("PUT", "/webhooks/{id}", update_hook),
    ("DELETE", "/webhooks/{id}", delete_hook),
)
CLASSIC_ROUTES = (
    ("GET", "/webhooks", list_classic),
    ("POST", "/webhooks", create_classic),
    ("GET", "/webhooks/{id}", get_classic),
    ("PUT", "/webhooks/{id}", update_classic),
    ("DELETE", "/webhooks/{id}", delete_classic),
)
