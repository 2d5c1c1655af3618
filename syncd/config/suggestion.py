"""The word that was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

CLOSE_ENOUGH = 0.6  # of 1: difflib's own measure; lower, and unrelated words are proposed
KNOWN_WORDS_MAX = 20  # a longer list is no help in one line


def suggest(word: object, known: Iterable[str]) -> str:
    """Given a wrong word and the right ones, say which was meant, or list them."""
    choices = list(known)
    if isinstance(word, str):
        folded = {choice.casefold(): choice for choice in choices}
        near = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=CLOSE_ENOUGH)
        if near:
            return f'Did you mean "{folded[near[0]]}"?'
    if not choices or len(choices) > KNOWN_WORDS_MAX:
        return ""
    return f"Known here: {', '.join(choices)}."
