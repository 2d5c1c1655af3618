"""The template of a sale's invoice number."""

from __future__ import annotations

import string
from typing import Annotated

from pydantic import AfterValidator

from syncd.config.mistake import mistake
from syncd.config.suggestion import suggest

PLACEHOLDERS = ("order_number", "order_reference", "part_suffix")


def check_template(template: str) -> str:
    """Given a template, return it. Raise a mistake if two parts or two orders could get one number."""
    try:
        pieces = list(string.Formatter().parse(template))
    except ValueError:
        raise mistake("has a brace without its partner", "Write braces in pairs, as in {order_number}.") from None
    names = set()
    for _, name, form, conversion in pieces:
        if name is None:
            continue
        if name not in PLACEHOLDERS:
            raise mistake("has an unknown placeholder", suggest(name, PLACEHOLDERS))
        if form or conversion:
            raise mistake("has a placeholder with a format", f"Write just {{{name}}}.")
        names.add(name)
    if "part_suffix" not in names:
        raise mistake("needs {part_suffix}", "Without it two parts of an order share a number.")
    if not names & {"order_number", "order_reference"}:
        raise mistake("needs {order_number} or {order_reference}", "Without it orders share a number.")
    return template


InvoiceNumber = Annotated[str, AfterValidator(check_template)]
