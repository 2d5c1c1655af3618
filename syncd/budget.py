"""How many requests one account may still make, and who goes first. Shared by all threads of a process.

The vendor counts per application and retailer in windows of five minutes and says what is left in headers (FACTS 8
and 17); whether a window is fixed or slides is not said. So each request of ours takes a slot, and the slot is free
again one whole window after its ANSWER: the server counted the request before it answered, so no window of its own,
wherever it begins, ever holds more of ours than there are slots. What the headers say beyond our own count is somebody
else's use; it lowers what we take once it is more than the reserve.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import IntEnum

from syncd.domain.clock import Clock, WaitingClock
from syncd.errors import NotSent

WINDOW = timedelta(seconds=300)  # FACTS 17; no header says it
LATER_SHARE_MAX = Decimal("0.97")  # of the slots for stock and catalogue: an order never finds all of them taken
UNPACED_SHARE = Decimal("0.2")  # of the slots that stock and catalogue take as fast as they can; then evenly
BLOCK_MIN_MS = 1_000  # a date in the past, or none, still means: wait a little
TELL_EVERY_MS = 10_000
DRIFT = 2_000  # one part in this many of a window: two machines' clocks do not run alike
NOTHING = timedelta(0)


class Priority(IntEnum):
    """Who goes first when there is not enough for all."""

    ORDERS = 0  #: orders and fulfilments: a customer waits
    STOCK = 1
    CATALOGUE = 2


class Exhausted(Exception):
    """The slot would come later than the caller can wait."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(f"no request for another {wait}")
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests in so much time: given in the config, where the headers are not to be believed."""

    requests: int
    window: timedelta = WINDOW


@dataclass(frozen=True, slots=True)
class BudgetNumbers:
    """What `syncd status` shows."""

    limit: int | None  # of a window; None until an answer has said it
    window: timedelta
    reserve: int  # left to others
    used: int  # slots of ours that are not free again
    in_flight: int
    others: int  # what the server counted beyond ours, when it last said so
    waiting: int  # callers that wait for a slot
    blocked_for: timedelta  # the rest of a 429's wait
    requests: int  # since this process began
    throttled: int  # 429 answers among them

    def as_row(self) -> dict[str, str | int | None]:
        """Plain values with stable names; spans in whole seconds."""
        second = timedelta(seconds=1)
        return {
            "limit": self.limit,
            "window_s": self.window // second,
            "reserve": self.reserve,
            "used": self.used,
            "in_flight": self.in_flight,
            "others": self.others,
            "waiting": self.waiting,
            "blocked_s": -(-self.blocked_for // second),
            "requests": self.requests,
            "throttled": self.throttled,
        }


@dataclass(order=True, slots=True)
class _Waiting:
    """Somebody who waits for a slot; the first of them is the least."""

    priority: int
    number: int
    news: threading.Condition = field(compare=False)  # by what it is woken
    knows_when: bool = field(default=False, compare=False)  # it sleeps until its slot is free


class Budget:
    """Slots of one account. `slot` is held around one request; `learn` and `block` say what its answer told."""

    def __init__(
        self,
        clock: Clock,
        *,
        reserve: Decimal = Decimal(0),
        rate: Rate | None = None,
        tell: Callable[[BudgetNumbers], None] | None = None,
    ) -> None:
        self._clock = clock
        self._tell = tell
        self._told_at = 0
        self._reserve = reserve
        self._rate = rate
        self._window_ms = _ms(rate.window if rate else WINDOW)
        self._limit = rate.requests if rate else None
        self._lock = threading.Lock()
        self._queue: list[_Waiting] = []
        self._numbered = itertools.count()
        self._free_at: deque[int] = deque()  # when each slot that is taken and answered is free again
        self._in_flight = 0
        self._others = 0
        self._others_until = 0
        self._heard = rate is not None  # whether an answer has told how things stand
        self._next_paced = 0
        self._blocked_until = 0
        self._blocks = 0  # 429 in a row
        self._requests = 0
        self._throttled = 0
        self._boot = clock.boot_time().boot

    # -------------------------------------------------------------- for the transport

    @contextmanager
    def slot(self, priority: Priority = Priority.ORDERS, *, wait_max: timedelta) -> Iterator[None]:
        """Hold a slot for one request. Raise Exhausted, at once, when it would come after `wait_max`."""
        self._take(priority, wait_max)
        was_sent = True
        try:
            yield
        except NotSent:
            was_sent = False
            raise
        finally:
            self._give_back(was_sent=was_sent)
            self._tell_now_and_then()

    def learn(self, headers: Mapping[str, str]) -> None:
        """What an answer's headers say. Called while its slot is held."""
        limit, remaining = headers.get("x-ratelimit-limit", ""), headers.get("x-ratelimit-remaining", "")
        with self._lock:
            before = (self._heard, self._limit, self._others)
            self._heard = True
            self._blocks = 0
            if limit.isdecimal() and remaining.isdecimal():
                self._limit = min(int(limit), self._rate.requests) if self._rate else int(limit)
                now = self._now()
                self._forget(now)
                # Those in flight may be counted already; what is more than all of ours is somebody else's.
                counted = int(limit) - int(remaining)
                self._others = max(0, counted - len(self._free_at) - self._in_flight)
                self._others_until = now + self._window_ms
            if before != (self._heard, self._limit, self._others):
                self._wake_the_first()

    def block(self, wait: timedelta | None) -> timedelta:
        """After a 429: nothing goes out for so long, and ever longer when no time was said. Return the wait."""
        with self._lock:
            self._blocks += 1
            self._throttled += 1
            doubled = BLOCK_MIN_MS << min(self._blocks - 1, 10)
            wait_ms = min(max(_ms(wait) if wait and wait > NOTHING else doubled, BLOCK_MIN_MS), self._window_ms)
            if self._window_ms < BLOCK_MIN_MS:
                wait_ms = self._window_ms
            self._blocked_until = max(self._blocked_until, self._now() + wait_ms)
            self._wake_the_first()
            return timedelta(milliseconds=wait_ms)

    def numbers(self) -> BudgetNumbers:
        with self._lock:
            now = self._now()
            self._forget(now)
            return BudgetNumbers(
                limit=self._limit,
                window=timedelta(milliseconds=self._window_ms),
                reserve=self._reserved(self._limit or 0),
                used=len(self._free_at),
                in_flight=self._in_flight,
                others=self._others,
                waiting=len(self._queue),
                blocked_for=timedelta(milliseconds=max(0, self._blocked_until - now)),
                requests=self._requests,
                throttled=self._throttled,
            )

    def try_take(self, priority: Priority) -> timedelta | None:
        """Take a slot when there is one now and return None; else how long until there may be one."""
        with self._lock:
            wait = self._wait_ms(priority)
            if wait is not None and wait <= 0 and (not self._queue or self._queue[0].priority > priority):
                self._count_in(priority)
                return None
            return timedelta(milliseconds=max(wait or 1, 1))

    def answered(self, headers: Mapping[str, str]) -> None:
        """Give back what `try_take` took."""
        self.learn(headers)
        self._give_back(was_sent=True)

    # -------------------------------------------------------------- inside

    def _take(self, priority: Priority, wait_max: timedelta) -> None:
        with self._lock:
            deadline = self._now() + _ms(wait_max)
            me = _Waiting(int(priority), next(self._numbered), threading.Condition(self._lock))
            heapq.heappush(self._queue, me)
            try:
                while True:
                    is_first = self._queue[0] is me
                    wait = self._wait_ms(priority) if is_first else None
                    if wait is not None and wait <= 0:
                        break
                    left = deadline - self._now()
                    if left <= 0 or (wait is not None and wait > left):
                        raise Exhausted(timedelta(milliseconds=max(wait or 0, BLOCK_MIN_MS)))
                    me.knows_when = wait is not None
                    self._pause(me, timedelta(milliseconds=left if wait is None else wait))
            finally:
                self._queue.remove(me)
                heapq.heapify(self._queue)
                self._wake_the_first()
            self._count_in(priority)

    def _wake_the_first(self) -> None:
        """Only the first in the queue can go: whoever else were woken would only look and wait again."""
        if self._queue:
            self._queue[0].news.notify()

    def _give_back(self, *, was_sent: bool) -> None:
        with self._lock:
            self._in_flight -= 1
            if was_sent:
                # Counted from the answer: when the server counted it, nobody can tell, but not later.
                self._free_at.append(self._now() + self._window_ms + self._window_ms // DRIFT + 2)
            if self._queue and not (was_sent and self._queue[0].knows_when):
                self._wake_the_first()  # a slot that is free only later frees none that is waited for

    def _tell_now_and_then(self) -> None:
        if self._tell is None:
            return
        with self._lock:
            now = self._now()
            if self._told_at and now - self._told_at < TELL_EVERY_MS:
                return
            self._told_at = now
        self._tell(self.numbers())

    def _count_in(self, priority: Priority) -> None:
        self._in_flight += 1
        self._requests += 1
        if priority is not Priority.ORDERS and self._limit:
            self._next_paced = self._now() + self._window_ms // max(self._room(), 1)

    def _wait_ms(self, priority: Priority) -> int | None:
        """How long the next request of this priority has to wait; None when only an answer can tell."""
        now = self._now()
        if self._blocked_until > now:
            return self._blocked_until - now
        if not self._heard:
            return 0 if self._in_flight == 0 else None  # the first goes alone: its answer says how things stand
        if self._limit is None:
            return 0  # this side says no limit
        self._forget(now)
        room = max(self._room(), 1)
        taken = len(self._free_at) + self._in_flight
        if priority is not Priority.ORDERS:
            if taken > room * UNPACED_SHARE and self._next_paced > now:
                return self._next_paced - now
            room = max(int(room * LATER_SHARE_MAX), 1)
        if taken < room:
            return 0
        ends = [self._free_at[taken - room]] if taken - room < len(self._free_at) else []
        if self._others:
            ends.append(self._others_until)
        return max(1, min(ends) - now) if ends else None

    def _room(self) -> int:
        """Slots for us: the whole allowance without what is left to others, or without what they really use."""
        limit = self._limit or 0
        return limit - max(self._reserved(limit), self._others)

    def _reserved(self, limit: int) -> int:
        return int(limit * self._reserve)

    def _forget(self, now: int) -> None:
        while self._free_at and self._free_at[0] <= now:
            self._free_at.popleft()
        if self._others and self._others_until <= now:
            # Whatever they had used has left every window by now; one request asks how it stands.
            self._others = 0
            self._heard = self._rate is not None or self._in_flight > 0

    def _now(self) -> int:
        time = self._clock.boot_time()
        if time.boot != self._boot:
            self._boot = time.boot  # only a test's clock can do this within one process
            self._free_at.clear()
        return time.ms

    def _pause(self, me: _Waiting, wait: timedelta) -> None:
        """Wait until woken, or for so long. Never a busy wait: a timed wait is exactly as long as it must be."""
        if isinstance(self._clock, WaitingClock):
            self._clock.wait_for(me.news, wait)
        elif me.knows_when:
            me.news.release()
            try:
                self._clock.sleep(wait)
            finally:
                me.news.acquire()
        else:
            me.news.wait()


def _ms(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)
