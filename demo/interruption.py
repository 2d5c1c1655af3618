"""Ctrl-C and its like, let in only while we wait for something: never between a start and our knowing of it."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Self

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(BaseException):
    """Somebody asked us to stop. Not an Exception, so that no error handling can swallow it."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_code = 128 + number


class Interruption:
    """A signal raises Interrupted inside `while_waiting`, or at the next one; once only, so that stopping is whole."""

    def __init__(self) -> None:
        self._waiting = False
        self._arrived: int | None = None
        self._raised = False

    def __enter__(self) -> Self:
        for number in SIGNALS:
            signal.signal(number, self._arrive)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_DFL)

    @contextmanager
    def while_waiting(self) -> Iterator[None]:
        """Let a signal in. Whatever runs by now is already somebody's to stop."""
        self._waiting = True
        try:
            self._raise_if_asked()
            yield
        finally:
            self._waiting = False

    def _arrive(self, number: int, _frame: FrameType | None) -> None:
        self._arrived = self._arrived or number
        if self._waiting:
            self._raise_if_asked()

    def _raise_if_asked(self) -> None:
        if self._arrived is not None and not self._raised:
            self._raised, self._waiting = True, False
            raise Interrupted(self._arrived)
