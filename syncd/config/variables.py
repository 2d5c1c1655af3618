"""`${VAR}`, `${VAR:-default}` and `${VAR:?message}` in a text; `$${` stands for `${`.

As in a shell, `:-` and `:?` take an empty variable for an unset one; the plain form takes it as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_REFERENCE = re.compile(r"\$\$\{|\$\{(?P<inside>[^}]*)(?P<end>\}?)")
_INSIDE = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?:(?P<way>:[-?])(?P<rest>.*))?", re.DOTALL)


class Unsubstituted(Exception):
    """A variable has no value, or is written wrong. Internal to the room."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


def substitute(text: str, environ: Mapping[str, str]) -> str:
    """Given a text, put in the variables it names. Raise Unsubstituted if one has no value.

    A value is put in as it is: what looks like a variable inside a value stays text.
    """
    return _REFERENCE.sub(lambda reference: _value(reference, environ), text)


def _value(reference: re.Match[str], environ: Mapping[str, str]) -> str:
    if reference["inside"] is None:
        return "${"
    inside = _INSIDE.fullmatch(reference["inside"])
    if inside is None or not reference["end"]:
        raise Unsubstituted(
            "${...} does not name a variable",
            "Write ${VAR}, ${VAR:-default} or ${VAR:?message}; for the characters themselves write $${.",
        )
    name, way, rest = inside["name"], inside["way"], inside["rest"]
    value = environ.get(name)
    if way is None and value is not None:
        return value
    if way is not None and value:
        return value
    if way == ":-":
        return str(rest)
    if way == ":?":
        raise Unsubstituted(f"the variable {name} is not set", rest or f"Set {name}.")
    raise Unsubstituted(f"the variable {name} is not set", f"Set it, or write ${{{name}:-default}}.")
