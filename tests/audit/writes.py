"""What was written, and how often was asked: from the log of X-Series and the stamps on the ERP's records."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Rows = Sequence[Mapping[str, Any]]


def requests_between(requests: Iterable[Mapping[str, Any]], after: int, up_to: int) -> Rows:
    """The requests of one command, by the numbers that the log had before and after it."""
    return [each for each in requests if after < each["n"] <= up_to]


def writes_to_xseries(requests: Iterable[Mapping[str, Any]]) -> Rows:
    """Those that may have changed something, whatever was answered."""
    return [each for each in requests if each["write"]]


def writes_to_erp(before: Mapping[str, Rows], after: Mapping[str, Rows]) -> list[tuple[str, int]]:
    """(model, id) of each record that was made, written or deleted between the two looks at the ERP."""
    return sorted(
        (model, record)
        for model in before.keys() | after.keys()
        for record in _differing(before.get(model, ()), after.get(model, ()))
    )


def _differing(before: Rows, after: Rows) -> set[int]:
    old, new = ({int(row["id"]): row for row in rows} for rows in (before, after))
    return {record for record in old.keys() | new.keys() if old.get(record) != new.get(record)}
