"""The date versions of the API: which are supported, which one serves a call, what a version took away."""

from __future__ import annotations

from collections.abc import Callable

from syncd.sandbox.exchange import NO_ENDPOINT, Answer, Call, Refusal
from syncd.sandbox.world import World

SUPPORTED = ("2026-01", "2026-04", "2026-07")
OLDEST = SUPPORTED[0]
WITHOUT_OLD_FULFIL_CALLS = "2026-07"  # deprecated in 2026-04, removed here (FACTS 7)
ANSWERS_WHOLE_SALES = "2026-07"  # the older documents say that a create answers the id (FACTS 18)
CHECKS_POSTCODES = "2026-07"  # changelog "Strict Postal Code Validation" (FACTS 7)
CHECKS_RETURNS = "2026-07"  # changelog "Prevent mixing of referenced and unreferenced returns" (FACTS 19)


def served(call: Call) -> str:
    """Return the version that serves a dated call: one that is not supported is served by the oldest (FACTS 22.4)."""
    asked = str(call.path.get("version") or "")
    return asked if asked in SUPPORTED else OLDEST


def removed_in(version: str, handle: Callable[[World, Call], Answer]) -> Callable[[World, Call], Answer]:
    """Make the handler of an endpoint that is not there from a version on (FACTS 22.3)."""

    def guarded(world: World, call: Call) -> Answer:
        if served(call) >= version:
            raise Refusal(404, NO_ENDPOINT)
        return handle(world, call)

    return guarded
