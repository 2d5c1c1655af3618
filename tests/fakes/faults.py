"""Calls that go wrong as a test says: which call, how often, and whether its effect takes place all the same."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Effect(Enum):
    NONE = "none"  #: the call fails and nothing happens
    DONE = "done"  #: the call fails although it was done: its answer is lost
    LATE = "late"  #: the call fails and is done later, when the test says so


@dataclass
class Fault:
    call: str
    error: Exception
    effect: Effect
    times: int
    of: str | None  # only for this sale, invoice number or shipment


class Faults:
    def __init__(self) -> None:
        self.planned: list[Fault] = []

    def add(self, call: str, error: Exception, *, effect: Effect, times: int, of: str | None) -> None:
        self.planned.append(Fault(call, error, effect, times, of))

    def take(self, call: str, *about: str) -> Fault | None:
        """The fault that this call meets, if any; each is met `times` times."""
        for fault in self.planned:
            if fault.call == call and fault.times > 0 and (fault.of is None or fault.of in about):
                fault.times -= 1
                return fault
        return None

    def meet(self, call: str, *about: str) -> None:
        """Raise the fault of a read."""
        fault = self.take(call, *about)
        if fault is not None:
            raise fault.error

    def clear(self) -> None:
        self.planned.clear()
