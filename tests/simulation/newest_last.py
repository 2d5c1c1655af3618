"""A dict in which what was set last stands last, so that what changed lately is found without looking at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class NewestLast(dict[K, V]):
    def __setitem__(self, key: K, value: V) -> None:
        self.pop(key, None)
        super().__setitem__(key, value)

    def newest_while(self, is_new: Callable[[V], bool]) -> Iterator[V]:
        """From the newest back, up to the first that is not new."""
        return takewhile(is_new, reversed(self.values()))
