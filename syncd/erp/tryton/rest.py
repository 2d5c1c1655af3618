"""REST with the key of a user application, and the sorting of its errors into ours. No log-in, nothing to renew.

A read is REST's *action* `search_read`, not its GET: the action gives the very rows of JSON-RPC, while GET writes
them in another shape, silently leaves out every field that the user may not read, breaks off at a field behind a
reference (`shipment.write_date`), and carries the question in a URL of which proxies take only some kilobytes.

What is otherwise than over JSON-RPC (Tryton 8.2, verified):

* **`do` is not guarded.** `_timestamp` in the context has no effect here. Two `do` at the same moment on a shipment
  that was picked in part make two remainders; on a whole shipment they do no harm. One after the other is safe.
* An action that fails for want of a right says 403 without a word, and says the same when the record may not be
  changed as it is now. Of a read it is the right; of a step of a shipment it can be either: Refused, not Forbidden.
* A warning cannot be told from a refusal: both are 400 with a text.
* A crash on the server is a 500, as is a field that does not exist: a read is repeated before it is given up.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Mapping, Sequence

from syncd.erp.tryton.access import TrytonAccess
from syncd.erp.tryton.calls import REST_CALLS
from syncd.erp.tryton.encoding import Json, decode, encode, tolerated
from syncd.erp.tryton.wire import ERROR_CHARS_MAX, WRONG_DATABASE, groups_hint, plain, refusal, unusable
from syncd.errors import Forbidden, NotFound, NotUnderstood, OutsideError, Refused, Unanswered, Unauthorized
from syncd.transport import Access, Answer, Call, Transport

WRONG_KEY = (
    "Check rest_key: in Tryton, among the user's applications, it must be there, for the REST API, "
    "and validated; a cancelled key never works again."
)
THE_USER = "the key's user"
RIGHT_OR_STATE = f"The shipment may not be changed as it is now, or a right is missing. {groups_hint(THE_USER)}"

#: Parameters go by name here.
_PARAMETERS = {
    "search_read": ("domain", "offset", "limit", "order", "fields_names"),
    "get_preferences": ("context_only",),
}
_ONLY_ID = [("f", "id")]  # a write is answered with its record: all fields of it, unless told which
_CRASH_TEXT = re.compile(r"<p>(.*?)</p>", re.DOTALL)


class Rest:
    """Calls of Tryton's methods with a key."""

    records_a_write = 1  # it stands in the URL

    def __init__(self, transport: Transport, access: TrytonAccess) -> None:
        self._transport = transport
        self._database = access.database
        self._authorization = f"Bearer {access.rest_key}"

    def ask(self, name: str, params: Sequence[Json], context: Mapping[str, Json]) -> tuple[Json, Answer]:
        call, answer = REST_CALLS[name], self._answer(name, params, context)
        if not answer.content:
            return None, answer  # 204: done, and the record cannot be read
        try:
            return decode(answer.content), answer
        except ValueError as error:
            said = f"tryton's answer to {call.name} cannot be read: {error}"
            raise unusable(call, said, side=self._transport.side) from error

    def ask_raw(self, name: str, params: Sequence[Json], context: Mapping[str, Json]) -> tuple[bytes, Answer]:
        answer = self._answer(name, params, context)
        return tolerated(answer.content), answer

    def _answer(self, name: str, params: Sequence[Json], context: Mapping[str, Json]) -> Answer:
        call = REST_CALLS[name]
        if call.access is Access.READ:
            names = _PARAMETERS[name.rpartition(".")[2]]
            return self._send(call, {}, dict(zip(names, params, strict=True)), context)
        (record,), *values = params  # of a write, the ids come first: `records_a_write` of them
        return self._send(call, {"record": str(record)}, values[0] if values else {}, context)

    def _send(self, call: Call, path: dict[str, str], body: Json, context: Mapping[str, Json]) -> Answer:
        headers = {
            **plain(),
            "Accept": "application/json",
            "Authorization": self._authorization,
            "X-Tryton-Context": base64.urlsafe_b64encode(encode(dict(context))).decode(),
        }
        try:
            return self._transport.send(
                call,
                path={"database": self._database, **path},
                query=None if call.access is Access.READ else _ONLY_ID,
                body=encode(body),
                headers=lambda: headers,
            )
        except OutsideError as error:
            if (meant := _meant(call, error)) is None:
                raise
            raise meant from error


def _meant(call: Call, error: OutsideError) -> OutsideError | None:
    """What Tryton means by a status, where that is more than the status says."""
    side, status = error.side, error.status
    is_read = call.access is Access.READ
    match error:
        case Unauthorized():
            return Unauthorized("tryton does not accept the REST key", hint=WRONG_KEY, side=side, status=status)
        case Forbidden() if is_read:
            return Forbidden(error.message, hint=groups_hint(THE_USER), side=side, status=status)
        case Forbidden():
            return Refused(f"tryton does not allow {call.name}", hint=RIGHT_OR_STATE, side=side, status=status)
        case NotFound() if is_read:
            return Forbidden(error.message, hint=WRONG_DATABASE, side=side, status=status)
        case Refused(status=400):
            return refusal(_message(error.body), side=side, user=THE_USER)
        case Unanswered(status=500) if is_read:
            return NotUnderstood(f"tryton failed in {call.name}: {_crash(error.body)}", side=side, status=status)
    return None


def _message(body: str) -> str:
    try:
        content = decode(body.encode())
    except ValueError:
        return body  # no JSON, or cut off within
    return str(content.get("message", body)) if isinstance(content, dict) else body


def _crash(body: str) -> str:
    found = _CRASH_TEXT.search(body)
    return html.unescape(found[1] if found else body).strip()[:ERROR_CHARS_MAX]
