"""While a page is kept the next one is read, and nothing else changes by it."""

import threading
from collections.abc import Iterator

import pytest

from syncd.errors import Unanswered
from syncd.jobs.read_ahead import read_ahead

WAIT_S_MAX = 20


def test_the_pages_come_in_their_order_and_an_empty_one_is_a_page() -> None:
    assert list(read_ahead(iter([[1], [], [2]]))) == [[1], [], [2]]


def test_the_next_page_is_read_while_one_is_kept_and_the_one_after_it_is_not() -> None:
    begun = [threading.Event() for _ in range(3)]

    def pages() -> Iterator[int]:
        for number, event in enumerate(begun):
            event.set()
            yield number

    reading = read_ahead(pages())

    assert next(reading) == 0
    assert begun[1].wait(WAIT_S_MAX)
    assert not begun[2].is_set()
    assert list(reading) == [1, 2]


def test_a_page_is_read_when_it_is_wanted_where_nothing_may_happen_beside() -> None:
    read: list[int] = []

    def pages() -> Iterator[int]:
        for number in range(3):
            read.append(number)
            yield number

    reading = read_ahead(pages(), beside=False)

    assert next(reading) == 0
    assert read == [0]
    assert list(reading) == [1, 2]


def test_what_goes_wrong_with_a_page_is_told_after_the_pages_before_it_were_kept() -> None:
    def pages() -> Iterator[int]:
        yield 1
        yield 2
        raise Unanswered("no answer")

    reading = read_ahead(pages())

    assert [next(reading), next(reading)] == [1, 2]
    with pytest.raises(Unanswered):
        next(reading)
