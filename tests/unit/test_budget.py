"""The request budget: all of the allowance is used, none of it is overdrawn, and nobody waits for nothing."""

import heapq
import threading
from collections import deque
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from syncd.budget import Budget, Exhausted, Priority, Rate
from syncd.domain.clock import BootTime
from syncd.errors import NotSent

HOUR_MS = 3_600_000
WINDOW_MS = 300_000
LONG = timedelta(hours=2)


class Clock:
    """A clock that stands still until somebody sleeps."""

    def __init__(self) -> None:
        self.ms = 1_000
        self.slept: list[timedelta] = []

    def now(self) -> datetime:
        return datetime(2026, 12, 1, tzinfo=UTC) + timedelta(milliseconds=self.ms)

    def boot_time(self) -> BootTime:
        return BootTime("boot", self.ms)

    def sleep(self, wait: timedelta) -> None:
        assert wait > timedelta(0), "a busy wait"
        self.slept.append(wait)
        self.ms += wait // timedelta(milliseconds=1)


class Server:
    """Counts what arrives, in a fixed window or in a sliding one, and is strict about it."""

    def __init__(self, limit: int, *, slides: bool, window_ms: int = WINDOW_MS) -> None:
        self.limit, self.slides, self.window_ms = limit, slides, window_ms
        self.seen: deque[int] = deque()
        self.began = 0
        self.count = 0
        self.throttled = 0
        self.taken = 0

    def _roll(self, now: int) -> None:
        if self.slides:
            while self.seen and self.seen[0] <= now - self.window_ms:
                self.seen.popleft()
            self.count = len(self.seen)
        elif now - self.began >= self.window_ms:
            self.began = now - now % self.window_ms
            self.count = 0

    def arrive(self, now: int, *, ours: bool = True) -> dict[str, str] | None:
        self._roll(now)
        if self.count >= self.limit:
            self.throttled += ours
            return None
        self.count += 1
        self.seen.append(now)
        self.taken += ours
        return {"x-ratelimit-limit": str(self.limit), "x-ratelimit-remaining": str(self.limit - self.count)}


