"""What goes wrong beside the death: on the way to X-Series, on the way to the ERP, and to the machine and its store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from tests.crash.sides import Sides, Strike

CLASSIC, DATED = "classic", "2026-07"
NO_FAULT = "none"
SETTLE_S = 180
LATE_BELOW_SETTLE_S, LATE_ABOVE_SETTLE_S, LATE_AFTER_RESEND_S = 60.0, SETTLE_S + 40.0, 4.0 * SETTLE_S
CREATES = {CLASSIC: ("POST", "register_sales$"), DATED: ("POST", "sales$")}
CHANGES = {CLASSIC: ("POST", "register_sales$"), DATED: ("PUT", "sales/")}


class Befalls(StrEnum):
    """What happens to the machine or the store between the death and the next start."""

    NOTHING = "nothing"
    REBOOT = "reboot"
    POWER_LOSS = "power_loss"
    DISK_FULL = "disk_full"
    OLDER = "older"
    EMPTY = "empty"
    CLONED = "cloned"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong. `name` is what the report calls it, `stage` when it strikes."""

    name: str
    stage: int = 1
    strike: Callable[[Sides, str], None] = lambda _sides, _dialect: None
    befalls: Befalls = Befalls.NOTHING
    dialects: tuple[str, ...] = (CLASSIC, DATED)

    @property
    def key(self) -> str:
        return f"{self.name}@{self.stage}"

    @property
    def key_before(self) -> str:
        """The key of the fault that is the same until the death."""
        return self.key if self.befalls is Befalls.NOTHING else f"{NO_FAULT}@{self.stage}"


def _to_retail(kind: str, *, delay_s: float = 0.0, status: int = 503, times: int = 1) -> list[Fault]:
    """The second create of the first stage, and the second change of the second."""

    def strike(stage: int) -> Callable[[Sides, str], None]:
        def do(sides: Sides, dialect: str) -> None:
            method, path = (CREATES if stage == 1 else CHANGES)[dialect]
            sides.strike(Strike(kind, method, path, after=1, times=times, delay_s=delay_s, status=status))

        return do

    name = kind if kind != "late_commit" else f"late_commit_{delay_s:.0f}s"
    return [Fault(f"xseries.{name}", stage, strike(stage)) for stage in (1, 2)]


def _of_pages(kind: str) -> Fault:
    def do(sides: Sides, _dialect: str) -> None:
        sides.strike(Strike(kind, "GET", "sales|register_sales", after=1, times=2))

    return Fault(f"xseries.{kind}" if kind != "error_before" else "xseries.read_fails", 2, do)


def to_erp(name: str, method: str, *, stage: int = 2, nth: int = 1) -> Fault:
    def do(sides: Sides, _dialect: str) -> None:
        getattr(sides.erp.faults, name)(method, nth)

    word = "read" if method == "search_read" else method
    return Fault(f"erp.{name}_of_{word}", stage, do)


def _empty_sale(sides: Sides, _dialect: str) -> None:
    sides.strike(Strike("empty_sale", *CREATES[CLASSIC], after=1))


FAULTS: tuple[Fault, ...] = (
    Fault(NO_FAULT),
    *_to_retail("lost_before"),
    *_to_retail("lost_after_commit", times=2),
    *_to_retail("late_commit", delay_s=LATE_BELOW_SETTLE_S),
    *_to_retail("late_commit", delay_s=LATE_ABOVE_SETTLE_S),
    *_to_retail("late_commit", delay_s=LATE_AFTER_RESEND_S),
    *_to_retail("error_before"),
    *_to_retail("error_after"),
    *_to_retail("throttle", delay_s=3),
    *_to_retail("truncated"),
    *_to_retail("reset"),
    *_to_retail("status", status=408),
    Fault("xseries.empty_sale", 1, _empty_sale, dialects=(CLASSIC,)),
    _of_pages("duplicate_page"),
    _of_pages("out_of_order_page"),
    _of_pages("shrinking_page"),
    _of_pages("error_before"),
    to_erp("lose_answer", "do"),
    to_erp("lose_answer", "pick"),
    to_erp("drop", "assign_try"),
    to_erp("drop", "search_read", nth=2),
    to_erp("be_busy", "write"),
    to_erp("expire_session", "search_read", nth=3),
    Fault("host.reboot", befalls=Befalls.REBOOT),
    Fault("host.power_loss", befalls=Befalls.POWER_LOSS),
    Fault("host.disk_full", befalls=Befalls.DISK_FULL),
    Fault("store.older", befalls=Befalls.OLDER),
    Fault("store.empty", befalls=Befalls.EMPTY),
    Fault("store.cloned", befalls=Befalls.CLONED),
)
