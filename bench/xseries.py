"""`make bench-xseries`: what the client costs, and how much of the vendor's allowance it makes use of.

The last line is one JSON object. A target that is missed is named there under `missed`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from typing import Any

import msgspec

import syncd
from bench import decode, hour
from syncd.bootstrap import settle_memory

DECODE_RATIO_MAX = 1.3
ALLOWANCE_USED_MIN = 0.95
THROTTLED_MAX = 0
ROUNDS = 9


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the X-Series client.")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often half a million rows are read")
    rounds: int = parser.parse_args().rounds
    _say(f"syncd is {syncd.__file__}")
    settle_memory()  # as every command begins; the plain loop has the good of it too
    decoding = decode.measure(rounds, _say)
    _say(f"decode: the client takes {decoding.ratio:.3f} times as long as plain httpx and msgspec")
    hours = [_hour(window, load) for load in hour.LOADS for window in hour.WINDOWS]
    found = report(decoding, hours)
    _say(f"missed: {', '.join(found['missed'])}" if found["missed"] else "all targets are met")
    _say(msgspec.json.encode(found).decode())


def report(decoding: decode.Decoding, hours: Sequence[hour.Hour]) -> dict[str, Any]:
    """All that was found, and the names of the targets that were missed."""
    used, throttled = min(each.used for each in hours), sum(each.turned_away for each in hours)
    is_missed = {
        "decode_ratio": decoding.ratio > DECODE_RATIO_MAX,
        "allowance_used": used < ALLOWANCE_USED_MIN,
        "throttled": throttled > THROTTLED_MAX,
    }
    return {
        **decoding.as_row(),
        "allowance_used": _share(used),
        "throttled": throttled,
        **{f"used_{each.load}_{each.window}": _share(each.used) for each in hours},
        "missed": [name for name, missed in is_missed.items() if missed],
    }


def _share(found: float) -> float:
    return int(found * 10_000) / 10_000  # down: a share just below its target must not look as if it reached it


def _hour(window: hour.Window, load: str) -> hour.Hour:
    began = time.monotonic()
    found = hour.simulate(window, load)
    _say(
        f"an hour, {window} window, {load}: {found.let_in} of {found.allowance} let in, {found.turned_away} turned "
        f"away, {found.offered} offered ({time.monotonic() - began:.1f} s)"
    )
    return found


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