def an_hour(budget, clock, server, *, workers, latency_ms=180, others_every_ms=0, for_ms=HOUR_MS):
    """Workers that always have work; each request arrives halfway through its latency."""
    events: list[tuple[int, int, str, int]] = []
    number = 0

    def plan(at, kind, who):
        nonlocal number
        number += 1
        heapq.heappush(events, (at, number, kind, who))

    answers: dict[int, dict[str, str] | None] = {}
    for who in range(len(workers)):
        plan(clock.ms, "ask", who)
    if others_every_ms:
        plan(clock.ms, "other", 0)
    end = clock.ms + for_ms
    served = [0] * len(workers)
    while events[0][0] < end:
        clock.ms, _, kind, who = heapq.heappop(events)
        if kind == "other":
            server.arrive(clock.ms, ours=False)
            plan(clock.ms + others_every_ms, "other", 0)
        elif kind == "ask":
            wait = budget.try_take(workers[who])
            if wait is None:
                plan(clock.ms + latency_ms // 2, "arrive", who)
            else:
                plan(clock.ms + max(wait // timedelta(milliseconds=1), 1), "ask", who)
        elif kind == "arrive":
            answers[who] = server.arrive(clock.ms)
            plan(clock.ms + latency_ms // 2, "answer", who)
        else:
            if (headers := answers[who]) is None:
                budget.block(None)
            served[who] += 1
            budget.answered(headers or {})
            plan(clock.ms, "ask", who)
    return served


@pytest.mark.parametrize("slides", [True, False], ids=["sliding", "fixed"])
@pytest.mark.parametrize("kind", list(Priority), ids=lambda kind: kind.name.lower())
@pytest.mark.parametrize(("limit", "reserve"), [(350, "0"), (650, "0.1")])
def test_nearly_all_of_the_allowance_is_used_and_nothing_is_throttled(slides, kind, limit, reserve):
    clock, server = Clock(), Server(limit, slides=slides)
    budget = Budget(clock, reserve=Decimal(reserve))

    an_hour(budget, clock, server, workers=[kind] * 2, latency_ms=120)  # each alone could use it up

    ours = (limit - int(limit * Decimal(reserve))) * (HOUR_MS // WINDOW_MS)
    assert server.throttled == 0
    assert server.taken / ours >= 0.95
    assert budget.numbers().throttled == 0


@pytest.mark.parametrize("slides", [True, False], ids=["sliding", "fixed"])
def test_a_short_window_from_the_config_is_kept_just_as_strictly(slides):
    clock, server = Clock(), Server(100, slides=slides, window_ms=1_000)
    budget = Budget(clock, rate=Rate(100, timedelta(seconds=1)))

    an_hour(budget, clock, server, workers=[Priority.ORDERS] * 4, latency_ms=20, for_ms=600_000)

    assert server.throttled == 0
    assert server.taken / (100 * 600) >= 0.95


@pytest.mark.parametrize("slides", [True, False], ids=["sliding", "fixed"])
def test_orders_go_first_and_the_rest_gets_what_is_left(slides):
    clock, server = Clock(), Server(350, slides=slides)
    budget = Budget(clock)

    orders, catalogue = an_hour(budget, clock, server, workers=[Priority.ORDERS, Priority.CATALOGUE])

    assert server.throttled == 0
    assert orders > 10 * catalogue


@pytest.mark.parametrize("slides", [True, False], ids=["sliding", "fixed"])
def test_others_within_the_reserve_take_nothing_from_us_and_nobody_is_throttled(slides):
    clock, server = Clock(), Server(350, slides=slides)
    budget = Budget(clock, reserve=Decimal("0.1"))

    an_hour(budget, clock, server, workers=[Priority.STOCK] * 2, others_every_ms=10_000)  # 30 in a window

    assert server.throttled == 0
    assert server.taken / (315 * 12) >= 0.95


def test_what_a_process_before_us_used_is_learnt_from_the_first_answer():
    clock, server = Clock(), Server(350, slides=True)
    for _ in range(349):
        server.arrive(clock.ms, ours=False)
    budget = Budget(clock)

    an_hour(budget, clock, server, workers=[Priority.ORDERS] * 8)

    assert server.throttled == 0
    assert server.taken > 11 * 350


def test_the_first_request_goes_alone_and_a_side_without_limits_is_not_slowed():
    clock = Clock()
    budget = Budget(clock)

    assert budget.try_take(Priority.ORDERS) is None
    assert budget.try_take(Priority.ORDERS) is not None
    budget.answered({})

    assert [budget.try_take(Priority.CATALOGUE) for _ in range(1_000)] == [None] * 1_000


def test_a_request_that_never_left_takes_no_slot():
    budget = Budget(Clock(), rate=Rate(1))

    for _ in range(3):
        with pytest.raises(NotSent), budget.slot(wait_max=timedelta(0)):
            raise NotSent
    with budget.slot(wait_max=timedelta(0)):
        pass

    assert budget.numbers().used == 1


def test_who_would_wait_too_long_is_told_at_once():
    clock = Clock()
    budget = Budget(clock, rate=Rate(1))
    with budget.slot(wait_max=timedelta(0)):
        pass

    with pytest.raises(Exhausted) as caught, budget.slot(wait_max=timedelta(seconds=60)):
        pass

    assert timedelta(seconds=299) < caught.value.wait < timedelta(seconds=301)
    assert clock.slept == []


def test_a_wait_is_as_long_as_it_must_be_and_one_only():
    clock = Clock()
    budget = Budget(clock, rate=Rate(2, timedelta(seconds=10)))
    for _ in range(3):
        with budget.slot(wait_max=LONG):
            pass

    assert len(clock.slept) == 1
    assert timedelta(seconds=10) < clock.slept[0] < timedelta(seconds=10.1)


@pytest.mark.parametrize(
    ("asked", "waited"),
    [
        pytest.param(timedelta(seconds=40), 40, id="a time"),
        pytest.param(None, 1, id="none, or one that has passed"),
        pytest.param(timedelta(hours=9), 300, id="more than a window"),
    ],
)
def test_after_a_429_nobody_asks_for_so_long(asked, waited):
    clock = Clock()
    budget = Budget(clock, rate=Rate(100))

    assert budget.block(asked) == timedelta(seconds=waited)

    with budget.slot(wait_max=LONG):
        pass
    assert sum(clock.slept, timedelta(0)) == timedelta(seconds=waited)


def test_a_429_that_says_no_time_doubles_the_wait_until_an_answer_comes():
    budget = Budget(Clock(), rate=Rate(100))

    waits = [budget.block(None) // timedelta(seconds=1) for _ in range(4)]
    budget.learn({})

    assert [*waits, budget.block(None) // timedelta(seconds=1)] == [1, 2, 4, 8, 1]


class RealClock:
    """Waits for real, for a few milliseconds."""

    def __init__(self) -> None:
        self.ms = 1_000
        self.waits = 0

    now = Clock.now
    boot_time = Clock.boot_time

    def sleep(self, wait: timedelta) -> None:
        raise AssertionError("it can do better")

    def wait_for(self, condition: threading.Condition, at_most: timedelta) -> None:
        self.waits += 1
        condition.wait(5)


def test_threads_take_turns_by_priority_and_are_woken_by_the_answer():
    clock = RealClock()
    budget = Budget(clock)
    turns: list[Priority] = []
    inside, may_end = threading.Event(), threading.Event()

    def first() -> None:
        with budget.slot(wait_max=LONG):
            inside.set()
            may_end.wait(5)

    def then(priority: Priority) -> None:
        with budget.slot(priority, wait_max=LONG):
            turns.append(priority)

    threads = [threading.Thread(target=first)]
    threads[0].start()
    inside.wait(5)
    for priority in (Priority.CATALOGUE, Priority.STOCK, Priority.ORDERS):
        threads.append(threading.Thread(target=then, args=(priority,)))
        threads[-1].start()
        while budget.numbers().waiting < len(threads) - 1:
            pass
    may_end.set()
    for thread in threads:
        thread.join(5)

    assert turns == [Priority.ORDERS, Priority.STOCK, Priority.CATALOGUE]
    assert clock.waits < 20


def test_the_numbers_say_how_things_stand():
    clock = Clock()
    told = []
    budget = Budget(clock, reserve=Decimal("0.1"), tell=told.append)
    with budget.slot(wait_max=LONG):
        budget.learn({"x-ratelimit-limit": "350", "x-ratelimit-remaining": "300"})

    assert budget.numbers().as_row() == {
        "limit": 350,
        "window_s": 300,
        "reserve": 35,
        "used": 1,
        "in_flight": 0,
        "others": 49,
        "waiting": 0,
        "blocked_s": 0,
        "requests": 1,
        "throttled": 0,
    }
    assert [numbers.used for numbers in told] == [1]


def test_an_answer_wakes_only_the_one_whose_turn_it_is():
    clock = RealClock()
    budget = Budget(clock)
    inside, may_end = threading.Event(), threading.Event()

    def first() -> None:
        with budget.slot(wait_max=LONG):
            inside.set()
            may_end.wait(5)
            budget.learn({})  # there is no limit: all may go

    def then() -> None:
        with budget.slot(wait_max=LONG):
            pass

    threads = [threading.Thread(target=first), *(threading.Thread(target=then) for _ in range(10))]
    threads[0].start()
    inside.wait(5)
    for thread in threads[1:]:
        thread.start()
    while budget.numbers().waiting < 10:
        pass
    may_end.set()
    for thread in threads:
        thread.join(5)

    assert not any(thread.is_alive() for thread in threads)
    assert clock.waits == 10  # nobody looked and waited again
