"""The two ways to Tryton, and what is the same on both: how they are asked, and what a refusal means.

`rpc.py` logs in as a user and speaks JSON-RPC; `rest.py` holds a key and speaks REST. (Tryton 8.2, verified.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from syncd.erp.tryton.encoding import Json
from syncd.errors import Forbidden, NotUnderstood, OutsideError, Refused, Unanswered
from syncd.transport import Access, Answer, Call

ERROR_CHARS_MAX = 500  # a domain error carries whole field definitions, 50 KB and more

WRONG_DATABASE = "Check url and database: the server answers, but knows no such database."
# Tryton has no code for "not allowed": an access error is a UserError with one of these texts.
NOT_ALLOWED = ("You are not allowed to access", "You are not allowed to search")
NO_BUTTON = ("Calling button", "is not allowed.")


class Wire(Protocol):
    """Thread-safe. What may go wrong is told by the class of the error."""

    records_a_write: int  # of how many records one request may take the same step

    def ask(self, name: str, params: Sequence[Json], context: Mapping[str, Json]) -> tuple[Json, Answer]:
        """Call e.g. `model.sale.sale.search_read` with the parameters that JSON-RPC wants, in their order."""
        ...

    def ask_raw(self, name: str, params: Sequence[Json], context: Mapping[str, Json]) -> tuple[bytes, Answer]:
        """The same, with the result as it came: JSON that is decoded by whoever knows its type."""
        ...


def plain() -> dict[str, str]:
    # Tryton marks long answers as gzip whatever was asked, and only then are they.
    return {"Accept-Encoding": "gzip"}


def refusal(text: str, *, side: str, user: str) -> OutsideError:
    """What a UserError means; `user` is how a person would call the one we work as."""
    said = text[:ERROR_CHARS_MAX]
    if said.startswith(NOT_ALLOWED) or (said.startswith(NO_BUTTON[0]) and said.endswith(NO_BUTTON[1])):
        return Forbidden(f"tryton: {said}", hint=groups_hint(user), side=side)
    return Refused(f"tryton: {said}", side=side)


def groups_hint(user: str) -> str:
    return f"Give {user} the groups Sales and Stock."


def unusable(call: Call, message: str, *, side: str) -> OutsideError:
    """An answer of no use: a read changed nothing; of a write we do not know."""
    error = NotUnderstood if call.access is Access.READ else Unanswered
    return error(message, side=side)
