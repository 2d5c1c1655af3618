"""Which SKUs of the other side may have been meant: those that differ in how they are written, or by a slip."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from heapq import nsmallest

from syncd.domain.ids import Sku

NEAR_MIN = 80  # of a hundred: so alike must two be to be suggested
SUGGESTED_MAX = 3
COMPARED_MAX = 100  # others a SKU is compared with letter by letter: those of the likest length
_SIGNS = re.compile(r"[^0-9a-z]+")
_ZEROS = re.compile(r"(?<![0-9])0+(?=[0-9])")


def plain(sku: str) -> str:
    """What is left of a SKU when capitals, signs and leading zeros do not count."""
    return _ZEROS.sub("", _SIGNS.sub("", sku.casefold()))


class NearMatches:
    """Made of the SKUs of one side; asked with those of the other.

    Few are compared letter by letter: only those that begin or end alike.
    """

    def __init__(self, skus: Iterable[Sku]) -> None:
        self._same: defaultdict[str, list[Sku]] = defaultdict(list)
        self._ends: defaultdict[str, list[Sku]] = defaultdict(list)
        for sku in skus:
            word = plain(sku)
            self._same[word].append(sku)
            for end in _ends_of(word):
                self._ends[end].append(sku)

    def of(self, sku: Sku) -> tuple[Sku, ...]:
        """The likeliest first: written alike, then the most alike."""
        word = plain(sku)
        same = self._same.get(word, []) if word else []
        others = {other for end in _ends_of(word) for other in self._ends.get(end, ())} - set(same)
        likeliest = nsmallest(COMPARED_MAX, others, key=lambda other: (abs(len(other) - len(sku)), other))
        alike = sorted((-_likeness(word, plain(other)), other) for other in likeliest)
        near = [other for likeness, other in alike if -likeness >= NEAR_MIN]
        return tuple([*sorted(same), *near][:SUGGESTED_MAX])


def _ends_of(word: str) -> Sequence[str]:
    """How it begins and how it ends: a slip of the hand leaves one of the two as it was."""
    half = (len(word) + 1) // 2
    return (f"<{word[:half]}", f">{word[-half:]}") if len(word) > 2 else ()


def _likeness(one: str, other: str) -> int:
    """0 to 100. SKUs are often running numbers: one with other digits is another product, not a slip."""
    if sorted(filter(str.isdigit, one)) != sorted(filter(str.isdigit, other)):
        return 0
    matcher = SequenceMatcher(a=one, b=other, autojunk=False)
    equal = sum(block.size for block in matcher.get_matching_blocks())
    return 200 * equal // max(len(one) + len(other), 1)
