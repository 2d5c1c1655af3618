"""That an order cannot become a sale as it is: what every rule of composing raises."""

from __future__ import annotations

from syncd.domain.reasons import Reason


class CannotSell(Exception):
    """The order cannot become a sale as it is; `reason` says why, `line` where."""

    def __init__(self, reason: Reason, detail: str, *, line: str = "") -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.line = line
