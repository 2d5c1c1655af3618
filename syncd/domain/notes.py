"""What a sale's note says. Part of it is ours, and people write on it too: theirs is never taken away."""

from __future__ import annotations

import re

SEPARATOR = " · "
# X-Series blots out what looks like the number of a card, without a word (FACTS 8): nothing can be read there again.
_LIKE_A_CARD = re.compile(r"\d(?:[ -]?\d){12,}")
_BLOTTED = r"[^·]+"


def is_told(before: str, now: str, there: str) -> bool:
    """True when the note that is there says what is to be said now, and not still what was said before."""
    still_old = bool(before) and _find(before, there) is not None and _find(before, now) is None
    return _find(now, there) is not None and not still_old


def note_after(there: str, before: str, now: str) -> str:
    """The note that is there, with what we said before made what we say now; the words of others stay."""
    if before == now:
        return there or now
    if is_told(before, now, there):
        return there
    ours = _find(before, there) if before else None
    if ours is not None:
        return there[: ours.start()] + now + there[ours.end() :]
    return SEPARATOR.join(words for words in (now, there) if words)


def _find(words: str, there: str) -> re.Match[str] | None:
    """Where the words stand, however their spaces and what looks like a card's number are shown."""
    pieces = (r"\s+".join(map(re.escape, re.split(r"\s+", piece))) for piece in _LIKE_A_CARD.split(words))
    return re.search(_BLOTTED.join(pieces), there)
