"""Pages read one ahead: while one is kept, the next one is asked for and understood."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def read_ahead(pages: Iterable[T], *, beside: bool = True) -> Iterator[T]:
    """The same pages in the same order, read by one thread beside ours: never more than one that nobody has used.

    What goes wrong with a page is raised where the page would have come: after all pages before it were used. Without
    `beside` each page is read when it is wanted.
    """
    if not beside:
        yield from pages
        return
    source = iter(pages)
    with ThreadPoolExecutor(1, thread_name_prefix="read-ahead") as reader:
        coming = reader.submit(_next, source)
        while page := coming.result():
            coming = reader.submit(_next, source)
            yield page[0]


def _next(source: Iterator[T]) -> tuple[T] | None:
    """The next page, in a tuple since it may be empty; None after the last."""
    for page in source:
        return (page,)
    return None
